"""Makes the values of a write: what was sent, read and judged, and what the server fills in.

Takes a call, gives stored values by field. Stands on the engine and its reads.
"""

import os
from collections.abc import Mapping
from uuid import UUID

from kingpost.call import Actor, Call
from kingpost.contract.inputs import Unfit, Values, read
from kingpost.contract.model import Operation, Resource
from kingpost.contract.scalars import Invalid, Password, Stored
from kingpost.engine.engine import Engine
from kingpost.engine.reads import key as read_key


def read_input(engine: Engine, operation: Operation, call: Call) -> Values:
    """Read the input of a write.

    Args:
        engine: The running backend.
        operation: The write.
        call: Whose input.

    Returns:
        Stored values for the fields that are to be set; none for a removal.

    Raises:
        Refused: There is no such parent.
        Unfit: It does not fit; every reason is named.
    """
    if operation.verb == "delete" or operation.verb is None:
        return {}
    resource = engine.contract.resource[operation.resource]
    if call.parent is None:
        return read(resource, operation.verb, call.input, engine.contract.resource)
    values = read(resource, operation.verb, call.input, engine.contract.resource, known=call.parent.field)
    values[call.parent.field] = read_key(engine.contract.resource[call.parent.resource], call.parent.key)
    return values


def read_code_input(operation: Operation, call: Call) -> Mapping[str, object]:
    """Read the input of an operation's code into Python values; raises as `read_input` does."""
    sent = call.input
    if not isinstance(sent, dict):
        raise Unfit([("", "Must be a JSON object")])
    problems: list[tuple[str, str]] = []
    values: dict[str, object] = {}
    for field in operation.input:
        if field.name not in sent:
            problems.append((field.name, "Is required"))
            continue
        try:
            values[field.name] = field.scalar.python(field.scalar.read(sent[field.name]))
        except Invalid as problem:
            problems.append((field.name, str(problem)))
    names = {field.name for field in operation.input}
    problems += [(name[:100], "Is not a field") for name in sent if name not in names]
    if problems:
        raise Unfit(problems)
    return values


async def fill(engine: Engine, resource: Resource, operation: Operation, sent: Values, actor: Actor) -> Values:
    """Fill in what the caller did not send and what is only the server's to say.

    Args:
        engine: The running backend.
        resource: Whose row.
        operation: The write.
        sent: What was read.
        actor: Who writes.

    Returns:
        Every value the statement needs, with passwords hashed.
    """
    now = engine.now()
    values: Values = dict(sent)
    for field in resource.fields:
        if isinstance(field.scalar, Password) and isinstance(values.get(field.name), str):
            values[field.name] = await engine.identity.passwords.hash(str(values[field.name]))
        if field.origin == "updated" or (field.origin == "created" and operation.verb == "create"):
            values[field.name] = now
        elif operation.verb == "create" and field.name not in values:
            ref = resource.ref_of.get(field.name)
            if ref is not None and ref.caller and actor.id is None and not field.optional:
                raise Unfit([(field.name, "Is required")])
            values[field.name] = actor.id if ref is not None and ref.caller else 0 if field.origin == "count" else field.default
    if operation.verb == "create" and resource.key.origin == "uuid":
        values["id"] = time_ordered(now)
    return values


def key_of(resource: Resource, operation: Operation, call: Call, values: Values) -> Stored:
    """Give the id of the row that is written; None where the store will make it."""
    if operation.verb != "create":
        return read_key(resource, call.key)
    made = values.get("id")
    return made if isinstance(made, str) else None


def time_ordered(now: int) -> str:
    """Make a UUIDv7 (RFC 9562, section 5.7): milliseconds, then the part of one in 4,096ths, then chance."""
    milliseconds, rest = divmod(now, 1_000)
    number = milliseconds << 80 | 0x7 << 76 | (rest * 4_096 // 1_000) << 64 | 0b10 << 62
    return str(UUID(int=number | int.from_bytes(os.urandom(8)) >> 2))
