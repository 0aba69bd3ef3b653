"""The same backends on PostgreSQL, whose rows are put back to those that SQLite kept."""

import os
from typing import Any
from unittest.mock import patch

import asyncpg

from kingpost.contract.codec import Row
from kingpost.store import look
from kingpost.store.postgres.catalog import quote
from kingpost.store.postgres.connect import PostgresStore
from kingpost.store.sql import CHANGES
from kingpost.testing import Client
from kingpost.testing.client import VARIABLE
from tests.plan.worlds import MIDNIGHT, Kept, World, told


class Twin(World):
    """A world on PostgreSQL with the rows of one in memory."""

    dialect = "postgres"

    def __init__(self, model: World, url: str) -> None:
        """Open the app in a schema of its own on a server."""
        self.app, self.accounts, self.model = model.app, model.accounts, model
        self.seconds, self.ids = MIDNIGHT, 0
        with patch.dict(os.environ, {VARIABLE: url}):
            self.client = Client(self.app, clock=lambda: self.seconds)
        assert isinstance(self.client.engine.database, PostgresStore)
        self.url = self.client.engine.database.url
        self.before = 0

    def restore(self) -> None:
        """Put back the rows, the clock and the ids; nobody in particular asks."""
        self.client.wait(self.fill(self.model.rows()))
        self.again()

    async def fill(self, kept: Kept) -> None:
        """Put rows in place of those that are there."""
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(self.url)
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            for table, (names, rows, last) in kept.items():
                await connection.execute(f'TRUNCATE "{table}" CASCADE')
                columns, places = ", ".join(map(quote, names)), ", ".join(f"${at}" for at in range(1, len(names) + 1))
                text = f"INSERT INTO {quote(table)} ({columns}) OVERRIDING SYSTEM VALUE VALUES ({places})"
                await connection.executemany(text, [spelled(names, row) if table == CHANGES else row for row in rows])
                if last:
                    await connection.execute(f'ALTER TABLE "{table}" ALTER id RESTART WITH {last + 1}')
        await connection.close()
        self.before = len(kept[CHANGES][1])

    def changes(self) -> list[dict[str, object]]:
        """Give the Changes since the rows were put back."""
        store, contract = self.client.store, self.app.contract
        found: list[dict[str, Any]] = self.client.wait(store.read(lambda: look.changes(contract, self.client.tables)))
        return told(found[self.before :])


def spelled(names: tuple[str, ...], row: Row) -> Row:
    """Write keys as text, as PostgreSQL's Changes have them."""
    pairs = zip(names, row, strict=True)
    return tuple(each if name in ("id", "at") or each is None else str(each) for name, each in pairs)
