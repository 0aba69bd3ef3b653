"""Writes: the rules inside the statement, the counts and links it moves, and its Changes in the same transaction.

Takes stored values and gives programs for a store; nothing here waits for anything. Stands on plan and the store's protocol.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from kingpost.call import ANONYMOUS, Actor, Condition, Detail, Refused, Result
from kingpost.contract.codec import Row
from kingpost.contract.expr import holds
from kingpost.contract.inputs import Values
from kingpost.contract.json import merge
from kingpost.contract.model import Resource
from kingpost.contract.scalars import Invalid, Stored
from kingpost.engine.engine import Engine, Ready
from kingpost.engine.reads import denied, missing
from kingpost.engine.versions import judge, version
from kingpost.plan.query import Cascade, ClearLinked, Delete, Insert, Pointing, Update, Write
from kingpost.store.protocol import Program, Statement

Ids = dict[str, list[Stored]]
Found = dict[tuple[str, Stored], Row]


def change(
    engine: Engine, ready: Ready, resource: Resource, sent: Values, key: Stored, actor: Actor, *, condition: Condition | None
) -> Program[Result]:
    """Write one row.

    Args:
        engine: The running backend.
        ready: The plan of the write.
        resource: Whose row.
        sent: What to set; lists hold the ids of links through tables of pairs.
        key: The row's id; of a new row, the one made for it or None.
        actor: Who writes.
        condition: Which versions of the row the write is for.

    Returns:
        A program that gives the row as the caller may see it.

    Raises:
        Refused: Not found, not allowed, a link that may not be set, or another version; then nothing is changed.
    """
    plan = ready.plan.write
    assert plan is not None
    values: dict[str, Stored] = {"caller": actor.id, "key": key}
    values |= {f"new.{name}": each for name, each in sent.items() if not isinstance(each, list)}
    if ready.whole is not None and condition is None:
        return (yield from create(engine, ready, ready.whole, resource, values, actor))
    before = yield from old(ready, resource, values)
    if before is not None:
        values |= renewed(resource, plan, before, values)
    current = "" if before is None else version(plan.version, before)
    if isinstance(plan.change, Delete):
        assert before is not None
        yield from remove(engine, ready, resource, before, values, actor)
        judge(condition, current)
        return Result()
    rows = yield ready.of(plan.change), values
    if not rows:
        yield from refuse(ready, resource, values, actor)
    judge(condition, current)  # after the rule, so that nobody learns more from a version than from a plain refusal
    row = rows[0]
    after = [row[at] for at in plan.row_at]
    yield from pair(ready, sent, {"caller": actor.id, "key": row[0]})
    yield from tally(ready, resource, before, after)
    paired = {name: each for name, each in sent.items() if isinstance(each, list)}
    yield from record(engine, resource, before, after, actor, paired)
    return Result(ready.plan.output, (row,), key=row[0], version=version(ready.plan.version, row))


def create(
    engine: Engine, ready: Ready, whole: Statement, resource: Resource, values: Mapping[str, Stored], actor: Actor
) -> Program[Result]:
    """Add a row with all that goes with it, in one statement; raises `Refused` as `change` does."""
    told = {
        field.name: values[f"new.{field.name}"] for field in resource.fields if not (field.hidden or field.origin == "serial")
    }
    after = msgspec.json.encode(told).decode()
    if resource.key.origin == "serial":
        after = f",{after[1:]}" if told else "}"  # behind the id, which the store makes
    by = None if actor.id is None else str(actor.id)
    row = (yield whole, {**values, "actor": by, "at": engine.now(), "after": after})[0]
    if row[0] is None:
        yield from refuse(ready, resource, values, actor)
    return Result(ready.plan.output, (row,), key=row[0], version=version(ready.plan.version, row))


def old(ready: Ready, resource: Resource, values: Mapping[str, Stored]) -> Program[Row | None]:
    """Read the row as it is before a write, None for a new one; raises `Refused` for one that the caller may not read."""
    plan = ready.plan.write
    if plan is None or plan.before is None:
        return None
    found = yield ready.of(plan.before), values
    if not found or found[0][len(resource.fields)] != 1:
        raise missing(resource)
    return found[0]


def renewed(resource: Resource, plan: Write, before: Row, values: Mapping[str, Stored]) -> dict[str, Stored]:
    """Give the new values that come of the old ones: what goes up by one, and JSON that is merged into what there is."""
    found: dict[str, Stored] = {}
    for field, was in zip(resource.fields, before, strict=False):
        name = f"new.{field.name}"
        if field.name in plan.raised:
            found[name] = int(was or 0) + 1
        elif field.name in plan.merged and values[name] is not None:
            try:
                found[name] = field.scalar.read(merge(field.scalar.write(was), field.scalar.write(values[name])))
            except Invalid as problem:
                raise Refused("invalid", "Invalid input data", Detail(field.name, str(problem), problem.code)) from problem
    return found


def refuse(ready: Ready, resource: Resource, values: Mapping[str, Stored], actor: Actor) -> Program[None]:
    """Say why nothing was written: first a link that may not be set, then the rule."""
    plan = ready.plan.write
    assert plan is not None
    assert isinstance(plan.change, Insert | Update)
    if plan.explain is not None:
        found = yield ready.of(plan.explain), values
        wrong = [link for link, fine in zip(plan.explain.links, found[0], strict=True) if not fine]
        if wrong:
            raise Refused("invalid", "Invalid input data", *(Detail(link.field, NOTHING_THERE) for link in wrong))
    raise denied(actor, resource.name)


NOTHING_THERE = "Does not exist"


def pair(ready: Ready, sent: Values, values: Mapping[str, Stored]) -> Program[None]:
    """Set the links that go through tables of pairs."""
    plan = ready.plan.write
    assert plan is not None
    for name, unpair, join in plan.pairs:
        ids = sent[name]
        assert isinstance(ids, list)
        yield ready.of(unpair), values
        joined = yield ready.of(join), {**values, "ids": msgspec.json.encode(ids).decode()}
        if len(joined) != len(ids):
            raise Refused("invalid", "Invalid input data", Detail(name, NOTHING_THERE))


def tally(ready: Ready, resource: Resource, before: Row | None, after: Row | None) -> Program[None]:
    """Keep the stored counts that a row counts for."""
    plan = ready.plan.write
    assert plan is not None
    for tallied in plan.tallies:
        if tallied.resource == resource.name:
            amounts: dict[Stored, int] = {}
            for row, amount in ((before, -1), (after, 1)):
                if row is not None:
                    stored: dict[tuple[str, ...], Stored] = {
                        (field.name,): value for field, value in zip(resource.fields, row, strict=False)
                    }
                    parent = stored[(tallied.field,)]
                    if parent is not None and holds(tallied.where, ANONYMOUS, stored.__getitem__):
                        amounts[parent] = amounts.get(parent, 0) + amount
            for parent, amount in amounts.items():
                if amount:
                    yield ready.of(tallied.add), {"key": parent, "amount": amount}


def remove(
    engine: Engine, ready: Ready, resource: Resource, row: Row, values: Mapping[str, Stored], actor: Actor
) -> Program[None]:
    """Remove a row and what hangs on it: the leaves first, each with its own Change."""
    plan = ready.plan.write
    assert plan is not None
    if row[len(resource.fields) + 1] != 1:
        raise denied(actor, resource.name)
    steps = {cascade.resource: cascade for cascade in plan.cascades}
    root = (resource.name, row[0])
    # Every row as it was read: the database lets go by itself of what hangs on two rows that go, or of a circle.
    found: Found = {root: row}
    circles: set[tuple[str, Stored]] = set()
    levels = yield from descend(engine, ready, steps, found, circles, actor)
    for level in reversed(levels):
        for name, ids in level.items():
            yield ready.of(steps[name].remove), {"ids": msgspec.json.encode(ids).decode()}
            for key in ids:
                yield from tally(ready, engine.contract.resource[name], found[name, key], None)
                yield from record(engine, engine.contract.resource[name], found[name, key], None, actor)
    if not (yield ready.of(plan.change), values) and root not in circles:
        raise denied(actor, resource.name)
    yield from tally(ready, resource, found[root], None)
    yield from record(engine, resource, found[root], None, actor)


def descend(
    engine: Engine,
    ready: Ready,
    steps: Mapping[str, Cascade],
    found: Found,
    circles: set[tuple[str, Stored]],
    actor: Actor,
) -> Program[list[Ids]]:
    """Find, level by level, the rows that go with others; those that only point let go, and those that hold on refuse."""
    going: Ids = {name: [key] for name, key in found}
    levels: list[Ids] = []
    while going:
        below: Ids = {}
        for name, ids in going.items():
            parents = {"parents": msgspec.json.encode(ids).decode()}
            for holding in steps[name].restrict:
                if (yield ready.of(holding), parents):
                    title = engine.contract.resource[holding.resource].title.lower()
                    raise Refused("conflict", f"A {title} still points to it")
            for pointing, clear in steps[name].clear:
                freed = yield from let_go(engine, ready, pointing, clear, parents, actor)
                found.update({at: row for at, row in freed.items() if at in found})
            for pointing in steps[name].delete:
                for row in (yield ready.of(pointing), parents):
                    at = (pointing.table.resource, row[0])
                    if at in found:
                        circles.add(at)
                    else:
                        found[at] = row
                        below.setdefault(pointing.table.resource, []).append(row[0])
        if below:
            levels.append(below)
        going = below
    return levels


def let_go(
    engine: Engine, ready: Ready, pointing: Pointing, clear: ClearLinked, parents: Mapping[str, Stored], actor: Actor
) -> Program[Found]:
    """Empty the links to rows that go; gives the rows as they are now."""
    resource = engine.contract.resource[pointing.table.resource]
    before = {row[0]: row for row in (yield ready.of(pointing), parents)}
    after = yield ready.of(clear), {**parents, **{f"new.{name}": engine.now() for name in clear.stamped}}
    for row in after:
        yield from tally(ready, resource, before[row[0]], row)
        yield from record(engine, resource, before[row[0]], row, actor)
    return {(resource.name, row[0]): row for row in after}


def record(
    engine: Engine, resource: Resource, before: Row | None, after: Row | None, actor: Actor, paired: Ids | None = None
) -> Program[None]:
    """Write down what happened to a row and to its pairs, in its own transaction; where nothing did, nothing is written."""
    if before is not None and after is not None and list(before[: len(after)]) == list(after) and not paired:
        return
    kind: Literal["created", "updated", "deleted"] = "created" if before is None else "deleted" if after is None else "updated"
    row = after or before
    assert row is not None
    yield (
        engine.append,
        {
            "resource": resource.name,
            "key": row[0],
            "kind": kind,
            "actor": actor.id,
            "at": engine.now(),
            "before": shown(resource, before),
            "after": shown(resource, after, paired),
        },
    )


def shown(resource: Resource, row: Row | None, paired: Ids | None = None) -> str | None:
    """Write the stored values of a row, without the hidden ones, and its pairs as JSON."""
    if row is None:
        return None
    told = {field.name: value for field, value in zip(resource.fields, row, strict=False) if not field.hidden}
    return msgspec.json.encode({**told, **paired} if paired else told).decode()
