"""One call, from door to result: the whole story of Kingpost on one screen.

Takes a call, gives a result or a failure. Stands on the other files of this folder, which stand on plan and the store's
protocol.
"""

import msgspec

from kingpost.call import Actor, Call, Detail, Failure, Refused, Result
from kingpost.contract.expr import standing
from kingpost.contract.inputs import Unfit
from kingpost.contract.model import Operation
from kingpost.engine.context import Context
from kingpost.engine.engine import Engine
from kingpost.engine.observe import observe
from kingpost.engine.prepare import fill, key_of, read_code_input, read_input
from kingpost.engine.reads import denied, permitted, present, read
from kingpost.engine.writes import change
from kingpost.store.protocol import Busy, Conflict, Full, Slow


async def run(engine: Engine, call: Call) -> Result | Failure:
    """Answer one call.

    Args:
        engine: The running backend.
        call: What is asked, by whom, with which values.

    Returns:
        The result, or the failure and its kind; nothing is raised but cancellation.
    """
    with observe(call) as seen:
        try:
            actor = await engine.identity.believe(call.token)
            return await answer(engine, engine.contract.operation[call.operation], call, actor)
        except (Refused, Unfit, Conflict, Busy, Slow, Full) as refusal:
            return seen.failed(failure(engine, refusal))
        except Exception as error:  # the last resort: the process lives on and the caller learns nothing of why
            return seen.broke(error)


async def answer(engine: Engine, operation: Operation, call: Call, actor: Actor) -> Result:
    """Answer an actor who is believed: first whether they may ask at all, only then what is wrong with how they ask."""
    if not actor.signed_in and operation.name in engine.closed:
        raise denied(actor)
    if call.fault is not None:
        raise Refused(call.fault.kind, call.fault.message, *call.fault.details)
    if operation.verb is None:
        return await converse(engine, operation, call, actor)
    if operation.verb in ("get", "list"):
        return await read(engine, operation, call, actor)
    return await write(engine, operation, call, actor)


async def write(engine: Engine, operation: Operation, call: Call, actor: Actor) -> Result:
    """Read the input, plan for the fields it sets, and write in one transaction that also appends the Changes."""
    resource = engine.contract.resource[operation.resource]
    sent = read_input(engine, operation, call)
    shape = msgspec.structs.replace(call.shape, given=tuple(sorted(sent)))
    ready = permitted(engine.ready(operation, shape, standing(actor)), actor)
    await present(engine, call.parent, actor)
    values = await fill(engine, resource, operation, sent, actor)
    key = key_of(resource, operation, call, values)
    return await engine.store.write(lambda: change(engine, ready, resource, values, key, actor))


async def converse(engine: Engine, operation: Operation, call: Call, actor: Actor) -> Result:
    """Hand the input of an operation to its code."""
    values = read_code_input(operation, call)
    return Result(value=await engine.code[operation.code](Context(engine, actor), values))


def failure(engine: Engine, refusal: Exception) -> Failure:
    """Say a refusal as a failure."""
    match refusal:
        case Refused():
            return refusal.failure
        case Unfit():
            return Failure("invalid", "Invalid input data", tuple(Detail(*problem) for problem in refusal.problems))
        case Conflict():
            if not refusal.fields:
                return Failure("conflict", "Another row still points to it, or what it points to is gone")
            resource = engine.contract.resource[refusal.resource]
            fields = [name.removesuffix("_key") if resource.field[name].hidden else name for name in refusal.fields]
            message = f"Another {resource.title.lower()} has this {' and '.join(fields)}"
            return Failure("conflict", message, tuple(Detail(name, "Is already taken") for name in fields))
        case Slow():
            return Failure("timeout", "The answer took too long; ask for less at once")
        case Full():
            return Failure("full", "There is no room left to write")
        case _:
            return Failure("unavailable", "Too busy; try again shortly", retry_after=1)
