"""PostgreSQL by its address: the tables are made when the database is new, and connections when they are needed.

Stands on the catalog, the pool and the store's protocol.
"""

import asyncio
import secrets
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import asyncpg

from kingpost.contract.model import Contract
from kingpost.plan.query import Append, Branch, Find, Linked, Page, Query, Raw, Total
from kingpost.store.examined import Examined
from kingpost.store.look import tables
from kingpost.store.postgres.catalog import functions, indexes, kept, quote, schema, searches, uniques
from kingpost.store.postgres.dialect import SEARCH, PostgresDialect, Together
from kingpost.store.postgres.examine import examine, explain
from kingpost.store.postgres.line import FREE, LEAVE, LONGEST_READ, SEARCHING, SETTINGS, Line, PostgresStatement, plain
from kingpost.store.postgres.pool import Pool
from kingpost.store.postgres.replica import PostgresReplica
from kingpost.store.postgres.seats import Seats
from kingpost.store.postgres.unopened import judge, remedy
from kingpost.store.protocol import Busy, Held, Load, OtherContract, Program, Replica, Slow, Statement, Unopened, Values
from kingpost.store.sql import META, render

T = TypeVar("T")
MOST_CONNECTIONS = 20
RESERVED = 2
CONNECTING = 2.0
OPENING = 10.0
TURN = 0x6B696E67  # the lock that whoever makes or changes tables holds
UNHURRIED = f"SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = {OPENING * 1_000:.0f}"
HEALTH = PostgresStatement(f"SELECT 1 FROM {META} WHERE name = 'kept'", ())
COLLATIONS = ("pg_c_utf8", "C.utf8", "und-x-icu", "en_US.utf8", "default")
"""Those that know the letters of every language, the best first."""


class PostgresStore(Seats):
    """Rows in one PostgreSQL database."""

    def __init__(
        self,
        contract: Contract,
        url: str,
        most: int = MOST_CONNECTIONS,
        *,
        pooled: bool = False,
        temporary: bool = False,
        replica: str = "",
    ) -> None:
        """Open the database, making its tables when it is new.

        Args:
            contract: What it holds.
            url: Its address, `postgresql://user:password@host:port/name`.
            most: How many connections there may be; some of them are kept for what must always work.
            pooled: Whether a pooler that gives a connection for one transaction at a time stands between.
            temporary: Whether the rows are in a schema of their own, which is empty now and goes when the store stops.
            replica: The address of a server that follows it, to which as many connections may lead; empty for none.

        Raises:
            OtherContract: The database was made for another contract.
            Unopened: It can not be reached, or does not let us in.
        """
        self.contract = contract
        self.own = f"kingpost_{secrets.token_hex(8)}" if temporary else ""
        self.url = f"{url}{'&' if '?' in url else '?'}search_path={self.own}" if temporary else url
        self.uniques = uniques(contract)
        self.dialect, self.together = PostgresDialect(), Together()
        super().__init__(Pool(self.connect, most - RESERVED), self.made, pooled=pooled)
        self.reserved = Seats(Pool(self.connect, RESERVED), self.made, pooled=pooled)
        there = partial(self.lead, replica)
        self.replicated = PostgresReplica(self, self.reserved, there, most, self.made, pooled=pooled) if replica else None
        self.log = self.replicated.log if self.replicated else None
        aside(self.fit())

    @property
    def first(self) -> Held:
        """The same rows, by the connections that are kept for what must always work."""
        return self.reserved

    @property
    def replica(self) -> Replica | None:
        """The same rows on the server that follows, if there is one."""
        return self.replicated

    async def connect(self) -> Line:
        """Open a connection."""
        return await self.lead(self.url)

    async def lead(self, url: str) -> Line:
        """Open a connection that leads to an address."""
        return Line(await self.reach(url, CONNECTING), self.uniques, self.pooled)

    async def reach(self, url: str, seconds: float) -> "asyncpg.Connection[asyncpg.Record]":
        """Connect within a time."""
        settings = {} if self.pooled else SETTINGS
        # Nothing is prepared but what we prepare ourselves.
        return await asyncpg.connect(
            url, timeout=seconds, statement_cache_size=0, server_settings={"application_name": "kingpost", **settings}
        )

    async def fit(self) -> None:
        """Make an empty database fit the contract; refuse one whose rows were made for another.

        Raises:
            OtherContract: The database was made for another contract.
            Unopened: It can not be reached, or does not let us in.
        """
        own = f"CREATE SCHEMA {quote(self.own)}; " if self.own else ""
        try:
            connection = await self.reach(self.url, OPENING)
            try:
                judge(connection)
                async with connection.transaction(isolation="read_committed"):  # to see what those did who came first
                    await connection.execute(f"{UNHURRIED}; {own}SELECT pg_advisory_xact_lock({TURN})")
                    await make(connection, self.contract)
            finally:
                await connection.close(timeout=LEAVE)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, OSError) as error:
            raise Unopened(remedy(error)) from error

    def made(self, query: Query) -> Statement:
        """Turn a query into a statement."""
        found = render(self.contract, self.dialect, query)
        return PostgresStatement(
            found.text,
            found.names,
            found.raw,
            shared=render(self.contract, self.together, query).text if isinstance(query, Find) and found.names else "",
            sole=found.sole,
            free=FREE if isinstance(query, Raw) else SEARCHING if searching(query) else "",
            spelled=isinstance(query, Append),
        )

    def tables(self) -> Mapping[str, Statement]:
        """Give what reads every row of each table."""
        return {name: self.made(query) for name, query in tables(self.contract, self.dialect.quote).items()}

    async def examine(self, query: Query, values: Values) -> Examined:
        """Run a query and measure what it does."""
        return await self.look(lambda line, statement: examine(line, statement, values), query)

    async def explain(self, query: Query, values: Values) -> tuple[str, ...]:
        """Give PostgreSQL's account of how it would run a query."""
        return await self.look(lambda line, statement: explain(line, statement, values), query)

    async def look(self, how: Callable[[Line, PostgresStatement], Awaitable[T]], query: Query) -> T:
        """Look at how a query is gone about, on a connection that nobody else has meanwhile."""
        line = await self.pool.take()
        try:
            statement = self.made(query)
            assert isinstance(statement, PostgresStatement)
            return await how(line, statement)
        except Exception as error:
            raise plain(error, line.uniques) from error
        finally:
            self.pool.give(line)

    async def healthy(self) -> bool:
        """Whether it reads within `LONGEST_READ` seconds, and is not stopping."""

        def program() -> Program[bool]:
            return bool((yield HEALTH, {}))

        try:
            async with asyncio.timeout(LONGEST_READ):
                return await self.reserved.read(program)
        except (Busy, Slow, TimeoutError, asyncpg.PostgresError):
            return False

    def load(self) -> Load:
        """Say what it has to do at this moment."""
        pools = (self.pool, self.reserved.pool)
        return Load(
            sum(len(pool.waiting) for pool in pools)
            + sum(each.behind + each.gathered + each.convoy.behind for each in (self, self.reserved)),
            sum(len(pool.lines) for pool in pools),
            sum(pool.busy for pool in pools),
            sum(pool.done for pool in pools),
        )

    async def stop(self) -> None:
        """Finish what was begun and close every connection; whatever comes later is refused."""
        self.stopping = self.reserved.stopping = True
        if self.replicated is not None:
            await self.replicated.stop()
        if self.own:
            with suppress(Busy, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await self.clear()
        await asyncio.gather(super().stop(), self.reserved.stop())

    async def clear(self) -> None:
        """Remove the schema, by a connection that is there: when a process ends, it may be too late to open another."""
        line = await self.pool.take()
        try:
            await line.connection.execute(f"SET statement_timeout = 0; DROP SCHEMA {quote(self.own)} CASCADE")
        finally:
            self.pool.give(line)


def searching(query: Query) -> bool:
    """Whether a query looks for words."""
    branches: tuple[Branch, ...] = query.branches if isinstance(query, Page | Total | Linked) else ()
    return any(branch.search for branch in branches)


def aside(work: Coroutine[Any, Any, None]) -> None:
    """Do work in a loop of its own and wait for it, wherever this is asked from."""
    raised: list[BaseException] = []

    def do() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=do, name="kingpost-opening")
    thread.start()
    thread.join()
    for error in raised:
        raise error


async def make(connection: "asyncpg.Connection[asyncpg.Record]", contract: Contract) -> None:
    """Make the tables, and what rules, lists and searches ask for as it changes; raises `OtherContract`."""
    if await connection.fetchval("SELECT to_regclass($1)", META) is None:
        await connection.execute("; ".join(schema(contract)))
        await connection.execute(f"INSERT INTO {META} VALUES ('kept', $1)", kept(contract))
    there = {row[0]: row[1] for row in await connection.fetch(f"SELECT name, value FROM {META}")}
    if there.pop("kept") != kept(contract):
        raise OtherContract(
            "The database was made for other fields than this app has now. "
            "This release does not migrate yet: set DATABASE_URL to an empty database and start again."
        )
    if any(resource.lists.search for resource in contract.resources):
        for function in functions(await collation(connection)):
            await connection.execute(function)
    wanted = {f"index {name}": text for name, text in indexes(contract).items()}
    wanted |= {f"search {each.name}": searches(each) for each in contract.resources if searches(each)}
    for name, text in there.items():
        if wanted.get(name) != text:
            await connection.execute(dropped(*name.split(" ", 1)))
            await connection.execute(f"DELETE FROM {META} WHERE name = $1", name)
    for name, text in wanted.items():
        if there.get(name) != text:
            await connection.execute(text)
            await connection.execute(f"INSERT INTO {META} VALUES ($1, $2)", name, text)


def dropped(kind: str, name: str) -> str:
    """Write the statement that removes what an earlier declaration asked for."""
    return f"DROP INDEX {quote(name)}" if kind == "index" else f"ALTER TABLE {quote(name)} DROP COLUMN {SEARCH}"


async def collation(connection: "asyncpg.Connection[asyncpg.Record]") -> str:
    """Find the best of the server's collations for letters of every language."""
    found = await connection.fetch("SELECT collname FROM pg_collation WHERE collname = ANY($1)", COLLATIONS)
    names = {row[0] for row in found}
    return next(name for name in COLLATIONS if name in names)
