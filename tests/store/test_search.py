"""What SQLite searches in follows the declarations and the rows, whoever writes them."""

import asyncio
from pathlib import Path
from uuid import UUID

import apsw
import msgspec
import pytest

from kingpost import Access, Account, App, Lists, Resource, anyone, back, key, ref, serial, text
from kingpost.contract.expr import ALWAYS
from kingpost.contract.model import Contract, Key
from kingpost.plan.query import Branch, Page, Table, Value
from kingpost.store.sqlite.connect import SqliteStore

FOUND = "SELECT type, name FROM sqlite_schema WHERE name GLOB 'leaves__search*' AND type IN ('table', 'trigger') ORDER BY name"


class Tree(Account, table="trees"):
    id: int = serial()
    leaves: "list[Leaf]" = back("tree")
    access = Access(read=anyone)


class Leaf(Resource, table="leaves"):
    id: UUID = key()
    tree: Tree = ref(on_delete="cascade")
    title: str = text()
    body: str | None = text()
    access = Access(read=anyone)
    lists = Lists("id", search=("title",))


CONTRACT = App(Tree, Leaf).contract


def searching(*fields: str) -> Contract:
    """Give the contract with other fields to search."""
    leaves = CONTRACT.resource["leaves"]
    changed = msgspec.structs.replace(leaves, lists=msgspec.structs.replace(leaves.lists, search=fields))
    resources = tuple(changed if each.name == "leaves" else each for each in CONTRACT.resources)
    return msgspec.structs.replace(CONTRACT, resources=resources)


def found(store: SqliteStore, words: str) -> list[object]:
    branch = Branch(ALWAYS, search=("title",))
    made = store.prepare(Page(Table("leaves", (Value("id"),)), (branch,), (Key("id", True),), (0,)))
    values = {"words": words, "limit": 100}
    return [key for (key,) in store.reader.execute(made.text, [values[name] for name in made.names]).fetchall()]


def whole(database: apsw.Connection) -> None:
    """Compare every word that is kept with the rows; raises if they differ."""
    database.execute("INSERT INTO leaves__search (leaves__search, rank) VALUES ('integrity-check', 1)")


def name(number: int) -> str:
    return str(UUID(int=number))


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A file with a tree and two leaves, written by another program."""
    path = str(tmp_path / "app.db")
    asyncio.run(SqliteStore(CONTRACT, path).stop())
    database = apsw.Connection(path)
    database.execute("PRAGMA foreign_keys = ON")
    account = "INSERT INTO trees (id, email, email_key, password, admin, epoch) VALUES (1, 'a@b.c', 'a@b.c', 'x', 0, 0)"
    database.execute(account)
    for number, title, body in ((2, "green above", "silver below"), (1, "red above", None)):
        database.execute("INSERT INTO leaves (id, tree_id, title, body) VALUES (?, 1, ?, ?)", (name(number), title, body))
    database.close()
    return path


async def test_what_is_searched_may_change_and_is_made_anew_while_the_rows_stay(path: str) -> None:
    for fields, words, keys in (
        (("title",), "above", [2, 1]),
        (("title",), "silver", []),
        (("title", "body"), "green silver", [2]),
        (("body",), "silver", [2]),
        (("body",), "green", []),
        (("title",), "gre", [2]),
    ):
        store = SqliteStore(searching(*fields), path)
        assert found(store, words) == [name(number) for number in keys]
        whole(store.writer)
        await store.stop()


async def test_what_is_searched_no_longer_goes_and_comes_again(path: str) -> None:
    none = SqliteStore(searching(), path)
    assert none.reader.execute(FOUND).fetchall() == []
    none.writer.execute("UPDATE leaves SET title = 'blue'")
    await none.stop()
    again = SqliteStore(CONTRACT, path)
    assert found(again, "blue") == [name(2), name(1)]
    assert found(again, "above") == []
    await again.stop()


def test_opening_a_file_again_changes_nothing_in_it(path: str) -> None:
    asyncio.run(SqliteStore(CONTRACT, path).stop())
    before = Path(path).read_bytes()
    asyncio.run(SqliteStore(CONTRACT, path).stop())
    assert Path(path).read_bytes() == before


async def test_what_another_program_writes_is_found_and_what_it_takes_away_is_not(path: str) -> None:
    store = SqliteStore(CONTRACT, path)
    other = apsw.Connection(path)
    other.execute("PRAGMA foreign_keys = ON")
    other.execute("UPDATE leaves SET title = 'brown' WHERE id = ?", (name(1),))
    assert (found(store, "red"), found(store, "brown")) == ([], [name(1)])
    other.execute("UPDATE leaves SET body = 'brown' WHERE id = ?", (name(2),))
    assert found(store, "brown") == [name(1)]
    other.execute("UPDATE leaves SET id = ? WHERE id = ?", (name(9), name(1)))
    assert found(store, "brown") == [name(9)]
    whole(store.writer)
    other.execute("DELETE FROM trees")
    assert (found(store, "brown"), found(store, "green")) == ([], [])
    whole(store.writer)
    other.close()
    await store.stop()


async def test_a_file_that_is_packed_anew_still_finds_the_same_rows(path: str) -> None:
    """VACUUM numbers rows anew unless their number is a column; then a search would find other rows than it should."""
    other = apsw.Connection(path)
    other.execute("DELETE FROM leaves WHERE id = ?", (name(2),))
    other.execute("VACUUM")
    other.close()
    store = SqliteStore(CONTRACT, path)
    assert found(store, "red") == [name(1)]
    whole(store.writer)
    await store.stop()


async def test_words_go_back_with_the_write_that_brought_them(path: str) -> None:
    store = SqliteStore(CONTRACT, path)
    with pytest.raises(apsw.ConstraintError), store.writer:
        store.writer.execute("UPDATE leaves SET title = 'violet'")
        store.writer.execute("INSERT INTO leaves (id, tree_id, title) VALUES (?, 77, 'orphan')", (name(3),))
    assert (found(store, "violet"), found(store, "orphan"), found(store, "above")) == ([], [], [name(2), name(1)])
    whole(store.writer)
    await store.stop()
