"""The rows of a seed, written all or none into an empty database, whatever the rules say.

Takes an engine and a seed. Stands on the engine.
"""

from collections.abc import Mapping

from kingpost.call import Actor, Call
from kingpost.cli.seed import BadSeed, Seed, Sown
from kingpost.contract.expr import ALWAYS
from kingpost.contract.model import Contract, Operation
from kingpost.engine.engine import Engine
from kingpost.engine.failures import REFUSALS, failure
from kingpost.engine.run import write
from kingpost.engine.unruled import unruled
from kingpost.plan.query import Branch, Set, Table, Total, Value
from kingpost.store.protocol import MOST_SECONDS, Program

OWNER = Actor(signed_in=True, admin=True)


async def sow(engine: Engine, seed: Seed) -> bool:
    """Write the rows of a seed into an empty database, in one transaction.

    What the app does before it writes is done here as well: it may look at the rows that came earlier.

    Args:
        engine: The running backend.
        seed: The rows.

    Returns:
        Whether it did: not where there is any row already.

    Raises:
        BadSeed: The database refused a row; nothing is written.
    """
    if not seed.rows or not await engine.store.read(lambda: empty(engine)):
        return False
    free = unruled(engine)
    async with engine.store.transaction(MOST_SECONDS) as store:
        inside = free.on(store)
        if not await store.read(lambda: empty(inside)):  # of two that begin at once, one fills it
            return False
        ids: dict[str, object] = {}
        for row in seed.rows:
            try:
                ids[row.label] = await sow_one(inside, row, ids)
            except REFUSALS as refusal:
                raise refused(engine.contract, row, refusal) from refusal
    return True


def empty(engine: Engine) -> Program[bool]:
    """Whether no resource has a row."""
    for resource in engine.contract.resources:
        count = engine.store.prepare(Total(Table(resource.name, (Value("id"),)), (Branch(ALWAYS),), 1))
        found = yield count, {}
        if found[0][0]:
            return False
    return True


async def sow_one(engine: Engine, row: Sown, ids: Mapping[str, object]) -> object:
    """Write one row, its labels being known by now; gives its id as a link names it."""
    links = {name: ids[named] if isinstance(named, str) else [ids[each] for each in named] for name, named in row.links.items()}
    operation = Operation(f"{row.resource.name}.create", row.resource.name, "create")
    made = await write(engine, operation, Call(operation.name, input={**row.sent, **links}), OWNER)
    if row.admin:
        promote = engine.store.prepare(Set(row.resource.name, "admin"))

        def program() -> Program[None]:
            """Make it an admin."""
            yield promote, {"key": made.key, "value": 1, "was": None}

        await engine.store.write(program)
    return row.resource.key.scalar.write(made.key)


def refused(contract: Contract, row: Sown, refusal: Exception) -> BadSeed:
    """Say why the database refused a row."""
    failed = failure(contract, refusal)
    told = [f"{row.place}.{detail.field}: {detail.message}" for detail in failed.details]
    return BadSeed(told or [f"{row.place}: {failed.message}"])
