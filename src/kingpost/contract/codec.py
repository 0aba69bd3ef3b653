"""Turns stored rows into wire values: the one place where a field that a viewer may not read is left out.

Takes the rows a store gave and the `Output` the plan made for them; gives plain values for any surface. Stands on scalars.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeAlias

import msgspec

from kingpost.contract.scalars import AnyScalar, Boolean, Datetime, Decimal, Json, Stored, TextList

Row: TypeAlias = Sequence[Stored]

MOST_FORMS = 2_000
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


class Output(msgspec.Struct, frozen=True, cache_hash=True):
    """How to write one row."""

    columns: tuple[Column, ...]
    ones: tuple[One, ...] = ()
    manys: tuple[Several, ...] = ()


class Children(msgspec.Struct, frozen=True):
    """The rows of one to-many link, by their parent's id, with the mark of each parent's next page."""

    rows: Mapping[Stored, Sequence[Row]]
    next: Mapping[Stored, str]


class Form:
    """An output made ready to write many rows: what is the same for each of them is done once."""

    def __init__(self, output: Output) -> None:
        """Make ready."""
        columns = output.columns
        self.names = tuple(column.name for column in columns)
        places = [column.at for column in columns]
        first, length = (places[0], len(places)) if places else (0, 0)
        alike = places == list(range(first, first + length))
        self.pick = itemgetter(slice(first, first + length)) if alike else itemgetter(*places)
        self.written = tuple((each.name, each.scalar.write) for each in columns if isinstance(each.scalar, WRITTEN))
        self.guarded = tuple((column.name, column.guard) for column in columns if column.guard >= 0)
        self.ones, self.manys = output.ones, output.manys

    def write(self, row: Row, children: Sequence[Children]) -> dict[str, object]:
        """Write one row for its viewer, as `write` does."""
        answer: dict[str, Any] = dict(zip(self.names, self.pick(row), strict=True))
        for name, wire in self.written:
            answer[name] = wire(answer[name])
        for name, guard in self.guarded:
            if row[guard] != 1:
                del answer[name]
        for one in self.ones:
            if one.guard < 0 or row[one.guard] == 1:
                answer[one.name] = None if row[one.at] is None else write(one.output, row, children)
        for many in self.manys:
            if many.guard < 0 or row[many.guard] == 1:
                found, key = children[many.slot], row[many.at]
                under = form(many.output)
                items = [under.write(child, children) for child in found.rows.get(key, ())]
                answer[many.name] = {"items": items, "next": found.next.get(key)}
        return answer


form = lru_cache(MOST_FORMS)(Form)


def write(output: Output, row: Row, children: Sequence[Children]) -> dict[str, object]:
    """Write one row for its viewer.

    Args:
        output: How to write it.
        row: What the store gave.
        children: The rows of the to-many links, by slot.

    Returns:
        Wire values by name, without the fields this viewer may not read.
    """
    return form(output).write(row, children)
