"""PostgreSQL does what every store must, and what is only its own."""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import TypeVar

import asyncpg
import msgspec
import pytest

from kingpost.contract.codec import Row
from kingpost.contract.expr import Hole, Test
from kingpost.contract.model import Contract
from kingpost.plan.query import Find, Query
from kingpost.store.postgres.connect import MOST_CONNECTIONS, RESERVED, PostgresStore
from kingpost.store.postgres.dialect import PostgresDialect
from kingpost.store.postgres.line import Line, PostgresStatement
from kingpost.store.postgres.seats import MOST_AWAY
from kingpost.store.protocol import Program, Statement, Store, Values, single
from tests.servers.postgres import Postgres
from tests.store.desk import CONTRACT, Desk
from tests.store.exercise import Exercise
from tests.store.mutants import BROKEN, Rewriting, Whole, breaks

T = TypeVar("T")
BY_KEY = Test(("id",), "=", Hole("key"))
ROOM = MOST_CONNECTIONS - RESERVED


class Databases:
    """A database for each folder, emptied in the end."""

    def __init__(self, server: Postgres) -> None:
        self.server, self.urls = server, dict[Path, str]()

    def url(self, folder: Path) -> str:
        return self.urls.get(folder) or self.urls.setdefault(folder, self.server.database())

    def open(self, contract: Contract, folder: Path) -> Store:
        return PostgresStore(contract, self.url(folder))


@pytest.fixture
def databases(server: Postgres) -> Iterator[Databases]:
    found = Databases(server)
    yield found
    for url in found.urls.values():
        server.free(url)


class TestPostgres(Exercise):
    room = ROOM

    @pytest.fixture(autouse=True)
    def given(self, databases: Databases) -> None:
        self.databases = databases

    def open(self, contract: Contract, folder: Path) -> Store:
        return self.databases.open(contract, folder)


# Stores that are broken on purpose: the exercise notices each.


class Committed(Line):
    """Sees what others commit meanwhile."""

    async def begin(self, text: str) -> None:
        await super().begin(text.replace("SERIALIZABLE", "READ COMMITTED").replace("REPEATABLE READ", "READ COMMITTED"))


class Repeatable(Line):
    """Sees one moment, and not what others have made of it meanwhile."""

    async def begin(self, text: str) -> None:
        await super().begin(text.replace("SERIALIZABLE", "REPEATABLE READ"))


class Single(Line):
    """Commits each statement by itself."""

    async def begin(self, text: str) -> None:
        await super().begin("SELECT 1")


class Soiled(Line):
    """Is given back as if all were well when its transaction has failed."""

    async def undo(self) -> None:
        self.within = self.dirty = False
        self.free = ""

    @property
    def clean(self) -> bool:
        return True


class Clinging(Line):
    """Does not let go."""

    def drop(self) -> None:
        self.within = False


class Unhurried(Line):
    """Knows no limit."""

    async def prepare(self, text: str) -> "asyncpg.prepared_stmt.PreparedStatement[asyncpg.Record]":
        await self.connection.execute("SET statement_timeout = 0")
        return await super().prepare(text)


class Loose(Line):
    """Holds no link to its promise."""

    async def begin(self, text: str) -> None:
        await super().begin(f"{text}; SET LOCAL session_replication_role = replica")


class Crossed(PostgresStore):
    """Gives each of those who ask together what another one is to see."""

    async def many(self, line: Line, statement: PostgresStatement, asked: list[Values]) -> list[list[Row]]:
        found = await super().many(line, statement, asked)
        return [*found[1:], found[0]]


class Ruleless(PostgresStore):
    """Asks no rule of those who ask together."""

    def made(self, query: Query) -> Statement:
        made = super().made(query)
        assert isinstance(made, PostgresStatement)
        return msgspec.structs.replace(made, shared=made.shared.replace('"t"."size" = q.p2', "q.p2 IS NOT NULL"))


class Hurried(PostgresStore):
    """Stops without finishing what waits."""

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await super().stop()


class Curt(PostgresStore):
    """Stops without waiting for what is open."""

    async def stop(self) -> None:
        for line in self.pool.lines:
            line.drop()
        await super().stop()


class Discouraged(PostgresStore):
    """Does nothing again."""

    async def written(self, program: Callable[[], Program[T]]) -> T:
        return await self.within("BEGIN ISOLATION LEVEL SERIALIZABLE", program)


class Blind(PostgresStore):
    """Does not know what is unique."""

    async def connect(self) -> Line:
        line = await super().connect()
        line.uniques = {}
        return line


LINES: list[tuple[type[Line], str]] = [
    (Committed, "two_who_each_rest_on_what_the_other_changes_are_not_both_done"),
    (Committed, "of_two_who_read_and_change_one_row_neither_is_lost"),
    (Committed, "a_read_of_several_statements_sees_one_moment"),
    (Repeatable, "two_who_each_rest_on_what_the_other_changes_are_not_both_done"),
    (Repeatable, "nor_are_two_writes_that_do"),
    (Single, "a_program_that_raises_leaves_nothing"),
    (Soiled, "a_program_that_raises_leaves_nothing"),
    (Soiled, "a_block_that_is_cancelled_leaves_nothing_and_holds_no_one_up"),
    (Clinging, "a_block_cancelled_in_the_midst_of_a_long_statement_stops_it"),
    (Unhurried, "a_read_that_takes_longer_than_any_may_is_stopped_and_the_next_goes_on"),
    (Loose, "a_link_never_dangles"),
]
STORES: list[tuple[type[PostgresStore], str]] = [
    (Crossed, "many_who_ask_for_one_row_each_at_once_are_each_given_their_own"),
    (Ruleless, "many_who_ask_for_one_row_each_at_once_are_each_given_their_own"),
    (Hurried, "stopping_finishes_the_writes_that_wait"),
    (Curt, "stopping_lets_the_one_that_is_open_end_and_begins_no_other"),
    (Discouraged, "nor_are_two_writes_that_do"),
    (Blind, "a_conflict_names_the_resource_and_the_fields"),
]
REWRITTEN = [
    ('ORDER BY "t"."label"', 'ORDER BY lower("t"."label")', "text_goes_by_code_point_and_numbers_by_size_with_nulls_first"),
    (" NULLS LAST", "", "text_goes_by_code_point_and_numbers_by_size_with_nulls_first"),
    (
        "kingpost_query(",
        "plainto_tsquery('simple', ",
        "a_search_finds_every_word_in_the_order_of_ids_wherever_a_write_has_put_it",
    ),
    (" LIMIT 4) AS c", ") AS c", "a_count_goes_no_further_than_one_more_than_its_most"),
]


@pytest.mark.parametrize(("mutant", "promise"), BROKEN)
async def test_the_exercise_notices_a_broken_store(
    mutant: type[Whole], promise: str, tmp_path: Path, databases: Databases
) -> None:
    assert await breaks(lambda contract, folder: mutant(databases.open(contract, folder)), promise, tmp_path, ROOM)


@pytest.mark.parametrize(("old", "new", "promise"), REWRITTEN)
async def test_the_exercise_notices_a_statement_that_says_something_else(
    old: str, new: str, promise: str, tmp_path: Path, databases: Databases
) -> None:
    broken = await breaks(
        lambda contract, folder: Rewriting(databases.open(contract, folder), old, new), promise, tmp_path, ROOM
    )
    assert isinstance(broken, AssertionError), "it asks, and is answered something else"


ATTEMPTS = 5
"""How often a connection is looked at: two who write do not always meet, and where they do not, nothing is wrong."""


@pytest.mark.parametrize(("mutant", "promise"), LINES)
async def test_the_exercise_notices_a_broken_connection(
    mutant: type[Line], promise: str, tmp_path: Path, databases: Databases
) -> None:
    class Mutant(PostgresStore):
        async def connect(self) -> Line:
            line = await super().connect()
            return mutant(line.connection, line.uniques, line.pooled)

    for attempt in range(ATTEMPTS):
        (place := tmp_path / str(attempt)).mkdir()
        if await breaks(lambda contract, folder: Mutant(contract, databases.url(folder)), promise, place, ROOM):
            return
    raise AssertionError("nothing was noticed")


@pytest.mark.parametrize(("mutant", "promise"), STORES)
async def test_the_exercise_notices_what_only_this_store_can_get_wrong(
    mutant: type[PostgresStore], promise: str, tmp_path: Path, databases: Databases
) -> None:
    assert await breaks(lambda contract, folder: mutant(contract, databases.url(folder)), promise, tmp_path, ROOM)


@pytest.mark.parametrize("promise", sorted({str(each[-1]) for each in (*BROKEN, *REWRITTEN)}))
async def test_the_exercise_finds_nothing_wrong_with_the_store_that_the_broken_ones_are_made_of(
    promise: str, tmp_path: Path, databases: Databases
) -> None:
    assert not await breaks(lambda contract, folder: Whole(databases.open(contract, folder)), promise, tmp_path, ROOM)


# What is only its own.


async def test_one_who_asks_for_what_can_not_be_asked_is_told_so_alone(databases: Databases, tmp_path: Path) -> None:
    store = databases.open(CONTRACT, tmp_path)
    desk = Desk(store)
    await desk.add("things", {"label": "a"}, {"label": "b"})
    asked = [desk.ask(Find(desk.whole("things"), BY_KEY), key=key) for key in (1, 2**70, 2, 1)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(each, BaseException) or each[0][1] for each in answers] == ["a", True, "b", "a"]
    await store.stop()


async def test_a_statement_is_parsed_and_planned_once(databases: Databases, tmp_path: Path) -> None:
    store = PostgresStore(CONTRACT, databases.url(tmp_path))
    desk = Desk(store)
    await desk.add("things", {"label": "a"})
    for _ in range(3):
        await desk.ask(Find(desk.whole("things"), BY_KEY), key=1)
    line = await store.pool.take()
    known = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE 'SELECT%things%'"
    assert [tuple(each) for each in await line.connection.fetch(known)] == [(3, 0)]
    store.pool.give(line)
    await store.stop()


async def test_who_asks_while_others_are_away_goes_with_all_who_do(databases: Databases, tmp_path: Path) -> None:
    store = PostgresStore(CONTRACT, databases.url(tmp_path))
    desk, statement = Desk(store), store.prepare(Find(Desk(store).whole("things"), BY_KEY))
    await desk.add("things", *({"label": str(number)} for number in range(1, 601)))
    before, asked = store.load().statements, []
    for key in range(1, 601):
        asked.append(asyncio.create_task(store.read(partial(single, statement, {"key": key}))))
        await asyncio.sleep(0)  # each in a turn of the loop of its own
    answers = await asyncio.gather(*asked)
    assert [row[1] for (row,) in answers] == [str(number) for number in range(1, 601)]
    assert store.load().statements - before < 300
    await store.stop()


async def test_those_who_are_away_for_long_hold_up_nobody(databases: Databases, tmp_path: Path) -> None:
    class Hanging(PostgresStore):
        async def many(self, line: Line, statement: PostgresStatement, asked: list[Values]) -> list[list[Row]]:
            if next(turns) < MOST_AWAY:
                gone.set()
                await stuck.wait()
            return await super().many(line, statement, asked)

    turns, gone, stuck, held = count(), asyncio.Event(), asyncio.Event(), []
    store = Hanging(CONTRACT, databases.url(tmp_path))
    desk = Desk(store)
    await desk.add("things", {"label": "a"})
    for _ in range(MOST_AWAY):
        held.append(asyncio.create_task(desk.ask(Find(desk.whole("things"), BY_KEY), key=1)))
        await gone.wait()
        gone.clear()
    async with asyncio.timeout(5):
        assert (await desk.ask(Find(desk.whole("things"), BY_KEY), key=1))[0][1] == "a"
    assert not any(each.done() for each in held)
    stuck.set()
    assert [rows[0][1] for rows in await asyncio.gather(*held)] == ["a"] * MOST_AWAY
    await store.stop()


async def test_text_that_is_sent_is_compared_by_its_code_points_whatever_the_database_was_made_for(
    databases: Databases, tmp_path: Path
) -> None:
    dialect, field = PostgresDialect(), CONTRACT.resource["things"].field["label"]
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(databases.url(tmp_path))
    assert await connection.fetchval(f"SELECT COLLATION FOR ({dialect.typed('$1', field)})", "a") == '"C"'
    await connection.close()
