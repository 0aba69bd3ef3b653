"""The parts of a running backend, put together once.

Stands on plan and the store's protocol.
"""

import asyncio
import copy
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from kingpost.call import Call, Shape
from kingpost.contract.expr import NEVER, Standing
from kingpost.contract.model import Contract, Operation
from kingpost.engine.answers import Answers
from kingpost.engine.faults import Faults
from kingpost.engine.identity import Identity
from kingpost.engine.limits import Limits, budgets
from kingpost.engine.marks import Marks
from kingpost.engine.meter import Meter
from kingpost.engine.observe import Tracer, lap
from kingpost.engine.positions import Positions
from kingpost.plan.memo import Memo
from kingpost.plan.planner import door, plan
from kingpost.plan.policy import decided
from kingpost.plan.query import Append, Plan, Query
from kingpost.store.protocol import Held, Statement, Store

MOST_PLANS = 2_000


Code: TypeAlias = Callable[..., Awaitable[Any]]
"""Code of the user's: of an operation, from a context and values to what it gives; of a write, to the values again."""


class Ready:
    """A plan with its statements prepared; `decided` if no row has a say in who may read what.

    `whole` is the statement that does all of a write, where there is one.
    """

    def __init__(self, made: Plan, store: Held) -> None:
        """Prepare every statement of a plan."""
        self.plan = made
        self.decided = made.write is None and all(map(decided, queries(made)))
        # Kept by identity: the plan holds its queries for as long as this lives, and hashing a tree costs more than reading it.
        self.statements: dict[int, Statement] = {id(query): store.prepare(query) for query in queries(made)}
        whole = self.statements[id(made.write.whole)] if made.write is not None and made.write.whole is not None else None
        self.whole = whole if whole is not None and whole.text else None

    def of(self, query: Query) -> Statement:
        """Give the statement of one of the plan's queries."""
        return self.statements[id(query)]


def queries(made: Plan) -> list[Query]:
    """Give every query of a plan."""
    found: list[Query] = [*([made.root] if made.root else []), *([made.total] if made.total else []), *made.rest, *made.linked]
    if made.write is not None:
        write = made.write
        found.append(write.change)
        found += [query for query in (write.before, write.explain, write.whole) if query is not None]
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
        *,
        limits: Limits | None = None,
        timed: bool = False,
        tracer: Tracer | None = None,
        faults: Faults | None = None,
        classes: Mapping[type, str] | None = None,
        journal: Callable[[str], object] | None = None,
    ) -> None:
        """Put the parts together.

        Args:
            contract: What may be asked.
            code: The functions of the operations, by stable name.
            store: Where the rows are.
            secret: At least 32 random bytes, from which every key is derived.
            clock: Gives the seconds since 1970.
            limits: What each client used so far, where other processes count it as well.
            timed: Whether answers tell how long each part of them took.
            tracer: Who is told of every call; None for nobody.
            faults: Who is told why code broke; None for nobody.
            classes: The classes that code sees rows as, with the resources they are of.
            journal: Takes the lines of calls in place of the log; None for the log.
        """
        self.contract, self.code, self.clock = contract, code, clock
        self.database = store
        self.store: Held = store
        self.classes: Mapping[type, str] = classes or {}
        self.kinds = {name: cls for cls, name in self.classes.items()}
        self.limits, self.budgets = limits or Limits(secret, clock), budgets(contract)
        batches = (f"{each.name}.batch" for each in contract.resources)
        self.meter = Meter((*(each.name for each in contract.operations), *batches))
        self.timed, self.tracer, self.faults, self.journal = timed, tracer, faults, journal
        self.began, self.leaving = time.time(), False
        self.identity = Identity(contract, store.first, secret, clock, self.limits)
        self.marks = Marks(secret)
        self.positions = None if store.replica is None else Positions(store.replica, contract, secret, clock)
        self.answers = Answers(store, secret)
        self.append = store.prepare(Append())
        self.statements: Memo[tuple[str, bool], Statement] = Memo(MOST_PLANS)
        self.plans: Memo[tuple[str, Shape, Standing], Ready] = Memo(MOST_PLANS)
        self.turn = asyncio.Lock()
        self.closed = {each.name for each in contract.operations if door(contract, each, "anonymous") == NEVER}

    def ready(self, operation: Operation, shape: Shape, of: Standing) -> Ready:
        """Give the prepared plan for an operation in a shape, made once; raises `Refused` for a shape not on offer."""
        make = lambda: Ready(plan(self.contract, operation, shape, of), self.store)  # noqa: E731  # made only on a miss
        with lap("plan"):
            return self.plans.get((operation.name, shape, of), make)

    def on(self, store: Held) -> "Engine":
        """Give this engine as it is, but on another store: that of a transaction, where all it does stays inside."""
        other = copy.copy(self)
        other.store, other.positions = store, None
        other.identity = self.identity.on(store)
        return other

    def explain(self, where: Call | str, error: Exception) -> None:
        """Tell whoever writes the app, if they are there, what its code broke with: in a call, or under a stable name."""
        if self.faults is not None:
            self.faults.broke(where, error)

    def now(self) -> int:
        """Give the time in microseconds since 1970."""
        return round(self.clock() * 1_000_000)
