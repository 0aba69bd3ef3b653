"""Calls that have their effect one time: the answer is kept under the caller's name for it, in the effect's own transaction.

A crash leaves both or neither, so whoever never heard the answer may ask again. Stands on the engine and its kept answers.
"""

from collections.abc import Callable

from kingpost.call import Actor, Call, Refused, Result
from kingpost.contract.expr import standing
from kingpost.contract.scalars import Stored
from kingpost.engine.answers import LIFETIME, answered, told
from kingpost.engine.engine import Engine
from kingpost.engine.reads import denied
from kingpost.store.protocol import Program


def once(engine: Engine, call: Call, actor: Actor, effect: Callable[[], Program[Result]]) -> Program[Result]:
    """Do what a call asks unless it was done before under the same name; then give the answer that was given.

    Args:
        engine: The running backend.
        call: The call; one without a name is simply done.
        actor: Whose name it is: nobody meets another's.
        effect: Does it.

    Returns:
        A program that gives the result (the IETF's draft on the Idempotency-Key header).

    Raises:
        Refused: The name was for another input, or the caller has other rights now; and whatever the effect refuses.
    """
    if not call.once:
        return (yield from effect())
    before = yield from recalled(engine, call, actor)
    if before is not None:
        return before
    result = yield from effect()
    yield from kept(engine, call, actor, result)
    return result


def recalled(engine: Engine, call: Call, actor: Actor) -> Program[Result | None]:
    """Find the answer that was given under a call's name; raises `Refused` as `once` does."""
    answers = engine.answers
    sent = answers.sent(call)
    name = answers.name(call, actor, sent)
    found = yield answers.recall, {"name": name, "since": engine.now() - LIFETIME}
    if not found:
        return None
    body, stood, answer = found[0]
    if body != sent:
        raise Refused("mismatch", "This name was given to a call with another input; choose a new one")
    if stood != standing(actor):
        raise denied(actor)
    return told(answers.open(name, str(answer)))


def kept(engine: Engine, call: Call, actor: Actor, result: Result) -> Program[None]:
    """Keep an answer under a call's name."""
    answers, now = engine.answers, engine.now()
    sent = answers.sent(call)
    name = answers.name(call, actor, sent)
    yield answers.forget, {"since": now - LIFETIME}
    values: dict[str, Stored] = {"name": name, "sent": sent, "standing": standing(actor), "at": now}
    yield answers.keep, {**values, "answer": answers.seal(name, answered(result))}
