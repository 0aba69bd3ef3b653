"""Turns stored rows into wire values: the one place where a field that a viewer may not read is left out.

Takes the rows a store gave and the `Output` the plan made for them; gives plain values for any surface. Stands on scalars.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from kingpost.contract.scalars import AnyScalar, Boolean, Datetime, Decimal, Json, Stored, TextList

Row: TypeAlias = Sequence[Stored]

WRITTEN = (Boolean, Datetime, Decimal, Json, TextList)
"""The scalars whose wire form differs from the stored one."""


class Column(msgspec.Struct, frozen=True):
    """One value of an answer: where it stands in the row, and where its guard stands (-1: readable in every row)."""

    name: str
    scalar: AnyScalar
    at: int
    guard: int = -1


class One(msgspec.Struct, frozen=True):
    """A linked row that was joined: null where the link is empty or the row may not be read."""

    name: str
    at: int
    output: "Output"
    guard: int = -1


class Several(msgspec.Struct, frozen=True):
    """Linked rows that a further statement brought for all rows at once, found by the parent's id."""

    name: str
    at: int
    slot: int
    output: "Output"
    guard: int = -1


class Output(msgspec.Struct, frozen=True):
    """How to write one row."""

    columns: tuple[Column, ...]
    ones: tuple[One, ...] = ()
    manys: tuple[Several, ...] = ()


class Children(msgspec.Struct, frozen=True):
    """The rows of one to-many link, by their parent's id, with the mark of each parent's next page."""

    rows: Mapping[Stored, Sequence[Row]]
    next: Mapping[Stored, str]


def write(output: Output, row: Row, children: Sequence[Children]) -> dict[str, object]:
    """Write one row for its viewer.

    Args:
        output: How to write it.
        row: What the store gave.
        children: The rows of the to-many links, by slot.

    Returns:
        Wire values by name, without the fields this viewer may not read.
    """
    answer: dict[str, object] = {}
    for column in output.columns:
        if column.guard < 0 or row[column.guard] == 1:
            value = row[column.at]
            answer[column.name] = column.scalar.write(value) if isinstance(column.scalar, WRITTEN) else value
    for one in output.ones:
        if one.guard < 0 or row[one.guard] == 1:
            answer[one.name] = None if row[one.at] is None else write(one.output, row, children)
    for many in output.manys:
        if many.guard >= 0 and row[many.guard] != 1:
            continue
        found, key = children[many.slot], row[many.at]
        answer[many.name] = {
            "items": [write(many.output, child, children) for child in found.rows.get(key, ())],
            "next": found.next.get(key),
        }
    return answer
