"""How answers are dressed: the word before a token, the cookie that may carry one, what surrounds an answer, and refusals."""

import logging
from typing import Any

import msgspec
import pytest

from kingpost.call import Detail, Failure, Result, Seen
from kingpost.contract.codec import Column, Output
from kingpost.contract.model import Operation, Style
from kingpost.contract.scalars import Integer, Text
from kingpost.contract.types import Anything, Markup, Member, OfPage
from kingpost.surface.rest.forms import MOST_BYTES
from kingpost.surface.rest.serve import Edge
from kingpost.values import Cookie, Reply, html
from tests.surface.rest.scene import envelope
from tests.surface.rest.stage import JSON, Stage, contract

ECHO = Operation("echo", code="echo", path="/echo", method="GET", output=Anything())
SEND = Operation("send", code="send", path="/send", input=(Member("text", Text(), required=False),))
ENTER = Operation("enter", code="enter", path="/enter", form=True, input=(Member("text", Text(), required=False),))
ROWS = Result(Output((Column("id", Integer(), 0),)), ((1,), (2,)), next="mark", total=2)
ROW = Result(Output((Column("id", Integer(), 0),)), ((1,),), key=1, version="abc")

# ----------------------------------------------------------------------------------------------------------------- scheme


def test_a_token_stands_behind_the_word_of_the_style() -> None:
    stage = Stage(contract(ECHO, style=Style(scheme="Token")))
    for path in ("/api/echo", "/api/posts/1"):
        stage.ask("GET", path, headers={"authorization": "token abc"})
        assert stage.call.token == "abc"
        stage.ask("GET", path)
        assert stage.call.token is None
    stage.answer = Failure("unauthenticated", "Access token required")
    assert stage.ask("GET", "/api/echo").headers["www-authenticate"] == "Token"
    stage.answer = Failure("bad_token", "The access token is not valid")
    assert stage.ask("GET", "/api/posts/1").headers["www-authenticate"] == 'Token error="invalid_token"'


def test_an_operation_may_have_a_style_of_its_own() -> None:
    own = Operation("own", code="own", path="/own", method="GET", output=Anything(), style=Style(scheme="Key", envelope="mine"))
    stage = Stage(contract(own, ECHO, style=Style(envelope="data")), Result(value=1))
    assert stage.ask("GET", "/api/own", headers={"authorization": "Key abc"}).body == {"mine": 1}
    assert stage.call.token == "abc"
    assert stage.ask("GET", "/api/echo", headers={"authorization": "Bearer abc"}).body == {"data": 1}
    assert stage.call.token == "abc"


# ----------------------------------------------------------------------------------------------------------------- cookie

BY_COOKIE = Style(cookie="session")
SHOWN = {"cookie": "other=1; session=abc.def", **JSON}


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({"cookie": "session=abc"}, "abc"),
        ({"cookie": 'a=b;session="abc"; c=d'}, "abc"),
        ({"cookie": "session=a=b"}, "a=b"),
        ({"cookie": "session="}, ""),
        ({"cookie": "session=a; session=b"}, ""),
        ({"cookie": "xsession=a; Session=b; session"}, ""),
        ({"cookie": "xsession=a; Session=b"}, None),
        ({}, None),
        ({"cookie": "session=abc", "authorization": "Bearer own"}, "own"),
        ({"cookie": "session=abc", "authorization": "Basic own"}, ""),
    ],
)
def test_a_token_may_be_in_the_cookie_of_the_style(headers: dict[str, str], token: str | None) -> None:
    stage = Stage(contract(ECHO, style=BY_COOKIE))
    answer = stage.ask("GET", "/api/echo", headers=headers)
    assert (answer.status, stage.call.token) == (200, token)
    stage = Stage(contract(ECHO))
    stage.ask("GET", "/api/echo", headers={"cookie": "session=abc"})
    assert stage.call.token is None


@pytest.mark.parametrize(
    ("told", "fine"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "anything"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "https://here.example"}, False),
        ({"sec-fetch-site": "same-site", "origin": "https://app.example"}, True),
        ({"origin": "https://app.example"}, True),
        ({"origin": "https://here.example"}, True),
        ({"origin": "https://HERE.example"}, True),
        ({"origin": "https://here.example:8443"}, False),
        ({"origin": "https://here.example.evil.example"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/api/send"), ("POST", "/api/posts"), ("DELETE", "/api/posts/1")])
def test_what_changes_something_by_cookie_is_taken_from_this_site_alone(
    method: str, path: str, told: dict[str, str], fine: bool
) -> None:
    stage = Stage(contract(SEND, style=BY_COOKIE), Result(ROW.output, ROW.rows, key=1), edge=Edge(("https://app.example",)))
    if path == "/api/send":
        stage.answer = Result()
    answer = stage.ask(method, path, b"{}", {**SHOWN, **told})
    if fine:
        assert answer.status in (201, 204) and stage.call.token == "abc.def"
    else:
        envelope(answer, 403, "FORBIDDEN")
        assert stage.calls == []


def test_what_changes_nothing_or_comes_with_a_header_is_taken_from_anywhere() -> None:
    far = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    stage = Stage(contract(SEND, ECHO, style=BY_COOKIE), Result())
    assert stage.ask("GET", "/api/echo", headers=SHOWN | far).status == 204
    assert stage.ask("POST", "/api/send", b"{}", SHOWN | far | {"authorization": "Bearer own"}).status == 204
    assert stage.ask("POST", "/api/send", b"{}", JSON | far).status == 204


def test_a_form_that_may_set_the_cookie_is_taken_from_this_site_alone_as_well() -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    stage = Stage(contract(ENTER, style=BY_COOKIE), Result())
    assert stage.ask("POST", "/api/enter", b"text=a", form | {"sec-fetch-site": "same-origin"}).status == 204
    envelope(stage.ask("POST", "/api/enter", b"text=a", form | {"sec-fetch-site": "cross-site"}), 403, "FORBIDDEN")
    assert (
        Stage(contract(ENTER), Result()).ask("POST", "/api/enter", b"text=a", form | {"sec-fetch-site": "cross-site"}).status
        == 204
    )


def test_a_request_without_a_host_is_of_no_site() -> None:
    stage = Stage(contract(SEND, style=BY_COOKIE), Result())
    answer = stage.ask("POST", "/api/send", b"{}", [*SHOWN.items(), ("host", ""), ("origin", "null")])
    assert answer.status == 403


def test_a_cookie_that_is_not_believed_is_forgotten() -> None:
    stage = Stage(contract(ECHO, style=BY_COOKIE), Failure("bad_token", "The access token is not valid"))
    answer = envelope(stage.ask("GET", "/api/echo", headers={"cookie": "session=old"}), 401, "INVALID_TOKEN")
    assert answer.headers["set-cookie"] == "session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"
    assert "set-cookie" not in stage.ask("GET", "/api/echo", headers={"authorization": "Bearer old"}).headers
    stage.answer = Failure("forbidden", "You may not do this")
    assert "set-cookie" not in stage.ask("GET", "/api/echo", headers={"cookie": "session=old"}).headers


def test_nobody_keeps_what_the_owner_of_a_cookie_was_told() -> None:
    stage = Stage(contract(ECHO, style=BY_COOKIE), Result(value=1))
    told = stage.ask("GET", "/api/echo", headers={"cookie": "session=abc"}).headers
    assert told["cache-control"] == "no-store" and "Cookie" in told["vary"]
    told = stage.ask("GET", "/api/echo").headers
    assert told["cache-control"] == "no-cache" and "Cookie" in told["vary"]
    assert "Cookie" not in Stage(contract(ECHO)).ask("GET", "/api/echo").headers["vary"]


# --------------------------------------------------------------------------------------------------------------- envelope


def test_an_answer_stands_in_its_envelope() -> None:
    pages = Operation("pages", code="pages", path="/pages", method="GET", output=OfPage("posts"))
    home = Operation("home", code="home", path="/home", method="GET", output=Markup())
    stage = Stage(contract(ECHO, SEND, pages, home, style=Style(envelope="data")), ROWS)
    assert stage.ask("GET", "/api/posts").body == {"data": [{"id": 1}, {"id": 2}], "next": "mark", "total": 2}
    stage.answer = msgspec.structs.replace(ROWS, next=None)
    assert stage.ask("GET", "/api/posts", headers={"accept": "application/x-ndjson"}).text == '{"id":1}\n{"id":2}\n'
    stage.answer = ROW
    assert stage.ask("GET", "/api/posts/1").body == {"data": {"id": 1}}
    assert stage.ask("POST", "/api/posts", b"{}", JSON).body == {"data": {"id": 1}}
    stage.answer = Result(parts=(ROW,))
    assert stage.ask("POST", "/api/posts/batch", b'{"items": [{"do": "create", "data": {}}]}', JSON).body["data"][0][
        "data"
    ] == {"id": 1}
    for value, wanted in (([1], {"data": [1]}), ({"a": 1}, {"data": {"a": 1}}), (False, {"data": False})):
        stage.answer = Result(value=value)
        assert stage.ask("GET", "/api/echo").body == wanted
    stage.answer = Result(value={"items": [{"id": 1}], "next": None})
    assert stage.ask("GET", "/api/pages").body == {"data": [{"id": 1}], "next": None}
    stage.answer = Result()
    assert (stage.ask("POST", "/api/send", b"{}", JSON).status, stage.ask("DELETE", "/api/posts/1").text) == (204, "")
    stage.answer = Result(value=html("<p></p>"))
    assert stage.ask("GET", "/api/home").text == "<p></p>"
    stage.answer = Failure("not_found", "There is no such post")
    envelope(stage.ask("GET", "/api/posts/1"), 404, "NOT_FOUND")


# ------------------------------------------------------------------------------------------------------------------ error

seen: list[Failure] = []


def tell(failure: Failure) -> Reply[Any]:
    """Say a failure as an app of another time did."""
    seen.append(failure)
    if failure.code == "OUT_OF_STOCK":
        return Reply({"sold": True}, 410, {"x-own": "yes"}, (Cookie("a", "b"),))
    if failure.kind == "unauthenticated":
        return Reply.to("/login")
    if failure.kind == "internal":
        raise ValueError("a secret")
    return Reply({"errors": {each.field: [each.message] for each in failure.details} or {"body": [failure.message]}})


OWN = Style(error="app.error")


def styled(*operations: Operation, answer: Result | Failure | None = None) -> Stage:
    seen.clear()
    return Stage(contract(*operations, style=OWN), answer, errors={"app.error": tell})


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "code"),
    [
        ("GET", "/nowhere", b"", {}, 404, "NOT_FOUND"),
        ("PATCH", "/api/send", b"", {}, 405, "METHOD_NOT_ALLOWED"),
        ("PUT", "/docs", b"", {}, 405, "METHOD_NOT_ALLOWED"),
        ("PUT", "/health/live", b"", {}, 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/api/echo", b"", {"accept": "image/png"}, 406, "NOT_ACCEPTABLE"),
        ("POST", "/api/send", b"x" * (MOST_BYTES + 1), JSON, 413, "PAYLOAD_TOO_LARGE"),
        ("POST", "/api/send", b"x", {"content-type": "text/plain"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("POST", "/api/send", b"{", JSON, 400, "MALFORMED_REQUEST"),
        ("GET", "/api/posts?odd=1", b"", {}, 400, "VALIDATION_ERROR"),
        ("GET", "/api/echo", b"", {"if-match": "x"}, 400, "VALIDATION_ERROR"),
        ("GET", "/api/echo", b"", {"if-match": '"x"'}, 412, "PRECONDITION_FAILED"),
    ],
)
def test_every_refusal_is_told_by_the_app_itself(
    method: str, path: str, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = styled(ECHO, SEND, answer=Result(value=1)).ask(method, path, body, headers)
    assert (answer.status, set(answer.body), [failure.code for failure in seen]) == (status, {"errors"}, [code])
    assert answer.headers["content-type"] == "application/json" and answer.headers["x-content-type-options"] == "nosniff"
    assert ("allow" in answer.headers) == (status == 405)


def test_what_an_operation_refuses_is_told_by_the_app_with_the_usual_status_or_its_own() -> None:
    stage = styled(ECHO, answer=Failure("invalid", "Invalid input data", (Detail("title", "Is required"),)))
    answer = stage.ask("GET", "/api/echo")
    assert (answer.status, answer.body) == (400, {"errors": {"title": ["Is required"]}})
    stage.answer = Failure("limited", "Too many", retry_after=7, seen=Seen())
    answer = stage.ask("GET", "/api/echo")
    assert (answer.status, answer.headers["retry-after"]) == (429, "7")
    stage.answer = Failure("conflict", "Only 3 are left", code="OUT_OF_STOCK")
    answer = stage.ask("GET", "/api/echo")
    assert (answer.status, answer.body, answer.headers["x-own"]) == (410, {"sold": True}, "yes")
    assert answer.headers["set-cookie"].startswith("a=b;")
    stage.answer = Failure("unauthenticated", "Access token required")
    answer = stage.ask("GET", "/api/echo")
    assert (answer.status, answer.text, answer.headers["location"]) == (303, "", "/login")
    assert "www-authenticate" not in answer.headers
    stage.answer = Failure("bad_token", "The access token is not valid")
    assert stage.ask("GET", "/api/echo").headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_where_the_app_breaks_as_it_tells_of_a_failure_the_usual_envelope_says_no_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = styled(ECHO, answer=Failure("internal", "Something went wrong on the server"))
    with caplog.at_level(logging.ERROR, "kingpost"):
        envelope(stage.ask("GET", "/api/echo"), 500, "INTERNAL")
    assert [record.getMessage() for record in caplog.records] == ["The code app.error that tells of failures broke: ValueError"]


def test_a_refusal_may_be_a_page() -> None:
    stage = Stage(contract(ECHO, style=OWN), errors={"app.error": lambda failure: Reply(html("<p>{a}</p>", a=failure.message))})
    answer = stage.ask("GET", "/nowhere")
    assert (answer.status, answer.text) == (404, "<p>There is nothing at this address</p>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_a_style_whose_words_for_failures_are_missing_does_not_start() -> None:
    with pytest.raises(KeyError):
        Stage(contract(ECHO, style=OWN))
