"""What every database's columns have in common: which hold numbers, and what their values must meet.

Takes fields, gives SQL. Stands on the model.
"""

from collections.abc import Callable, Iterable

from kingpost.contract.expr import words
from kingpost.contract.model import Contract, Field
from kingpost.contract.scalars import LARGEST, SMALLEST, Boolean, Choice, Date, Datetime, Decimal, Email, Integer, Text, Uuid

ON_DELETE = {"cascade": "CASCADE", "null": "SET NULL", "restrict": "RESTRICT"}


def is_number(field: Field) -> bool:
    """Whether a field is stored as an integer of 64 bits; all else is text."""
    return isinstance(field.scalar, Integer | Decimal | Boolean | Datetime)


def condition(field: Field, name: str, literal: Callable[[str], str]) -> str | None:
    """Write what every value of a field must meet.

    Args:
        field: Which.
        name: How the column is written.
        literal: Writes a text that stands in the contract.

    Returns:
        A condition, or None where the column's type says it all.
    """
    match field.scalar:
        case Text(least, most):
            return f"length({name}) BETWEEN {least} AND {most}"
        case Email(most):
            return f"length({name}) <= {most}"
        case Integer(least, most) if (least, most) != (SMALLEST, LARGEST):
            return f"{name} BETWEEN {least} AND {most}"
        case Decimal(precision):
            return f"abs({name}) < {10**precision}"
        case Boolean():
            return f"{name} IN (0, 1)"
        case Choice(options):
            return f"{name} IN ({', '.join(map(literal, options))})"
        case Uuid():
            return f"length({name}) = 36"
        case Date():
            return f"length({name}) = 10"
    return None


def depended(contract: Contract, tables: Iterable[str], indexes: Iterable[str]) -> str:
    """Give what the rows of a database depend on: its tables, what is unique in them, and what its stored counts count."""
    unique = [text for text in indexes if text.startswith("CREATE UNIQUE")]
    counts = [
        f"{resource.name}.{count.name}: {words(count.where)}"
        for resource in contract.resources
        for count in resource.counts
        if count.stored
    ]
    return "\n".join([*tables, *unique, *counts])
