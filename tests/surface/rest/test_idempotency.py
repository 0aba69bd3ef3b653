"""Idempotency-Key: one effect and one answer, however often it is sent (security row U4)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from kingpost.engine.answers import LIFETIME
from kingpost.testing import Answer
from tests.engine.running import BASE, PASSWORD, Account, Backend
from tests.surface.rest.scene import envelope

KEY = [("idempotency-key", "5f0c")]


@pytest.fixture
def backend() -> Iterator[Backend]:
    made = Backend()
    yield made
    made.close()


@pytest.fixture
def ada(backend: Backend) -> Account:
    return backend.join("Ada")


def same(left: Answer, right: Answer) -> bool:
    """Whether the second answer is the first one again, and says so."""
    names = {"x-request-id", "idempotency-replayed"}
    headers = [{name: text for name, text in each.headers.items() if name not in names} for each in (left, right)]
    return (left.status, left.text, headers[0]) == (right.status, right.text, headers[1]) and (
        left.headers.get("idempotency-replayed"),
        right.headers.get("idempotency-replayed"),
    ) == (None, "true")


def test_each_kind_of_write_has_its_effect_once(backend: Backend, ada: Account) -> None:
    steps: list[tuple[str, str, object]] = [
        ("POST", f"{BASE}/posts", {"title": "One"}),
        ("POST", f"{BASE}/users/{ada.id}/posts", {"title": "Two"}),
        ("PATCH", f"{BASE}/posts/1", {"title": "Changed"}),
        ("PUT", f"{BASE}/posts/1", {"title": "Put"}),
        ("DELETE", f"{BASE}/posts/1", None),
        ("POST", f"{BASE}/posts/batch", {"items": [{"do": "create", "data": {"title": "Three"}}, {"do": "delete", "id": 2}]}),
    ]
    for number, (method, url, body) in enumerate(steps):
        key = [("idempotency-key", f"key-{number}")]
        first = backend.ask(method, url, body, ada.token, key)
        assert first.status < 300, first
        after = backend.snapshot()
        assert same(first, backend.ask(method, url, body, ada.token, key))
        assert backend.snapshot() == after


def test_a_key_may_be_quoted_and_has_a_day(backend: Backend, ada: Account) -> None:
    first = backend.ask("POST", f"{BASE}/posts", {"title": "One"}, ada.token, KEY)
    backend.now += LIFETIME / 1_000_000 - 1
    token = backend.identity.token(ada.id, 0)
    assert same(first, backend.ask("POST", f"{BASE}/posts", {"title": "One"}, token, [("idempotency-key", '"5f0c"')]))
    backend.now += 2
    token = backend.identity.token(ada.id, 0)
    later = backend.ask("POST", f"{BASE}/posts", {"title": "One"}, token, KEY)
    assert (later.status, later.body["id"]) == (201, 2) and "idempotency-replayed" not in later.headers
    assert backend.rows("SELECT count(*) FROM kingpost_answers") == [(1,)], "what is old is dropped as others are kept"


def test_a_key_is_not_good_for_another_body(backend: Backend, ada: Account) -> None:
    assert backend.ask("POST", f"{BASE}/posts", {"title": "One"}, ada.token, KEY).status == 201
    before = backend.snapshot()
    answer = backend.ask("POST", f"{BASE}/posts", {"title": "Other"}, ada.token, KEY)
    envelope(answer, 422, "IDEMPOTENCY_MISMATCH")
    assert backend.snapshot() == before


def test_a_key_means_something_else_to_someone_else_and_elsewhere(backend: Backend, ada: Account) -> None:
    bob = backend.join("Bob")
    for url, token in ((f"{BASE}/posts", ada.token), (f"{BASE}/posts", bob.token), (f"{BASE}/users/1/posts", ada.token)):
        answer = backend.ask("POST", url, {"title": "One"}, token, KEY)
        assert answer.status == 201 and "idempotency-replayed" not in answer.headers
    assert backend.rows("SELECT user_id FROM posts ORDER BY id") == [(ada.id,), (bob.id,), (ada.id,)]


def test_the_unknown_meet_no_answer_but_to_their_own_body(backend: Backend) -> None:
    sign_up = {"name": "Eve", "email": "eve@example.com", "password": PASSWORD}
    first = backend.ask("POST", f"{BASE}/users", sign_up, headers=KEY)
    assert same(first, backend.ask("POST", f"{BASE}/users", sign_up, headers=KEY))
    other = backend.ask("POST", f"{BASE}/users", sign_up | {"email": "mallory@example.com"}, headers=KEY)
    assert (other.status, other.body["email"]) == (201, "mallory@example.com")
    kept = str(backend.rows("SELECT * FROM kingpost_answers"))
    assert PASSWORD not in kept and "5f0c" not in kept


def test_a_replay_is_judged_anew(backend: Backend, ada: Account) -> None:
    url, body = f"{BASE}/posts", {"title": "One"}
    assert backend.ask("POST", url, body, ada.token, KEY).status == 201
    assert backend.ask("POST", url, body, headers=KEY).status == 401
    envelope(backend.ask("POST", url, body, "no.such.token", KEY), 401, "INVALID_TOKEN")
    backend.promote(ada)
    before = backend.snapshot()
    envelope(backend.ask("POST", url, body, ada.token, KEY), 403, "FORBIDDEN")
    assert backend.snapshot() == before
    backend.promote(ada, admin=False)
    assert backend.ask("POST", url, body, ada.token, KEY).status == 201


def test_a_refusal_is_not_kept(backend: Backend, ada: Account) -> None:
    before = backend.snapshot()
    envelope(backend.ask("POST", f"{BASE}/posts", {"title": ""}, ada.token, KEY), 400, "VALIDATION_ERROR")
    assert backend.ask("PATCH", f"{BASE}/posts/1", {"title": "x"}, ada.token, KEY).status == 404
    assert backend.snapshot() == before
    assert backend.ask("POST", f"{BASE}/posts", {"title": "One"}, ada.token, KEY).status == 201


def test_a_token_is_never_kept_so_signing_in_takes_no_key(backend: Backend, ada: Account) -> None:
    login = {"email": ada.email, "password": PASSWORD}
    before = backend.snapshot()
    answer = backend.ask("POST", f"{BASE}/auth/login", login, headers=KEY)
    assert set(envelope(answer, 400, "VALIDATION_ERROR").details) == {"Idempotency-Key"}
    assert backend.snapshot() == before


@pytest.mark.parametrize("text", ["", "x" * 256, "caf\u00e9", '""', "a\tb"])
def test_a_key_that_is_none_is_refused(backend: Backend, ada: Account, text: str) -> None:
    before = backend.snapshot()
    answer = backend.ask("POST", f"{BASE}/posts", {"title": "One"}, ada.token, [("idempotency-key", text)])
    assert set(envelope(answer, 400, "VALIDATION_ERROR").details) == {"Idempotency-Key"}
    assert backend.snapshot() == before


def test_of_many_at_once_one_has_the_effect_and_all_get_its_answer(tmp_path: Path) -> None:
    backend = Backend(path=str(tmp_path / "app.db"))
    ada = backend.join("Ada")

    async def race() -> list[Answer]:
        sent = [backend.send("POST", f"{BASE}/posts", {"title": "One"}, ada.token, KEY) for _ in range(50)]
        return await asyncio.gather(*sent)

    assert backend.loop is not None
    answers = backend.loop.run_until_complete(race())
    assert {(answer.status, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert backend.rows("SELECT count(*) FROM posts") == [(1,)] and len(backend.changes()) == 2
    backend.close()
