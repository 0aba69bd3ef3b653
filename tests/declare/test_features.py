"""Every feature of the declaration language builds, and to what one expects."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal
from uuid import UUID

from kingpost import (
    Access,
    Account,
    Lists,
    PasswordPolicy,
    Resource,
    Unique,
    above,
    actor,
    admin,
    anyone,
    at_least,
    at_most,
    back,
    below,
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
from kingpost.contract import expr, scalars
from kingpost.contract.expr import ALWAYS, Caller, Fixed, Role, Test
from kingpost.contract.model import Back, Count, Entry, Field, Grant, Index, Key, Many, Ref
from kingpost.contract.model import Lists as FrozenLists
from kingpost.contract.model import Resource as Frozen
from kingpost.declare.build import build


def built(*classes: type[Resource]) -> dict[str, Frozen]:
    return build(classes).contract.resource


class Thing(Resource):
    """Has one field of every kind."""

    kind: ClassVar[str] = "not a field"

    plain_text: str
    plain_number: int
    plain_bool: bool
    plain_decimal: Decimal
    plain_date: date
    plain_datetime: datetime
    plain_uuid: UUID
    plain_texts: list[str]
    word: Literal["draft", "public"]
    name: str = text(min=2, max=50, default="new", unique=True, doc="What it is called.")
    contact: str = email(unique=True, doc="Whom to ask.")
    size: int = number(min=1, max=9, default=5, unique=True)
    price: Decimal = decimal(precision=10, scale=3, default=Decimal("1.5"))
    extra: Any = json(max=100, default={"b": 1, "a": []})
    tags: list[str] = texts(max=3, each=10, default=[])
    state: Literal["draft", "public"] = value(default="draft")
    open: bool = value(default=True)
    due: date = index(default=date(2026, 1, 31))
    serial_number: UUID = value(unique=True)
    made_at: datetime = created()
    changed_at: datetime = updated()

    access = Access(read=anyone)


def test_every_kind_of_field_builds() -> None:
    day = Field("due", scalars.Date(), default="2026-01-31")
    assert built(Thing)["things"].fields == (
        Field("id", scalars.Uuid(), origin="uuid"),
        Field("plain_text", scalars.Text()),
        Field("plain_number", scalars.Integer()),
        Field("plain_bool", scalars.Boolean()),
        Field("plain_decimal", scalars.Decimal()),
        Field("plain_date", scalars.Date()),
        Field("plain_datetime", scalars.Datetime()),
        Field("plain_uuid", scalars.Uuid()),
        Field("plain_texts", scalars.TextList()),
        Field("word", scalars.Choice(("draft", "public"))),
        Field("name", scalars.Text(2, 50), default="new", unique=True, doc="What it is called."),
        Field("contact", scalars.Email(), doc="Whom to ask."),
        Field("contact_key", scalars.Email(), origin="folded", unique=True, hidden=True),
        Field("size", scalars.Integer(1, 9), default=5, unique=True),
        Field("price", scalars.Decimal(10, 3), default=1500),
        Field("extra", scalars.Json(100), default='{"a":[],"b":1}'),
        Field("tags", scalars.TextList(3, 10), default="[]"),
        Field("state", scalars.Choice(("draft", "public")), default="draft"),
        Field("open", scalars.Boolean(), default=1),
        day,
        Field("serial_number", scalars.Uuid(), unique=True),
        Field("made_at", scalars.Datetime(), origin="created"),
        Field("changed_at", scalars.Datetime(), origin="updated"),
    )
    assert built(Thing)["things"].doc == "Has one field of every kind."


class Spare(Resource):
    a: str | None
    b: int | None = number(min=1)
    c: "Decimal | None" = decimal()
    d: list[str] | None = texts()
    e: Literal["x"] | None = value(default=None)
    f: datetime | None = index(where=is_null)
    g: str | None = email()
    h: UUID | None
    access = Access(read=anyone)


def test_every_kind_of_field_may_be_optional() -> None:
    fields = built(Spare)["spares"].fields[1:]
    assert [field.name for field in fields] == ["a", "b", "c", "d", "e", "f", "g", "g_key", "h"]
    assert all(field.optional and field.default is None for field in fields)


class Numbered(Resource):
    id: int = serial()
    access = Access(read=anyone)


class Keyed(Resource):
    id: UUID = key()
    access = Access(read=anyone)


class Unkeyed(Resource):
    numbered: Numbered = ref()
    keyed: Keyed = ref()
    access = Access(read=anyone)


def test_an_id_is_a_uuid_unless_it_is_a_serial_number_and_links_hold_what_they_point_to() -> None:
    resources = built(Unkeyed, Numbered, Keyed)
    assert resources["numbereds"].key == Field("id", scalars.Integer(), origin="serial")
    assert resources["keyeds"].key == resources["unkeyeds"].key == Field("id", scalars.Uuid(), origin="uuid")
    assert resources["unkeyeds"].fields[1:] == (Field("numbered_id", scalars.Integer()), Field("keyed_id", scalars.Uuid()))


class Person(Account, table="people"):
    id: int = serial()
    written: "list[Page]" = back("author")
    written_count: int = count("written")
    public_count: int = count("written", where=where(public=True), stored=True)
    password = PasswordPolicy(min=20)
    access = Access(create=anyone, read=owner() | admin)


class Page(Resource):
    author: Person = ref(on_delete="cascade", default=actor, doc="Who wrote it.")
    editor: Person | None = ref(on_delete="null")
    reader: "Person | None" = ref(on_delete="restrict")
    parent: "Page | None" = ref()
    parts: "list[Page]" = back("parent")
    cover: "Cover | None" = ref(on_delete="null")
    labels: "list[Label]" = many()
    related: "list[Page]" = many()
    public: bool = value(default=False)
    slug: str = text(max=50)
    position: int = number(default=0)
    access = Access(
        create=signed_in & owner("author"),
        read=(where(public=True) & ~where(position=0)).fields("slug")
        | owner("author")
        | via("parent", owner("author"))
        | admin,
    )
    lists = Lists("author -position", "slug", "public author position -slug", page=5, most=50)
    unique = (Unique("author", "slug"), Unique("slug", where=where(public=True)))


class Cover(Resource):
    page: Page = ref()
    access = Access(read=anyone)


class Label(Resource):
    pages: "list[Page]" = many(of="labels")
    access = Access(read=anyone)


def test_links_of_every_kind_build() -> None:
    page = built(Person, Page, Cover, Label)["pages"]
    assert page.refs == (
        Ref("author", "author_id", "people", "cascade", caller=True),
        Ref("editor", "editor_id", "people", "null"),
        Ref("reader", "reader_id", "people", "restrict"),
        Ref("parent", "parent_id", "pages", "restrict"),
        Ref("cover", "cover_id", "covers", "null"),
    )
    assert page.field["author_id"] == Field("author_id", scalars.Integer(), doc="Who wrote it.")
    assert page.field["parent_id"].optional
    assert page.backs == (Back("parts", "pages", "parent_id"),)


def test_a_link_between_many_and_many_has_one_table_seen_from_both_sides() -> None:
    resources = built(Person, Page, Cover, Label)
    assert resources["pages"].manys == (
        Many("labels", "labels", "pages_labels", "page_id", "label_id", "label_ids"),
        Many("related", "pages", "pages_related", "page_id", "other_page_id", "page_ids"),
    )
    assert resources["labels"].manys == (
        Many("pages", "pages", "pages_labels", "label_id", "page_id", "label_ids", writable=False),
    )
    assert [many.writable for many in (*resources["pages"].manys, *resources["labels"].manys)] == [True, True, False]


def test_counts_of_both_kinds_build() -> None:
    person = built(Person, Page, Cover, Label)["people"]
    public = Test(("public",), "=", Fixed(1))
    assert person.counts == (Count("written_count", "written"), Count("public_count", "written", public, stored=True))
    assert person.field["public_count"] == Field("public_count", scalars.Integer(), origin="count")
    assert "written_count" not in person.field
    assert person.readable == ("id", "email", "public_count", "written_count")


def test_an_account_keeps_what_no_one_may_see() -> None:
    person = built(Person, Page, Cover, Label)["people"]
    assert person.account
    hidden = [field for field in person.fields if field.hidden]
    assert [field.name for field in hidden] == ["email_key", "password", "admin", "epoch"]
    assert person.field["password"].scalar == scalars.Password(20)
    assert person.field["email_key"].unique


def test_rules_become_expressions() -> None:
    page = built(Person, Page, Cover, Label)["pages"]
    mine = Test(("author_id",), "=", Caller())
    assert page.access == {
        "create": (Grant(expr.every(Role("signed_in"), mine)),),
        "read": (
            Grant(expr.every(Test(("public",), "=", Fixed(1)), Test(("position",), "!=", Fixed(0))), ("slug",)),
            Grant(mine),
            Grant(expr.every(Test(("parent_id", "author_id"), "=", Caller()), Test(("parent_id",), "is set"))),
            Grant(Role("admin")),
        ),
    }


def test_lists_and_indexes_are_looked_up() -> None:
    page = built(Person, Page, Cover, Label)["pages"]
    declared = FrozenLists(
        (
            Entry(("author_id",), (Key("position", True),)),
            Entry((), (Key("slug"),)),
            Entry(("public", "author_id", "position"), (Key("slug", True),)),
        ),
        5,
        50,
    )
    assert page.lists.page == declared.page
    assert page.lists.most == declared.most
    assert page.lists.entries[:3] == declared.entries
    assert page.lists.entries[3:] == (Entry(("parent_id",)),)  # what a back link reads
    assert page.indexes[:2] == (
        Index((Key("author_id"), Key("slug")), True),
        Index((Key("slug"),), True, Test(("public",), "=", Fixed(1))),
    )
    assert built(Spare)["spares"].indexes[0] == Index((Key("f"), Key("id")), where=Test(("f",), "is null"))
    assert built(Thing)["things"].indexes[:2] == (Index((Key("name"),), True), Index((Key("contact_key"),), True))


class Compared(Resource):
    size: int | None
    at: datetime
    price: Decimal
    access = Access(
        create=where(size=above(1)) | where(size=below(2)) | where(size=at_least(3)) | where(size=at_most(4)),
        read=where(size=one_of(1, 2)) | where(size=not_equal(3)) | where(size=None) | where(size=is_set) | where(size=5),
        update=where(price=Decimal("1.5"), at=above(datetime.fromisoformat("1970-01-01T00:00:01Z"))),
        delete=~(where(size=1) | where(size=is_null)),
    )


def test_every_comparison_keeps_the_stored_form_of_its_value() -> None:
    access = built(Compared)["compareds"].access
    size = ("size",)
    assert [grant.rule for grant in access["create"]] == [
        Test(size, ">", Fixed(1)),
        Test(size, "<", Fixed(2)),
        Test(size, ">=", Fixed(3)),
        Test(size, "<=", Fixed(4)),
    ]
    assert [grant.rule for grant in access["read"]] == [
        Test(size, "in", Fixed((1, 2))),
        Test(size, "!=", Fixed(3)),
        Test(size, "is null"),
        Test(size, "is set"),
        Test(size, "=", Fixed(5)),
    ]
    assert access["update"][0].rule == expr.every(Test(("price",), "=", Fixed(150)), Test(("at",), ">", Fixed(1_000_000)))
    assert access["delete"][0].rule == expr.every(Test(size, "!=", Fixed(1)), Test(size, "is set"))


class Dated(Resource):
    """When it was made and changed."""

    created_at: datetime = created()
    updated_at: datetime = updated()


class Owned(Resource):
    holder: Person = ref(default=actor)
    access = Access(read=owner("holder"))


class Invoice(Dated, Owned):
    amount: Decimal
    lists = Lists("-created_at")


class BankTransfer(Dated, Owned):
    amount: Decimal
    access = Access(read=admin)


def test_two_resources_share_what_they_derive_from() -> None:
    resources = built(Person, Page, Cover, Label, Invoice, BankTransfer)
    assert set(resources) == {"people", "pages", "covers", "labels", "invoices", "bank_transfers"}
    for name in ("invoices", "bank_transfers"):
        assert set(resources[name].field) == {"id", "holder_id", "created_at", "updated_at", "amount"}
    assert resources["invoices"].access == {"read": (Grant(Test(("holder_id",), "=", Caller())),)}
    assert resources["bank_transfers"].access == {"read": (Grant(Role("admin")),)}
    assert resources["invoices"].doc == ""  # what a class derives from does not speak for it


def test_a_verb_without_a_rule_is_no_operation() -> None:
    contract = build([Person, Page, Cover, Label]).contract
    assert [name for name in contract.operation if name.startswith("pages.")] == ["pages.list", "pages.get", "pages.create"]
    assert [name for name in contract.operation if name.startswith("labels.")] == ["labels.list", "labels.get"]


def test_what_a_list_does_not_name_it_has_all_the_same() -> None:
    assert built(Numbered)["numbereds"].lists == FrozenLists((Entry(),), 20, 100)
    assert Index((Key("id"),)).where == ALWAYS
