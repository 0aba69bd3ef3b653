"""PostgreSQL by its address: the tables are made when the database is new, and connections when they are needed.

Stands on the catalog, the pool and the store's protocol.
"""

import asyncio
import secrets
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import asyncpg

from kingpost.contract.model import Contract
from kingpost.plan.query import Append, Branch, Find, Linked, Page, Query, Raw, Total
from kingpost.store.examined import Examined
from kingpost.store.look import tables
from kingpost.store.postgres.catalog import functions, indexes, kept, quote, schema, searches, uniques
from kingpost.store.postgres.dialect import SEARCH, PostgresDialect, Together
from kingpost.store.postgres.examine import examine, explain
from kingpost.store.postgres.line import FREE, LONGEST_READ, SEARCHING, SETTINGS, Line, Prose, gone, plain
from kingpost.store.postgres.pool import Pool
from kingpost.store.postgres.seats import Seats
from kingpost.store.protocol import Busy, Held, Load, OtherContract, Program, Slow, Statement, Unopened, Values
from kingpost.store.sql import META, render

T = TypeVar("T")
MOST_CONNECTIONS = 20
RESERVED = 2
CONNECTING = 2.0
OPENING = 10.0
TURN = 0x6B696E67  # the lock that whoever makes or changes tables holds
HEALTH = Prose(f"SELECT 1 FROM {META} WHERE name = 'kept'", ())
COLLATIONS = ("pg_c_utf8", "C.utf8", "und-x-icu", "en_US.utf8", "default")
"""Those that know the letters of every language, the best first."""


class PostgresStore(Seats):
    """Rows in one PostgreSQL database."""

    def __init__(
        self, contract: Contract, url: str, most: int = MOST_CONNECTIONS, *, pooled: bool = False, temporary: bool = False
    ) -> None:
        """Open the database, making its tables when it is new.

        Args:
            contract: What it holds.
            url: Its address, `postgresql://user:password@host:port/name`.
            most: How many connections there may be; some of them are kept for what must always work.
            pooled: Whether a pooler that gives a connection for one transaction at a time stands between.
            temporary: Whether the rows are in a schema of their own, which is empty now and goes when the store stops.

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
        aside(fit(self.url, contract, self.own))

    @property
    def first(self) -> Held:
        """The same rows, by the connections that are kept for what must always work."""
        return self.reserved

    async def connect(self) -> Line:
        """Open a connection."""
        settings = {} if self.pooled else SETTINGS
        connection = await asyncpg.connect(
            self.url, timeout=CONNECTING, statement_cache_size=0, server_settings={"application_name": "kingpost", **settings}
        )
        return Line(connection, self.uniques, self.pooled)

    def made(self, query: Query) -> Statement:
        """Turn a query into a statement."""
        found = render(self.contract, self.dialect, query)
        return Prose(
            found.text,
            found.names,
            found.raw,
            shared=render(self.contract, self.together, query).text if isinstance(query, Find) and found.names else "",
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

    async def look(self, how: Callable[[Line, Prose], Awaitable[T]], query: Query) -> T:
        """Look at how a query is gone about, on a connection that nobody else has meanwhile."""
        line = await self.pool.take()
        try:
            statement = self.made(query)
            assert isinstance(statement, Prose)
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
            sum(len(pool.waiting) for pool in pools) + self.behind + self.reserved.behind,
            sum(len(pool.lines) for pool in pools),
            sum(pool.busy for pool in pools),
            sum(pool.done for pool in pools),
        )

    async def stop(self) -> None:
        """Finish what was begun and close every connection; whatever comes later is refused."""
        self.stopping = self.reserved.stopping = True
        await asyncio.gather(super().stop(), self.reserved.stop())
        if self.own:
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                connection = await asyncpg.connect(self.url, timeout=OPENING, statement_cache_size=0)
                await connection.execute(f"DROP SCHEMA {quote(self.own)} CASCADE")
                await connection.close()


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


async def fit(url: str, contract: Contract, own: str = "") -> None:
    """Make an empty database fit the contract; refuse one whose rows were made for another.

    Args:
        url: Where it is.
        contract: What it holds.
        own: The schema to make for it, if it is to have one.

    Raises:
        OtherContract: The database was made for another contract.
        Unopened: It can not be reached, or does not let us in.
    """
    try:
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(url, timeout=OPENING, statement_cache_size=0)
        try:
            async with connection.transaction():
                schema = f"CREATE SCHEMA {quote(own)}; " if own else ""
                await connection.execute(f"{schema}SELECT pg_advisory_xact_lock({TURN})")
                await make(connection, contract)
        finally:
            await connection.close()
    except (asyncpg.PostgresError, ValueError) as error:
        raise Unopened(f"The database says: {error}") from error
    except Exception as error:
        if gone(error):
            raise Unopened(f"The database can not be reached: {str(error) or type(error).__name__}") from error
        raise


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
