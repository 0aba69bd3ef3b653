"""Reads: one row, or a page of a list, with whatever is linked to it.

Takes a call and its actor, gives a result. Stands on plan and the store's protocol.
"""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from kingpost.call import Actor, Call, Detail, Parent, Refused, Result, Shape
from kingpost.contract.codec import Children, Row
from kingpost.contract.expr import standing
from kingpost.contract.indexes import ordering
from kingpost.contract.model import Contract, Operation, Resource
from kingpost.contract.scalars import Email, Invalid, Stored, fold
from kingpost.engine.engine import Engine, Ready
from kingpost.plan.query import Linked, Page
from kingpost.store.protocol import Program

NOT_FOUND = "There is no such {}"
EXISTS = Shape(fields=("id",))
MOST_ROWS = 25_000


async def read(engine: Engine, operation: Operation, call: Call, actor: Actor) -> Result:
    """Answer a get or a list.

    Args:
        engine: The running backend.
        operation: What is asked.
        call: The call.
        actor: Who asks.

    Returns:
        The rows.

    Raises:
        Refused: Not found, not offered or not allowed.
    """
    resource = engine.contract.resource[operation.resource]
    values: dict[str, Stored] = {"caller": actor.id}
    shape = call.shape
    if operation.verb == "get":
        ready = permitted(engine.ready(operation, shape, standing(actor)), actor)
        values["key"] = key(resource, call.key)
        result = await engine.store.read(lambda: fetch(engine, ready, values, (), actor))
        if not result.rows:
            raise Refused("not_found", NOT_FOUND.format(resource.title.lower()))
        return result
    narrowed = narrow(resource, shape, call)
    values["limit"] = limit(resource, call) + 1
    ready = permitted(engine.ready(operation, shape, standing(actor)), actor)
    parent = above(engine, call.parent, actor)
    if call.parent is not None and parent is not None:
        narrowed[f"filter_{call.parent.field}"] = parent[1]
    values |= narrowed
    scope = (operation.name, *ready.plan.entry, [narrowed[f"filter_{name}"] for name in ready.plan.entry[0]], actor)
    if call.after:
        assert isinstance(ready.plan.root, Page)
        marks = engine.marks.read(scope, call.after, len(ready.plan.root.order))
        values |= {f"mark_{at}": mark for at, mark in enumerate(marks)}
        # The list is the one the mark was sealed for; which of its keys are null decides the shape of the rest.
        marked = tuple(mark is None for mark in marks)
        ready = engine.ready(operation, msgspec.structs.replace(shape, marked=marked), standing(actor))
    return await engine.store.read(lambda: fetch(engine, ready, values, scope, actor, parent))


def permitted(ready: Ready, actor: Actor) -> Ready:
    """Refuse a plan whose rule is false for every row."""
    if ready.plan.refused:
        raise denied(actor)
    return ready


def denied(actor: Actor) -> Refused:
    """Say no: to someone unknown, come back with a token; to someone known, simply no."""
    if actor.signed_in:
        return Refused("forbidden", "You may not do this")
    return Refused("unauthenticated", "Access token required")


def key(resource: Resource, text: str) -> Stored:
    """Read the id in a call; one that no row could have is simply not found."""
    try:
        return resource.key.scalar.parse(text)
    except Invalid as error:
        raise Refused("not_found", NOT_FOUND.format(resource.title.lower())) from error


def narrow(resource: Resource, shape: Shape, call: Call) -> dict[str, Stored]:
    """Read the values a list is narrowed by; raises `Refused` naming every one that does not fit."""
    values: dict[str, Stored] = {}
    problems = []
    for name, text in zip(shape.filters, call.filters, strict=True):
        field = resource.field.get(name)
        if field is None or field.hidden or (call.parent is not None and name == call.parent.field):
            continue  # the planner refuses what is no field, naming the lists there are; a parent's id is read on its own
        try:
            value = field.scalar.parse(text)
            values[f"filter_{name}"] = fold(str(value)) if isinstance(field.scalar, Email) else value
        except Invalid as problem:
            problems.append(Detail(name, str(problem)))
    if problems:
        raise Refused("invalid", "Invalid input data", *problems)
    return values


def limit(resource: Resource, call: Call) -> int:
    """Give how many rows a page is to have; raises `Refused`."""
    wanted = resource.lists.page if call.limit is None else call.limit
    if not 1 <= wanted <= resource.lists.most:
        raise Refused("invalid", "Invalid input data", Detail("limit", f"Must be from 1 to {resource.lists.most}"))
    return wanted


def above(engine: Engine, parent: Parent | None, actor: Actor) -> tuple[Ready, Stored, Resource] | None:
    """Prepare the look at the row a list hangs on."""
    if parent is None:
        return None
    resource = engine.contract.resource[parent.resource]
    operation = engine.contract.operation[f"{resource.name}.get"]
    many = resource.many.get(parent.field.partition(".")[2])
    # Whose rows carry the pairs is whose field tells of them: who may not read it is told of no such list.
    shape = Shape(fields=("id",), filters=(many.field,)) if many is not None and many.writable else EXISTS
    return permitted(engine.ready(operation, shape, standing(actor)), actor), key(resource, parent.key), resource


async def present(engine: Engine, parent: Parent | None, actor: Actor) -> None:
    """Refuse a row that is to be reached through one the caller may not read."""
    found = above(engine, parent, actor)
    if found is not None:
        await engine.store.read(lambda: exists(found, actor))


def exists(found: tuple[Ready, Stored, Resource], actor: Actor) -> Program[None]:
    """Look for the row that others hang on."""
    ready, key, resource = found
    assert ready.plan.root is not None
    if not (yield ready.of(ready.plan.root), {"key": key, "caller": actor.id}):
        raise Refused("not_found", NOT_FOUND.format(resource.title.lower()))


def fetch(
    engine: Engine,
    ready: Ready,
    values: dict[str, Stored],
    scope: tuple[object, ...],
    actor: Actor,
    parent: tuple[Ready, Stored, Resource] | None = None,
) -> Program[Result]:
    """Read the rows, then each to-many link for all of them at once."""
    if parent is not None:
        yield from exists(parent, actor)
    plan = ready.plan
    assert plan.root is not None
    rows: Sequence[Row] = yield ready.of(plan.root), values
    mark = None
    if isinstance(plan.root, Page):
        most = int(values["limit"] or 0) - 1
        if len(rows) > most:
            rows = rows[:most]
            mark = engine.marks.write(scope, [rows[-1][at] for at in plan.root.order_at])
    slots: list[Children] = []
    # How often each row will stand in the answer: a row stands once under each row that it is linked to.
    placed: dict[int, list[tuple[Row, int]]] = {-1: [(row, 1) for row in rows]} if plan.linked else {}
    for slot, linked in enumerate(plan.linked):
        times: dict[Stored, int] = defaultdict(int)
        for row, often in placed[linked.parent]:
            if row[linked.parent_at] is not None:
                times[row[linked.parent_at]] += often
        found: Sequence[Row] = ()
        if times:
            found = yield ready.of(linked), {"caller": actor.id, "parents": msgspec.json.encode(list(times)).decode()}
        slots.append(children(engine, linked, found, actor))
        placed[slot] = [(row, times[row[0]]) for under in slots[-1].rows.values() for row in under]
        if sum(often for below in placed.values() for _, often in below) > MOST_ROWS:
            raise Refused("invalid", "Invalid input data", Detail("include", f"Asks for more than {MOST_ROWS} rows at once"))
    return Result(plan.output, tuple(rows), tuple(slots), mark)


def children(engine: Engine, linked: Linked, found: Sequence[Row], actor: Actor) -> Children:
    """Gather linked rows by their parent, with the mark of the page after these."""
    by_parent: dict[Stored, list[Row]] = defaultdict(list)
    marks: dict[Stored, str] = {}
    for row in found:
        by_parent[row[0]].append(row)
    for parent, rows in by_parent.items():
        if len(rows) > linked.most:
            del rows[linked.most :]
            scope = beneath(engine.contract, linked, parent, actor)
            marks[parent] = engine.marks.write(scope, [rows[-1][at] for at in linked.order_at])
    return Children(by_parent, marks)


def beneath(contract: Contract, linked: Linked, parent: Stored, actor: Actor) -> tuple[object, ...]:
    """Give the scope of the list that goes on where the rows under a parent end: a declared one, or the plain one by id."""
    resource = contract.resource[linked.table.resource]
    filters = (linked.link,) if isinstance(linked.link, str) else (linked.link.list,)
    declared = (each.sort for each in resource.lists.entries if each.filters == filters and ordering(each) == linked.order)
    return (f"{resource.name}.list", filters, next(declared, ()), [parent], actor)
