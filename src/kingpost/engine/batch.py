"""Several calls in one transaction: all of them are done, or none.

Takes the parts of a call, gives one program; a refusal says which part it was. Stands on the engine.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import msgspec

from kingpost.call import Call, Detail, Refused, Result
from kingpost.contract.inputs import MOST_PROBLEMS, Unfit
from kingpost.contract.model import Operation
from kingpost.engine.engine import Engine
from kingpost.engine.failures import failure, within
from kingpost.store.protocol import Conflict, Program

Effect: TypeAlias = Callable[[], Program[Result]]
OWN = (Refused, Unfit, Conflict)
"""What one part alone is refused for; whatever else a store raises, it raises for all."""


async def gathered(
    engine: Engine, parts: Sequence[Call], stage: Callable[[Operation, Call], Awaitable[Effect]]
) -> tuple[Effect, ...]:
    """Make every part ready.

    Args:
        engine: The running backend.
        parts: The calls.
        stage: Makes one ready.

    Returns:
        What each part does.

    Raises:
        Refused: With what is wrong with the inputs of all parts, as far as anyone reads it, or else the first other refusal.
    """
    effects: list[Effect] = []
    wrong: list[Detail] = []
    for number, part in enumerate(parts):
        try:
            if part.fault is not None:
                raise Refused(part.fault.kind, part.fault.message, *part.fault.details)
            effects.append(await stage(engine.contract.operation[part.operation], part))
        except OWN as refusal:
            found = told(engine, number, refusal)
            if found.failure.kind != "invalid":
                raise found from refusal
            wrong += found.failure.details
    if wrong:
        raise Refused("invalid", "Invalid input data", *wrong[:MOST_PROBLEMS])
    return tuple(effects)


def together(engine: Engine, effects: Sequence[Effect]) -> Program[Result]:
    """Do one part after the other; the first refusal ends it all, and says which it was."""
    results: list[Result] = []
    for number, effect in enumerate(effects):
        try:
            results.append((yield from joined(effect())))
        except OWN as refusal:
            raise told(engine, number, refusal) from refusal
    return Result(parts=tuple(results))


def joined(program: Program[Result]) -> Program[Result]:
    """Let a program be a part of another: none of its statements is the only one."""
    try:
        statement, values = next(program)
        while True:
            found = yield msgspec.structs.replace(statement, sole=False), values
            statement, values = program.send(found)
    except StopIteration as stop:
        result: Result = stop.value
        return result


def told(engine: Engine, number: int, refusal: Exception) -> Refused:
    """Refuse as a part was refused, and say which it was."""
    failed = within(number, failure(engine.contract, refusal))
    return Refused(failed.kind, failed.message, *failed.details, retry_after=failed.retry_after)
