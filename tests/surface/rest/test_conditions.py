"""Entity tags and conditional requests (RFC 9110, sections 8.8.3 and 13; security rows U3 and Z4)."""

import asyncio
import re
from collections.abc import Iterator

import pytest

from tests.engine.running import BASE, Account, Backend
from tests.surface.rest.scene import envelope

TAG = re.compile(r'"([A-Za-z0-9_-]{12})-([A-Za-z0-9_-]{12})"')
LISTED = re.compile(r'"[A-Za-z0-9_-]{12}"')


@pytest.fixture
def backend() -> Iterator[Backend]:
    made = Backend()
    yield made
    made.close()


@pytest.fixture
def ada(backend: Backend) -> Account:
    return backend.join("Ada")


def post(backend: Backend, ada: Account, **values: object) -> int:
    answer = backend.ask("POST", f"{BASE}/posts", {"title": "One", **values}, ada.token)
    assert answer.status == 201, answer
    found: int = answer.body["id"]
    return found


def test_an_answer_of_one_row_is_tagged_with_its_version_and_its_bytes(backend: Backend, ada: Account) -> None:
    made = backend.ask("POST", f"{BASE}/posts", {"title": "One"}, ada.token)
    url = f"{BASE}/posts/{made.body['id']}"
    whole, part = backend.ask("GET", url, token=ada.token), backend.ask("GET", f"{url}?fields=title", token=ada.token)
    tags = [TAG.fullmatch(each.headers["etag"]) for each in (made, whole, part)]
    assert tags[0] and tags[1] and tags[2]
    assert tags[0][0] == tags[1][0], "the same bytes of the same row have the same tag, whoever sent them"
    assert tags[1][1] == tags[2][1] and tags[1][2] != tags[2][2], "another shape of the same row is another answer"
    changed = backend.ask("PATCH", url, {"title": "Two"}, ada.token)
    found = TAG.fullmatch(changed.headers["etag"])
    assert found and found[1] != tags[0][1]
    assert backend.ask("GET", url, token=ada.token).headers["etag"] == changed.headers["etag"]
    assert "etag" not in backend.ask("DELETE", url, token=ada.token).headers


def test_what_the_client_has_already_is_not_sent_again(backend: Backend, ada: Account) -> None:
    post(backend, ada, published_at="2026-01-31T10:30:00Z")
    for url in (f"{BASE}/posts/1", f"{BASE}/posts", f"{BASE}/users/{ada.id}", "/openapi.json", "/docs"):
        first = backend.ask("GET", url)
        tag = first.headers["etag"]
        assert first.status == 200 and (TAG.fullmatch(tag) or LISTED.fullmatch(tag))
        for wanted in (tag, f"W/{tag}", "*", f'"other", {tag}'):
            for method in ("GET", "HEAD"):
                again = backend.ask(method, url, headers=[("if-none-match", wanted)])
                assert (again.status, again.text, again.headers["etag"]) == (304, "", tag)
                assert "content-type" not in again.headers and "content-length" not in again.headers
                assert again.headers.get("cache-control") == first.headers.get("cache-control")
                assert again.headers.get("vary") == first.headers.get("vary")
        assert backend.ask("GET", url, headers=[("if-none-match", '"other"')]).text == first.text


def test_a_read_meant_for_another_answer_is_refused(backend: Backend, ada: Account) -> None:
    post(backend, ada, published_at="2026-01-31T10:30:00Z")
    tag = backend.ask("GET", f"{BASE}/posts/1").headers["etag"]
    assert backend.ask("GET", f"{BASE}/posts/1", headers=[("if-match", tag)]).status == 200
    for wanted in (f"W/{tag}", '"other"'):
        envelope(backend.ask("GET", f"{BASE}/posts/1", headers=[("if-match", wanted)]), 412, "PRECONDITION_FAILED")


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_a_write_meant_for_another_version_changes_nothing(backend: Backend, ada: Account, method: str) -> None:
    url = f"{BASE}/posts/{post(backend, ada)}"
    tag = backend.ask("GET", url, token=ada.token).headers["etag"]
    assert backend.ask("PATCH", url, {"title": "Newer"}, ada.token).status == 200
    before = backend.snapshot()
    for headers in (("if-match", tag), ("if-match", '"x"'), ("if-none-match", "*")):
        answer = backend.ask(method, url, {"title": "Mine"}, ada.token, [headers])
        envelope(answer, 412, "PRECONDITION_FAILED")
        assert backend.snapshot() == before
    tag = backend.ask("GET", f"{url}?fields=id&include=user", token=ada.token).headers["etag"]
    done = backend.ask(method, url, {"title": "Mine"}, ada.token, [("if-match", f'"x", {tag}')])
    assert done.status == (204 if method == "DELETE" else 200), "the version counts, in whatever shape the row was read"


def test_a_weak_tag_is_good_for_no_write(backend: Backend, ada: Account) -> None:
    url = f"{BASE}/posts/{post(backend, ada)}"
    tag = backend.ask("GET", url, token=ada.token).headers["etag"]
    before = backend.snapshot()
    envelope(backend.ask("PATCH", url, {"title": "Mine"}, ada.token, [("if-match", f"W/{tag}")]), 412, "PRECONDITION_FAILED")
    assert backend.snapshot() == before
    assert backend.ask("PATCH", url, {"title": "Mine"}, ada.token, [("if-match", "*")]).status == 200
    assert backend.ask("PATCH", url, {"title": "Mine"}, ada.token, [("if-none-match", '"AAAAAAAAAAAA-x"')]).status == 200


def test_a_new_row_has_no_version_yet(backend: Backend, ada: Account) -> None:
    before = backend.snapshot()
    for wanted in ("*", '"AAAAAAAAAAAA-AAAAAAAAAAAA"'):
        answer = backend.ask("POST", f"{BASE}/posts", {"title": "One"}, ada.token, [("if-match", wanted)])
        envelope(answer, 412, "PRECONDITION_FAILED")
    assert backend.snapshot() == before
    assert backend.ask("POST", f"{BASE}/posts", {"title": "One"}, ada.token, [("if-none-match", "*")]).status == 201


def test_a_row_that_may_not_be_read_or_written_tells_nothing_by_its_version(backend: Backend, ada: Account) -> None:
    """Z4: 404 and 403 come before 412."""
    draft, other = post(backend, ada), backend.join("Bob")
    shown = post(backend, ada, published_at="2026-01-31T10:30:00Z")
    tag = backend.ask("GET", f"{BASE}/posts/{shown}").headers["etag"]
    before = backend.snapshot()
    for wanted in ("*", tag, '"x"'):
        for method in ("PATCH", "PUT", "DELETE"):
            sent = ({"title": "Mine"}, other.token, [("if-match", wanted)])
            assert backend.ask(method, f"{BASE}/posts/{draft}", *sent).status == 404
            assert backend.ask(method, f"{BASE}/posts/{shown}", *sent).status == 403
    assert backend.snapshot() == before


def test_the_version_is_of_what_the_caller_may_see(backend: Backend, ada: Account) -> None:
    """U3: a hidden value that changes changes no tag."""
    bob, url = backend.join("Bob"), f"{BASE}/users/{ada.id}"
    seen = {who.id: backend.ask("GET", url, token=who.token).headers["etag"] for who in (ada, bob)}
    assert backend.ask("PATCH", url, {"email": "other@example.com"}, ada.token).status == 200
    assert backend.ask("GET", url, token=bob.token).headers["etag"] == seen[bob.id]
    assert backend.ask("GET", url, token=ada.token).headers["etag"] != seen[ada.id]


@pytest.mark.parametrize("text", ["abc", "'abc'", '"a', 'w/"a"', '"a" "b"', '"a",', "", '"\u00e9"', ",".join(['"a"'] * 60)])
def test_a_condition_that_can_not_be_read_is_named(backend: Backend, ada: Account, text: str) -> None:
    url = f"{BASE}/posts/{post(backend, ada, published_at='2026-01-31T10:30:00Z')}"
    before = backend.snapshot()
    for method, header in (("PATCH", "If-Match"), ("PATCH", "If-None-Match"), ("GET", "If-Match"), ("GET", "If-None-Match")):
        answer = backend.ask(method, url, {"title": "Mine"}, ada.token, [(header.lower(), text)])
        assert set(envelope(answer, 400, "VALIDATION_ERROR").details) == {header}
    assert backend.snapshot() == before


def test_of_many_writers_who_read_the_same_version_one_writes(backend: Backend, ada: Account) -> None:
    url = f"{BASE}/posts/{post(backend, ada)}"
    tag = backend.ask("GET", url, token=ada.token).headers["etag"]

    async def race() -> list[int]:
        asked = [backend.send("PATCH", url, {"title": f"{n}"}, ada.token, [("if-match", tag)]) for n in range(50)]
        return [answer.status for answer in await asyncio.gather(*asked)]

    assert backend.loop is not None
    assert sorted(backend.loop.run_until_complete(race())) == [200] + [412] * 49
    assert len(backend.changes()) == 3, "a user, a post and one change"
