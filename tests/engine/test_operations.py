"""Code of the app's own is asked as everything is, and asks in turn as whoever made the call: never more may it see or do."""

from collections.abc import Iterator
from typing import Any

import pytest

from kingpost.engine import code as running
from tests.engine.library import app
from tests.engine.running import PASSWORD, Account, Backend

BASE = "/api/v1"


class Library(Backend):
    """The library, with two readers."""

    def __init__(self) -> None:
        super().__init__(app)
        self.ada, self.bob = self.sign_up("Ada"), self.sign_up("Bob")

    def sign_up(self, name: str) -> Account:
        values = {"name": name, "email": f"{name.lower()}@example.com", "password": PASSWORD}
        answer = self.ask("POST", f"{BASE}/readers", values)
        assert answer.status == 201, answer
        return Account(answer.body["id"], values["email"], self.identity.token(answer.body["id"], 0))

    def book(self, title: str, whose: Account, **values: object) -> int:
        answer = self.ask("POST", f"{BASE}/books", {"title": title, **values}, whose.token)
        assert answer.status == 201, answer
        return int(answer.body["id"])

    def post(self, path: str, body: object = None, whose: Account | None = None, once: str = "") -> Any:
        headers = [("idempotency-key", once)] if once else []
        return self.ask("POST", f"{BASE}{path}", {} if body is None else body, whose.token if whose else "", headers)


@pytest.fixture
def library() -> Iterator[Library]:
    made = Library()
    yield made
    made.close()


def test_an_operation_on_a_row_has_it_and_changes_it_as_the_caller(library: Library) -> None:
    key = library.book("Emma", library.ada)
    since = len(library.changes())
    answer = library.post(f"/books/{key}/lend", {"days": 3}, library.ada)
    assert answer.status == 200
    assert answer.body["title"] == "Emma, 3 days"
    assert answer.body["read_at"].startswith("2027-01-15")
    (change,) = library.changes(since)
    assert (change["resource"], change["kind"], change["actor"]) == ("books", "updated", library.ada.id)
    assert library.post(f"/books/{key}/lend", None, library.ada).body["title"] == "Emma, 3 days, 14 days"


@pytest.mark.parametrize(
    ("shown", "who", "status"),
    [(False, "bob", 404), (True, "bob", 403), (False, None, 404), (True, None, 401)],
)
def test_an_unreadable_row_is_not_there_and_one_that_is_not_his_is_forbidden(
    library: Library, shown: bool, who: str | None, status: int
) -> None:
    key = library.book("Emma", library.ada, shown=shown)
    before = library.snapshot()
    asker = library.bob if who else None
    # Owning is what the rule asks, and nobody who is unknown owns anything: that is told before any row is looked for.
    expected = 401 if who is None else status
    assert library.post(f"/books/{key}/lend", None, asker).status == expected
    assert library.post("/books/999/lend", None, asker).status == (401 if who is None else 404)
    assert library.snapshot() == before


def test_a_row_is_found_by_another_unique_field(library: Library) -> None:
    library.book("Pride and Prejudice", library.ada)
    token = library.ada.token
    assert library.ask("GET", f"{BASE}/titles/pride-and-prejudice", token=token).body == "Pride and Prejudice"
    assert library.ask("GET", f"{BASE}/titles/pride", token=token).status == 404
    assert library.ask("GET", f"{BASE}/titles/pride-and-prejudice", token=library.bob.token).status == 404
    assert library.ask("GET", f"{BASE}/titles/pride-and-prejudice").status == 401


def test_refusals_come_in_the_order_that_the_operation_names(library: Library) -> None:
    key = library.book("Emma", library.ada, shown=True)
    assert library.post("/patient/999", {"note": 5}).status == 404
    assert library.post(f"/patient/{key}", {"note": 5}, library.bob).status == 403
    assert library.post(f"/patient/{key}", {"note": 5}, library.ada).status == 400
    assert library.post(f"/patient/{key}", {"note": "fine"}, library.ada).status == 204
    assert library.post(f"/books/{key}/lend", {"days": 31}).status == 401
    assert library.post("/books/999/lend", {"days": 31}, library.ada).status == 400


def test_every_problem_of_an_input_is_named_at_once(library: Library) -> None:
    sent = {"lines": [{"title": ""}, {"tags": ["a", 5], "more": 1}, 7], "wanted": {"a": "x"}, "by": "tomorrow", "odd": 1}
    answer = library.post("/order", sent)
    assert answer.status == 400
    assert answer.details == {
        "lines.0.title": "Must have at least 1 character",
        "lines.1.title": "Is required",
        "lines.1.tags": "Must be text",
        "lines.1.more": "Is not a field",
        "lines.2": "Must be a JSON object",
        "wanted.a": "Must be a whole number",
        "by": "Must be a date such as 2026-01-31",
        "odd": "Is not a field",
    }


def test_data_comes_as_its_classes_and_goes_back_as_it_came(library: Library) -> None:
    sent = {"lines": [{"title": "Emma", "price": "2.50"}], "by": "2026-01-31", "whose": "01890a5d-ac96-774b-bcce-b302099a8057"}
    answer = library.post("/order", sent)
    assert answer.status == 200
    assert answer.body == {
        "lines": [{"title": "Emma", "tags": [], "price": "2.50"}],
        "wanted": {},
        "by": "2026-01-31",
        "note": None,
        "whose": "01890a5d-ac96-774b-bcce-b302099a8057",
    }


def test_a_page_goes_on_where_it_ended(library: Library) -> None:
    for title in ("C", "A", "B"):
        library.book(title, library.ada)
    library.book("D", library.bob, shown=True)
    first = library.ask("GET", f"{BASE}/mine", token=library.ada.token)
    assert ([each["title"] for each in first.body["items"]], first.body["total"]) == (["A", "B"], 3)
    rest = library.ask("GET", f"{BASE}/mine?after={first.body['next']}", token=library.ada.token)
    assert ([each["title"] for each in rest.body["items"]], rest.body["next"]) == (["C"], None)
    assert library.ask("GET", f"{BASE}/mine?limit=11", token=library.ada.token).status == 400


def test_rows_of_many_ids_come_in_their_order_without_those_that_may_not_be_read(library: Library) -> None:
    keys = [library.book(title, library.ada, shown=title != "B") for title in ("A", "B", "C")]
    found = library.post("/several", {"ids": [keys[2], 999, keys[1], keys[0]]})
    assert [each["title"] for each in found.body] == ["C", "A"]
    assert found.body[0]["keeper"] == {"id": library.ada.id, "name": "Ada"}
    assert found.body[0]["shelves"] == {"items": [], "next": None}
    assert [each["title"] for each in library.post("/several", {"ids": keys}, library.ada).body] == ["A", "B", "C"]
    assert library.post("/several", {"ids": []}).body == []


def test_a_context_can_do_all_that_it_says(library: Library) -> None:
    assert library.post("/everything", {"shelf": "Novels"}, library.ada).body == {
        "kinds": ["Decimal", "date", "Shelf", "UUID"],
        "price": "3.30",
        "raw": 330,
        "gone": True,
        "lent": "All, 3 days",
        "books": 1,
        "page": [1, 1],
        "echoed": "2026-01-31",
        "same": True,
    }


@pytest.mark.parametrize(
    ("way", "status", "code"),
    [
        ("break", 500, "INTERNAL"), ("type", 500, "INTERNAL"), ("missing", 500, "INTERNAL"), ("draft", 404, "NOT_FOUND"),
        ("steal", 401, "UNAUTHENTICATED"), ("own", 403, "TEAPOT"),
    ],
)  # fmt: skip
def test_what_goes_wrong_in_code_is_told_as_little_as_may_be_and_changes_nothing(
    library: Library, way: str, status: int, code: str
) -> None:
    library.book("Emma", library.ada)
    before = library.snapshot()
    answer = library.post("/odd", {"way": way})
    assert (answer.status, answer.error["code"]) == (status, code)
    assert "secret" not in answer.text
    assert library.snapshot() == before


def test_a_statement_that_writes_is_refused_outside_a_transaction(library: Library) -> None:
    library.book("Emma", library.ada)
    before = library.snapshot()
    assert library.post("/odd", {"way": "write"}).status >= 400
    assert library.snapshot() == before


def test_code_that_takes_too_long_is_stopped(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LONGEST_CODE", 0.05)
    answer = library.post("/odd", {"way": "wait"})
    assert (answer.status, answer.error["code"]) == (504, "TIMEOUT")


def test_a_reply_says_more_than_its_value(library: Library) -> None:
    answer = library.post("/odd", {"way": "fine"})
    assert (answer.status, answer.body, answer.headers["x-way"]) == (202, "well", "fine")


def test_an_answer_holds_no_more_than_a_row_may_show(library: Library) -> None:
    assert library.post("/leak").body == {"id": 1, "email": "ada@example.com", "name": "Ada"}


@pytest.mark.parametrize(("then", "status"), [("refuse", 409), ("break", 500)])
def test_a_transaction_is_undone_as_a_whole(library: Library, then: str, status: int) -> None:
    before = library.snapshot()
    assert library.post("/books/take", {"titles": ["A", "B"], "then": then}, library.ada).status == status
    assert {name: rows for name, rows in library.snapshot().items() if name != "sqlite_sequence"} == {
        name: rows for name, rows in before.items() if name != "sqlite_sequence"
    }


def test_a_part_of_a_transaction_is_undone_alone(library: Library) -> None:
    answer = library.post("/books/take", {"titles": ["A"], "then": "part"}, library.ada)
    assert [each["title"] for each in answer.body] == ["A"]
    assert library.rows("SELECT title FROM books") == [("A",)]
    assert [each["after"]["title"] for each in library.changes() if each["resource"] == "books"] == ["A"]


def test_a_clash_in_the_middle_undoes_the_whole(library: Library) -> None:
    answer = library.post("/books/take", {"titles": ["A", "B", "A"]}, library.ada)
    assert (answer.status, answer.details) == (409, {"slug": "Is already taken"})
    assert library.rows("SELECT count(*) FROM books") == [(0,)]


def test_a_named_call_has_its_effect_once(library: Library) -> None:
    first = library.post("/books/take", {"titles": ["A", "B"]}, library.ada, once="one")
    again = library.post("/books/take", {"titles": ["A", "B"]}, library.ada, once="one")
    assert (first.status, again.status) == (200, 200)
    assert again.body == first.body
    assert again.headers["idempotency-replayed"] == "true"
    other = library.post("/books/take", {"titles": ["C"]}, library.ada, once="one")
    assert (other.status, other.error["code"]) == (422, "IDEMPOTENCY_MISMATCH")
    assert library.rows("SELECT title FROM books ORDER BY id") == [("A",), ("B",)]


def test_what_is_kept_of_a_named_call_can_not_be_read_in_the_database(library: Library) -> None:
    sent = {"email": library.ada.email, "password": PASSWORD}
    first, again = (library.post("/enter", sent, once="in") for _ in range(2))
    assert (first.status, first.body, again.headers["idempotency-replayed"]) == (200, again.body, "true")
    kept = str(library.snapshot())
    assert first.body not in kept
    assert first.body.rpartition(".")[2] not in kept
    assert PASSWORD not in kept


def test_only_what_is_one_transaction_takes_a_name(library: Library) -> None:
    key = library.book("Emma", library.ada)
    before = library.snapshot()
    answer = library.post(f"/books/{key}/lend", None, library.ada, once="one")
    assert (answer.status, [*answer.details]) == (400, ["Idempotency-Key"])
    assert library.snapshot() == before


def test_what_comes_before_a_write_fills_in_and_may_be_asked_for_nothing_else(library: Library) -> None:
    answer = library.ask("POST", f"{BASE}/books", {"title": "Sense and Sensibility"}, library.ada.token)
    assert (answer.status, answer.body["slug"]) == (201, "sense-and-sensibility")
    key = answer.body["id"]
    changed = library.ask("PATCH", f"{BASE}/books/{key}", {"title": "Emma"}, library.ada.token)
    assert changed.body["slug"] == "emma"
    same = library.ask("PATCH", f"{BASE}/books/{key}", {"shown": True}, library.ada.token)
    assert (same.body["slug"], same.body["shown"]) == ("emma", True)
    whole = library.ask("PUT", f"{BASE}/books/{key}", {"title": "Persuasion"}, library.ada.token)
    assert (whole.body["slug"], whole.body["shown"]) == ("persuasion", False)


@pytest.mark.parametrize(
    ("title", "whose", "status", "code"),
    [
        ("forbidden", "bob", 400, "FORBIDDEN_WORD"),
        ("for another", "bob", 403, "FORBIDDEN"),
        ("for another", "", 401, "UNAUTHENTICATED"),
        ("forgotten", "bob", 500, "INTERNAL"),
    ],
)
def test_what_comes_before_a_write_may_refuse_it_and_never_widens_a_rule(
    library: Library, title: str, whose: str, status: int, code: str
) -> None:
    before = library.snapshot()
    asker = library.bob if whose else None
    answer = library.post("/books", {"title": title}, asker)
    assert (answer.status, answer.error["code"]) == (status, code)
    assert library.snapshot() == before


def test_what_comes_before_a_write_sees_every_part_of_a_batch(library: Library) -> None:
    items = [{"do": "create", "data": {"title": title}} for title in ("A b", "C d")]
    answer = library.post("/books/batch", {"items": items}, library.ada)
    assert [each["data"]["slug"] for each in answer.body["items"]] == ["a-b", "c-d"]
    before = library.snapshot()
    refused = library.post("/books/batch", {"items": [{"do": "create", "data": {"title": "forbidden"}}]}, library.ada)
    assert (refused.status, refused.details) == (400, {"items.0.title": "Not that word"})
    assert library.snapshot() == before
