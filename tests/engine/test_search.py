"""A search finds the rows whose searched fields the caller may read and that hold every word; nothing else tells of a word."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Literal, NamedTuple
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kingpost import (
    Access,
    Account,
    App,
    Lists,
    Resource,
    actor,
    admin,
    anyone,
    back,
    key,
    many,
    owner,
    ref,
    serial,
    text,
    value,
    where,
)
from kingpost.call import Call, Parent, Result, Shape
from kingpost.contract import search
from kingpost.contract.scalars import Invalid
from kingpost.engine.engine import Engine
from kingpost.engine.run import run
from kingpost.store.sqlite.connect import MEMORY, SqliteStore
from tests.engine.running import BASE, Backend

SECRET = b"for tests alone".ljust(32, b".")
SHOWN = where(kind="open") | where(kind="half").fields("id", "title", "kind", "reader_id") | owner("reader") | admin
SEARCH = Lists("id", "kind id", page=2, search=("title", "body"))
"""Of a row that is half open, the title may be read and the body may not."""


class Reader(Account, table="readers"):
    id: int = serial()
    notes: "list[Note]" = back("reader")
    memos: "list[Memo]" = back("reader")
    access = Access(create=anyone, read=anyone)


class Tag(Resource, table="tags"):
    id: int = serial()
    notes: "list[Note]" = many(of="tags")
    memos: "list[Memo]" = many(of="tags")
    access = Access(create=anyone, read=anyone)


class Note(Resource, table="notes"):
    """Is numbered."""

    id: int = serial()
    reader: Reader | None = ref(on_delete="cascade", default=actor)
    kind: Literal["open", "half", "closed"] = value()
    title: str = text()
    body: str | None = text()
    tags: list[Tag] = many()
    access = Access(create=anyone, read=SHOWN)
    lists = SEARCH


class Memo(Resource, table="memos"):
    """Has an id that says nothing of when it came."""

    id: UUID = key()
    reader: Reader | None = ref(on_delete="cascade", default=actor)
    kind: Literal["open", "half", "closed"] = value()
    title: str = text()
    body: str | None = text()
    tags: list[Tag] = many()
    access = Access(create=anyone, read=SHOWN)
    lists = SEARCH


app = App(Reader, Tag, Note, Memo)
PEOPLE = {1: 0, 2: 0, 3: 1}
"""Whether each is an admin."""
WORDS = ("a", "ab", "abc", "b", "near", "and", "or", "not", "title", "body", "x1", "1")
SIGNS = (" ", "  ", "-", '"', " * ", "^", ":", "(", ")", "\n", "_", "{", "}", "+", "'", ";", "\\", ".", " \U0001f600 ")


class Row(NamedTuple):
    """One row, in the order of its columns."""

    reader_id: int | None
    kind: str
    title: str
    body: str | None
    tagged: bool


class Case(NamedTuple):
    """Rows, what becomes of some of them, and a search by someone."""

    table: str
    rows: Sequence[Row]
    later: Mapping[int, Row | None]
    words: str
    who: int | None
    narrowed: str
    limit: int


texts = st.lists(st.sampled_from([*WORDS, *map(str.upper, WORDS), *SIGNS]), max_size=9).map(
    lambda parts: "".join(parts if len(parts) % 2 else [f"{part} " for part in parts])
)
rows = st.builds(
    Row, st.sampled_from([None, 1, 2]), st.sampled_from(["open", "half", "closed"]), texts, st.none() | texts, st.booleans()
)
cases = st.builds(
    Case,
    st.sampled_from(["notes", "memos"]),
    st.lists(rows, max_size=12),
    st.dictionaries(st.integers(0, 11), st.none() | rows, max_size=4),
    st.lists(st.sampled_from([*WORDS, *SIGNS]), min_size=1, max_size=4).map(" ".join) | texts,
    st.sampled_from([None, 1, 2, 3]),
    st.sampled_from(["", "kind", "reader", "tag"]),
    st.integers(1, 5),
)


def words(text: str | None) -> list[str]:
    """Say anew, in plain Python, what the words of a text are."""
    return re.findall("[a-z0-9]+", (text or "").lower())


def found(row: Row, asked: Sequence[str]) -> bool:
    """Whether a row holds all words, the last perhaps only begun."""
    there = words(row.title) + words(row.body)
    return set(asked[:-1]) <= set(there) and any(each.startswith(asked[-1]) for each in there)


def ids(case: Case) -> list[int | str]:
    """Give the ids of the rows, which in the one table do not count up."""
    numbers = range(1, len(case.rows) + 1)
    return [str(UUID(int=number * 7919 % 8191)) if case.table == "memos" else number for number in numbers]


def filled(case: Case) -> SqliteStore:
    """Put the rows into a database as any program might, and change some, and take some away."""
    store = SqliteStore(app.contract, MEMORY)
    database = store.writer
    for number, is_admin in PEOPLE.items():
        account = (number, f"r{number}@example.com", f"r{number}@example.com", "x", is_admin, 0)
        database.execute(
            "INSERT INTO readers (id, email, email_key, password, admin, epoch) VALUES (?, ?, ?, ?, ?, ?)", account
        )
    database.execute("INSERT INTO tags (id) VALUES (1)")
    pairs = next(many.through for many in app.contract.resource[case.table].manys)
    column = f"{case.table[:-1]}_id"
    for each, row in zip(ids(case), case.rows, strict=True):
        names = f"INSERT INTO {case.table} (id, reader_id, kind, title, body) VALUES (?, ?, ?, ?, ?)"
        database.execute(names, (each, *row[:-1]))
        if row.tagged:
            database.execute(f"INSERT INTO {pairs} ({column}, tag_id) VALUES (?, 1)", (each,))
    for at, late in case.later.items():
        if at < len(case.rows) and late is None:
            database.execute(f"DELETE FROM {case.table} WHERE id = ?", (ids(case)[at],))
        elif at < len(case.rows) and late is not None:
            change = f"UPDATE {case.table} SET reader_id = ?, kind = ?, title = ?, body = ? WHERE id = ?"
            database.execute(change, (*late[:-1], ids(case)[at]))
    return store


def wanted(case: Case) -> list[int | str]:
    """Say anew which rows there are for who asks, in order."""
    kept: dict[int | str, Row] = {}
    for at, (number, row) in enumerate(zip(ids(case), case.rows, strict=True)):
        late = case.later.get(at, row)
        if late is not None:
            kept[number] = late._replace(tagged=row.tagged)
    asked = words(case.words)
    return sorted(
        (
            number
            for number, row in kept.items()
            if (row.kind == "open" or case.who == 3 or (case.who is not None and row.reader_id == case.who))
            and found(row, asked)
            and {"": True, "kind": row.kind == "half", "reader": row.reader_id == 1, "tag": row.tagged}[case.narrowed]
        ),
        reverse=True,
    )


async def check(case: Case) -> None:
    store = filled(case)
    try:
        store.writer.execute(f"INSERT INTO {case.table}__search ({case.table}__search, rank) VALUES ('integrity-check', 1)")
        engine = Engine(app.contract, {}, store, SECRET)
        field, text = {
            "": ("", ""),
            "kind": ("kind", "half"),
            "reader": ("reader_id", "1"),
            "tag": (f"tags.{case.table}", "1"),
        }[case.narrowed]
        above = {"reader": Parent("readers", "1", "reader_id"), "tag": Parent("tags", "1", f"tags.{case.table}")}
        shape = Shape(fields=("id",), filters=(field,) if field else (), search=True, total=True)
        token = None if case.who is None else engine.identity.token(case.who, 0)
        rows_there, after = wanted(case), ""
        pages: list[list[object]] = []
        while len(pages) <= len(case.rows):
            result = await run(engine, Call(
                f"{case.table}.list", shape, filters=(text,) if field else (), limit=case.limit, after=after, token=token,
                parent=above.get(case.narrowed), words=case.words,
            ))  # fmt: skip
            assert isinstance(result, Result), result
            assert result.total == len(rows_there)
            pages.append([row[0] for row in result.rows])
            if result.next is None:
                break
            after = result.next
        assert [each for page in pages for each in page] == rows_there
        assert all(len(page) == case.limit for page in pages[:-1])
    finally:
        await store.stop()


@settings(max_examples=150, deadline=None)
@given(cases.filter(lambda case: 0 < len(words(case.words)) <= search.MOST_WORDS))
def test_a_search_finds_the_rows_one_may_read_that_hold_every_word_the_newest_first(case: Case) -> None:
    asyncio.run(check(case))


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("cafe", "Café"), ("CAFÉ", "cafe"), ("cafe\u0301", "Un café."), ("caf", "Cafe\u0301"), ("Ünï", "unicorn"),
        ("over", "state-of-the-art, overseas"), ("the-art", "State of the art"), ("don't", "Don't!"), ("мир", "Миру мир"),
        ("हिन्दी", "यह हिन्दी है"), ("東京", "東京都"), ("№5 café", "Cafe No 5"), ("C++", "c"), ("50%", "50 percent"),
    ],
)  # fmt: skip
def test_what_people_type_finds_what_they_mean(typed: str, title: str) -> None:
    assert answered(typed, title) == [1]


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("art state", "a state"), ("ar state", "state of the art"), ("title:state", "state"), ("{title}:state", "state"),
        ("state OR art", "state"), ("NOT art", "state"), ("state NEAR art", "state of the art"), ("^art", "part"),
        ("हिमालय", "हिन्दी"), ("a*", "b"), ("tate", "state"), ("стол", "мир"),
    ],
)  # fmt: skip
def test_no_sign_and_no_word_of_a_database_means_anything_in_a_search(typed: str, title: str) -> None:
    assert answered(typed, title) == []


def answered(typed: str, title: str) -> list[int | str]:
    """Give what is found among one row with a title."""
    store = filled(Case("notes", [Row(None, "open", title, None, False)], {}, "", None, "", 1))
    engine = Engine(app.contract, {}, store, SECRET)
    call = Call("notes.list", Shape(fields=("id",), search=True), words=typed)
    result = asyncio.run(run(engine, call))
    asyncio.run(store.stop())
    assert isinstance(result, Result), result
    return [row[0] for row in result.rows if row[0] is not None]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=220))
def test_whatever_is_typed_is_answered_or_refused_with_a_reason(typed: str) -> None:
    try:
        read = search.read(typed)
    except Invalid as problem:
        assert re.search("Must hold a word|at most 200 characters|at most 10 words", str(problem))
    else:
        assert 1 <= len(read) <= 10
        assert all(any(letter.isalnum() or letter.isalpha() or letter.isnumeric() for letter in word) for word in read)
        assert "".join(read) == "".join(letter for letter in typed if letter in "".join(read))
        assert answered(typed, "none of it") in ([], [1])


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("q=", "q", "Must hold a word"),
        ("q=%22*%22+-+()", "q", "Must hold a word"),
        ("q=" + "a" * 201, "q", "Must have at most 200 characters"),
        ("q=a+b+c+d+e+f+g+h+i+j+k", "q", "Must have at most 10 words"),
        ("q=a&sort=id", "sort", "Can not be combined with q; what is found comes by id"),
        ("q=a&id[gt]=1", "id[gt]", "Can not be combined with q; what is found comes by id"),
        ("q=a&q=b", "q", "Is given twice"),
        ("total=1", "total", "Must be true or false"),
    ],
)
def test_a_search_that_can_not_be_made_is_refused_with_its_reason(query: str, field: str, message: str) -> None:
    with closing(Backend(app)) as backend:
        answer = backend.ask("GET", f"{BASE}/notes?{query}")
        assert (answer.status, answer.details) == (400, {field: message})


def test_what_is_not_searched_takes_no_words() -> None:
    with closing(Backend(app)) as backend:
        answer = backend.ask("GET", f"{BASE}/tags?q=a")
        assert (answer.status, list(answer.details)) == (400, ["q"])
        shape = Shape(search=True)
        backend.loop = backend.loop or asyncio.new_event_loop()
        told = backend.loop.run_until_complete(run(backend.engine, Call("tags.list", shape, words="a")))
        assert not isinstance(told, Result)
        assert [(each.field, each.message) for each in told.details] == [("q", "Is not offered here; tags are not searched")]


def test_a_mark_of_one_search_is_none_of_another() -> None:
    with closing(Backend(app)) as backend:
        for title in ("one two", "one two", "one"):
            assert backend.ask("POST", f"{BASE}/notes", {"kind": "open", "title": title, "tag_ids": []}).status == 201
        first = backend.ask("GET", f"{BASE}/notes?q=one&limit=1")
        assert [row["id"] for row in first.body["items"]] == [3]
        mark = first.body["next"]
        assert backend.ask("GET", f"{BASE}/notes?q=one&limit=1&after={mark}").body["items"][0]["id"] == 2
        assert backend.ask("GET", f"{BASE}/notes?q=%20One&limit=1&after={mark}").status == 400
        for other in ("q=two", "q=one+two", "sort=-id", "sort=id", "q=one&kind=open", "sort=-id&id[lt]=9", ""):
            refused = backend.ask("GET", f"{BASE}/notes?{other}&limit=1&after={mark}")
            assert (refused.status, refused.error["code"]) == (400, "INVALID_CURSOR"), other
