"""A resource with a field of every comparable kind, its links, and random rows and rules for it."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from hypothesis import strategies as st

from kingpost import (
    Access,
    Account,
    PasswordPolicy,
    Resource,
    admin,
    anyone,
    decimal,
    email,
    number,
    ref,
    serial,
    text,
    value,
)
from kingpost.contract.expr import (
    OPPOSITE,
    Asker,
    Caller,
    Constant,
    Every,
    Expression,
    Fixed,
    Operator,
    Read,
    Role,
    Some,
    Test,
    Unless,
)
from kingpost.contract.model import Contract
from kingpost.contract.scalars import LARGEST, SMALLEST, Stored
from kingpost.declare.build import build


class Person(Account, table="people"):
    id: int = serial()
    nickname: str | None = text()
    password = PasswordPolicy()
    access = Access(read=anyone, create=anyone)


class Place(Resource, table="places"):
    id: int = serial()
    label: str | None = text(max=100)
    size: int | None = number()
    opened: date | None = value()
    keeper: Person | None = ref(on_delete="null")
    access = Access(read=anyone, create=admin)


class Thing(Resource, table="things"):
    id: int = serial()
    label: str | None = text(max=100)
    contact: str | None = email()
    size: int | None = number()
    price: Decimal | None = decimal(precision=18, scale=2)
    open: bool | None = value()
    day: date | None = value()
    at: datetime | None = value()
    code: UUID | None = value()
    kind: Literal["it's", "a", "b"] | None = value()
    place: Place | None = ref(on_delete="null")
    owner: Person | None = ref(on_delete="null")
    access = Access(read=anyone, create=admin, update=admin)


CONTRACT: Contract = build([Person, Place, Thing]).contract
PEOPLE = (1, 2, 3)
PLACES = (1, 2, 3)
Values = dict[str, Stored]
Rows = Mapping[str, Mapping[Stored, Values]]
"""Rows by resource and id."""

texts = st.sampled_from(
    ["", "a", "A", "aa", "it's", "''", '"', "é", "e\u0301", "\uffff", "\U00010000", "😀", "%", "_", "\\", "--", "1", "?1", "\n"]
) | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4)
integers = st.sampled_from([0, 1, -1, SMALLEST, SMALLEST + 1, LARGEST, 2**53 + 1]) | st.integers(SMALLEST, LARGEST)
days = st.sampled_from(["0001-01-01", "9999-12-31", "2024-02-29"]) | st.dates().map(date.isoformat)
STORED: dict[str, st.SearchStrategy[Any]] = {
    "label": texts,
    "contact": st.sampled_from(["a@example.com", "A@example.com", "o'neil@example.com", "é@example.com"]),
    "contact_key": st.sampled_from(["a@example.com", "o'neil@example.com", "é@example.com"]),
    "size": integers,
    "price": st.sampled_from([0, 1, -1, 10**18 - 1, 1 - 10**18]) | st.integers(1 - 10**18, 10**18 - 1),
    "open": st.integers(0, 1),
    "day": days,
    "at": st.sampled_from([0, -62_135_596_800_000_000, 253_402_300_799_999_999]) | st.integers(-(10**15), 10**15),
    "code": st.sampled_from(["01890a5d-ac96-774b-bcce-b302099a8057"]) | st.uuids().map(str),
    "kind": st.sampled_from(["it's", "a", "b"]),
    "nickname": texts,
    "opened": days,
    "keeper_id": st.sampled_from(PEOPLE),
    "owner_id": st.sampled_from(PEOPLE),
    "place_id": st.sampled_from(PLACES),
}
OWN = [field.name for field in CONTRACT.resource["things"].fields if field.name != "id"]
PATHS: list[tuple[str, ...]] = [
    *((name,) for name in OWN),
    *(("place_id", name) for name in ("label", "size", "opened", "keeper_id")),
    ("owner_id", "nickname"),
    ("place_id", "keeper_id", "nickname"),
]
PERSONS = [path for path in PATHS if path[-1] in ("owner_id", "keeper_id")]


@st.composite
def values(draw: st.DrawFn, resource: str, key: Stored) -> Values:
    """One row: about a third of it is null."""
    names = [field.name for field in CONTRACT.resource[resource].fields if field.optional]
    return {"id": key} | {name: draw(st.none() | STORED[name] | STORED[name]) for name in names}


@st.composite
def rows(draw: st.DrawFn) -> Rows:
    """Some people, some places and some things."""
    person: Values = {"password": "x", "admin": 0, "epoch": 0}
    addresses: dict[int, Values] = {key: {"email": f"p{key}@example.com", "email_key": f"p{key}@example.com"} for key in PEOPLE}
    return {
        "people": {key: draw(values("people", key)) | person | addresses[key] for key in PEOPLE},
        "places": {key: draw(values("places", key)) for key in PLACES},
        "things": {key: draw(values("things", key)) for key in range(1, draw(st.integers(2, 6)))},
    }


@st.composite
def comparisons(draw: st.DrawFn) -> Test:
    """One comparison of a thing's field, or of what it links to."""
    if draw(st.integers(0, 3)) == 0:
        return Test(draw(st.sampled_from(PERSONS)), draw(st.sampled_from(["=", "!="])), Caller())
    path, operator = draw(st.sampled_from(PATHS)), draw(st.sampled_from(sorted(OPPOSITE)))
    kept: Operator = operator
    if kept in ("is null", "is set"):
        return Test(path, kept)
    if kept in ("in", "not in"):
        several = draw(st.lists(STORED[path[-1]], max_size=3))
        return Test(path, kept, Fixed(tuple(several)))
    return Test(path, kept, Fixed(draw(STORED[path[-1]] | st.none() if draw(st.integers(0, 9)) == 0 else STORED[path[-1]])))


def joined(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    """Rules joined out of others."""
    several = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return several.map(Every) | several.map(Some) | parts.map(Unless)


leaves: st.SearchStrategy[Expression] = (
    comparisons()
    | comparisons()
    | comparisons()
    | st.sampled_from([Role("signed_in"), Role("admin")])
    | st.booleans().map(Constant)
)
rules: st.SearchStrategy[Expression] = st.recursive(leaves, joined, max_leaves=8)
actors: st.SearchStrategy[Asker] = st.sampled_from([Asker(), *(Asker(key, True) for key in PEOPLE), Asker(3, True, True)])


def reader(rows: Rows, row: Values) -> Read:
    """Read a thing in Python, along its links."""

    def read(path: tuple[str, ...]) -> Stored:
        here: Values | None = row
        resource = "things"
        for name in path[:-1]:
            resource, key = CONTRACT.resource[resource].ref_of[name].target, here[name] if here else None
            here = rows[resource].get(key)
        return None if here is None else here[path[-1]]

    return read
