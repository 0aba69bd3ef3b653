"""What travels: one call in no protocol's words, and what comes back.

Takes nothing and does nothing; every floor above reads and makes these values. Stands on the contract.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from kingpost.contract.codec import Children, Output, Row
from kingpost.contract.expr import Asker
from kingpost.contract.model import Key
from kingpost.contract.scalars import Stored

Kind: TypeAlias = Literal[
    "invalid", "malformed", "bad_mark", "unauthenticated", "bad_token", "bad_credentials", "forbidden", "not_found",
    "conflict", "internal", "unavailable", "timeout", "full",
]  # fmt: skip


class Detail(msgspec.Struct, frozen=True):
    """What is wrong with one field of the input."""

    field: str
    message: str


class Failure(msgspec.Struct, frozen=True):
    """Why a call was not answered; its kind is from a closed list."""

    kind: Kind
    message: str
    details: tuple[Detail, ...] = ()
    retry_after: int = 0


class Refused(Exception):
    """Carries a failure up to the one place that turns it into the answer."""

    def __init__(self, kind: Kind, message: str, *details: Detail, retry_after: int = 0) -> None:
        """Carry a failure of this kind."""
        super().__init__(message)
        self.failure = Failure(kind, message, details, retry_after)


class Include(msgspec.Struct, frozen=True, cache_hash=True):
    """A linked row, or rows, to answer with the row."""

    name: str
    include: "tuple[Include, ...]" = ()


class Shape(msgspec.Struct, frozen=True, cache_hash=True):
    """The reusable half of a call: what to answer with and what to narrow by, with holes for the values.

    `fields` of None means all that the caller may read. `filters` are what a list is narrowed by, and of a single row what
    the caller must have the right to read. `marked` says, for each sort key of the page mark, whether its
    value is null. `given` names the fields that a write sets.
    """

    fields: tuple[str, ...] | None = None
    include: tuple[Include, ...] = ()
    filters: tuple[str, ...] = ()
    sort: tuple[Key, ...] = ()
    marked: tuple[bool, ...] | None = None
    given: tuple[str, ...] = ()


class Parent(msgspec.Struct, frozen=True):
    """The row through which a list or a new row is reached: its resource, its id's text, and the link that points to it."""

    resource: str
    key: str
    field: str


class Call(msgspec.Struct, frozen=True):
    """One request: an operation, its shape and the values for the holes.

    `filters` holds the texts for `shape.filters`, in order; `input` is what was sent, as parsed from JSON. `fault` is what
    was wrong with the words of the call: it is told only to those who may ask at all.
    """

    operation: str
    shape: Shape = Shape()
    key: str = ""
    filters: tuple[str, ...] = ()
    limit: int | None = None
    after: str = ""
    input: object = None
    fault: Failure | None = None
    parent: Parent | None = None
    token: str | None = None
    request_id: str = ""


Actor: TypeAlias = Asker
"""Who asks, once believed."""

ANONYMOUS = Actor()


class Result(msgspec.Struct, frozen=True):
    """The answer: rows with how to write them and the mark of the next page, or the value that custom code gave."""

    output: Output | None = None
    rows: tuple[Row, ...] = ()
    children: tuple[Children, ...] = ()
    next: str | None = None
    value: Mapping[str, object] | None = None
    key: Stored = None


class Change(msgspec.Struct, frozen=True):
    """A fact: this row was created, updated or deleted, by whom and when; hidden fields are left out."""

    resource: str
    key: Stored
    kind: Literal["created", "updated", "deleted"]
    actor: Stored
    at: int
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None
