"""Makes the examples of the document: values that their fields take, and bodies that a caller could send.

Takes fields and resources, gives wire values, the same each time. Stands on the model and the scalars.
"""

import hashlib
import re
from typing import Any, TypeAlias

from kingpost.contract.inputs import slots
from kingpost.contract.model import Contract, Field, Resource, Verb, folded
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

Row: TypeAlias = dict[str, Any]

ADDRESS = "ada@example.com"
PHRASE = "Correct-7-Horse-Battery"
SOME_UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
MOST_CHANGED = 2


def sample(field: Field) -> object:
    """Give a value that a field takes."""
    if field.origin == "count" and isinstance(field.scalar, Integer):
        return 3
    return value(field.scalar, field.name.replace("_", " "))


def value(scalar: AnyScalar, name: str) -> object:
    """Give a value that a scalar takes, in words that tell of its name."""
    match scalar:
        case Text(least, most, pattern):
            some = [
                sized(each, least, most) for each in (f"Some {name}", f"some_{name.replace(' ', '_')}", "some", "SOME", "1")
            ]
            return next((each for each in some if re.fullmatch(pattern, each)), some[0]) if pattern else some[0]
        case Email():
            return ADDRESS
        case Integer(least, most):
            return min(max(1, least), most)
        case Decimal(precision, scale):
            return (("12"[: precision - scale] or "0") + "." + "5".ljust(scale, "0")[:scale]).rstrip(".")
        case Boolean():
            return True
        case Date():
            return "2026-01-31"
        case Datetime():
            return "2026-01-31T10:30:00.000000Z"
        case Uuid():
            return SOME_UUID
        case Json():
            return {"any": ["value"]}
        case Choice(options):
            return options[0]
        case TextList(most, each, least):
            return [sized("one", least, each), sized("two", least, each)][:most]
        case Password():
            return password(scalar)


def sized(text: str, least: int, most: int) -> str:
    """Cut or fill a text to a length that is taken."""
    return text.ljust(least, ".")[:most]


def password(scalar: Password) -> str:
    """Give a password that the policy takes."""
    try:
        scalar.read(PHRASE)
    except Invalid:
        return sized("a" * scalar.lower + "A" * scalar.upper + "1" * scalar.digit, scalar.min, scalar.max)
    return PHRASE


def key(resource: Resource, number: int = 1) -> object:
    """Give the id of a resource's first row, or of a later one."""
    if resource.key.origin == "serial":
        return number
    if isinstance(resource.key.scalar, Uuid):
        return SOME_UUID[:24] + hashlib.sha256(f"{resource.name} {number}".encode()).hexdigest()[:12]
    return sample(resource.key)


def cell(contract: Contract, resource: Resource, field: Field) -> object:
    """Give a value of a field in its row, where a link leads to the first row of another resource."""
    if field.name == "id":
        return key(resource)
    ref = resource.ref_of.get(field.name)
    return key(contract.resource[ref.target]) if ref else sample(field)


def row(contract: Contract, resource: Resource) -> Row:
    """Give a row as it is answered."""
    return {name: cell(contract, resource, resource.field.get(name) or resource.count[name]) for name in resource.readable}


def sent(contract: Contract, resource: Resource, verb: Verb, known: str = "") -> Row:
    """Give the body of a write; of a change, a few fields that no other row could clash with."""
    found: Row = {}
    for slot in slots(resource, verb):
        if slot.many is not None:
            found[slot.name] = [key(contract.resource[slot.many.target])]
        elif slot.field is not None:
            found[slot.name] = cell(contract, resource, slot.field)
    if verb == "merge":
        fields = [resource.field[name] for name in found if name in resource.field and name not in resource.ref_of]
        plain = [each.name for each in fields if not (each.hidden or alone(resource, each))] or list(found)
        return {name: found[name] for name in plain[:MOST_CHANGED]}
    return {name: each for name, each in found.items() if name != known}


def alone(resource: Resource, field: Field) -> bool:
    """Whether no two rows share a value of a field, or of its comparable form."""
    key = folded(field)
    return field.unique or (key is not None and resource.field[key.name].unique)


def bundle(contract: Contract, resource: Resource) -> Row:
    """Give the body of a batch: one of each kind that is offered, on different rows."""
    items: list[Row] = []
    if "create" in resource.access:
        items.append({"do": "create", "data": sent(contract, resource, "create")})
    if "update" in resource.access:
        items.append({"do": "update", "id": key(resource), "data": sent(contract, resource, "merge")})
    if "delete" in resource.access:
        items.append({"do": "delete", "id": key(resource, 2)})
    return {"items": items}


def bundled(contract: Contract, resource: Resource) -> Row:
    """Give what a batch answers."""
    made = {"data": row(contract, resource), "etag": TAG}
    answers: dict[str, Row] = {"create": {"status": 201, **made}, "update": {"status": 200, **made}, "delete": {"status": 204}}
    return {"items": [each for right, each in answers.items() if right in resource.access]}


TAG = '"a1b2c3d4e5f6-f6e5d4c3b2a1"'
"""An entity tag, as an answer of one row carries it (RFC 9110, section 8.8.3)."""
POSITION = "q1fA3vZ0mS9cKx7Rw2Lb5tYd8uHn4jGe6oPiTzQsVkXyBaWrEfNhMgUlDcI"
"""A position, as an answer to a write carries it."""
