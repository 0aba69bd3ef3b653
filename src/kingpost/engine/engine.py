"""The parts of a running backend, put together once.

Stands on plan and the store's protocol.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, TypeAlias

from kingpost.call import Actor, Shape
from kingpost.contract.expr import NEVER, Standing
from kingpost.contract.model import Contract, Operation
from kingpost.engine.identity import Identity
from kingpost.engine.marks import Marks
from kingpost.plan.memo import Memo
from kingpost.plan.planner import door, plan
from kingpost.plan.query import Append, Plan, Query
from kingpost.store.protocol import Statement, Store

MOST_PLANS = 2_000


class Conversation(Protocol):
    """What code of an operation may do."""

    actor: Actor

    async def sign_in(self, email: str, password: str) -> Mapping[str, object]:
        """Exchange a password for an access token."""


Code: TypeAlias = Callable[[Conversation, Mapping[str, object]], Awaitable[Mapping[str, object]]]


class Ready:
    """A plan with its statements prepared."""

    def __init__(self, made: Plan, store: Store) -> None:
        """Prepare every statement of a plan."""
        self.plan = made
        # Kept by identity: the plan holds its queries for as long as this lives, and hashing a tree costs more than reading it.
        self.statements: dict[int, Statement] = {id(query): store.prepare(query) for query in queries(made)}

    def of(self, query: Query) -> Statement:
        """Give the statement of one of the plan's queries."""
        return self.statements[id(query)]


def queries(made: Plan) -> list[Query]:
    """Give every query of a plan."""
    found: list[Query] = [*([made.root] if made.root else []), *made.linked]
    if made.write is not None:
        write = made.write
        found.append(write.change)
        found += [query for query in (write.before, write.explain) if query is not None]
        for cascade in write.cascades:
            found += [cascade.remove, *cascade.restrict, *cascade.delete]
            for pointing, clear in cascade.clear:
                found += [pointing, clear]
        found += [tallied.add for tallied in write.tallies]
        for _, unpair, join in write.pairs:
            found += [unpair, join]
    return found


class Engine:
    """A contract, its code, a store, who is who, and what was planned so far."""

    def __init__(
        self,
        contract: Contract,
        code: Mapping[str, Code],
        store: Store,
        secret: bytes,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Put the parts together.

        Args:
            contract: What may be asked.
            code: The functions of the operations, by stable name.
            store: Where the rows are.
            secret: At least 32 random bytes, from which every key is derived.
            clock: Gives the seconds since 1970.
        """
        self.contract, self.code, self.store, self.clock = contract, code, store, clock
        self.identity = Identity(contract, store, secret, clock)
        self.marks = Marks(secret)
        self.append = store.prepare(Append())
        self.plans: Memo[tuple[str, Shape, Standing], Ready] = Memo(MOST_PLANS)
        self.closed = {each.name for each in contract.operations if door(contract, each, "anonymous") == NEVER}

    def ready(self, operation: Operation, shape: Shape, of: Standing) -> Ready:
        """Give the prepared plan for an operation in a shape, made once; raises `Refused` for a shape not on offer."""
        make = lambda: Ready(plan(self.contract, operation, shape, of), self.store)  # noqa: E731  # made only on a miss
        return self.plans.get((operation.name, shape, of), make)

    def now(self) -> int:
        """Give the time in microseconds since 1970."""
        return int(self.clock() * 1_000_000)
