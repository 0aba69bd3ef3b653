"""Measuring a query on PostgreSQL tells what it costs, and leaves the database as it was."""

import asyncio
from collections.abc import Iterator

import pytest

from kingpost import Access, Lists, Resource, anyone, serial, text
from kingpost.contract.expr import ALWAYS, Caller, Hole, Test
from kingpost.contract.model import Key
from kingpost.declare.build import build
from kingpost.plan.query import Branch, DeleteRows, Find, Page, Query, Table, Value
from kingpost.store.examined import Examined
from kingpost.store.postgres.connect import PostgresStore
from kingpost.store.protocol import Busy, Values
from tests.servers.postgres import Postgres


class Thing(Resource, table="things"):
    id: int = serial()
    size: int = 0
    words: str = text()
    access = Access(read=anyone)
    lists = Lists("id", search=("words",))


THINGS = Table("things", (Value("id"), Value("size")))
MANY = 3_000


class Measuring:
    """A store whose queries are measured, and the database it is in."""

    def __init__(self, server: Postgres) -> None:
        self.server, self.url = server, server.database()
        self.loop = asyncio.new_event_loop()
        self.store = PostgresStore(build([Thing]).contract, self.url)
        self.say(
            "INSERT INTO things (size, words) "
            "SELECT g % 10, 'common ' || CASE WHEN g % 100 = 7 THEN 'rare' ELSE 'w' || g % 200 END "
            f"FROM generate_series(0, {MANY - 1}) AS g; ANALYZE"  # of fewer than a hundred words too little is known
        )

    def say(self, sql: str) -> str:
        return self.server.ask(sql, self.url.rpartition("/")[2])

    def examine(self, query: Query, **values: str | int) -> Examined:
        given: Values = values
        return self.loop.run_until_complete(self.store.examine(query, given))


@pytest.fixture
def measuring(server: Postgres) -> Iterator[Measuring]:
    made = Measuring(server)
    yield made
    made.loop.run_until_complete(made.store.stop())
    made.loop.close()


def test_a_list_that_no_index_serves_looks_at_every_row_and_sorts(measuring: Measuring) -> None:
    seen = measuring.examine(Page(THINGS, (Branch(ALWAYS),), (Key("size"), Key("id")), (1, 0)), limit=5)
    assert (seen.examined, seen.returned, seen.sorts) == (MANY, 5, 1)
    assert seen.plan[0] == "Limit" and seen.text.startswith("SELECT ") and 0 < seen.seconds < 1
    assert seen.blocks > 10


def test_rows_that_are_passed_over_are_counted(measuring: Measuring) -> None:
    wanted = Branch(Test(("size",), "=", Caller()))
    seen = measuring.examine(Page(THINGS, (wanted,), (Key("id"),), (0,)), limit=5, caller=7)
    assert (seen.examined, seen.returned, seen.sorts) == (48, 5, 0)


def test_one_row_by_its_id_is_found_without_a_scan(measuring: Measuring) -> None:
    seen = measuring.examine(Find(THINGS, Test(("id",), "=", Hole("key"))), key=500)
    assert (seen.examined, seen.returned, seen.full_scan_steps, seen.sorts, seen.automatic_indexes) == (1, 1, 0, 0, 0)
    assert seen.blocks <= 4


def test_what_a_measured_write_does_is_undone(measuring: Measuring) -> None:
    assert measuring.examine(DeleteRows(THINGS), ids="[1, 2, 3]").returned == 3
    assert measuring.say("SELECT count(*) FROM things") == str(MANY)
    assert measuring.store.load().busy == 0


def test_values_are_read_as_values_whatever_is_in_them(measuring: Measuring) -> None:
    found = Find(THINGS, Test(("words",), "=", Hole("key")))
    for words in ("'; DROP TABLE things; --", "\\'", "%L $1", "common rare"):
        assert measuring.examine(found, key=words).returned == (MANY // 100 if words == "common rare" else 0)


def test_a_search_asks_the_words_for_what_is_rare_and_the_ids_for_what_is_common(measuring: Measuring) -> None:
    search = Page(THINGS, (Branch(ALWAYS, search=("words",)),), (Key("id", True),), (0,))
    assert measuring.examine(search, words="absent", limit=21).examined == 0
    assert measuring.examine(search, words="common rare", limit=21).examined <= 2 * MANY // 100
    assert measuring.examine(search, words="common", limit=21).examined == 21


def test_a_database_that_is_gone_is_told_in_the_words_of_a_store(measuring: Measuring) -> None:
    measuring.examine(Find(THINGS, Test(("id",), "=", Hole("key"))), key=1)
    measuring.server.ask(f"DROP DATABASE {measuring.url.rpartition('/')[2]} WITH (FORCE)")
    with pytest.raises(Busy):
        measuring.examine(Find(THINGS, Test(("id",), "=", Hole("key"))), key=1)
