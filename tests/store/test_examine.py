"""Measuring a query tells what it costs, and leaves the database as it was."""

from collections.abc import Iterator

import pytest

from kingpost.contract.expr import ALWAYS, Caller, Hole, Test
from kingpost.contract.model import Key
from kingpost.plan.query import Branch, DeleteRows, Find, Page, Table, Value
from kingpost.store.sqlite.connect import MEMORY, SqliteStore
from kingpost.store.sqlite.examine import examine
from tests.rules.things import CONTRACT

BY_SIZE = (Key("size"), Key("id"))
THINGS = Table("things", (Value("id"), Value("size")))


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    made = SqliteStore(CONTRACT, MEMORY)
    made.writer.executemany("INSERT INTO things (size) VALUES (?)", [(at % 10,) for at in range(1_000)])
    yield made
    made.writer.close()


def test_a_list_that_no_index_serves_looks_at_every_row_and_sorts(store: SqliteStore) -> None:
    seen = examine(store.writer, CONTRACT, Page(THINGS, (Branch(ALWAYS),), BY_SIZE, (1, 0)), {"limit": 5})
    assert (seen.examined, seen.returned, seen.sorts) == (1_000, 5, 1)
    assert seen.full_scan_steps == 999
    assert seen.plan == ("SCAN t", "USE TEMP B-TREE FOR ORDER BY")


def test_rows_that_are_passed_over_are_counted(store: SqliteStore) -> None:
    wanted = Branch(Test(("size",), "=", Caller()))
    seen = examine(store.writer, CONTRACT, Page(THINGS, (wanted,), (Key("id"),), (0,)), {"limit": 5, "caller": 7})
    assert (seen.examined, seen.returned, seen.sorts) == (48, 5, 0)


def test_one_row_by_its_id_is_found_without_a_scan(store: SqliteStore) -> None:
    seen = examine(store.writer, CONTRACT, Find(THINGS, Test(("id",), "=", Hole("key"))), {"key": 500})
    assert (seen.returned, seen.full_scan_steps, seen.sorts, seen.automatic_indexes) == (1, 0, 0, 0)
    assert 0 < seen.seconds < 1


def test_what_a_measured_write_does_is_undone(store: SqliteStore) -> None:
    seen = examine(store.writer, CONTRACT, DeleteRows(THINGS), {"ids": "[1, 2, 3]"})
    assert seen.returned == 3
    assert store.writer.execute("SELECT count(*) FROM things").fetchall() == [(1_000,)]
    assert not store.writer.in_transaction
