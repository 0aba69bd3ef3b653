"""Every way of writing an app that two type checkers accept, and what they know of a row."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, assert_type
from uuid import UUID

from kingpost import (
    Access,
    Account,
    App,
    Lists,
    PasswordPolicy,
    Resource,
    Rule,
    Unique,
    above,
    actor,
    admin,
    anyone,
    back,
    count,
    created,
    decimal,
    email,
    index,
    is_null,
    is_set,
    json,
    key,
    many,
    not_equal,
    number,
    one_of,
    owner,
    ref,
    serial,
    signed_in,
    text,
    texts,
    updated,
    value,
    via,
    where,
)

mine: Rule = owner("author") | (admin & ~where(size=one_of(1, 2)))


class Person(Account, table="people"):
    id: int = serial()
    name: str = text(min=2, max=50, default="new", unique=True, doc="A name.")
    notes: "list[Note]" = back("author")
    note_count: int = count("notes", where=where(public=True), stored=True)
    password = PasswordPolicy(min=8, lower=1, upper=1, digit=1)
    access = Access(create=anyone, read=anyone.fields("id", "name") | owner() | admin, update=owner(), delete=admin)


class Label(Resource):
    notes: "list[Note]" = many(of="labels")
    access = Access(read=anyone)


class Note(Resource):
    id: UUID = key()
    author: Person = ref(on_delete="cascade", default=actor)
    editor: Person | None = ref(on_delete="null")
    parent: "Note | None" = ref()
    labels: list[Label] = many()
    title: str = text()
    body: str | None = text(default=None)
    contact: str = email(unique=True)
    size: int = number(min=0, max=9, default=0)
    price: Decimal = decimal(precision=9, scale=3)
    state: Literal["draft", "public"] = value(default="draft")
    extra: Any = json()
    tags: list[str] = texts(default=[])
    public: bool
    due: date | None = index(where=is_set)
    seen_at: datetime | None = index(where=above(1), unique=False)
    created_at: datetime = created()
    updated_at: datetime = updated()

    access = Access(create=signed_in & mine, read=mine | via("parent", where(title=not_equal(""))) | where(due=is_null))
    lists = Lists("-created_at", "author -created_at", page=20, most=100)
    unique = (Unique("author", "title"), Unique("title", where=where(public=True)))


app = App(Person, Label, Note, title="Notes", version="2.0.0", base="/api/v2")


def read(note: Note, person: Person) -> None:
    assert_type(note.id, UUID)
    assert_type(note.author, Person)
    assert_type(note.editor, Person | None)
    assert_type(note.parent, Note | None)
    assert_type(note.labels, list[Label])
    assert_type(note.title, str)
    assert_type(note.body, str | None)
    assert_type(note.price, Decimal)
    assert_type(note.due, date | None)
    assert_type(note.author.note_count, int)
    assert_type(person.notes, list[Note])
    assert_type(person.notes[0].author.email, str)
