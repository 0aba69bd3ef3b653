"""Which fields have ranges, and how one end of a range is read.

Takes a resource, a field and a text; gives the fields that some list has ranges of, and the stored form of an end. Stands on
the model and scalars.
"""

from collections.abc import Mapping
from typing import Literal

from kingpost.contract.expr import Operator
from kingpost.contract.indexes import ordering
from kingpost.contract.model import Field, Resource
from kingpost.contract.scalars import Date, Datetime, Decimal, Integer, Stored, Text, Uuid

OPERATORS: Mapping[Literal["gt", "gte", "lt", "lte"], Operator] = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
RANGED = (Text, Integer, Decimal, Date, Datetime, Uuid)
"""The scalars whose values are asked for from one to another."""
LOWER, UPPER = (">", ">="), ("<", "<=")


def ranged(resource: Resource) -> tuple[str, ...]:
    """Give the fields that some list has ranges of: each list is in the order of the first it is sorted by.

    Args:
        resource: Whose lists.

    Returns:
        Names, each once, in the order of the lists.
    """
    first = dict.fromkeys(ordering(entry)[0].field for entry in resource.lists.entries)
    return tuple(name for name in first if has_ranges(resource.field[name]))


def has_ranges(field: Field) -> bool:
    """Whether "from here to there" means something: words of a choice, addresses and yes or no have no order of their own."""
    return isinstance(field.scalar, RANGED)


def end(field: Field, text: str) -> Stored:
    """Read one end of a range, which need not be a value that the field may hold, only one of its kind.

    Args:
        field: What the range is of.
        text: What the call says.

    Returns:
        The stored form.

    Raises:
        Invalid: The text is not a value of this kind.
    """
    match field.scalar:
        case Text():
            return Text().parse(text)
        case Integer():
            return Integer().parse(text)
        case scalar:
            return scalar.parse(text)
