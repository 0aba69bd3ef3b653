"""Asks the database itself, in its own words, for code that knows what it does; no rule is asked.

Takes a text of the code's own and Python values, gives rows as the database holds them. Stands on the engine.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import TypeAlias
from uuid import UUID

from kingpost.contract.scalars import Date, Datetime, Invalid, Stored, Uuid, plain
from kingpost.engine.engine import Engine
from kingpost.engine.reads import MOST_ROWS
from kingpost.plan.query import Raw
from kingpost.store.protocol import single

Bindable: TypeAlias = str | int | bool | datetime | date | UUID | None


async def sql(engine: Engine, text: str, values: Mapping[str, Bindable], within: bool) -> list[dict[str, Stored]]:
    """Ask the database.

    Args:
        engine: The running backend, on the store or on a transaction of it.
        text: One statement with names for its values, such as `:me`.
        values: What the names stand for; they are bound and never become part of the text.
        within: Whether it is asked in a transaction, and so may write.

    Returns:
        The rows, by the names of their columns.

    Raises:
        TypeError: A value is missing or is for no name, or is of a kind that no database holds; a column is of such a kind.
        ValueError: The text is no statement that may be asked here, it gives too many rows, or two columns of one name.
    """
    statement = engine.statements.get((text, within), lambda: engine.store.prepare(Raw(text, MOST_ROWS, within)))
    for name in (*statement.names, *values):
        if name not in values or name not in statement.names:
            raise TypeError(f"there is {f'no value for :{name}' if name not in values else f'no :{name} in the statement'}")
    bound = {name: bindable(name, value) for name, value in values.items()}
    names, *rows = await (engine.store.write if within else engine.store.read)(partial(single, statement, bound))
    columns = [str(name) for name in names]
    for name in columns:
        if columns.count(name) > 1:
            raise ValueError(f"Two columns are named {name!r}; name one of them with AS")
    for row in rows:
        for name, value in zip(columns, row, strict=True):
            if value is not None and not isinstance(value, str | int):
                raise TypeError(f"{name!r} is a {type(value).__name__}; write CAST({name} AS TEXT) or AS INTEGER, say")
    return [dict(zip(columns, row, strict=True)) for row in rows]


def bindable(name: str, value: Bindable) -> Stored:
    """Turn a Python value into one that a database holds; raises `TypeError` naming it."""
    try:
        match value:
            case None:
                return None
            case bool() | int():
                return int(value)
            case str():
                return plain(value)
            case datetime():
                return Datetime().store(value)
            case date():
                return Date().store(value)
            case UUID():
                return Uuid().store(value)
    except Invalid as problem:
        raise TypeError(f":{name} {str(problem)[0].lower()}{str(problem)[1:]}") from problem
    raise TypeError(f":{name} is a {type(value).__name__}, which no database holds")
