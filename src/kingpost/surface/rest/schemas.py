"""Describes one field as JSON Schema (draft 2020-12).

Stands on the scalars.
"""

from typing import Any

from kingpost.contract.model import Field
from kingpost.contract.scalars import (
    LARGEST,
    SMALLEST,
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


def schema(field: Field, written: bool = False) -> dict[str, Any]:
    """Describe a field.

    Args:
        field: Which.
        written: As a caller sends it; otherwise as it is answered.

    Returns:
        Its schema.
    """
    found = of(field.scalar)
    if field.optional and "type" in found:
        found["type"] = [found["type"], "null"]
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
    if field.default is not None and written:
        found["default"] = field.scalar.write(field.default)
    if field.doc:
        found["description"] = field.doc
    if field.hidden:
        found |= {"format": "password", "writeOnly": True}
    if field.origin != "given" and not written:
        found["readOnly"] = True
    return found


def of(scalar: AnyScalar) -> dict[str, Any]:
    """Describe a scalar's wire form."""
    match scalar:
        case Text(least, most):
            return {"type": "string", "maxLength": most} | ({"minLength": least} if least else {})
        case Email(most):
            return {"type": "string", "format": "email", "maxLength": most, "examples": ["test@example.com"]}
        case Integer(least, most):
            bounds = ({"minimum": least} if least != SMALLEST else {}) | ({"maximum": most} if most != LARGEST else {})
            return {"type": "integer", "format": "int64"} | bounds
        case Decimal(precision, scale):
            return {
                "type": "string",
                "format": "decimal",
                "description": f"{precision} digits, {scale} after the point",
            }
        case Boolean():
            return {"type": "boolean"}
        case Date():
            return {"type": "string", "format": "date"}
        case Datetime():
            return {"type": "string", "format": "date-time"}
        case Uuid():
            return {"type": "string", "format": "uuid"}
        case Json():
            return {"description": "Any JSON value"}
        case Choice(options):
            return {"type": "string", "enum": list(options)}
        case TextList(most, each):
            return {"type": "array", "maxItems": most, "items": {"type": "string", "maxLength": each}}
        case Password(least, most):
            return {"type": "string", "format": "password", "minLength": least, "maxLength": most, "writeOnly": True}
