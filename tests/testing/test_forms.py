"""What goes over the wire besides JSON: forms, files and cookies, read here by the readers that Python brings."""

import asyncio
import json
from collections.abc import Mapping
from email import message_from_bytes
from email.message import Message as Part
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.blog.app import Post, User
from kingpost import App, Style
from kingpost.surface.rest.serve import Message, Receive, Send
from kingpost.testing import Client, Clock
from kingpost.testing.answer import multipart

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=10)


async def echo(scope: Message, receive: Receive, send: Send) -> None:
    """Tell what was asked, and set the cookies that the query names."""
    assert scope["type"] == "http"
    headers = {name.decode(): text.decode("latin-1") for name, text in scope["headers"]}
    body = (await receive())["body"]
    told = json.dumps({"method": scope["method"], "headers": headers, "body": body.decode("latin-1")}).encode()
    path = scope["path"].removeprefix("/echo")
    start: Message = {"type": "http.response.start", "status": 303 if path == "/away" else 200}
    if path != "/bare":
        media = {"/page": b"text/html", "/file": b"application/octet-stream"}.get(path, b"application/json")
        cookies = [(b"set-cookie", text.encode()) for _, text in parse_qsl(scope["query_string"].decode())]
        start["headers"] = [(b"Content-Type", media), *cookies, *([(b"location", b"/elsewhere")] if path == "/away" else [])]
    await send(start)
    content = {"/page": "<p>é</p>".encode(), "/file": b"\xff\x00"}.get(path, told)
    await send({"type": "http.response.body", "body": content[:2], "more_body": True})
    await send({"type": "http.response.body", "body": content[2:]})


def echoing(style: Style | None = None) -> App:
    """Give an app with the echo beside it."""
    app = App(User, Post, style=style)
    app.mount("/echo", echo)
    return app


@pytest.fixture
def client() -> Any:
    with Client(echoing(), clock=Clock()) as client:
        yield client


def parts(media: str, body: bytes) -> list[Part]:
    """Read multipart/form-data as a mail of many parts."""
    whole = message_from_bytes(b"Content-Type: " + media.encode() + b"\r\n\r\n" + body)
    found: Any = whole.get_payload()
    assert whole.is_multipart() and not whole.defects
    return list(found)


def test_a_form_is_sent_as_a_browser_sends_it(client: Client) -> None:
    seen = client.post("/echo", form={"name": "Ada & Eve", "tag": ["a", "ü"], "empty": ""}).body
    assert seen["headers"]["content-type"] == "application/x-www-form-urlencoded"
    assert seen["body"] == "name=Ada+%26+Eve&tag=a&tag=%C3%BC&empty="
    assert client.request("PUT", "/echo", form={}).body["body"] == ""


def test_files_are_sent_with_their_form(client: Client) -> None:
    seen = client.post(
        "/echo", form={"title": "Tëst"}, files={"file": ('na"me.csv', b"a,b\r\n", "text/csv"), "raw": [b"1", ("2", b"2")]}
    ).body
    assert seen["headers"]["content-type"] == "multipart/form-data; boundary=kingpost-boundary-0"
    assert seen["body"].encode("latin-1") == (
        b'--kingpost-boundary-0\r\nContent-Disposition: form-data; name="title"\r\n\r\nT\xc3\xabst\r\n'
        b'--kingpost-boundary-0\r\nContent-Disposition: form-data; name="file"; filename="na%22me.csv"\r\n'
        b"Content-Type: text/csv\r\n\r\na,b\r\n\r\n"
        b'--kingpost-boundary-0\r\nContent-Disposition: form-data; name="raw"; filename="file"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n1\r\n"
        b'--kingpost-boundary-0\r\nContent-Disposition: form-data; name="raw"; filename="2"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n2\r\n"
        b"--kingpost-boundary-0--\r\n"
    )


@given(st.dictionaries(NAMES, TEXTS, max_size=3), st.dictionaries(NAMES, st.binary(max_size=50), max_size=3))
def test_a_reader_of_multipart_finds_what_was_packed(form: Mapping[str, str], files: Mapping[str, bytes]) -> None:
    media, body = multipart(form, files)
    found = parts(media, body) if form or files else []
    assert [part.get_payload(decode=True) for part in found] == [*(text.encode() for text in form.values()), *files.values()]
    assert len(found) == len(form) + len(files)


def test_what_is_sent_never_ends_its_own_part() -> None:
    inside = b"--kingpost-boundary-0--\r\n--kingpost-boundary-1"
    media, body = multipart({}, {"file": inside})
    assert media == "multipart/form-data; boundary=kingpost-boundary-2"
    assert [part.get_payload(decode=True) for part in parts(media, body)] == [inside]


def test_a_body_and_a_form_are_not_sent_together(client: Client) -> None:
    with pytest.raises(AssertionError, match="Send either a body or a form with its files, not both"):
        client.post("/echo", {"a": 1}, form={"a": "1"})


def test_a_header_of_ones_own_goes_before_what_is_packed(client: Client) -> None:
    assert client.post("/echo", b"a", headers={"Content-Type": "text/plain"}).body["headers"]["content-type"] == "text/plain"
    assert "content-type" not in client.get("/echo").body["headers"]


def test_pages_files_and_redirects_are_shown_as_they_are(client: Client) -> None:
    page, file, away = client.get("/echo/page"), client.get("/echo/file"), client.get("/echo/away")
    assert (page.status, page.text, page.body, page.headers["content-type"]) == (200, "<p>é</p>", None, "text/html")
    assert (file.content, file.body) == (b"\xff\x00", None)
    assert (away.status, away.headers["location"], away.error) == (303, "/elsewhere", {})


def test_cookies_come_back_with_every_request_until_their_time_is_over(client: Client) -> None:
    assert isinstance(client.clock, Clock)
    answer = client.get("/echo?a=session%3D1;HttpOnly;Path=/&b=theme%3Ddark;Max-Age=60")
    assert answer.cookies == client.cookies == {"session": "1", "theme": "dark"}
    assert client.get("/echo").body["headers"]["cookie"] == "session=1; theme=dark"
    client.clock.tick(60)
    assert client.get("/echo").body["headers"]["cookie"] == "session=1"
    assert client.get("/echo?a=session%3D2;Max-Age=0").cookies == {"session": "2"}
    assert "cookie" not in client.get("/echo").body["headers"] and client.cookies == {}


def test_each_client_has_cookies_of_its_own_and_may_set_them(client: Client) -> None:
    client.cookies["theme"] = "light"
    assert client.get("/echo").body["headers"]["cookie"] == "theme=light"
    assert "cookie" not in client.as_(None).get("/echo?a=theme%3Ddark").body["headers"]
    assert client.get("/echo").body["headers"]["cookie"] == "theme=light"
    assert "cookie" not in client.sign_out().get("/echo").body["headers"]


def test_a_cookie_that_is_none_is_told(client: Client) -> None:
    with pytest.raises(AssertionError, match="The app set a cookie that is none"):
        client.get("/echo?a=%5B%5D%3D1")


def test_an_answer_without_headers_is_one() -> None:
    with Client(echoing()) as client:
        assert (client.get("/echo/bare").headers, client.get("/echo/bare").body) == ({}, None)


def test_a_token_is_shown_as_the_app_wants_it() -> None:
    with Client(echoing(Style(scheme="Token"))) as client:
        other = client.as_(client.make(User))
        assert other.get("/echo").body["headers"]["authorization"] == f"Token {other.token}"
        assert "authorization" not in client.get("/echo").body["headers"]


def test_what_is_mounted_lives_as_long_as_the_client() -> None:
    seen: list[str] = []

    async def living(scope: Message, receive: Receive, send: Send) -> None:
        assert scope["type"] == "lifespan"
        for word in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{word}"
            seen.append(word)
            await send({"type": f"lifespan.{word}.complete"})

    app = App(User, Post)
    app.mount("/living", living)
    with Client(app):
        assert seen == ["startup"]
    assert seen == ["startup", "shutdown"]


def test_what_is_mounted_and_can_not_start_leaves_nothing_open() -> None:
    async def failing(scope: Message, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no luck"})

    app = App(User, Post)
    app.mount("/failing", failing)
    with pytest.raises(RuntimeError, match="no luck"):
        Client(app)


def test_a_request_waits_for_no_second_body() -> None:
    """Whoever listens for the end of a connection while it answers, waits."""

    async def listening(scope: Message, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        assert (await receive())["body"] == b"x"
        end = asyncio.ensure_future(receive())
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        assert not end.done()
        end.cancel()

    app = App(User, Post)
    app.mount("/listening", listening)
    with Client(app) as client:
        assert client.post("/listening", b"x").status == 204


def test_an_app_that_says_nothing_is_told() -> None:
    async def silent(scope: Message, receive: Receive, send: Send) -> None:
        await receive()

    app = App(User, Post)
    app.mount("/silent", silent)
    with Client(app) as client, pytest.raises(AssertionError, match="There was no answer to GET /silent"):
        client.get("/silent")
