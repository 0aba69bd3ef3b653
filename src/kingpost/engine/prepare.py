"""Makes the values of a write: what was sent, read and judged, and what the server fills in.

Takes a call, gives stored values by field. Stands on the engine and its reads.
"""

import os
from copy import deepcopy
from typing import cast
from uuid import UUID

from kingpost.call import Actor, Call
from kingpost.contract import types
from kingpost.contract.inputs import MOST_PROBLEMS, Unfit, Values, read
from kingpost.contract.model import RULE_OF, Operation, Resource
from kingpost.contract.scalars import Invalid, Password, Scalar, Stored
from kingpost.engine.code import code
from kingpost.engine.context import Context
from kingpost.engine.engine import Engine
from kingpost.engine.reads import key as read_key
from kingpost.engine.rows import Rows


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


def read_code_input(operation: Operation, call: Call) -> dict[str, object]:
    """Read the input of an operation's code into Python values; raises as `read_input` does."""
    sent: dict[str, object] = {}
    problems: types.Problems = []
    members = tuple(each for each in operation.input if each.place != "whole")
    whole = next((each for each in operation.input if each.place == "whole"), None)
    if whole is not None:
        body = deepcopy(whole.default) if call.input is None and not whole.required else call.input
        read_whole = None if body is None and whole.optional else types.read(whole.type, body, problems, "")
    elif call.input is not None or any(each.place == "body" for each in members):
        if not isinstance(call.input, dict):
            wanted = [each.name for each in operation.input if each.place == "body" and each.required]
            alone = len(wanted) == 1  # around all the others, most often
            raise Unfit([(wanted[0], "Is required", "required") if alone else ("", "Must be a JSON object", "invalid")])
        sent |= call.input
        addressed = [each.name for each in operation.input if each.place in ("path", "query") and each.name in sent]
        problems += [(name, "Is given by the address", "unknown") for name in addressed]
    for name, text in call.given.items():
        member = operation.member.get(name)
        if member is None or member.place not in ("path", "query") or not isinstance(member.type, Scalar):
            taken = ", ".join(each.name for each in operation.input if each.place == "query")
            problems.append((name[:100], f"Is not a parameter here; there are {taken or 'none'}", "unknown"))
            continue
        try:
            sent[name] = member.type.write(member.type.parse(text))
        except Invalid as problem:
            problems.append((name, str(problem), problem.code))
    wrong = {name for name, _, _ in problems}
    values = types.inputs(tuple(each for each in members if each.name not in wrong), sent, problems)
    if problems:
        raise Unfit(problems[:MOST_PROBLEMS])
    return values if whole is None else {**values, whole.name: read_whole}


async def prepared(engine: Engine, resource: Resource, operation: Operation, sent: Values, context: Context) -> Values:
    """Let the app's own code see a write before any rule judges it.

    Args:
        engine: The running backend.
        resource: Whose row.
        operation: The write.
        sent: What was read.
        context: What the code is handed.

    Returns:
        The values that the code gave, read anew.

    Raises:
        Unfit: They do not fit.
        Refused: The code refuses.
    """
    assert operation.verb is not None
    verb = RULE_OF[operation.verb]
    given: dict[str, object] = {}
    for name, stored in sent.items():
        field = resource.field.get(name)
        if field is None or not field.hidden or field.writable:
            given[name] = (
                stored if field is None or stored is None or field.hidden else field.scalar.python(cast(Stored, stored))
            )
    made = await code(engine.code[f"{resource.name}.before.{verb}"], context, dict(given))
    if not isinstance(made, dict):
        raise TypeError(f"what comes before {verb} of {resource.name} gave {types.kind(made)}, not the values")
    for name in resource.filled[verb] if operation.verb == "create" else ():
        field = resource.field[name]
        if made.get(name) is None and not field.optional and field.default is None:
            raise TypeError(f"what comes before {verb} of {resource.name} gave no {name}, which it says it fills in")
    wire = Rows[object](context.ask, engine, resource).wire(made)
    return read(resource, "merge", wire, engine.contract.resource)


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
                raise Unfit([(field.name, "Is required", "required")])
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
