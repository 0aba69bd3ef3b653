"""Describes one field as JSON Schema (draft 2020-12): all that is enforced is said, and nothing else.

Stands on the scalars.
"""

from typing import Any, TypeAlias

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
    Json,
    Password,
    Text,
    TextList,
    Uuid,
)

Document: TypeAlias = dict[str, Any]

STORABLE = r"^[^\u0000]*$"
"""Text that every database can hold."""
DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
MOMENT = (
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?"
    "([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
"""A moment with its zone; a leap second is none (RFC 3339 would have it)."""
MOST_PLACES = 18


def schema(field: Field, written: bool = False, suggested: bool = True) -> Document:
    """Describe a field.

    Args:
        field: Which.
        written: As a caller sends it; otherwise as it is answered.
        suggested: Whether what a caller leaves out is filled with the default.

    Returns:
        Its schema.
    """
    found = of(field.scalar, field.optional)
    if field.default is not None and written and suggested:
        found["default"] = field.scalar.write(field.default)
    if field.doc:
        found["description"] = " ".join(part for part in (field.doc, found.get("description", "")) if part)
    if field.hidden:
        found |= {"format": "password", "writeOnly": True}
    if field.origin != "given" and not written:
        found["readOnly"] = True
    return found


def of(scalar: AnyScalar, optional: bool = False) -> Document:
    """Describe a scalar's wire form, or null where it is optional."""
    found = plain(scalar)
    if optional and isinstance(scalar, Json):
        del found["type"]
    elif optional:
        found["type"] = [found["type"], "null"]
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
    return found


def plain(scalar: AnyScalar) -> Document:
    """Describe a scalar's wire form."""
    match scalar:
        case Text(least, most, pattern):
            return text(least, most, f"^(?:{pattern})$" if pattern else STORABLE)
        case Email(most):
            return {"type": "string", "format": "email", "maxLength": most}
        case Integer(least, most):
            return {"type": "integer", "format": "int64", "minimum": least, "maximum": most}
        case Decimal(precision, scale):
            about = f"A number of at most {precision} digits, {scale} of them after the point, as text so that none is lost"
            return {"type": "string", "pattern": number(precision, scale), "description": f"{about}."}
        case Boolean():
            return {"type": "boolean"}
        case Date():
            return {"type": "string", "format": "date", "pattern": DAY}
        case Datetime():
            return {"type": "string", "format": "date-time", "pattern": MOMENT}
        case Uuid():
            return {"type": "string", "format": "uuid"}
        case Json(most):
            kinds = ["object", "array", "string", "number", "boolean"]
            return {"type": kinds, "description": f"Any JSON value of at most {most} bytes."}
        case Choice(options):
            return {"type": "string", "enum": list(options)}
        case TextList(most, each, least, distinct):
            bound = {"description": f"At most {most} different ones."} if distinct else {"maxItems": most}
            return {"type": "array", **bound, "items": text(least, each)}
        case Password():
            return password(scalar)


def text(least: int, most: int, pattern: str = STORABLE) -> Document:
    """Describe text of so many characters."""
    return {"type": "string", "maxLength": most, "pattern": pattern} | ({"minLength": least} if least else {})


def number(precision: int, scale: int) -> str:
    """Give the pattern of a decimal number: zeros may follow the places that are kept."""
    whole = f"(0|[1-9][0-9]{{0,{precision - scale - 1}}})" if precision > scale else "0"
    kept = f"[0-9]{{1,{scale}}}0{{0,{MOST_PLACES - scale}}}" if scale else f"0{{1,{MOST_PLACES}}}"
    return rf"^-?{whole}(\.{kept})?$"


def password(scalar: Password) -> Document:
    """Describe a password; which letters it must have is said in words, as Unicode has more of them than any pattern."""
    wants = [(scalar.lower, "lower-case letter"), (scalar.upper, "upper-case letter"), (scalar.digit, "digit")]
    must = [f"{least} {unit}{'' if least == 1 else 's'}" for least, unit in wants if least]
    about = {"description": f"With at least {', '.join(must)}."} if must else {}
    bounds = {"minLength": scalar.min, "maxLength": scalar.max}
    return {"type": "string", "format": "password", **bounds, "writeOnly": True} | about
