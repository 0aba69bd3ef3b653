"""Reads what a test says of a row: Python values or those of the wire, and rows where there are links.

Takes names and values, gives them as an input holds them, or as the store does. Stands on the engine's rows.
"""

import difflib
from collections.abc import Mapping
from typing import Any, TypeVar

from kingpost.call import ANONYMOUS, Actor
from kingpost.contract.model import Resource as Kind
from kingpost.contract.scalars import Invalid, Stored
from kingpost.declare.resource import Resource
from kingpost.engine.engine import Engine
from kingpost.engine.rows import Rows
from kingpost.engine.run import answer

R = TypeVar("R", bound=Resource)


def rows_of(engine: Engine, cls: type[R], actor: Actor = ANONYMOUS) -> Rows[R]:
    """Give the rows of a class, as an actor; raises `AssertionError` for a class that the app was not given."""
    if cls not in engine.classes:
        raise AssertionError(f"The app has no {cls.__name__}; it has {', '.join(each.__name__ for each in engine.classes)}")
    return Rows(lambda call: answer(engine, call, actor), engine, engine.contract.resource[engine.classes[cls]])


def key_of(row: object) -> object:
    """Give the id of a row, of an answer's body, or the id that it is already."""
    if isinstance(row, Resource):
        return vars(row)["id"]
    return row["id"] if isinstance(row, Mapping) else row


def linked(kind: Kind, values: Mapping[str, object]) -> dict[str, object]:
    """Give values with ids in place of rows."""
    found = dict(values)
    several = {name for many in kind.manys for name in (many.name, many.field)}
    for name, value in values.items():
        if name in kind.ref or name in kind.ref_of:
            found[name] = key_of(value)
        elif name in several and isinstance(value, list | tuple):
            found[name] = [key_of(each) for each in value]
    return found


def stored(rows: Rows[Any], name: str, value: object) -> tuple[str, Stored | list[Stored]]:
    """Give the name and the stored form of what a test expects; raises `AssertionError` for what no row can hold."""
    kind = rows.resource
    ((column, wire),) = rows.wire(linked(kind, {name: value})).items()
    many = next((each for each in kind.manys if each.writable and each.field == column), None)
    field = kind.field.get(column)
    try:
        if many is not None and isinstance(wire, list):
            key = rows.engine.contract.resource[many.target].key.scalar
            return column, [key.read(each) for each in wire]
        if field is not None and not field.hidden:
            return column, None if wire is None else field.scalar.read(wire)
    except Invalid as problem:
        raise AssertionError(f"{kind.title}.{name} is never {value!r}: {problem}") from None
    names = [each.name for each in kind.fields if not each.hidden] + [each.field for each in kind.manys if each.writable]
    near = difflib.get_close_matches(name, names, 1)
    raise AssertionError(f"{kind.title} stores no {name!r}; {f'did you mean {near[0]!r}?' if near else ', '.join(names)}")
