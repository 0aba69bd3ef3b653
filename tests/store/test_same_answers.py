"""Whatever is asked of a backend, it answers alike on every store, byte for byte, and holds the same rows afterwards."""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from typing import Any, TypeAlias
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kingpost.contract.scalars import LARGEST, SMALLEST
from kingpost.store.postgres.connect import PostgresStore
from kingpost.testing import Answer
from tests.engine.running import BASE, START, Backend, bare
from tests.servers.postgres import Postgres
from tests.store.notebook import app

PASSWORD = "SecurePass123!"
TABLES = (
    "writers",
    "labels",
    "notes",
    *(many.through for each in app.contract.resources for many in each.manys if many.writable),
)
SERIAL = [each.name for each in app.contract.resources if each.key.origin == "serial"]
PEOPLE = ("ann", "bob", "cy")
OWNERS = ("ann", "ann", "bob", "ann")
MOMENT = "2026-01-31T10:30:00Z"
Asked: TypeAlias = tuple[str, str, Any, str, dict[str, str]]
"""A method, a path with its query, a body, who asks, and further headers."""


class World:
    """A backend on a store, at the same moment and with the same chance as its twin."""

    def __init__(self, path: str) -> None:
        self.backend = Backend(app, path)
        self.tag, self.labels = "", list[str]()

    def ask(self, asked: Asked, number: int, monkeypatch: pytest.MonkeyPatch) -> Answer:
        """Ask; `tag` in a header stands for the last version that was seen, and numbers of labels for those that there are."""
        method, url, body, who, headers = asked
        if isinstance(body, dict) and "label_ids" in body:
            body = {**body, "label_ids": [each for at, each in enumerate(self.labels) if at in body["label_ids"]]}
        drawn = iter(range(1_000_000))

        def chance(size: int) -> bytes:
            return hashlib.shake_128(f"{number} {next(drawn)}".encode()).digest(size)

        self.backend.now = START + number
        token = self.backend.identity.token(PEOPLE.index(who) + 1, 0) if who else ""
        with monkeypatch.context() as patched:
            patched.setattr(os, "urandom", chance)
            told = [(name, self.tag if text == "tag" else text) for name, text in headers.items()]
            answer = self.backend.ask(method, f"{BASE}{url}", body, token, told)
        self.tag = answer.headers.get("etag", self.tag)
        if url == "/labels" and answer.status == 201:
            self.labels.append(answer.body["id"])
        return answer

    def close(self) -> None:
        self.backend.close()


class Sqlite(World):
    def rows(self, table: str) -> list[tuple[Any, ...]]:
        names = ", ".join(
            f'"{row[0]}"' for row in self.backend.rows("SELECT name FROM pragma_table_info(?)", table) if row[0][0] != "_"
        )
        return sorted(self.backend.rows(f'SELECT {names} FROM "{table}"'), key=repr)

    def last(self, table: str) -> int:
        """Give the last number of a table."""
        return next((number for (number,) in self.backend.rows("SELECT seq FROM sqlite_sequence WHERE name = ?", table)), 0)


class Postgresql(World):
    def sql(self, text: str) -> list[Any]:
        """Ask the database itself."""
        store, loop = self.backend.engine.store, self.backend.loop
        assert isinstance(store, PostgresStore) and loop is not None

        async def ask() -> list[Any]:
            line = await store.pool.take()
            try:
                return [tuple(row) for row in await line.connection.fetch(text)]
            finally:
                store.pool.give(line)

        return loop.run_until_complete(ask())

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        named = f"SELECT attname FROM pg_attribute WHERE attrelid = '\"{table}\"'::regclass AND attnum > 0 ORDER BY attnum"
        names = ", ".join(f'"{row[0]}"' for row in self.sql(named) if row[0][0] != "_")
        return sorted(self.sql(f'SELECT {names} FROM "{table}"'), key=repr)

    def count_from(self, table: str, number: int) -> None:
        """Let the next number of a table come after one."""
        sequence = f"pg_get_serial_sequence('\"{table}\"', 'id')"
        self.sql(f"SELECT setval({sequence}, {max(number, 1)}, {number > 0})")

    def empty(self) -> None:
        """Begin anew."""
        names = ", ".join(f'"{name}"' for name in (*TABLES, "kingpost_changes", "kingpost_answers"))
        self.sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")


@pytest.fixture(scope="module")
def other(server: Postgres) -> Iterator[Postgresql]:
    url = server.database()
    made = Postgresql(url)
    made.backend.ask("GET", "/health/live")  # so that there is a loop
    yield made
    made.close()
    server.free(url)


TEXTS = st.sampled_from(
    ["", "a", "A", "b", "Ünïcode words", "red apples", "RED, apple", "it's", "é", "e\u0301", "\uffff", "\U00010000", "😀 red",
     "%", "_", "\\", "हिन्दी word", "Йод иод", "ǅ", "straße", "\u2028", "a\tb\n", "1", "한국어 가"]
) | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)  # fmt: skip
MOMENTS = st.sampled_from(
    ["2026-01-31T10:30:00Z", "2026-01-31T12:30:00.000001+02:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"]
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "title": TEXTS,
    "body": TEXTS | st.none(),
    "slug": st.sampled_from(["one", "two", None]),
    "contact": st.sampled_from(["a@example.com", "A@Example.com", None]),
    "size": st.sampled_from([0, 1, 5, 9, -1, SMALLEST, LARGEST, None]),
    "price": st.sampled_from(["0", "1.50", "-0.01", "9999999999999999.99", None]),
    "open": st.booleans(),
    "day": st.sampled_from(["2024-02-29", "0001-01-01", None]),
    "at": MOMENTS | st.none(),
    "code": st.sampled_from(["01890A5D-ac96-774b-bcce-b302099a8057", None]),
    "kind": st.sampled_from(["a", "b", "it's", None]),
    "extra": st.sampled_from(
        [None, {}, [], {"b": [1, 2.5, None, True], "a": "😀"}, "text", 1e300, 2**60, {"\U00010000": {"\uffff": -0.0}}]
    ),
    "tags": st.lists(st.sampled_from(["x", "y", ""]), max_size=3),
    "shown_at": MOMENTS | st.none(),
    "above_id": st.integers(1, 6) | st.none(),
    "label_ids": st.lists(st.integers(0, 3), unique=True, max_size=3),
}
WRONG: list[tuple[str, Any]] = [
    ("unknown", 1), ("contact", "no address"), ("size", LARGEST + 1), ("price", "1.005"), ("day", "2023-02-29"), ("code", "x"),
    ("kind", "c"), ("title", None), ("above_id", 99), ("tags", "x"),
]  # fmt: skip
IDS = st.integers(0, 6)
WHO = st.sampled_from(["ann", "ann", "ann", "ann", "bob", "bob", "cy", ""])


@st.composite
def bodies(draw: st.DrawFn, whole: bool = True) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(list(VALUES)), unique=True, max_size=8))
    body = {name: draw(VALUES[name]) for name in {*names, *(["title"] if whole else [])}}
    return body | dict([draw(st.sampled_from(WRONG))] if draw(st.integers(0, 9)) == 0 else [])


LISTS: list[dict[str, Any]] = [
    {}, {"sort": "-made_at"}, {"sort": "made_at"}, {"sort": "size,-title"}, {"sort": "-size,title"}, {"sort": "-price"},
    {"sort": "at,-day"}, {"sort": "-at,day"}, {"kind": "a", "sort": "-size,title"}, {"kind": "it's", "sort": "size,-title"},
    {"writer_id": 1, "sort": "-shown_at"}, {"writer_id": 2}, {"price[gte]": "0"}, {"size[lt]": 5, "sort": "size,-title"},
    {"sort": "title"}, {"at[gt]": "2026-01-01T00:00:00Z"}, {"q": "red"}, {"q": "re"}, {"q": "apple red"}, {"q": "हिन"},
    {"q": "йод"}, {"q": "иод"}, {"q": "unicode"}, {"q": "STRASSE"}, {"q": "straß"}, {"q": "한"}, {"q": "it's"}, {"q": "é"},
    {"q": "a", "writer_id": 1},
]  # fmt: skip
MORE: list[dict[str, Any]] = [
    {}, {"total": "true"}, {"fields": "id,title,size"}, {"include": "writer,labels"}, {"include": "below,above"},
    {"include": "writer.notes", "fields": "id"},
]  # fmt: skip


@st.composite
def listings(draw: st.DrawFn) -> str:
    """One question about a list."""
    asked: dict[str, Any] = draw(st.sampled_from(LISTS))
    more: dict[str, Any] = draw(st.sampled_from(MORE))
    return f"/notes?{urlencode({**asked, **more, 'limit': draw(st.integers(1, 4))})}"


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    """Ask for something, well or badly."""
    who, key = draw(WHO), draw(IDS)
    once = {"idempotency-key": draw(st.sampled_from(["k1", "k2"]))} if draw(st.integers(0, 3)) == 0 else {}
    match draw(st.integers(0, 17)):
        case 0 | 1 | 2 | 3:
            return "POST", "/notes", draw(bodies()), who, once
        case 4 | 5:
            held = draw(st.sampled_from([{}, {"if-match": "tag"}, {"if-match": '"x-y"'}]))
            return "PATCH", f"/notes/{key}", draw(bodies(whole=False)), who, held
        case 6:
            return "PUT", f"/notes/{key}", draw(bodies()), who, {}
        case 7:
            return "DELETE", f"/notes/{key}", None, who, draw(st.sampled_from([{}, {"if-match": "tag"}]))
        case 8:
            held = draw(st.sampled_from([{}, {"if-none-match": "tag"}]))
            return "GET", f"/notes/{key}?include=writer,labels", None, who, held
        case 9:
            works = st.sampled_from(["create", "update", "delete", "replace"])
            items = [{"do": draw(works), "id": draw(IDS), "data": draw(bodies())} for _ in range(draw(st.integers(1, 3)))]
            for each in items:
                each.pop("id" if each["do"] == "create" else "data" if each["do"] == "delete" else "none", None)
            return "POST", "/notes/batch", {"items": items}, who, once
        case 10:
            body = {
                "name": draw(st.sampled_from(["Ann", "ann", "Zoë"])),
                "email": draw(st.sampled_from(["d@x.org", "D@X.org", "e@x.org"])),
            }
            return "POST", "/writers", body | {"password": PASSWORD, "motto": draw(TEXTS)}, "", {}
        case 11:
            return "POST", "/labels", {"name": draw(st.sampled_from(["l", "L", "m", "é"]))}, who, once
        case 12:
            return "POST", f"/notes/{key}/move", {"by": draw(st.integers(-9, 10))}, who, once
        case 13:
            return "GET", f"/tally?{urlencode({'least': draw(st.integers(0, 2)), 'like': draw(TEXTS)})}", None, who, {}
        case 14:
            return "GET", f"/writers/{draw(st.integers(1, 4))}/notes?limit=2", None, who, {}
        case 15:
            query = draw(
                st.sampled_from(["", "?sort=-note_count", "?sort=motto,-name", "?q=red", "?include=notes&total=true", "?q=a"])
            )
            return "GET", f"/writers{query}", None, who, {}
        case 16:
            return "DELETE", f"/writers/{draw(st.integers(1, 4))}", None, who, {}
        case _:
            return "GET", draw(listings()), None, who, {}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(questions(), min_size=8, max_size=24), then=st.lists(listings(), min_size=3, max_size=6))
def test_every_store_gives_the_same_answers(
    other: Postgresql, monkeypatch: pytest.MonkeyPatch, asked: list[Asked], then: list[str]
) -> None:
    """A number that PostgreSQL has given to a row that then was refused is not given again; that alone is taken back here."""
    one = Sqlite(":memory:")
    other.empty()
    other.tag, other.labels = "", []
    try:
        given_first: list[Asked] = [
            ("POST", "/writers", {"name": name, "email": f"{name}@example.com", "password": PASSWORD}, "", {})
            for name in PEOPLE
        ]
        walks: list[Asked] = [("GET", url, None, who, {}) for url in then for who in ("", "ann")]
        for number, first in enumerate([*given_first, *asked, *walks]):
            each: Asked | None = first
            while each is not None:
                answers = [bare(world.ask(each, number, monkeypatch)) for world in (one, other)]
                assert answers[1] == answers[0], each
                if answers[0][0] >= 400:
                    for table in SERIAL:
                        other.count_from(table, one.last(table))
                each = following(first, answers[0][2])
        for table in TABLES:
            assert other.rows(table) == one.rows(table)
        assert facts(other.rows("kingpost_changes")) == facts(one.rows("kingpost_changes"))
    finally:
        one.close()


def following(first: Asked, answer: str) -> Asked | None:
    """Ask for the page after one; None after the last."""
    method, url, *rest = first
    found = re.search(r'"next":"([^"]+)"', answer) if method == "GET" else None
    return None if found is None else (method, f"{url}{'&' if '?' in url else '?'}after={found[1]}", rest[0], rest[1], rest[2])


def facts(changes: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Give Changes without their numbers, of which a refused one may have taken some, and with text for what they are of."""
    return [tuple(map(str, row[1:])) for row in sorted(changes)]


def test_numbers_may_be_left_out_where_something_was_refused(other: Postgresql, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told of ids on every store: they count, and are never used again."""
    one = Sqlite(":memory:")
    other.empty()
    for world in (one, other):
        person = {"name": "ann", "email": "ann@example.com", "password": PASSWORD}
        assert world.ask(("POST", "/writers", person, "", {}), 0, monkeypatch).status == 201
        assert world.ask(("POST", "/writers", person, "", {}), 1, monkeypatch).status == 409
        later = world.ask(("POST", "/writers", {**person, "email": "bob@example.com"}, "", {}), 2, monkeypatch)
        assert json.loads(later.text)["id"] == (2 if world is one else 3)
    one.close()
