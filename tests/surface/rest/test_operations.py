"""Operations with code: where they stand, what they take from a request, and how their answers are told."""

import json
import logging

import msgspec
import pytest

from kingpost.call import Failure, Result
from kingpost.contract.model import Field, Method, Operation, Resource
from kingpost.contract.scalars import Integer, Text
from kingpost.contract.types import Anything, Items, Markup, Member, Object, OfPage, OfRow
from kingpost.surface.rest.forms import MOST_BYTES
from kingpost.surface.rest.routes import HOLE, Routes, clashes
from kingpost.surface.rest.serve import Edge
from kingpost.values import Cookie, Reply, html
from tests.surface.rest.scene import envelope
from tests.surface.rest.stage import JSON, POSTS, RIGHTS, USERS, Stage, contract

SHOW = Operation(
    "posts.show", "posts", code="posts.show", path="/posts/{title}/parts/{part}", method="GET", found_by="title",
    input=(Member("part", Integer(), place="path"), Member("limit", Integer(), place="query", required=False)),
    output=Anything(),
)  # fmt: skip
SEND = Operation("send", code="send", path="/send", input=(Member("text", Text()), Member("more", Text(), required=False)))
PAGE = Operation("home", code="home", path="/", method="GET", output=Markup())
ECHO = Operation("echo", code="echo", path="/echo", method="GET", output=Anything())


ARTICLES = Resource(
    "articles",
    "Article",
    (Field("id", Integer(), origin="serial"), Field("slug", Text(), unique=True), Field("title", Text(), unique=True)),
    RIGHTS,
    served=False,
)


def at(name: str, path: str, method: Method = "GET", found_by: str = "") -> Operation:
    taken = tuple(Member(hole, Text(), place="path") for hole in HOLE.findall(path) if hole != found_by)
    return Operation(name, "articles", code=name, path=path, method=method, found_by=found_by, input=taken, output=Anything())


# ------------------------------------------------------------------------------------------------------------------ paths

PLACES = (
    at("feed", "/articles/feed"),
    at("article", "/articles/{slug}", found_by="slug"),
    at("change", "/articles/{title}", "PUT", found_by="title"),
    at("part", "/articles/{slug}/{part}"),
    at("comments", "/articles/{slug}/comments"),
    at("latest", "/articles/feed/{part}"),
    at("comment", "/articles/{slug}/comments/{id}", "DELETE", found_by="id"),
    at("root", "/"),
)


@pytest.mark.parametrize(
    ("method", "path", "name", "key", "given"),
    [
        ("GET", "/articles/feed", "feed", "", {}),
        ("HEAD", "/articles/feed", "feed", "", {}),
        ("PUT", "/articles/feed", "change", "feed", {}),
        ("GET", "/articles/some%20words%2Fhere", "article", "some words/here", {}),
        ("PUT", "/articles/x", "change", "x", {}),
        ("GET", "/articles/x/comments", "comments", "", {"slug": "x"}),
        ("GET", "/articles/feed/comments", "latest", "", {"part": "comments"}),
        ("GET", "/articles/x/y", "part", "", {"slug": "x", "part": "y"}),
        ("DELETE", "/articles/x/comments/7", "comment", "7", {"slug": "x"}),
        ("GET", "/", "root", "", {}),
    ],
)
@pytest.mark.parametrize("base", ["", "/api"])
def test_a_path_leads_to_what_fits_it_best_and_answers_its_method(
    base: str, method: str, path: str, name: str, key: str, given: dict[str, str]
) -> None:
    found = Routes(contract(*PLACES, resources=(ARTICLES,)), base).find(f"{base}{path}".encode(), method)
    assert found is not None
    assert found.route.methods[method.replace("HEAD", "GET")] == name
    assert (found.key, found.given) == (key, given)


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/articles/feed", "GET, HEAD, OPTIONS, PUT"),
        ("/articles/x", "GET, HEAD, OPTIONS, PUT"),
        ("/articles/x/comments/7", "DELETE, OPTIONS"),
        ("/", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_method_that_nothing_answers_is_405_with_all_that_answer_there(path: str, allow: str) -> None:
    stage = Stage(contract(*PLACES, resources=(ARTICLES,)), base="")
    assert envelope(stage.ask("PATCH", path, b"{}", JSON), 405, "METHOD_NOT_ALLOWED").headers["allow"] == allow
    told = stage.ask("OPTIONS", path)
    assert (told.status, told.headers["allow"], stage.calls) == (204, allow, [])


@pytest.mark.parametrize(
    "path", ["/articles/", "/articles//comments", "/articles/x/comments/", "/x", "//", "/articles/%ff", "/é"]
)
def test_a_path_that_fits_none_is_404(path: str) -> None:
    stage = Stage(contract(*PLACES, resources=(ARTICLES,)), base="")
    envelope(stage.ask("GET", path), 404, "NOT_FOUND")
    assert stage.calls == []


def test_a_resource_that_is_not_served_has_no_paths_not_even_under_others() -> None:
    hidden = msgspec.structs.replace(POSTS, served=False)
    known = {route.template for route in Routes(contract(SHOW, resources=(USERS, hidden)), "/api").all()}
    assert known == {"/api/users", "/api/users/batch", "/api/users/{id}", "/api/posts/{title}/parts/{part}"}
    stage = Stage(contract(SHOW, resources=(USERS, hidden)))
    for method, path in [
        ("GET", "/api/posts"),
        ("GET", "/api/posts/1"),
        ("POST", "/api/posts/batch"),
        ("GET", "/api/users/1/top_posts"),
    ]:
        envelope(stage.ask(method, path, b"{}", JSON), 404, "NOT_FOUND")
    document = json.loads(stage.ask("GET", "/openapi.json").text)
    assert "/api/posts" not in document["paths"] and "PostCreate" not in document["components"]["schemas"]


def test_two_operations_in_one_place_are_found_before_one_hides_the_other() -> None:
    found = clashes(
        contract(at("one", "/posts/{title}"), at("two", "/posts/{any}", "PUT"), at("three", "/x"), at("four", "/x", "PUT"))
    )
    assert found == [("posts.get", "one", "GET /posts/{title}"), ("posts.replace", "two", "PUT /posts/{any}")]


# ------------------------------------------------------------------------------------------------------------------ input


def test_what_stands_in_the_address_and_beside_it_comes_with_the_call() -> None:
    stage = Stage(contract(SHOW))
    told = {"authorization": "Bearer abc", "x-one": "1", "cookie": "a=b"}
    assert stage.ask("GET", "/api/posts/a%20b/parts/2?limit=5", headers=told).status == 200
    call = stage.call
    assert (call.operation, call.key, call.given, call.token) == ("posts.show", "a b", {"part": "2", "limit": "5"}, "abc")
    assert call.beside == {"host": "here.example", **told}
    assert call.input is None and call.address == "192.0.2.1"


def test_nothing_beside_a_verb_comes_with_its_call() -> None:
    stage = Stage(contract(SHOW))
    stage.ask("GET", "/api/posts/1", headers={"x-one": "1"})
    assert stage.call.beside == {} and stage.call.given == {}


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("limit=1&limit=2", "limit", "Is given twice"),
        ("part=3", "part", "Is given by the path"),
        ("title=3", "title", "Is given by the path"),
    ],
)
def test_a_parameter_that_is_there_twice_is_refused(query: str, field: str, message: str) -> None:
    answer = Stage(contract(SHOW)).ask("GET", f"/api/posts/a/parts/2?{query}")
    assert envelope(answer, 400, "VALIDATION_ERROR").details == {field: message}


def test_a_parameter_that_is_unknown_comes_along_so_that_all_that_is_wrong_is_told_at_once() -> None:
    stage = Stage(contract(SHOW, SEND))
    stage.ask("GET", "/api/posts/a/parts/2?fields=id&limit=x")
    assert (stage.call.given, stage.call.fault) == ({"fields": "id", "limit": "x", "part": "2"}, None)
    stage.ask("POST", "/api/send?text=a", b"{}", JSON)
    assert (stage.call.given, stage.call.input, stage.call.fault) == ({"text": "a"}, {}, None)


def test_a_body_is_the_input_as_it_was_sent() -> None:
    stage = Stage(contract(SEND))
    assert stage.ask("POST", "/api/send", b'{"text": "a", "odd": [1]}', JSON).status == 200
    assert stage.call.input == {"text": "a", "odd": [1]}
    whole = Operation("bulk", code="bulk", path="/bulk", method="PUT", input=(Member("body", Items(Integer()), place="whole"),))
    stage = Stage(contract(whole))
    stage.ask("PUT", "/api/bulk", b"[1, 2]", JSON)
    assert stage.call.input == [1, 2]


def test_no_body_says_nothing_and_the_engine_tells_what_is_missing() -> None:
    free = Operation("ping", code="ping", path="/ping", input=(Member("at", Text(), required=False),))
    stage = Stage(contract(free, SEND))
    assert stage.ask("POST", "/api/ping").status == 200
    assert stage.call.input == {}
    envelope(stage.ask("POST", "/api/ping", b"{}"), 415, "UNSUPPORTED_MEDIA_TYPE")
    assert stage.ask("POST", "/api/send").status == 200
    assert (stage.call.input, stage.call.fault) == ({}, None)
    envelope(stage.ask("POST", "/api/send", b"", JSON), 400, "MALFORMED_REQUEST")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])
def test_another_media_type_is_415(kind: str) -> None:
    stage = Stage(contract(SEND))
    envelope(stage.ask("POST", "/api/send", b"text=a", {"content-type": kind}), 415, "UNSUPPORTED_MEDIA_TYPE")
    assert stage.calls == []


def test_a_read_has_no_body() -> None:
    gone = Operation("drop", code="drop", path="/drop", method="DELETE", input=(Member("n", Integer(), place="query"),))
    stage = Stage(contract(gone, ECHO), Result())
    assert stage.ask("DELETE", "/api/drop?n=1", b"not JSON").status == 204
    assert (stage.call.input, stage.call.given) == (None, {"n": "1"})
    stage.ask("GET", "/api/echo", b"not JSON")
    assert stage.call.input is None


def test_a_body_larger_than_any_is_413() -> None:
    stage = Stage(contract(SEND))
    answer = envelope(stage.ask("POST", "/api/send", b" " * (MOST_BYTES + 1), JSON), 413, "PAYLOAD_TOO_LARGE")
    assert answer.headers["connection"] == "close" and stage.calls == []


def test_a_key_comes_with_a_call_that_may_be_repeated_and_a_version_with_none() -> None:
    whole = Operation("pay", code="pay", path="/pay", whole=True)
    stage = Stage(contract(whole, ECHO, SEND))
    stage.ask("POST", "/api/pay", headers={"idempotency-key": "one"})
    assert stage.call.once == "one"
    stage.ask("GET", "/api/echo", headers={"idempotency-key": "one"})
    assert stage.call.once == ""
    answer = stage.ask("POST", "/api/pay", headers={"if-match": '"a"'})
    assert envelope(answer, 400, "VALIDATION_ERROR").details == {"If-Match": "Is not taken here"}


# ----------------------------------------------------------------------------------------------------------------- answer


@pytest.mark.parametrize(
    ("operation", "result", "status", "text"),
    [
        (ECHO, Result(value={"a": [1, None]}), 200, '{"a":[1,null]}'),
        (ECHO, Result(value=5), 200, "5"),
        (SEND, Result(), 204, ""),
        (Operation("send", code="send", path="/send", status=202), Result(), 202, ""),
        (Operation("send", code="send", path="/send", status=201, output=Integer()), Result(value=1), 201, "1"),
        (Operation("send", code="send", path="/send", output=Integer()), Result(value=1, reply=Reply(1, 203)), 203, "1"),
        (Operation("send", code="send", path="/send", output=Integer()), Result(reply=Reply.to("/next")), 303, ""),
        (Operation("send", code="send", path="/send", output=Integer()), Result(value=1, reply=Reply(1, 204)), 204, ""),
    ],
)
def test_an_answer_has_its_status_and_its_value(operation: Operation, result: Result, status: int, text: str) -> None:
    stage = Stage(contract(operation), result)
    answer = stage.ask(operation.method, f"/api{operation.path}", b'{"text": "a"}', JSON)
    assert (answer.status, answer.text) == (status, text)
    assert answer.headers.get("content-type", "") == ("application/json" if text else "")
    assert answer.headers.get("content-length", "0") == str(len(text))
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_reply_says_headers_and_cookies_beside_its_value() -> None:
    cookies = (Cookie("session", "abc.def", 900), Cookie("old", age=0), Cookie("plain", "1"))
    reply = Reply(1, 201, {"Location": "/next/\u00e9?a=b c", "X-Own": "yes", "Cache-Control": "max-age=60"}, cookies)
    stage = Stage(contract(ECHO), Result(value=1, reply=reply))
    answer = stage.ask("GET", "/api/echo")
    assert (answer.status, answer.headers["location"], answer.headers["x-own"]) == (201, "/next/%C3%A9?a=b%20c", "yes")
    assert answer.headers["cache-control"] == "max-age=60"
    assert answer.headers["set-cookie"].split("\n") == [
        "session=abc.def; Max-Age=900; Path=/; HttpOnly; SameSite=Lax",
        "old=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
        "plain=1; Path=/; HttpOnly; SameSite=Lax",
    ]
    assert "etag" not in answer.headers
    for secured in (
        stage.ask("GET", "/api/echo", scheme="https"),
        Stage(contract(ECHO), stage.answer, edge=Edge(secure=True)).ask("GET", "/api/echo"),
    ):
        assert all(each.endswith("; SameSite=Lax; Secure") for each in secured.headers["set-cookie"].split("\n"))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(1, headers={"x-own": "a\r\nset-cookie: b=c"}),
        Reply(1, headers={"x-own": "a\nb"}),
        Reply(1, headers={"x-own": "a\0"}),
        Reply(1, headers={"x-own": "\u0142"}),
        Reply(1, headers={"x own": "a"}),
        Reply(1, headers={"": "a"}),
        Reply(1, headers={"Content-Length": "5"}),
        Reply(1, headers={"transfer-encoding": "chunked"}),
        Reply(1, headers={"set-cookie": "a=b"}),
        Reply(1, headers={"access-control-allow-origin": "*"}),
        Reply(1, headers={"x-frame-options": "ALLOWALL"}),
        Reply(1, 99),
        Reply(1, 100),
        Reply(1, 600),
        Reply(1, cookies=(Cookie("a", "b; Domain=example.com"),)),
        Reply(1, cookies=(Cookie("a", "b\r\nx: y"),)),
        Reply(1, cookies=(Cookie("a b", "c"),)),
        Reply(1, cookies=(Cookie("", "c"),)),
        Reply(1, cookies=(Cookie("a", "\u00e9"),)),
        Reply(1, cookies=(Cookie("a", "b" * 4_000),)),
    ],
)
def test_what_no_header_can_say_is_an_error_and_nothing_of_it_is_sent(
    caplog: pytest.LogCaptureFixture, reply: Reply[int]
) -> None:
    with caplog.at_level(logging.ERROR, "kingpost"):
        answer = Stage(contract(ECHO), Result(value=1, reply=reply)).ask("GET", "/api/echo")
    envelope(answer, 500, "INTERNAL")
    assert "set-cookie" not in answer.headers and "x-own" not in answer.headers
    assert len(caplog.records) == 1 and "echo" in caplog.text


def test_a_page_is_html_that_may_run_no_script() -> None:
    stage = Stage(contract(PAGE), Result(value=html("<p>{name}</p>", name="<script>")))
    answer = stage.ask("GET", "/api/", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (answer.status, answer.text) == (200, "<p>&lt;script&gt;</p>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    assert envelope(stage.ask("GET", "/api/", headers={"accept": "application/json"}), 406, "NOT_ACCEPTABLE")
    assert envelope(Stage(contract(ECHO)).ask("GET", "/api/echo", headers={"accept": "text/html"}), 406, "NOT_ACCEPTABLE")


def test_a_read_has_a_tag_and_is_not_sent_twice() -> None:
    stage = Stage(contract(PAGE), Result(value=html("<p>Here</p>")))
    answer = stage.ask("GET", "/api/")
    tag = answer.headers["etag"]
    again = stage.ask("GET", "/api/", headers={"if-none-match": tag})
    assert (again.status, again.text, again.headers["etag"]) == (304, "", tag)
    head = stage.ask("HEAD", "/api/")
    assert (head.status, head.text, head.headers["etag"], head.headers["content-length"]) == (200, "", tag, "11")
    assert "etag" not in Stage(contract(SEND), Result(value=1)).ask("POST", "/api/send", b'{"text":""}', JSON).headers


def test_an_answer_that_was_given_before_says_so() -> None:
    whole = Operation("pay", code="pay", path="/pay", whole=True, output=Integer())
    answer = Stage(contract(whole), Result(value=1, replayed=True)).ask("POST", "/api/pay", headers={"idempotency-key": "a"})
    assert (answer.text, answer.headers["idempotency-replayed"]) == ("1", "true")


def test_a_refusal_has_the_code_that_the_app_gave_it() -> None:
    failure = Failure("conflict", "Only 3 are left", code="OUT_OF_STOCK")
    assert (
        envelope(Stage(contract(ECHO), failure).ask("GET", "/api/echo"), 409, "OUT_OF_STOCK").error["message"]
        == "Only 3 are left"
    )


def test_rows_and_pages_are_told_as_they_are() -> None:
    row = {"id": 1, "created_at": "2026-01-31T10:30:00.000000Z"}
    one = Operation("one", code="one", path="/one", method="GET", output=OfRow("posts"))
    page = Operation("page", code="page", path="/page", method="GET", output=OfPage("posts"))
    boxed = Operation(
        "boxed", code="boxed", path="/boxed", method="GET", output=Object("Box", (Member("post", OfRow("posts")),))
    )
    assert Stage(contract(one), Result(value=row)).ask("GET", "/api/one").body == row
    assert Stage(contract(page), Result(value={"items": [row], "next": None})).ask("GET", "/api/page").body["items"] == [row]
    assert Stage(contract(boxed), Result(value={"post": row})).ask("GET", "/api/boxed").body == {"post": row}
