"""The blog with 10,000 users and 100,000 posts, put straight into a database, in shapes that are hard on a list."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

import apsw

from examples.blog.app import app
from kingpost.contract.codec import Row
from kingpost.contract.model import Key
from kingpost.contract.scalars import Stored
from kingpost.store.sqlite.connect import MEMORY, SqliteStore

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


class Crowd:
    """A database and the same rows in Python."""

    def __init__(self, shape: Shape) -> None:
        """Fill it; dates come in tens, so that the id has ties to break."""
        chance = random.Random(20260131)
        self.store = SqliteStore(CONTRACT, MEMORY)
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
            posts.append(self.row("posts", id=key, user_id=user, title="A title", created_at=created, published_at=published))
        users = [
            self.row(
                "users", id=key, name="Someone", email=f"u{key}@example.com", email_key=f"u{key}@example.com", password="x",
                admin=0, epoch=0, created_at=START + key // 7, updated_at=START, post_count=counts[key],
            )
            for key in range(1, USERS + 1)
        ]  # fmt: skip
        self.rows: dict[str, list[Row]] = {"users": users, "posts": posts}
        with self.connection:
            for name, rows in self.rows.items():
                self.connection.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(rows[0]))})', rows)

    @property
    def connection(self) -> apsw.Connection:
        """The one connection of a store in memory."""
        return self.store.writer

    def row(self, resource: str, **values: Stored) -> Row:
        """Make a row; what is not named is null."""
        return tuple(values.get(name) for name in AT[resource])


def in_order(resource: str, rows: Iterable[Row], order: tuple[Key, ...]) -> list[Row]:
    """Sort as a list does: nulls are the smallest."""
    found = list(rows)
    for key in reversed(order):
        at = AT[resource][key.field]
        found.sort(
            key=lambda row: (row[at] is not None, row[at]) if row[at] is not None else (False, 0), reverse=key.descending
        )  # used at once
    return found
