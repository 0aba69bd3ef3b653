"""A backend with a field of every kind, every kind of list and link and code of its own, for asking two stores the same."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from kingpost import (
    Access,
    Account,
    App,
    Budget,
    Context,
    Lists,
    PasswordPolicy,
    Refused,
    Resource,
    Unique,
    actor,
    admin,
    anyone,
    back,
    count,
    created,
    decimal,
    email,
    is_set,
    json,
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
    updated,
    value,
    where,
)

shown = where(shown_at=is_set)


class Writer(Account, table="writers"):
    id: int = serial()
    name: str = text(min=1, max=50)
    motto: str | None = text(max=200)
    notes: "list[Note]" = back("writer")
    note_count: int = count("notes", where=shown, stored=True)
    all_notes: int = count("notes")

    password = PasswordPolicy(min=8)
    access = Access(
        create=anyone,
        read=anyone.fields("id", "name", "motto", "note_count", "all_notes") | owner() | admin,
        update=owner(),
        delete=owner(),
    )
    lists = Lists("-note_count", "motto -name", search=("name", "motto"))


class Label(Resource, table="labels"):
    id: UUID = key()
    name: str = text(min=1, max=20, unique=True)
    notes: "list[Note]" = many(of="labels")

    access = Access(create=signed_in, read=anyone)
    lists = Lists("name", "-id")


class Note(Resource, table="notes"):
    id: int = serial()
    writer: Writer = ref(on_delete="cascade", default=actor)
    title: str = text(max=100)
    body: str | None = text(max=2_000)
    slug: str | None = text(max=20, unique=True)
    contact: str | None = email()
    size: int | None = number()
    price: Decimal | None = decimal(precision=18, scale=2)
    open: bool = value(default=False)
    day: date | None = value()
    at: datetime | None = value()
    code: UUID | None = value()
    kind: Literal["a", "b", "it's"] | None = value()
    extra: object | None = json()
    tags: list[str] = texts(default=[])
    shown_at: datetime | None = value()
    made_at: datetime = created()
    changed_at: datetime = updated()
    above: "Note | None" = ref(on_delete="null")
    below: "list[Note]" = back("above")
    labels: list[Label] = many()
    unique = (Unique("writer", "day", where=shown),)

    access = Access(
        create=signed_in & owner("writer"),
        read=shown | owner("writer"),
        update=owner("writer"),
        delete=owner("writer"),
    )
    lists = Lists(
        "-made_at", "size -title", "kind -size title", "-price", "writer_id -shown_at", "at -day",
        page=3, search=("title", "body"),
    )  # fmt: skip

    @operation(access=owner("writer"), transaction=True)
    async def move(self, context: Context, by: int = number(min=-9, max=9, default=1)) -> "Note":
        """Move it, and refuse where it would be too far."""
        moved = await context[Note].update(self.id, size=(self.size or 0) + by)
        if moved.size is not None and moved.size > 9:
            raise Refused("FAR", "Too far", field="by", kind="conflict")
        return moved


@operation(access=anyone, method="GET")
async def tally(context: Context, least: int = 0, like: str = "") -> list[dict[str, Any]]:
    """Count and add up in the database's own words."""
    return await context.sql(
        """SELECT writer_id, count(*) AS notes, sum(size) AS size, sum(price) AS price, max(title) AS title,
            min(at) AS at, max(extra) AS extra, count(*) > :least AS many, max(open) = 1 AS open, :like AS word,
            :least + 1 AS next, max(CASE WHEN title = :like THEN 1 ELSE 0 END) AS same
        FROM notes GROUP BY writer_id HAVING count(*) >= :least ORDER BY writer_id LIMIT 5""",
        least=least,
        like=like,
    )


app = App(Writer, Label, Note, tally, title="Notebook", budget=Budget(1_000_000_000))
