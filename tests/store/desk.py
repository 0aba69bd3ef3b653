"""The things that every store is exercised with, and the few programs that the exercise needs."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Generic, Literal, TypeAlias, TypeVar
from uuid import UUID

from kingpost import (
    Access,
    Lists,
    Resource,
    Unique,
    anyone,
    decimal,
    email,
    is_set,
    json,
    number,
    ref,
    serial,
    text,
    texts,
    value,
    where,
)
from kingpost.contract.codec import Row
from kingpost.contract.expr import ALWAYS
from kingpost.contract.model import Contract, Key
from kingpost.contract.scalars import Stored
from kingpost.declare.build import build
from kingpost.plan.query import Beyond, Branch, Insert, Page, Query, Table, Value
from kingpost.store.protocol import Held, Program, Store

Given: TypeAlias = Mapping[str, Stored]


class Shelf(Resource, table="shelves"):
    id: int = serial()
    name: str = text(unique=True)
    access = Access(read=anyone)


class Thing(Resource, table="things"):
    id: int = serial()
    label: str | None = text()
    contact: str | None = email(unique=True)
    size: int | None = number()
    price: Decimal | None = decimal(precision=18, scale=2)
    open: bool | None = value()
    day: date | None = value()
    at: datetime | None = value()
    code: UUID | None = value()
    kind: Literal["a", "it's"] | None = value()
    extra: object | None = json()
    tags: list[str] | None = texts()
    row: int | None = number()
    place: int | None = number()
    removed_at: datetime | None = value()
    shelf: Shelf | None = ref(on_delete="restrict")
    unique = (Unique("row", "place"), Unique("label", where=where(removed_at=is_set)))
    access = Access(read=anyone)
    lists = Lists("id", search=("label",))


class Token(Resource, table="tokens"):
    word: str = text()
    access = Access(read=anyone)
    lists = Lists("id", search=("word",))


CONTRACT = build([Shelf, Thing, Token]).contract
S = TypeVar("S", bound=Held)
FIELDS = {resource.name: tuple(field.name for field in resource.fields) for resource in CONTRACT.resources}


class Wrong(Exception):
    """What a program of a test raises."""


class Abrupt(BaseException):
    """What no program should raise, and a store must survive."""


class Desk(Generic[S]):
    """A store, or a transaction of it, with the few programs that the exercise needs."""

    def __init__(self, store: S) -> None:
        self.store = store

    def adding(self, resource: str, *rows: Given, then: Callable[[], None] = lambda: None) -> Callable[[], Program[list[Row]]]:
        """Make a program that adds rows, then does something, such as raising."""
        made = "uuid" if resource == "tokens" else "serial"
        fields = FIELDS[resource] if made == "uuid" else FIELDS[resource][1:]
        insert = self.store.prepare(Insert(resource, fields, ALWAYS, (), self.whole(resource)))

        def program() -> Program[list[Row]]:
            added: list[Row] = []
            for row in rows:
                added += yield insert, {f"new.{name}": row.get(name) for name in fields}
            then()
            return added

        return program

    def whole(self, resource: str) -> Table:
        """Every field of a resource."""
        return Table(resource, tuple(map(Value, FIELDS[resource])))

    async def add(self, resource: str, *rows: Given) -> list[Row]:
        """Add rows in one write."""
        return await self.store.write(self.adding(resource, *rows))

    async def ask(self, query: Query, **values: Stored) -> list[Row]:
        """Read the rows of one query."""
        statement = self.store.prepare(query)

        def program() -> Program[list[Row]]:
            return (yield statement, values)

        return await self.store.read(program)

    async def do(self, query: Query, **values: Stored) -> list[Row]:
        """Write one statement."""
        statement = self.store.prepare(query)

        def program() -> Program[list[Row]]:
            return (yield statement, values)

        return await self.store.write(program)

    async def listed(self, resource: str, *order: Key) -> list[dict[str, Stored]]:
        """Give all rows of a resource in order."""
        keys = order or (Key("id"),)
        at = tuple(FIELDS[resource].index(key.field) for key in keys)
        rows = await self.ask(Page(self.whole(resource), (Branch(ALWAYS),), keys, at), limit=1_000_000)
        return [dict(zip(FIELDS[resource], row, strict=True)) for row in rows]

    async def found(self, resource: str, words: str, after: Stored = None) -> list[Stored]:
        """Give the ids of what a search finds, the highest first, all or those after one."""
        order = (Key("id", True),)
        branch = Branch(ALWAYS, Beyond(order, 0) if after else None, search=("label",))
        rows = await self.ask(Page(self.whole(resource), (branch,), order, (0,)), limit=1_000, words=words, mark_0=after)
        return [row[0] for row in rows]

    async def labels(self, *order: Key) -> list[Stored]:
        """Give the labels of all things in order."""
        return [row["label"] for row in await self.listed("things", *order)]


class Opened:
    """How a store is opened, and what may differ between stores."""

    lasting: ClassVar[bool] = True
    """Whether what was written is there when the store is opened again."""
    beside: ClassVar[bool] = True
    """Whether others read what is committed while a transaction is open; where not, they wait until it has ended."""
    room: ClassVar[int] = 1
    """How many transactions may be open at once. Where it is one, the next waits for its turn and meets nobody; where there are
    more, one that could not have been beside another raises `Clash`, and is done again by whoever asked."""
    patience: ClassVar[float] = 20
    """The seconds after which a store that does not answer has failed."""

    def open(self, contract: Contract, folder: Path) -> Store:
        """Open a store; in the same folder, the same one."""
        raise NotImplementedError

    @asynccontextmanager
    async def desk(self, folder: Path) -> AsyncIterator[Desk[Store]]:
        """Open a store for a while."""
        async with asyncio.timeout(self.patience):
            store = self.open(CONTRACT, folder)
            try:
                yield Desk(store)
            finally:
                await store.stop()
