"""The first, the second and the last page of each list of the crowd, ready to be asked and counted in the database's steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import apsw
import msgspec

from kingpost.call import Shape
from kingpost.contract.codec import Row
from kingpost.contract.expr import Asker, standing
from kingpost.contract.indexes import ordering
from kingpost.contract.model import Entry
from kingpost.contract.scalars import Stored
from kingpost.plan.planner import plan, turned
from kingpost.plan.query import Page
from kingpost.store.protocol import Statement
from tests.store.crowd import AT, CONTRACT, USERS, WRITER, Crowd

PAGE = 20
ADMIN = Asker(USERS, True, True)

Asked: TypeAlias = tuple[tuple[Statement, ...], dict[str, Stored]]


@dataclass(frozen=True)
class Pages:
    """Three pages of one list: the statements for each, a further one asked only where there is room, and their values."""

    name: str
    first: Asked
    second: Asked
    last: Asked


def lists(crowd: Crowd) -> Iterator[Pages]:
    """Give every list of the blog in both directions, as an admin sees it: whole."""
    for resource in CONTRACT.resources:
        for entry in resource.lists.entries:
            for each in (entry, Entry(entry.filters, turned(entry.sort))):
                yield pages(crowd, resource.name, each)


def pages(crowd: Crowd, resource: str, entry: Entry) -> Pages:
    """Find three pages of a list."""
    first = page(crowd, resource, entry, None)
    # Turned round, the list begins with the rows that end it: the last page begins after the row that comes after them.
    ends = ask(crowd, page(crowd, resource, Entry(entry.filters, turned(entry.sort)), None))[PAGE - 1 : PAGE + 1]
    begins = ask(crowd, first)[PAGE - 1 : PAGE + 1]
    second = page(crowd, resource, entry, (begins[0][0], begins[1][0]))
    last = page(crowd, resource, entry, (ends[1][0], ends[0][0]))
    assert len(ask(crowd, last)) == PAGE
    order = ",".join(f"{'-' if key.descending else ''}{key.field}" for key in entry.sort)
    return Pages(" ".join([resource, *entry.filters, order]), first, second, last)


def page(crowd: Crowd, resource: str, entry: Entry, between: tuple[Stored, Stored] | None) -> Asked:
    """Prepare the page between two rows that follow each other; the first for None."""
    values: dict[str, Stored] = {"caller": ADMIN.id, "limit": PAGE + 1}
    values |= {f"filter_{name}": WRITER for name in entry.filters}
    shape = Shape(filters=entry.filters, sort=entry.sort)
    if between is not None:
        marks, following = (keys(crowd, resource, entry, each) for each in between)
        alike = next(at for at, pair in enumerate(zip(marks, following, strict=True)) if pair[0] != pair[1])
        shape = msgspec.structs.replace(shape, marked=tuple(mark is None for mark in marks), alike=alike)
        values |= {f"mark_{at}": mark for at, mark in enumerate(marks)}
    made = plan(CONTRACT, CONTRACT.operation[f"{resource}.list"], shape, standing(ADMIN))
    assert isinstance(made.root, Page)
    return tuple(map(crowd.store.prepare, (made.root, *made.rest))), values


def keys(crowd: Crowd, resource: str, entry: Entry, row: Stored) -> list[Any]:
    """Give what a list sorts a row by."""
    (found,) = crowd.connection.execute(f'SELECT * FROM "{resource}" WHERE id = ?', (row,)).fetchall()
    return [found[AT[resource][key.field]] for key in ordering(entry)]


def ask(crowd: Crowd, asked: Asked) -> list[Row]:
    """Ask for a page."""
    statements, values = asked
    rows: list[Any] = []
    for statement in statements:
        if len(rows) <= PAGE:
            there = {**values, "limit": PAGE + 1 - len(rows)}
            rows += crowd.connection.execute(statement.text, [there.get(name) for name in statement.names]).fetchall()
    return rows


def steps(crowd: Crowd, asked: Asked) -> int:
    """Count the steps that the database takes for a page: the same number on every machine."""
    found: list[int] = []

    def note(event: dict[str, Any]) -> None:
        found.append(event["stmt_status"]["SQLITE_STMTSTATUS_VM_STEP"])

    crowd.connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, note, id=note)
    ask(crowd, asked)
    crowd.connection.trace_v2(0, None, id=note)
    return sum(found)
