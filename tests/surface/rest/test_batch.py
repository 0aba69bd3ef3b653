"""Many writes in one request: all of them are done, or none."""

from collections.abc import Iterator

import pytest

from tests.engine.running import BASE, Account, Backend
from tests.surface.rest.scene import envelope

URL = f"{BASE}/posts/batch"


@pytest.fixture
def backend() -> Iterator[Backend]:
    made = Backend()
    yield made
    made.close()


@pytest.fixture
def ada(backend: Backend) -> Account:
    return backend.join("Ada")


def create(title: str) -> dict[str, object]:
    return {"do": "create", "data": {"title": title}}


def test_every_item_gets_the_answer_it_would_get_alone(backend: Backend, ada: Account) -> None:
    for title in ("One", "Two", "Three"):
        assert backend.ask("POST", f"{BASE}/posts", {"title": title}, ada.token).status == 201
    tag = backend.ask("GET", f"{BASE}/posts/1", token=ada.token).headers["etag"]
    items = [
        create("Four"),
        {"do": "update", "id": 1, "data": {"title": "Changed"}, "if_match": tag},
        {"do": "replace", "id": 2, "data": {"title": "Put", "published_at": "2026-01-31T10:30:00Z"}},
        {"do": "delete", "id": 3},
    ]
    answer = backend.ask("POST", URL, {"items": items}, ada.token)
    assert answer.status == 200, answer
    assert [item["status"] for item in answer.body["items"]] == [201, 200, 200, 204]
    assert "data" not in answer.body["items"][3] and "etag" not in answer.body["items"][3]
    for item, key in zip(answer.body["items"][:3], (4, 1, 2), strict=True):
        alone = backend.ask("GET", f"{BASE}/posts/{key}", token=ada.token)
        assert (item["data"], item["etag"]) == (alone.body, alone.headers["etag"])
    assert backend.ask("GET", f"{BASE}/posts/3", token=ada.token).status == 404
    assert backend.ask("GET", f"{BASE}/users/{ada.id}").body["post_count"] == 1
    assert [(change["kind"], change["key"]) for change in backend.changes(4)] == [
        ("created", 4), ("updated", 1), ("updated", 2), ("deleted", 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("item", "status", "code", "details"),
    [
        (create(""), 400, "VALIDATION_ERROR", {"items.1.title": "Must have at least 1 character"}),
        ({"do": "update", "id": 99, "data": {"title": "x"}}, 404, "NOT_FOUND", {"items.1": "There is no such post"}),
        ({"do": "delete", "id": 2}, 403, "FORBIDDEN", {"items.1": "You may not do this"}),
        (
            {"do": "update", "id": 1, "data": {"title": "x"}, "if_match": '"stale"'}, 412, "PRECONDITION_FAILED",
            {"items.1": "The row has changed since it was read; read it again"},
        ),
        ({"do": "drop", "id": 1}, 400, "VALIDATION_ERROR", {"items.1.do": "Must be one of create, update, replace, delete"}),
        ({"do": "delete"}, 400, "VALIDATION_ERROR", {"items.1.id": "Is required"}),
        ({"do": "delete", "id": "1"}, 400, "VALIDATION_ERROR", {"items.1.id": "Must be a whole number"}),
        ({"do": "delete", "id": True}, 400, "VALIDATION_ERROR", {"items.1.id": "Must be a whole number"}),
        ({"do": "delete", "id": 10**30}, 400, "VALIDATION_ERROR", None),
        ({"do": "delete", "id": 1, "data": {}}, 400, "VALIDATION_ERROR", {"items.1.data": "Is not part of delete"}),
        ({"do": "create", "id": 1, "data": {"title": "x"}}, 400, "VALIDATION_ERROR", {"items.1.id": "Is not part of create"}),
        ({"do": "update", "id": 1, "data": {}, "if_match": 5}, 400, "VALIDATION_ERROR", None),
        ("create", 400, "VALIDATION_ERROR", {"items.1": "Must be a JSON object"}),
        ({"do": ["create"]}, 400, "VALIDATION_ERROR", None),
    ],
)  # fmt: skip
def test_an_item_that_is_refused_undoes_them_all(
    backend: Backend, ada: Account, item: object, status: int, code: str, details: dict[str, str] | None
) -> None:
    bob = backend.join("Bob")
    assert backend.ask("POST", f"{BASE}/posts", {"title": "Hers"}, ada.token).status == 201
    his = {"title": "His", "published_at": "2026-01-31T10:30:00Z"}
    assert backend.ask("POST", f"{BASE}/posts", his, bob.token).status == 201
    before = backend.snapshot()
    answer = backend.ask("POST", URL, {"items": [create("Fine"), item, create("Fine")]}, ada.token)
    found = envelope(answer, status, code).details
    assert found == details if details is not None else all(name.startswith("items.1") for name in found)
    assert backend.snapshot() == before


def test_a_clash_with_a_row_of_the_same_batch_is_told_with_its_item(backend: Backend) -> None:
    who = {"email": "a@example.com", "password": "SecurePass123!", "name": "Ada"}
    before = backend.snapshot()
    items = [{"do": "create", "data": who}, {"do": "create", "data": who | {"email": "A@example.com"}}]
    answer = backend.ask("POST", f"{BASE}/users/batch", {"items": items})
    assert envelope(answer, 409, "CONFLICT").details == {"items.1.email": "Is already taken"}
    assert backend.snapshot() == before


def test_everything_wrong_with_the_inputs_is_told_at_once(backend: Backend, ada: Account) -> None:
    items = [create(""), create("Fine"), {"do": "update", "id": 1, "data": {"titel": "x"}}]
    answer = backend.ask("POST", URL, {"items": items}, ada.token)
    assert set(envelope(answer, 400, "VALIDATION_ERROR").details) == {"items.0.title", "items.2.titel"}


@pytest.mark.parametrize(
    "body", [{}, [], {"items": []}, {"items": {}}, {"items": [create("x")] * 101}, {"items": [create("x")], "more": 1}, None]
)
def test_a_body_that_is_no_batch_is_refused(backend: Backend, ada: Account, body: object) -> None:
    before = backend.snapshot()
    assert set(envelope(backend.ask("POST", URL, body, ada.token), 400, "VALIDATION_ERROR").details) == {"items"}
    envelope(backend.ask("POST", URL, body), 401, "UNAUTHENTICATED")
    assert backend.snapshot() == before


def test_whoever_may_not_do_one_of_them_does_none(backend: Backend) -> None:
    before = backend.snapshot()
    who = {"email": "a@example.com", "password": "SecurePass123!", "name": "Ada"}
    items = [{"do": "create", "data": who}, {"do": "delete", "id": 1}]
    envelope(backend.ask("POST", f"{BASE}/users/batch", {"items": items}), 401, "UNAUTHENTICATED")
    assert backend.snapshot() == before


def test_a_batch_answers_no_other_method_and_takes_no_version_for_all(backend: Backend, ada: Account) -> None:
    assert envelope(backend.ask("GET", URL), 405, "METHOD_NOT_ALLOWED").headers["allow"] == "OPTIONS, POST"
    sent = ({"items": [create("x")]}, ada.token, [("if-match", "*")])
    assert set(envelope(backend.ask("POST", URL, *sent), 400, "VALIDATION_ERROR").details) == {"If-Match"}


def test_a_refusal_names_no_more_than_a_hundred_problems_however_many_there_are(backend: Backend, ada: Account) -> None:
    """A refusal is no longer than what it refuses, so nobody is sent much for little."""
    junk = {f"{number:x}": 0 for number in range(5_000)}
    junk_items = [{"do": "create", "data": {f"{number:x}": 0 for number in range(50)}}] * 100
    for url, body in (
        (f"{BASE}/auth/login", junk),
        (f"{BASE}/posts", junk),
        (f"{BASE}/posts/batch", {"items": [{"do": "create", **junk}]}),
        (f"{BASE}/posts/batch", {"items": junk_items}),
    ):
        answer = envelope(backend.ask("POST", url, body, ada.token), 400, "VALIDATION_ERROR")
        assert len(answer.error["details"]) == 100
