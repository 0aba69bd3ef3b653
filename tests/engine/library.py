"""A library with code of its own, for every way that code may be asked, may ask in turn, and may go wrong."""

import asyncio
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from kingpost import (
    Access,
    Account,
    App,
    Context,
    Data,
    Lists,
    Page,
    PasswordPolicy,
    Refused,
    Reply,
    Resource,
    actor,
    admin,
    anyone,
    back,
    before,
    decimal,
    key,
    many,
    number,
    operation,
    owner,
    ref,
    serial,
    signed_in,
    text,
    texts,
    value,
    where,
)

displayed = where(shown=True)


class Reader(Account, table="readers"):
    id: int = serial()
    name: str = text(min=1, max=50, unique=True)
    books: "list[Book]" = back("keeper")

    password = PasswordPolicy(min=8)
    access = Access(create=anyone, read=anyone.fields("id", "name") | owner() | admin, update=owner())


class Shelf(Resource, table="shelves"):
    id: UUID = key()
    name: str = text(min=1, max=50, unique=True)

    access = Access(read=anyone, create=signed_in)


class Book(Resource, table="books"):
    id: int = serial()
    keeper: Reader = ref(default=actor, on_delete="cascade")
    title: str = text(min=1, max=80)
    slug: str = text(max=80, unique=True)
    shown: bool = value(default=False)
    price: Decimal = decimal(default=Decimal("1.50"))
    printed: date | None = value(default=None)
    read_at: datetime | None = value(default=None)
    shelves: list[Shelf] = many()

    access = Access(
        read=displayed | owner("keeper"), create=signed_in & owner("keeper"), update=owner("keeper"), delete=owner("keeper")
    )
    lists = Lists("-title", "keeper_id title")

    @before("create", "update", fills=("slug",))
    @staticmethod
    async def slugged(context: Context, values: dict[str, Any]) -> dict[str, Any]:
        if values.get("title") == "forbidden":
            raise Refused("FORBIDDEN_WORD", "Not that word", field="title", kind="invalid")
        if values.get("title") == "for another":
            return {**values, "keeper_id": 1, "slug": "for-another"}
        if values.get("title") == "forgotten":
            return values
        return {**values, "slug": values["title"].lower().replace(" ", "-")} if "title" in values else values

    @operation(access=owner("keeper"))
    async def lend(self, context: Context, days: int = number(min=1, max=30, default=14)) -> "Book":
        """Lend it out."""
        return await context[Book].update(self.id, title=f"{self.title}, {days} days", read_at=context.now)

    @operation(access=signed_in, method="GET", path="/titles/{slug}")
    async def titled(self) -> str:
        return self.title

    @operation(access=owner("keeper"), order=("row", "input", "access"), path="/patient/{id}")
    async def patient(self, context: Context, note: str) -> None:
        """Judge the row first, then the input."""

    @operation(access=signed_in, transaction=True)
    @staticmethod
    async def take(context: Context, titles: list[str], then: str = "") -> "list[Book]":
        """Make several books at once, or none."""
        made = [await context[Book].create(title=title) for title in titles]
        match then:
            case "refuse":
                raise Refused("ENOUGH", "That is enough")
            case "break":
                raise RuntimeError("a secret that no one is told")
            case "part":
                try:
                    async with context.transaction():
                        await context[Book].create(title="undone")
                        raise Refused("ENOUGH", "That is enough")
                except Refused:
                    return made
        return made


class Line(Data):
    title: str = text(min=1, max=80)
    tags: list[str] = texts(default=[])
    price: Decimal | None = decimal(default=None)


class Order(Data):
    lines: list[Line]
    wanted: dict[str, int] = value(default={})
    by: date
    note: str | None = None
    whose: UUID | None = None


@operation(access=anyone)
async def order(context: Context, body: Order) -> Order:
    return body


@operation(access=signed_in, method="GET")
async def mine(context: Context, limit: int = number(min=1, max=10, default=2), after: str | None = None) -> Page[Book]:
    assert context.actor.id is not None
    return await context[Book].list(keeper_id=context.actor.id, sort="title", limit=limit, after=after, total=True)


@operation(access=anyone)
async def several(context: Context, ids: list[int]) -> list[Book]:
    return await context[Book].among(ids, include=("keeper", "shelves"))


@operation(access=signed_in)
async def everything(context: Context, shelf: str) -> dict[str, Any]:
    """Do all that a context can."""
    placed = await context[Shelf].create(name=shelf)
    made = await context[Book].create(title="All", price=Decimal("3.25"), printed=date(2020, 2, 29), shelves=[placed])
    async with context.transaction():
        (row,) = await context.sql("UPDATE books SET price = price + :more WHERE id = :id RETURNING price", more=5, id=made.id)
    again = await context.books.get(slug="all", include=("shelves",))
    gone = await context[Book].create(title="Gone")
    await context[Book].delete(gone.id)
    lent = await context.run("books.lend", id=made.id, days=3)
    page = await context.run("mine", limit=1)
    echoed = await context.run("order", body=Order(lines=[], by=date(2026, 1, 31)))
    (counted,) = await context.sql("SELECT count(*) AS books FROM books WHERE keeper_id = :me", me=context.actor.id)
    return {
        "kinds": [type(each).__name__ for each in (again.price, again.printed, again.shelves[0], placed.id)],
        "price": str(again.price),
        "raw": row["price"],
        "gone": await context[Book].find(gone.id) is None,
        "lent": lent["title"],
        "books": counted["books"],
        "page": [page["total"], len(page["items"])],
        "echoed": echoed["by"],
        "same": again.shelves[0].id == placed.id,
    }


@operation(access=anyone)
async def odd(context: Context, way: str) -> Reply[str]:
    """Go wrong in every way."""
    match way:
        case "break":
            raise RuntimeError("a secret that no one is told")
        case "type":
            return Reply(5)  # type: ignore[arg-type]  # this is what is tried
        case "write":
            await context.sql("UPDATE books SET title = 'x'")
        case "wait":
            await asyncio.Event().wait()
        case "missing":
            await context.shelves.update("x", name="y")
        case "draft":
            return Reply((await context[Book].get(1)).title)
        case "steal":
            await context[Book].update(1, title="stolen")
        case "own":
            raise Refused("TEAPOT", "Short and stout", field="way", kind="forbidden")
    return Reply("well", 202, {"x-way": way})


@operation(access=anyone, transaction=True)
async def enter(context: Context, email: str, password: str) -> str:
    """Sign in, as one transaction."""
    return (await context.sign_in(email, password))["access_token"]


@operation(access=anyone)
async def leak(context: Context) -> Reader:
    """Give a row with more in it than any answer may hold."""
    reader = Reader(name="Ada", email="ada@example.com")
    vars(reader).update(id=1, password="hash", epoch=7, extra="extra")
    return reader


app = App(Reader, Shelf, Book, order, mine, several, everything, odd, enter, leak, title="Library")
