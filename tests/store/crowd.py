"""The blog with 10,000 users and 100,000 posts, put straight into a database, in shapes that are hard on a list."""

import asyncio
import random
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import apsw
import asyncpg

from examples.blog.app import app
from kingpost.contract.codec import Row
from kingpost.contract.model import Key
from kingpost.contract.scalars import Stored
from kingpost.plan.query import Query
from kingpost.store.examined import Examined
from kingpost.store.postgres.connect import PostgresStore
from kingpost.store.postgres.examine import examine as examined
from kingpost.store.postgres.line import PostgresStatement
from kingpost.store.protocol import Values
from kingpost.store.sql import render
from kingpost.store.sqlite.connect import MEMORY, SqliteStore
from kingpost.store.sqlite.examine import HOOK, examine, explain, run

T = TypeVar("T")
CONTRACT = app.contract
USERS, POSTS = 10_000, 100_000
WRITER, STRANGER = 1, 2
"""The owner who asks, and someone else."""
START = 1_700_000_000_000_000
AT = {resource.name: {field.name: at for at, field in enumerate(resource.fields)} for resource in CONTRACT.resources}


@dataclass(frozen=True)
class Shape:
    """How the posts are spread: of all of them, how many the writer wrote, and which part of each one's are drafts."""

    written: int
    drafts_written: float
    drafts: float


SHAPES = {
    "a fifth are drafts and one writer has very many": Shape(6_000, 0.9, 0.15),
    "nine in ten are drafts, half of all those of one writer": Shape(50_500, 0.99, 0.82),
    "half are one writer's, and every one is published": Shape(50_000, 0.0, 0.2),
    "one writer has drafts alone, and no one else has any": Shape(50_000, 1.0, 0.0),
}


def filled(shape: Shape) -> dict[str, list[Row]]:
    """Make the rows; dates come in tens, so that the id has ties to break."""
    chance = random.Random(20260131)
    posts: list[Row] = []
    counts = [0] * (USERS + 1)
    written = set(chance.sample(range(1, POSTS + 1), shape.written))
    for key in range(1, POSTS + 1):
        mine = key in written
        user = WRITER if mine else chance.randint(STRANGER, USERS)
        created = START + chance.randrange(POSTS // 10) * 1_000_000
        draft = chance.random() < (shape.drafts_written if mine else shape.drafts)
        counts[user] += not draft
        published = None if draft else created + chance.randrange(5) * 3_600_000_000
        posts.append(row("posts", id=key, user_id=user, title="A title", created_at=created, published_at=published))
    users = [
        row(
            "users", id=key, name="Someone", email=f"u{key}@example.com", email_key=f"u{key}@example.com", password="x",
            admin=0, epoch=0, created_at=START + key // 7, updated_at=START, post_count=counts[key],
        )
        for key in range(1, USERS + 1)
    ]  # fmt: skip
    return {"users": users, "posts": posts}


def row(resource: str, **values: Stored) -> Row:
    """Make a row; what is not named is null."""
    return tuple(values.get(name) for name in AT[resource])


class Crowd:
    """A database in SQLite and the same rows in Python."""

    def __init__(self, shape: Shape) -> None:
        """Fill it."""
        self.store = SqliteStore(CONTRACT, MEMORY)
        self.rows = filled(shape)
        with self.connection:
            for name, rows in self.rows.items():
                self.connection.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(rows[0]))})', rows)

    @property
    def connection(self) -> apsw.Connection:
        """The one connection of a store in memory."""
        return self.store.writer

    def examine(self, query: Query, values: Values) -> Examined:
        """Measure a query; doing so does not change how SQLite goes about it."""
        seen = examine(self.connection, CONTRACT, query, values)
        counted = render(CONTRACT, self.store.dialect, query, HOOK)
        self.connection.create_scalar_function(HOOK, lambda *_: 1, 1)
        assert explain(self.connection, counted, values) == seen.plan
        self.connection.create_scalar_function(HOOK, None, 1)
        return seen

    def run(self, query: Query, values: Values) -> list[Row]:
        """Ask a query."""
        return run(self.connection, self.store.prepare(query), values)

    def close(self) -> None:
        """Let it go."""
        self.connection.close()


class PostgresCrowd:
    """A database in PostgreSQL and the same rows in Python; nothing was analysed, so nothing is known of them."""

    def __init__(self, shape: Shape, url: str) -> None:
        """Fill it as fast as can be."""
        self.rows = filled(shape)
        self.store = PostgresStore(CONTRACT, url)
        self.loop = asyncio.new_event_loop()
        self.wait(self.fill(url))
        self.line = self.wait(self.store.connect())

    async def fill(self, url: str) -> None:
        """Copy the rows by a connection that may take its time."""
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(url)
        for name, rows in self.rows.items():
            await connection.copy_records_to_table(name, records=rows, columns=[*AT[name]])
        await connection.close()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something on the connection."""
        return self.loop.run_until_complete(work)

    def prepare(self, query: Query) -> PostgresStatement:
        """Prepare a query."""
        statement = self.store.prepare(query)
        assert isinstance(statement, PostgresStatement)
        return statement

    def examine(self, query: Query, values: Values) -> Examined:
        """Measure a query."""
        return self.wait(examined(self.line, self.prepare(query), values))

    def run(self, query: Query, values: Values) -> list[Row]:
        """Ask a query."""

        async def asked() -> list[Row]:
            await self.line.begin("BEGIN")
            found = await self.line.ask(self.prepare(query), values)
            await self.line.end()
            return [tuple(each) for each in found]

        return self.wait(asked())

    def close(self) -> None:
        """Let it go."""
        self.wait(self.line.connection.close())
        self.wait(self.store.stop())
        self.loop.close()


def in_order(resource: str, rows: Iterable[Row], order: tuple[Key, ...]) -> list[Row]:
    """Sort as a list does: nulls are the smallest."""
    found = list(rows)
    for key in reversed(order):
        at = AT[resource][key.field]
        found.sort(
            key=lambda row: (row[at] is not None, row[at]) if row[at] is not None else (False, 0), reverse=key.descending
        )  # used at once
    return found
