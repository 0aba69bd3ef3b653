"""A caller who is known from before is vouched for by the statement that answers: faster, and never by what was true once."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from kingpost.call import Actor, Call, Failure, Result
from kingpost.engine.run import run
from kingpost.store.protocol import Busy
from tests.engine.running import BASE, Account, Backend

CALLS = f"{BASE}/posts/1"


@pytest.fixture
def backend() -> Iterator[Backend]:
    made = Backend()
    with closing(made):
        yield made


def drafted(backend: Backend) -> tuple[Account, Account]:
    """Make a draft, its author and an admin, both known from a request before."""
    ann, ada = backend.join("Ann"), backend.promote(backend.join("Ada"))
    assert backend.ask("POST", f"{BASE}/posts", {"title": "Draft"}, ann.token).status == 201
    for each in (ann, ada):
        assert backend.ask("GET", CALLS, token=each.token).status == 200
    return ann, ada


def statements(backend: Backend, token: str) -> int:
    """Count the statements of a get."""
    before = backend.store.reader.done
    assert backend.ask("GET", CALLS, token=token).status == 200
    return backend.store.reader.done - before


def test_who_is_known_is_answered_with_one_statement_and_who_is_not_with_two(backend: Backend) -> None:
    ann, _ = drafted(backend)
    assert statements(backend, ann.token) == 1
    assert statements(backend, backend.identity.token(ann.id, 0)) == 1, "the same second, the same token"
    backend.now += 1
    assert statements(backend, backend.identity.token(ann.id, 0)) == 2, "a token that was never seen"
    assert statements(backend, backend.identity.token(ann.id, 0)) == 1


def test_who_is_known_is_told_the_same_as_who_is_not(backend: Backend) -> None:
    for each in drafted(backend):
        known = backend.ask("GET", f"{CALLS}?include=user", token=each.token)
        backend.identity.known.kept.clear()
        first = backend.ask("GET", f"{CALLS}?include=user", token=each.token)
        assert (known.status, known.body, known.headers["etag"]) == (200, first.body, first.headers["etag"])
        assert "ratelimit" not in known.headers, "inside the process nothing is counted"


def test_whoever_begins_a_new_epoch_is_refused_at_once(backend: Backend) -> None:
    ann, _ = drafted(backend)
    change = {"password": "Another123!"}
    assert backend.ask("PATCH", f"{BASE}/users/{ann.id}", change, ann.token).status == 200
    assert backend.ask("GET", CALLS, token=ann.token).error["code"] == "INVALID_TOKEN"
    assert backend.identity.recognised(ann.token) is None, "and is known no longer"
    new = backend.identity.token(ann.id, 1)
    assert backend.ask("GET", CALLS, token=new).status == backend.ask("GET", CALLS, token=new).status == 200
    assert backend.identity.recognised(ann.token) is None, "though the account is known again"


def test_an_admin_who_is_one_no_longer_sees_no_more_than_others(backend: Backend) -> None:
    _, ada = drafted(backend)
    backend.promote(ada, False)
    assert backend.ask("GET", CALLS, token=ada.token).status == 404
    backend.promote(ada)
    assert backend.ask("GET", CALLS, token=ada.token).status == 200


def test_whose_account_is_gone_is_refused_at_once(backend: Backend) -> None:
    ann, ada = drafted(backend)
    assert backend.ask("DELETE", f"{BASE}/users/{ada.id}", token=ada.token).status == 204
    assert backend.ask("GET", CALLS, token=ada.token).error["code"] == "INVALID_TOKEN"
    assert backend.ask("GET", CALLS, token=ann.token).status == 200


def test_a_token_is_known_no_longer_than_it_lasts(backend: Backend) -> None:
    ann, _ = drafted(backend)
    assert backend.identity.recognised(ann.token) == (Actor(ann.id, True, False), 0)
    backend.now += 900
    assert backend.identity.recognised(ann.token) is None
    assert backend.ask("GET", CALLS, token=ann.token).error["code"] == "INVALID_TOKEN"


def test_what_can_not_be_answered_so_is_answered_as_ever(backend: Backend) -> None:
    ann, ada = drafted(backend)
    for path, status in ((f"{BASE}/posts/9", 404), (f"{BASE}/posts/x", 404), (f"{CALLS}?fields=nothing", 400)):
        answers = [backend.ask("GET", path, token=each.token) for each in (ann, ada)]
        assert [each.status for each in answers] == [status, status], answers
    assert backend.identity.recognised("nobody's") is None


def test_what_a_busy_store_does_not_answer_costs_nobody_anything(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, _ = drafted(backend)
    call = Call("posts.get", key="1", address="192.0.2.1", token=ann.token)

    async def ask() -> Result | Failure:
        return await run(backend.engine, call)

    async def busy(_: object) -> object:
        raise Busy("others")

    assert backend.loop is not None
    (first,) = (backend.loop.run_until_complete(ask()),)
    with monkeypatch.context() as patch:
        patch.setattr(backend.engine.store, "read", busy)
        refused = backend.loop.run_until_complete(ask())
        assert isinstance(refused, Failure) and refused.kind == "unavailable"
    second = backend.loop.run_until_complete(ask())
    assert first.seen.allowance is not None and second.seen.allowance is not None
    assert second.seen.allowance.remaining == first.seen.allowance.remaining - 1
