"""One call, from door to result: the whole story of Kingpost on one screen.

Takes a call, gives a result or a failure. Stands on the other files of this folder, which stand on plan and the store's
protocol.
"""

from collections.abc import Callable

import msgspec

from kingpost.call import Actor, Allowance, Call, Failure, Refused, Result
from kingpost.contract.expr import standing
from kingpost.contract.inputs import Values
from kingpost.contract.model import RULE_OF, Operation
from kingpost.engine.asker import believe, vouched
from kingpost.engine.batch import gathered, together
from kingpost.engine.context import Context, along
from kingpost.engine.converse import converse
from kingpost.engine.engine import Engine, Ready
from kingpost.engine.failures import REFUSALS, failure
from kingpost.engine.limits import charge
from kingpost.engine.observe import lap, observe
from kingpost.engine.once import once
from kingpost.engine.prepare import fill, key_of, prepared, read_input
from kingpost.engine.reads import denied, permitted, present, read
from kingpost.engine.writes import change
from kingpost.store.protocol import Program


async def run(engine: Engine, call: Call) -> Result | Failure:
    """Answer one call.

    Args:
        engine: The running backend.
        call: What is asked, by whom, with which values.

    Returns:
        The result, or the failure and its kind; nothing is raised but cancellation.
    """
    allowance: Allowance | None = None
    answered: Result | Failure
    with observe(engine, call) as seen:
        try:
            known = await vouched(engine, call)
            if known is not None:
                return seen.told(*known)
            seen.anew()
            with lap("identity"):
                actor, doubt = await believe(engine, call)
            with lap("limits"):
                allowance = charge(engine.limits, engine.budgets, call, actor)
            if doubt is not None:
                raise doubt
            answered = await answer(engine, call, actor)
        except REFUSALS as refusal:
            answered = seen.failed(failure(engine.contract, refusal), refusal)
        except Exception as error:  # the last resort: the process lives on and the caller learns nothing of why
            answered = seen.broke(error)
    return seen.told(answered, allowance)


async def answer(engine: Engine, call: Call, actor: Actor) -> Result:
    """Answer an actor who is believed: first whether they may ask at all, only then what is wrong with how they ask."""
    operation = engine.contract.operation.get(call.operation)
    if operation is not None and operation.verb is None:
        return await converse(engine, operation, call, actor, answer)
    closed = [each.operation in engine.closed for each in call.parts or (call,)]
    if not actor.signed_in and (any(closed) if call.fault is None else all(closed)):
        raise denied(actor)
    if call.fault is not None:
        raise Refused(call.fault.kind, call.fault.message, *call.fault.details)
    if call.parts:
        return await batch(engine, call, actor)
    assert operation is not None
    if operation.verb in ("get", "list"):
        return await read(engine, operation, call, actor)
    return await write(engine, operation, call, actor)


async def write(engine: Engine, operation: Operation, call: Call, actor: Actor) -> Result:
    """Write in one transaction that also appends the Changes."""
    effect = await stage(engine, operation, call, actor)
    with lap("write"):
        return await engine.store.write(lambda: once(engine, call, actor, effect))


async def batch(engine: Engine, call: Call, actor: Actor) -> Result:
    """Write all the parts of a call in one transaction, or none of them."""
    effects = await gathered(engine, call.parts, lambda operation, part: stage(engine, operation, along(part, call), actor))
    with lap("write"):
        return await engine.store.write(lambda: once(engine, call, actor, lambda: together(engine, effects)))


async def stage(engine: Engine, operation: Operation, call: Call, actor: Actor) -> Callable[[], Program[Result]]:
    """Read the input, plan for the fields it sets, and make all ready for the transaction."""
    resource = engine.contract.resource[operation.resource]
    assert operation.verb is not None
    sent = read_input(engine, operation, call)
    ready = planned(engine, operation, call, sent, actor)
    if RULE_OF[operation.verb] in resource.filled:
        sent = await prepared(engine, resource, operation, sent, Context(engine, actor, call, answer))
        ready = planned(engine, operation, call, sent, actor)
    await present(engine, call.parent, actor)
    values = await fill(engine, resource, operation, sent, actor)
    key = key_of(resource, operation, call, values)
    return lambda: change(engine, ready, resource, values, key, actor, condition=call.condition)


def planned(engine: Engine, operation: Operation, call: Call, sent: Values, actor: Actor) -> Ready:
    """Plan a write for the fields it sets; raises `Refused` where the caller may set them in no row."""
    shape = msgspec.structs.replace(call.shape, given=tuple(sorted(sent)))
    return permitted(engine.ready(operation, shape, standing(actor)), actor)
