"""Reads: one row, or a page of a list, with whatever is linked to it.

Takes a call and its actor, gives a result. Stands on plan and the store's protocol.
"""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from kingpost.call import Actor, Call, Detail, Parent, Refused, Result, Shape
from kingpost.contract import search
from kingpost.contract.codec import Children, Row
from kingpost.contract.expr import standing
from kingpost.contract.indexes import ordering
from kingpost.contract.model import Contract, Field, Operation, Resource
from kingpost.contract.ranges import end, has_ranges
from kingpost.contract.scalars import Email, Invalid, Stored, fold
from kingpost.engine.engine import Engine, Ready
from kingpost.engine.observe import lap
from kingpost.engine.versions import version
from kingpost.plan.query import Linked, Page
from kingpost.store.protocol import Held, Program, Replica

NOT_FOUND = "There is no such {}"
EXISTS = Shape(fields=("id",))
MOST_ROWS = 25_000
MOST_KEYS = 1_000


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
    if operation.verb == "get":
        return await look(engine, operation, call, actor)
    resource = engine.contract.resource[operation.resource]
    values: dict[str, Stored] = {"caller": actor.id}
    shape = call.shape
    narrowed = narrow(resource, shape, call)
    values["limit"] = limit(resource, call) + 1
    ready = permitted(engine.ready(operation, shape, standing(actor)), actor)
    parent = above(engine, call.parent, actor)
    if call.parent is not None and parent is not None:
        narrowed[f"filter_{call.parent.field}"] = parent[1]
    values |= narrowed
    held = [narrowed[f"filter_{name}"] for name in ready.plan.entry[0]]
    ends = [(each.operator, narrowed[f"range_{each.operator}"]) for each in shape.ranges]
    scope = (operation.name, *ready.plan.entry, held, ends, narrowed.get("words"), actor)
    if call.after:
        assert isinstance(ready.plan.root, Page)
        alike, marks = engine.marks.read(scope, call.after, len(ready.plan.root.order))
        values |= {f"mark_{at}": mark for at, mark in enumerate(marks)}
        # The list is the one the mark was sealed for; which of its keys are null decides the shape of the rest.
        marked = tuple(mark is None for mark in marks)
        ready = engine.ready(operation, msgspec.structs.replace(shape, marked=marked, alike=alike), standing(actor))
    with lap("read"):
        return await place(engine, call, ready, parent).read(lambda: fetch(engine, ready, values, scope, actor, parent))


async def look(engine: Engine, operation: Operation, call: Call, actor: Actor) -> Result:
    """Give one row, or those of many ids that there are for the caller, in the order of the ids; raises `Refused`."""
    resource = engine.contract.resource[operation.resource]
    values: dict[str, Stored] = {"caller": actor.id}
    ready = permitted(engine.ready(operation, call.shape, standing(actor)), actor)
    keys = known(resource, call) if call.shape.among else []
    if call.shape.among:
        values["keys"] = msgspec.json.encode(keys).decode()
    else:
        values["key"] = key(resource, call.key, call.shape.by)
    with lap("read"):
        source = place(engine, call, ready)
        result = await source.read(lambda: fetch(engine, ready, values, (), actor))
        if len(result.rows) < (len(keys) or 1) and source is not engine.store:  # it may have come just now
            result = await engine.store.read(lambda: fetch(engine, ready, values, (), actor))
    if call.shape.among:
        by_key = {row[0]: row for row in result.rows}
        return msgspec.structs.replace(result, rows=tuple(by_key[each] for each in keys if each in by_key))
    if not result.rows:
        raise missing(resource)
    return result


def place(engine: Engine, call: Call, ready: Ready, parent: tuple[Ready, Stored, Resource] | None = None) -> Held | Replica:
    """Say where to read: from a replica only what no rule depends on a row for, so that no right is ever an old one."""
    if engine.positions is None or call.position is None or not ready.decided or (parent and not parent[0].decided):
        return engine.store
    return engine.positions.replica if engine.positions.reached(call.position) else engine.store


def permitted(ready: Ready, actor: Actor) -> Ready:
    """Refuse a plan whose rule is false for every row."""
    if ready.plan.refused:
        raise denied(actor)
    return ready


def missing(resource: Resource) -> Refused:
    """Say that there is no such row, or none that the caller may read."""
    return Refused("not_found", NOT_FOUND.format(resource.title.lower()), about=resource.name)


def denied(actor: Actor, about: str = "") -> Refused:
    """Say no: to someone unknown, come back with a token; to someone known, simply no."""
    if actor.signed_in:
        return Refused("forbidden", "You may not do this", about=about)
    return Refused("unauthenticated", "Access token required")


def key(resource: Resource, text: str, by: str = "id") -> Stored:
    """Read what a row is found by in a call; what no row could have is simply not found."""
    try:
        return sought(resource.field[by], text)
    except Invalid as error:
        raise missing(resource) from error


def known(resource: Resource, call: Call) -> list[Stored]:
    """Read the ids in a call, each once and without those that no row could have; raises `Refused` for too many."""
    if len(call.keys) > MOST_KEYS:
        raise Refused("invalid", "Invalid input data", Detail("id", f"May be at most {MOST_KEYS:,} at once"))
    found: dict[Stored, None] = {}
    for each in call.keys:
        with suppress(Invalid):
            found[sought(resource.key, str(each))] = None
    return list(found)


def sought(field: Field, text: str) -> Stored:
    """Read the text of a value that a row is to have, as it is compared; raises `Invalid`."""
    value = field.scalar.parse(text)
    return fold(str(value)) if isinstance(field.scalar, Email) else value


def narrow(resource: Resource, shape: Shape, call: Call) -> dict[str, Stored]:
    """Read the values a list is narrowed by; raises `Refused` naming every one that does not fit."""
    values: dict[str, Stored] = {}
    problems = []
    for name, text in zip(shape.filters, call.filters, strict=True):
        field = resource.field.get(name)
        if field is None or field.hidden or (call.parent is not None and name == call.parent.field):
            continue  # the planner refuses what is no field, naming the lists there are; a parent's id is read on its own
        try:
            values[f"filter_{name}"] = sought(field, text)
        except Invalid as problem:
            problems.append(Detail(name, str(problem), problem.code))
    for each, text in zip(shape.ranges, call.ranges, strict=True):
        field = resource.field.get(each.field)
        try:
            if field is not None and not field.hidden and has_ranges(field):  # the planner refuses any other
                values[f"range_{each.operator}"] = end(field, text)
        except Invalid as problem:
            problems.append(Detail(each.name, str(problem), problem.code))
    try:
        if shape.search:
            values["words"] = " ".join(search.read(call.words))
    except Invalid as problem:
        problems.append(Detail("q", str(problem), problem.code))
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
        with lap("read"):
            await engine.store.read(lambda: exists(found, actor))


def exists(found: tuple[Ready, Stored, Resource], actor: Actor) -> Program[None]:
    """Look for the row that others hang on."""
    ready, key, resource = found
    assert ready.plan.root is not None
    if not (yield ready.of(ready.plan.root), {"key": key, "caller": actor.id}):
        raise missing(resource)


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
    rows: list[Row] = yield ready.of(plan.root), values
    mark = None
    if isinstance(plan.root, Page):
        most = int(values["limit"] or 0) - 1
        for page in plan.rest:
            if len(rows) <= most:
                rows = [*rows, *(yield ready.of(page), {**values, "limit": most + 1 - len(rows)})]
        if len(rows) > most:
            mark = engine.marks.write(scope, *([row[at] for at in plan.root.order_at] for row in rows[most - 1 : most + 1]))
            rows = rows[:most]
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
    total = (yield ready.of(plan.total), values)[0][0] if plan.total else None
    named = version(plan.version, rows[0]) if plan.version and rows else ""
    counted = None if total is None else int(total)
    return Result(plan.output, tuple(rows), tuple(slots), mark, version=named, total=counted)


def children(engine: Engine, linked: Linked, found: Sequence[Row], actor: Actor) -> Children:
    """Gather linked rows by their parent, with the mark of the page after these."""
    by_parent: dict[Stored, list[Row]] = defaultdict(list)
    marks: dict[Stored, str] = {}
    for row in found:
        by_parent[row[0]].append(row)
    for parent, rows in by_parent.items():
        if len(rows) > linked.most:
            scope = beneath(engine.contract, linked, parent, actor)
            ends = ([row[at] for at in linked.order_at] for row in rows[linked.most - 1 : linked.most + 1])
            marks[parent] = engine.marks.write(scope, *ends)
            del rows[linked.most :]
    return Children(by_parent, marks)


def beneath(contract: Contract, linked: Linked, parent: Stored, actor: Actor) -> tuple[object, ...]:
    """Give the scope of the list that goes on where the rows under a parent end: a declared one, or the plain one by id."""
    resource = contract.resource[linked.table.resource]
    filters = (linked.link,) if isinstance(linked.link, str) else (linked.link.list,)
    declared = (each.sort for each in resource.lists.entries if each.filters == filters and ordering(each) == linked.order)
    return (f"{resource.name}.list", filters, next(declared, ()), [parent], [], None, actor)
