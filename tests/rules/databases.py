"""The databases that rules are asked of: each is filled with some rows, looked at, and emptied again."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import asyncpg

from kingpost.contract.codec import Row
from kingpost.contract.model import Contract
from kingpost.plan.query import Query
from kingpost.store.postgres.connect import PostgresStore
from kingpost.store.postgres.line import SETTINGS
from kingpost.store.sqlite.connect import MEMORY, SqliteStore
from tests.rules.things import Rows, Values

MOST = 1_000


class Database(Protocol):
    """Some rows, and statements on them."""

    def ask(self, query: Query, values: Values) -> list[Row]:
        """Ask one query."""

    @contextmanager
    def filled(self, rows: Rows) -> Iterator[None]:
        """Hold rows for a while."""


class Sqlite:
    """Those of SQLite."""

    def __init__(self, contract: Contract) -> None:
        self.store = SqliteStore(contract, MEMORY)

    def ask(self, query: Query, values: Values) -> list[Row]:
        statement = self.store.prepare(query)
        return list(self.store.writer.execute(statement.text, [values[name] for name in statement.names]).fetchall())  # type: ignore[arg-type]  # no real numbers or bytes are stored

    @contextmanager
    def filled(self, rows: Rows) -> Iterator[None]:
        self.store.writer.execute("SAVEPOINT filled")
        try:
            for resource, by_id in rows.items():
                for row in by_id.values():
                    self.store.writer.execute(insertion(resource, row, "?"), list(row.values()))
            yield
        finally:
            self.store.writer.execute("ROLLBACK TO filled")
            self.store.writer.execute("RELEASE filled")


class Postgres:
    """Those of PostgreSQL, each alone or as one of several who ask together."""

    def __init__(self, contract: Contract, url: str) -> None:
        self.store = PostgresStore(contract, url)
        self.loop = asyncio.new_event_loop()
        self.line: asyncpg.Connection[asyncpg.Record] = self.loop.run_until_complete(
            asyncpg.connect(url, server_settings=SETTINGS, statement_cache_size=0)
        )
        for resource in contract.resources:  # rows that bring a number of their own do not count for PostgreSQL
            if resource.key.origin == "serial":
                number = f"pg_get_serial_sequence('\"{resource.name}\"', 'id')"
                self.loop.run_until_complete(self.line.execute(f"SELECT setval({number}, {MOST})"))

    def ask(self, query: Query, values: Values) -> list[Row]:
        statement = self.store.prepare(query)
        found = self.line.fetch(statement.text, *(values[name] for name in statement.names))
        return [tuple(row) for row in self.loop.run_until_complete(found)]

    @contextmanager
    def filled(self, rows: Rows) -> Iterator[None]:
        transaction = self.line.transaction()
        self.loop.run_until_complete(transaction.start())
        try:
            for resource, by_id in rows.items():
                several: list[Mapping[str, Any]] = list(by_id.values())
                if several:
                    adding = self.line.executemany(insertion(resource, several[0], "$"), [[*row.values()] for row in several])
                    self.loop.run_until_complete(adding)
            yield
        finally:
            self.loop.run_until_complete(transaction.rollback())

    def close(self) -> None:
        self.loop.run_until_complete(self.line.close())
        self.loop.run_until_complete(self.store.stop())
        self.loop.close()


def insertion(resource: str, row: Mapping[str, object], sign: str) -> str:
    """Write how a row is added."""
    names = ", ".join(f'"{name}"' for name in row)
    return f'INSERT INTO "{resource}" ({names}) VALUES ({", ".join(f"{sign}{at}" for at in range(1, len(row) + 1))})'
