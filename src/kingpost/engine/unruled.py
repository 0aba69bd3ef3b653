"""The engine as it would be if everyone might do everything: for whoever holds the database anyway.

Stands on the engine.
"""

import copy

import msgspec

from kingpost.contract.expr import ALWAYS
from kingpost.contract.model import RULE_OF, VERBS, Grant, Operation
from kingpost.engine.engine import MOST_PLANS, Engine
from kingpost.plan.memo import Memo

EVERYONE = dict.fromkeys(RULE_OF.values(), (Grant(ALWAYS),))


def unruled(engine: Engine) -> Engine:
    """Give an engine on the same store, with the same code and clock, whose every verb is offered to everyone."""
    contract = engine.contract
    resources = tuple(msgspec.structs.replace(each, access=EVERYONE, served=True) for each in contract.resources)
    verbs = [Operation(f"{each.name}.{verb}", each.name, verb) for each in resources for verb in VERBS]
    operations = (*verbs, *(each for each in contract.operations if each.verb is None))
    free = copy.copy(engine)
    free.contract = msgspec.structs.replace(contract, resources=resources, operations=operations)
    free.plans, free.closed = Memo(MOST_PLANS), set()
    free.positions = None
    return free
