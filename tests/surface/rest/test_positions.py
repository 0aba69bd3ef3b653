"""Where a caller's writes stand: told with the answer, shown with the next request, in a header or in a browser's cookie."""

from kingpost.call import Failure, Result, Seen
from kingpost.contract.model import Style
from tests.surface.rest.stage import JSON, Stage, contract

AT = Seen(position="here")
COOKIE = "kingpost_position=here; Max-Age=60; Path=/; HttpOnly; SameSite=Lax"


def test_a_position_is_told_with_an_answer_and_with_a_refusal() -> None:
    stage = Stage(contract(), Result(value={}, seen=AT))
    answer = stage.ask("PATCH", "/api/posts/1", b"{}", JSON)
    assert (answer.status, answer.headers["kingpost-position"]) == (200, "here")
    stage.answer = Failure("stale", "It has changed", seen=AT)
    answer = stage.ask("PATCH", "/api/posts/1", b"{}", JSON)
    assert (answer.status, answer.headers["kingpost-position"]) == (412, "here")
    assert "set-cookie" not in answer.headers
    stage.answer = Result(value={})
    assert "kingpost-position" not in stage.ask("PATCH", "/api/posts/1", b"{}", JSON).headers


def test_a_position_that_a_request_shows_comes_with_its_call() -> None:
    stage = Stage(contract())
    for headers, shown in (
        ([("kingpost-position", "here")], "here"),
        ([("kingpost-position", "here"), ("kingpost-position", "there")], "here, there"),
        ([("cookie", "kingpost_position=here")], ""),
        ([], ""),
    ):
        stage.ask("GET", "/api/posts/1", headers=headers)
        assert stage.call.position == shown


def test_a_browser_that_is_signed_in_by_a_cookie_keeps_and_shows_it_by_itself() -> None:
    stage = Stage(contract(style=Style(cookie="session")), Result(value={}, seen=AT))
    answer = stage.ask("PATCH", "/api/posts/1", b"{}", JSON | {"cookie": "session=x"})
    assert answer.headers["set-cookie"] == COOKIE
    assert stage.ask("PATCH", "/api/posts/1", b"{}", JSON).headers["set-cookie"] == COOKIE, "it may sign in just now"
    assert "set-cookie" not in stage.ask("PATCH", "/api/posts/1", b"{}", JSON | {"authorization": "Bearer x"}).headers
    for headers, shown in (
        ({"cookie": "session=x; kingpost_position=here"}, "here"),
        ({"cookie": "kingpost_position=here"}, "here"),
        ({"cookie": "kingpost_position=here", "kingpost-position": "there"}, "there"),
        ({"cookie": "kingpost_position=here", "authorization": "Bearer x"}, ""),
        ({"cookie": "kingpost_position=here; kingpost_position=there"}, ""),
    ):
        stage.ask("GET", "/api/posts/1", headers=headers)
        assert stage.call.position == shown
