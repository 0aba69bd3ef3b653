"""Who asks: believed first, and then answered; or known from before, and vouched for by the very statement that answers.

Takes calls, gives actors and results. Stands on identity, limits and reads.
"""

from functools import lru_cache

import msgspec

from kingpost.call import ANONYMOUS, Actor, Allowance, Call, Refused, Result, Shape
from kingpost.contract.expr import standing
from kingpost.contract.model import Operation
from kingpost.contract.scalars import Stored
from kingpost.engine.engine import MOST_PLANS, Engine
from kingpost.engine.limits import charge, refund
from kingpost.engine.observe import lap
from kingpost.engine.reads import fetch, key, permitted


async def believe(engine: Engine, call: Call) -> tuple[Actor, Refused | None]:
    """Say who asks; a token that is not believed comes along as a doubt, which is told once the call is paid for."""
    try:
        return await engine.identity.believe(call.token), None
    except Refused as doubt:
        return ANONYMOUS, doubt


async def vouched(engine: Engine, call: Call) -> tuple[Result, Allowance | None] | None:
    """Answer a get by who is known from before with one statement: it reads the row, and what the account is at that moment.

    Args:
        engine: The running backend.
        call: The call.

    Returns:
        The row and what is left of the caller's budget; None where the call is to be answered in the usual way, as the caller
        is not known, is not what they were, or there is no such row for them. Then nothing was taken from any budget.
    """
    operation = engine.contract.operation.get(call.operation)
    if call.token is None or operation is None or not answerable(engine, operation, call):
        return None
    with lap("identity"):
        known = engine.identity.recognised(call.token)
    if known is None:
        return None
    actor, seal = known
    try:
        with lap("limits"):
            allowance = charge(engine.limits, engine.budgets, call, actor)
    except Refused:
        return None  # who has nothing left may no longer be who they were
    same = False
    try:
        result = await sealed(engine, operation, call, actor)
        same = bool(result.rows) and result.rows[0][-1] == seal
        if result.rows and not same:
            engine.identity.forget(actor)
    except Refused:
        return None
    finally:
        if not same:  # nor does anyone pay for what a busy store did not answer
            refund(engine.limits, engine.budgets, call, actor)
    return (result, allowance) if same else None


def answerable(engine: Engine, operation: Operation, call: Call) -> bool:
    """Whether a call is for one row, and answered by the rows themselves: a replica's may tell of an account as it was."""
    return operation.verb == "get" and call.fault is None and not call.shape.among and engine.positions is None


@lru_cache(MOST_PLANS)
def vouching(shape: Shape) -> Shape:
    """Give a shape that asks for the caller's account too."""
    return msgspec.structs.replace(shape, vouched=True)


async def sealed(engine: Engine, operation: Operation, call: Call, actor: Actor) -> Result:
    """Read the row, with the seal of the actor's account at its end; raises `Refused` where it is not offered or allowed."""
    resource = engine.contract.resource[operation.resource]
    ready = permitted(engine.ready(operation, vouching(call.shape), standing(actor)), actor)
    values: dict[str, Stored] = {"caller": actor.id, "key": key(resource, call.key, call.shape.by)}
    with lap("read"):
        return await engine.store.read(lambda: fetch(engine, ready, values, (), actor))
