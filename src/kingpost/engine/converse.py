"""Hands a call to the code that answers it: who may, what was sent, which row it is on, in the order it asks for.

Takes a call of an operation with code, gives what the code gave in its wire form. Stands on the engine.
"""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any

from kingpost.call import Actor, Call, Detail, Refused, Result, Shape
from kingpost.contract import types
from kingpost.contract.expr import NEVER, standing
from kingpost.contract.model import Operation
from kingpost.engine.code import code
from kingpost.engine.context import LONGEST, Context
from kingpost.engine.engine import Engine
from kingpost.engine.observe import lap
from kingpost.engine.once import kept, recalled
from kingpost.engine.prepare import read_code_input
from kingpost.engine.reads import denied, permitted
from kingpost.engine.rows import Door, Rows
from kingpost.plan.planner import door
from kingpost.store.protocol import Busy, Clash, single
from kingpost.values import Reply

MOST_ATTEMPTS = 10


async def converse(engine: Engine, operation: Operation, call: Call, actor: Actor, answer: Door) -> Result:
    """Answer a call with code.

    Args:
        engine: The running backend.
        operation: What is asked.
        call: The call.
        actor: Who asks.
        answer: What the code's own calls go through.

    Returns:
        What the code gave.

    Raises:
        Refused: The caller may not, the input does not fit, there is no such row; or what the code refuses.
    """
    context = Context(engine, actor, call, answer)
    values = await opened(context, operation)
    if not operation.whole:
        return await spoken(context, operation, values)
    with suppress(Clash):
        return await whole(context, operation, values)
    try:
        async with asyncio.timeout(LONGEST):
            await engine.turn.acquire()  # those that have met others come one after another
    except TimeoutError as error:
        raise Busy("too many change the same") from error
    try:
        for _ in range(MOST_ATTEMPTS):
            with suppress(Clash):
                return await whole(context, operation, values)
    finally:
        engine.turn.release()
    raise Busy("others were always first")


async def whole(context: Context, operation: Operation, values: dict[str, object]) -> Result:
    """Answer in one transaction; raises `Clash` where what it has read was changed by somebody else, and nothing was done."""
    call, actor = context.call, context.actor
    async with context.transaction(LONGEST):
        inside = context.engine
        before = await inside.store.write(lambda: recalled(inside, call, actor)) if call.once else None
        if before is not None:
            return before
        if operation.found_by:
            values = {**values, "self": await found(context, operation)}  # as it is now, and stays until the end
        result = await spoken(context, operation, values)
        if call.once:
            await inside.store.write(lambda: kept(inside, call, actor, result))
        return result


async def opened(context: Context, operation: Operation) -> dict[str, object]:
    """Pass every door in the operation's own order; gives what its code is handed, and raises what is refused."""
    values: dict[str, object] = {}
    for refusal in operation.order:
        if refusal == "access" and door(context.engine.contract, operation, standing(context.actor)) == NEVER:
            raise denied(context.actor, operation.resource)
        if refusal == "input":
            fault = context.call.fault
            if fault is not None:
                raise Refused(fault.kind, fault.message, *fault.details)
            if context.call.once and not operation.whole:
                raise Refused("invalid", "Invalid input data", Detail("Idempotency-Key", "Is not taken here; leave it out"))
            values |= read_code_input(operation, context.call)
        if refusal == "row" and operation.found_by and not context.call.once:  # or, once it was done, it may be gone by now
            values["self"] = await found(context, operation)
    return values


async def found(context: Context, operation: Operation) -> Any:
    """Give the row that an operation is on; raises `Refused` where there is none, or the caller may not do this to it."""
    engine, actor = context.engine, context.actor
    resource = engine.contract.resource[operation.resource]
    get = Call(f"{resource.name}.get", Shape(by=operation.found_by), key=context.call.key)
    rows = Rows[Any](context.ask, engine, resource)
    (row,) = rows.things(await context.ask(get))
    ready = permitted(engine.ready(operation, Shape(), standing(actor)), actor)
    values = {"key": resource.key.scalar.store(row.id), "caller": actor.id}
    assert ready.plan.root is not None
    if not await engine.store.read(partial(single, ready.of(ready.plan.root), values)):
        raise denied(actor, operation.resource)
    return row


async def spoken(context: Context, operation: Operation, values: dict[str, object]) -> Result:
    """Let the code answer, and write what it gives in its wire form."""
    with lap("code"):
        given = await code(context.engine.code[operation.code], context, values)
    reply = given if isinstance(given, Reply) else None
    value = given.value if isinstance(given, Reply) else given
    if reply is not None and value is None:
        return Result(reply=reply)  # a redirection, say, whatever else it gives elsewhere
    return Result(value=types.write(operation.output, value, context.worded), reply=reply)
