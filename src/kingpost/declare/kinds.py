"""From an annotation and what refines it to a scalar.

Takes one raw field, gives its scalar or says what does not fit. Stands on fields, gathered classes and scalars.
"""

import datetime
import decimal
import re
import typing
import uuid

import msgspec

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
    Stored,
    Text,
    TextList,
    Uuid,
)
from kingpost.declare.fields import REQUIRED
from kingpost.declare.gather import RawField
from kingpost.declare.resource import Resource

EXPECTED: dict[str, tuple[object, str]] = {
    "text": (str, "str"),
    "email": (str, "str"),
    "number": (int, "int"),
    "decimal": (decimal.Decimal, "Decimal"),
    "texts": (list[str], "list[str]"),
    "serial": (int, "int"),
    "key": (uuid.UUID, "UUID"),
    "created": (datetime.datetime, "datetime"),
    "updated": (datetime.datetime, "datetime"),
}
PLAIN: dict[object, AnyScalar] = {
    str: Text(),
    int: Integer(),
    bool: Boolean(),
    decimal.Decimal: Decimal(),
    datetime.date: Date(),
    datetime.datetime: Datetime(),
    uuid.UUID: Uuid(),
    list[str]: TextList(),
}
OFFER = "Use str, int, bool, Decimal, date, datetime, UUID, list[str], a Literal of words, json(), or a resource with ref()"


def scalar(raw: RawField) -> AnyScalar | tuple[str, str]:
    """Give the scalar of a field.

    Args:
        raw: The field as it was written.

    Returns:
        The scalar, or what is wrong and what to write instead.
    """
    kind, options, annotation = raw.declared.kind, raw.declared.options, raw.annotation
    if kind in EXPECTED and annotation != EXPECTED[kind][0]:
        wanted = EXPECTED[kind][1]
        return (
            f"{kind}() declares a {wanted}, but the annotation says {said(annotation)}",
            f'Write "{raw.name}: {wanted} = {kind}(...)"',
        )
    bounds = {name: options[name] for name in ("min", "max", "precision", "scale", "least", "each") if name in options}
    for name, bound in bounds.items():
        if type(bound) is not int or (bound < 0 and kind != "number"):
            return f"{name}={bound!r} does not fit", f"Write a whole number{'' if kind == 'number' else ', 0 or more'}"
    if "min" in bounds and bounds["min"] > bounds["max"]:
        return f"min={bounds['min']} is more than max={bounds['max']}", "Write a min that is at most max"
    if bounds.get("least", 0) > bounds.get("each", 0):
        return f"least={bounds['least']} is more than each={bounds['each']}", "Write a least that is at most each"
    match kind:
        case "text":
            return patterned(Text(**bounds), options["pattern"])
        case "email":
            return Email()
        case "number":
            return Integer(**bounds)
        case "decimal":
            fine = 0 <= options["scale"] <= options["precision"] <= 18
            return (
                Decimal(**bounds) if fine else ("needs 0 <= scale <= precision <= 18", "Write decimal(precision=12, scale=2)")
            )
        case "texts":
            return TextList(**bounds, distinct=bool(options["distinct"]))
        case "json":
            return Json(**bounds)
        case _:
            return plain(raw, annotation)


def patterned(text: Text, pattern: object) -> Text | tuple[str, str]:
    """Give text that matches a pattern, or what is wrong with the pattern and what to write instead."""
    try:
        return msgspec.structs.replace(text, pattern=re.compile(str(pattern)).pattern)
    except re.error as error:
        return f"pattern={pattern!r} is no regular expression ({error})", 'Write pattern="[a-z0-9-]+", say'


def plain(raw: RawField, annotation: object) -> AnyScalar | tuple[str, str]:
    """Give the scalar that an annotation says by itself."""
    if typing.get_origin(annotation) is typing.Literal:
        options = typing.get_args(annotation)
        if all(isinstance(option, str) for option in options):
            return Choice(tuple(options))
        return "a Literal here holds words only", f'Write {raw.name}: Literal["one", "two"]'
    try:
        found = PLAIN.get(annotation)
    except TypeError:
        found = None
    return found or (f"{said(annotation)} is no kind of field", instead(raw, annotation))


def instead(raw: RawField, annotation: object) -> str:
    """Say what may be written instead of an annotation that is no kind of field."""
    if isinstance(annotation, type) and issubclass(annotation, Resource):
        return f'Write "{raw.name}: {annotation.__name__} = ref()"'
    if any(isinstance(each, type) and issubclass(each, Resource) for each in typing.get_args(annotation)):
        return f'Write "{raw.name}: {said(annotation)} = back(...)" or many()'
    return OFFER


def default(raw: RawField, of: AnyScalar) -> Stored | tuple[str, str]:
    """Give the stored default of a field, None where it has none, or what is wrong with it."""
    value = raw.declared.options.get("default", REQUIRED)
    if value is None and not raw.optional:
        remedy = f'Write "{raw.name}: {said(raw.annotation)} | None", or leave the default out'
        return "its default None does not fit (Must not be null)", remedy
    if value is REQUIRED or value is None:
        return None
    try:
        return of.store(value)
    except Invalid as problem:
        return f"its default {value!r} does not fit ({problem})", "Write a default that the field itself would take"


def said(annotation: object) -> str:
    """Say an annotation."""
    if typing.get_origin(annotation) is list:
        return f"list[{', '.join(map(said, typing.get_args(annotation)))}]"
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")
