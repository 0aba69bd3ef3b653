"""Invents values that a test does not care about: valid, the same each time, and different for each row.

Takes a field and the number of the row, gives a wire value. Stands on the scalars.
"""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from kingpost.contract.model import Field
from kingpost.contract.scalars import (
    AnyScalar,
    Boolean,
    Choice,
    Date,
    Datetime,
    Decimal,
    Email,
    Integer,
    Invalid,
    Json,
    Password,
    Text,
    TextList,
    Uuid,
)

PHRASE = "Correct-7-Horse-Battery"
FIRST = datetime(2026, 1, 31, 10, 30, tzinfo=UTC)


def invented(title: str, field: Field, number: int) -> object:
    """Give a value for a field of the row of this number: `Title 3`, `slug-3` where each is unique, `user3@example.com`."""
    if isinstance(field.scalar, Email):
        return f"{title.lower()}{number}@example.com"
    words = field.name.replace("_", "-") + "-" if field.unique else field.name.replace("_", " ").capitalize() + " "
    return value(field.scalar, words, number)


def value(scalar: AnyScalar, words: str, number: int) -> object:
    """Give a value that a scalar takes, with the number in it where there is room."""
    match scalar:
        case Text(least, most):
            plain = words.strip(" -").lower().replace(" ", "-")
            tries = [numbered(each, number, least, most) for each in (words, f"{plain}-", plain, "")]
            return next((each for each in tries if fits(scalar, each)), tries[0])  # of several, one may match its pattern
        case Email():
            return f"someone{number}@example.com"
        case Integer(least, most):
            first = max(1, least)
            return first + (number - 1) % (most - first + 1) if most >= 1 else most - (number - 1) % (most - least + 1)
        case Decimal(precision, scale):
            return scalar.write(number * (10**scale if scale < precision else 1) % 10**precision)
        case Boolean():
            return False
        case Date():
            return (date(2026, 1, 31) + timedelta(days=number - 1)).isoformat()
        case Datetime():
            return scalar.write(scalar.store(FIRST + timedelta(days=number - 1)))
        case Uuid():
            return str(UUID(int=number, version=4))
        case Choice(options):
            return options[0]
        case Json():
            return {}
        case TextList():
            return []
        case Password():
            return password(scalar)


def numbered(words: str, number: int, least: int, most: int) -> str:
    """Put a number after words, so that both fit the length that is taken."""
    digits = str(number)
    return f"{words[: max(0, most - len(digits))]}{digits}".ljust(least, ".")[:most]


def password(scalar: Password) -> str:
    """Give a password that the policy takes."""
    made = ("a" * scalar.lower + "A" * scalar.upper + "1" * scalar.digit).ljust(scalar.min, ".")[: scalar.max]
    return PHRASE if fits(scalar, PHRASE) else made


def fits(scalar: AnyScalar, wire: object) -> bool:
    """Whether a scalar takes a value."""
    try:
        scalar.read(wire)
    except Invalid:
        return False
    return True
