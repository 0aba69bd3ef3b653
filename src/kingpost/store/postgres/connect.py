"""PostgreSQL by its address: the tables are made when the database is new, and connections when they are needed.

Stands on the catalog, the pool and the store's protocol.
"""

import asyncio
import threading
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

import asyncpg

from kingpost.contract.model import Contract
from kingpost.plan.query import Append, Branch, Find, Linked, Page, Query, Raw, Total
from kingpost.store.postgres.catalog import META, functions, indexes, kept, quote, schema, searches, uniques
from kingpost.store.postgres.dialect import SEARCH, PostgresDialect, Together
from kingpost.store.postgres.line import LONGEST_READ, SETTINGS, Line, Prose, gone
from kingpost.store.postgres.pool import Pool
from kingpost.store.postgres.seats import Seats
from kingpost.store.protocol import Busy, Held, Load, OtherContract, Statement, Unopened
from kingpost.store.sql import render

T = TypeVar("T")
MOST_CONNECTIONS = 20
RESERVED = 2
CONNECTING = 2.0
OPENING = 10.0
TURN = 0x6B696E67  # the lock that whoever makes or changes tables holds
COLLATIONS = ("pg_c_utf8", "C.utf8", "und-x-icu", "en_US.utf8", "default")
"""Those that know the letters of every language, the best first."""


class PostgresStore(Seats):
    """Rows in one PostgreSQL database."""

    def __init__(self, contract: Contract, url: str, most: int = MOST_CONNECTIONS, *, pooled: bool = False) -> None:
        """Open the database, making its tables when it is new.

        Args:
            contract: What it holds.
            url: Its address, `postgresql://user:password@host:port/name`.
            most: How many connections there may be; some of them are kept for what must always work.
            pooled: Whether a pooler that gives a connection for one transaction at a time stands between.

        Raises:
            OtherContract: The database was made for another contract.
            Unopened: It can not be reached, or does not let us in.
        """
        self.contract, self.url = contract, url
        self.uniques = uniques(contract)
        self.dialect, self.together = PostgresDialect(), Together()
        super().__init__(Pool(self.connect, most - RESERVED), self.made, pooled=pooled)
        self.reserved = Seats(Pool(self.connect, RESERVED), self.made, pooled=pooled)
        aside(fit(url, contract))

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
            free=isinstance(query, Raw) or searching(query),
            spelled=isinstance(query, Append),
        )

    async def healthy(self) -> bool:
        """Whether it reads within `LONGEST_READ` seconds, and is not stopping."""
        if self.stopping:
            return False
        began = time.monotonic()
        try:
            line = await self.reserved.pool.take()
            try:
                found = await line.fetch(f"SELECT 1 FROM {META} WHERE name = 'kept'", ())
            except asyncio.CancelledError:
                line.drop()
                raise
            finally:
                self.reserved.pool.give(line)
        except (Busy, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return False
        return bool(found) and time.monotonic() - began < LONGEST_READ

    def load(self) -> Load:
        """Say what it has to do at this moment."""
        pools = (self.pool, self.reserved.pool)
        return Load(
            sum(len(pool.waiting) for pool in pools),
            sum(len(pool.lines) for pool in pools),
            sum(pool.busy for pool in pools),
            sum(pool.done for pool in pools),
        )

    async def stop(self) -> None:
        """Finish what was begun and close every connection; whatever comes later is refused."""
        await super().stop()
        await self.reserved.stop()


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


async def fit(url: str, contract: Contract) -> None:
    """Make an empty database fit the contract; refuse one whose rows were made for another.

    Raises:
        OtherContract: The database was made for another contract.
        Unopened: It can not be reached, or does not let us in.
    """
    try:
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(url, timeout=OPENING, statement_cache_size=0)
        try:
            async with connection.transaction():
                await connection.execute(f"SELECT pg_advisory_xact_lock({TURN})")
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
        for statement in schema(contract):
            await connection.execute(statement)
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
