"""What the statements of an operation cost on the rows there are.

Takes an engine and a call, gives the SQL of its plan with the database's own account of it, and for reads the rows it looked
at. Stands on the engine and the store's protocol.
"""

import msgspec

from kingpost.call import Actor, Call
from kingpost.contract.codec import Row
from kingpost.contract.expr import ALWAYS, Standing
from kingpost.contract.model import Key, Operation
from kingpost.contract.scalars import Stored
from kingpost.engine.engine import Engine, Ready, queries
from kingpost.engine.reads import fetch, limit, narrow
from kingpost.plan.query import Branch, Linked, Page, Query, Table, Value
from kingpost.store.protocol import Measurable, Program, Statement, Values


class Measured(msgspec.Struct, frozen=True):
    """One statement: its text, the database's account of it, and of a read the rows looked at, those returned, and a ratio."""

    sql: str
    explain: tuple[str, ...]
    examined: int | None = None
    returned: int | None = None
    per_row: float | None = None
    sorts: int = 0


async def measure(engine: Engine, operation: Operation, call: Call, role: Standing) -> tuple[Measured, ...]:
    """Measure an operation as someone of a role asks it.

    Args:
        engine: The running backend.
        operation: What is asked, a verb on a resource.
        call: How.
        role: By whom: by the first account there is, or by no one.

    Returns:
        Its statements, in the order in which they run; a write's are not run.
    """
    resource, store = engine.contract.resource[operation.resource], engine.database
    assert isinstance(store, Measurable)
    ready = engine.ready(operation, call.shape, role)
    account = engine.contract.account
    caller = await first(engine, account.name) if account is not None and role != "anonymous" else None
    values: dict[str, Stored] = {"caller": caller, "key": await first(engine, resource.name)}
    if operation.verb not in ("get", "list"):
        found = {ready.of(query).text: query for query in queries(ready.plan)}
        return tuple([Measured(text, await store.explain(query, values)) for text, query in found.items()])
    if operation.verb == "list":
        values |= narrow(resource, call.shape, call) | {"limit": limit(resource, call) + 1}
    actor = Actor(caller, role != "anonymous", role == "admin")
    return tuple(await followed(engine, ready, values, actor))


async def first(engine: Engine, resource: str) -> Stored:
    """Give the id of a resource's first row; none where it has no rows."""
    page = Page(Table(resource, (Value("id"),)), (Branch(ALWAYS),), (Key("id"),), (0,))
    rows = await rows_of(engine, engine.store.prepare(page), {"limit": 1})
    return rows[0][0] if rows else None


async def rows_of(engine: Engine, statement: Statement, values: Values) -> list[Row]:
    """Ask one statement."""

    def program() -> Program[list[Row]]:
        return (yield statement, values)

    return await engine.store.read(program)


async def followed(engine: Engine, ready: Ready, values: dict[str, Stored], actor: Actor) -> list[Measured]:
    """Go through the statements of a read, each with the values that the ones before it gave."""
    assert isinstance(engine.database, Measurable)
    asked: dict[int, Query] = {id(ready.of(query)): query for query in queries(ready.plan)}
    reading = fetch(engine, ready, values, ("show",), actor)
    found = []
    answer: tuple[Statement, Values] | None = next(reading)
    while answer is not None:
        statement, bound = answer
        query = asked[id(statement)]
        seen = await engine.database.examine(query, bound)
        if isinstance(query, Page | Linked):
            each = round(seen.examined / seen.returned, 2) if seen.returned else None
            found.append(Measured(statement.text, seen.plan, seen.examined, seen.returned, each, seen.sorts))
        else:
            found.append(Measured(statement.text, seen.plan))
        try:
            answer = reading.send(await rows_of(engine, statement, bound))
        except StopIteration:
            answer = None
    return found
