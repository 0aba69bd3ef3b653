"""Plans writes: the statement with its rules inside, and what a write entails for links, counts and other rows.

Takes a resource, a verb and a shape; gives a `Write` and how to write its answer. Stands on the ground.
"""

from collections.abc import Iterator

import msgspec

from kingpost.call import Shape
from kingpost.contract.codec import Column, Output
from kingpost.contract.expr import Caller, Expression, Hole, Standing, Test, some
from kingpost.contract.model import RULE_OF, Contract, Resource, Verb
from kingpost.contract.scalars import Json, Password
from kingpost.plan.layout import Layout, Values
from kingpost.plan.policy import readable, writable
from kingpost.plan.query import (
    Add,
    AnyLinked,
    Cascade,
    ClearLinked,
    Create,
    Delete,
    DeleteRows,
    Explain,
    Find,
    Holds,
    Insert,
    Pair,
    Pointing,
    Reachable,
    Table,
    Tallied,
    Through,
    Unpair,
    Update,
    Value,
    Write,
)

BY_KEY = Test(("id",), "=", Hole("key"))


def write(
    contract: Contract, resource: Resource, verb: Verb, shape: Shape, of: Standing
) -> tuple[Write, Output, tuple[Column, ...]]:
    """Plan one write.

    Args:
        contract: The contract.
        resource: Whose row.
        verb: `create`, `replace`, `merge` or `delete`.
        shape: With `given`, the fields to set.
        of: The caller's standing.

    Returns:
        The write, the output of its answer, and what of its row makes up the version.
    """
    rule = writable(resource, RULE_OF[verb], [name for name in shape.given if name in offered(resource)], of)
    if verb == "delete":
        return removal(contract, resource, rule, of), Output(()), ()
    shown = frozenset(shape.given) - {field.name for field in resource.fields if field.hidden}
    layout = Layout(contract, of)
    laid = layout.table(resource, None, written=shown, versioned=True)
    values = Values(0)
    values.items = list(laid.table.items)
    row_at = tuple(values.place(Value(field.name)) for field in resource.fields)
    answer = Table(resource.name, tuple(values.items))
    links = reachable(contract, resource, shape.given, of)  # a link left to its default points to the caller
    made = Write(
        Insert(resource.name, tuple(field.name for field in resource.fields if field.origin != "serial"), rule, links, answer),
        row_at,
        explain=Explain(links) if links else None,
        tallies=tuple(tallied(contract, resource)),
        pairs=tuple(pairs(contract, resource, shape.given, of)),
    )
    planned = creating(made) if verb == "create" else changing(layout, resource, verb, shape.given, made)
    return planned, laid.output, laid.version


def creating(made: Write) -> Write:
    """Complete the plan of a new row; a statement sees no row that it has changed, so it can change none for two counts."""
    assert isinstance(made.change, Insert)
    holders = [tallied.add.resource for tallied in made.tallies]
    if made.pairs or len({*holders}) < len(holders):
        return made
    return msgspec.structs.replace(made, whole=Create(made.change, made.row_at, made.tallies))


def removal(contract: Contract, resource: Resource, rule: Expression, of: Standing) -> Write:
    """Plan a removal, with all that hangs on the row."""
    before, version = old(Layout(contract, of), resource, Holds(readable(resource, of)), Holds(rule))
    closure = tuple(cascades(contract, resource, set()))
    touched = {cascade.resource for cascade in closure}
    touched |= {pointing.table.resource for cascade in closure for pointing, _ in cascade.clear}
    tallies = tuple(each for name in sorted(touched) for each in tallied(contract, contract.resource[name]))
    change = Delete(resource.name, rule, whole(resource))
    return Write(change, tuple(range(len(resource.fields))), before, version, cascades=closure, tallies=tallies)


def old(layout: Layout, resource: Resource, *seen: Holds) -> tuple[Find, tuple[Column, ...]]:
    """Read a row as it was: all of it, what is asked of it, and what makes up its version for the caller."""
    values = Values(0)
    values.items = [*whole(resource).items, *seen]
    version = layout.version(resource, values)
    return Find(Table(resource.name, tuple(values.items)), BY_KEY), version


def changing(layout: Layout, resource: Resource, verb: Verb, given: tuple[str, ...], made: Write) -> Write:
    """Turn the plan of a new row into that of a change to one that there is."""
    assert isinstance(made.change, Insert)
    own = [resource.field[name] for name in given if name in resource.field]
    # A new password ends every token that the old one was good for.
    raised = ("epoch",) if any(isinstance(field.scalar, Password) for field in own) else ()
    merged = tuple(field.name for field in own if verb == "merge" and isinstance(field.scalar, Json))
    fields = (*(field.name for field in own), *stamped(resource), *raised)
    rule, links, answer = made.change.rule, made.change.links, made.change.answer
    before, version = old(layout, resource, Holds(readable(resource, layout.of)))
    return msgspec.structs.replace(
        made,
        change=Update(resource.name, fields, rule, rule, links, answer),
        before=before,
        version=version,
        raised=raised,
        merged=merged,
    )


def pairs(contract: Contract, resource: Resource, given: tuple[str, ...], of: Standing) -> Iterator[tuple[str, Unpair, Pair]]:
    """Give what a write does to tables of pairs, among the rows that the caller may read."""
    for many in resource.manys:
        if many.writable and many.field in given:
            through = Through(many.through, many.here, many.there, f"{resource.name}.{many.name}")
            seen = readable(contract.resource[many.target], of)
            yield many.field, Unpair(through, many.target, seen), Pair(through, many.target, seen)


def offered(resource: Resource) -> frozenset[str]:
    """Give the names that grants may speak of: what a caller may send."""
    return frozenset(
        [field.name for field in resource.fields if field.writable] + [many.field for many in resource.manys if many.writable]
    )


def stamped(resource: Resource) -> tuple[str, ...]:
    """Give the fields that say when a row was last changed."""
    return tuple(field.name for field in resource.fields if field.origin == "updated")


def whole(resource: Resource) -> Table:
    """Read every stored field, in order."""
    return Table(resource.name, tuple(Value(field.name) for field in resource.fields))


def reachable(contract: Contract, resource: Resource, given: tuple[str, ...], of: Standing) -> tuple[Reachable, ...]:
    """Give the links that a write sets, each with who it may point to: rows the caller may read, and the caller."""
    found = []
    for ref in resource.refs:
        if ref.field in given:
            target = contract.resource[ref.target]
            rule = readable(target, of)
            if ref.caller and of != "anonymous":
                rule = some(rule, Test(("id",), "=", Caller()))
            found.append(Reachable(ref.field, target.name, rule, resource.field[ref.field].optional))
    return tuple(found)


def tallied(contract: Contract, resource: Resource) -> Iterator[Tallied]:
    """Give the stored counts, anywhere, that rows of this resource count for."""
    for holder in contract.resources:
        for count in holder.counts:
            back = holder.back[count.back]
            if count.stored and back.source == resource.name:
                yield Tallied(resource.name, back.field, count.where, Add(holder.name, count.name))


def cascades(contract: Contract, resource: Resource, seen: set[str]) -> Iterator[Cascade]:
    """Give what a removal does to other rows, for this resource and every one it reaches."""
    if resource.name in seen:
        return
    seen.add(resource.name)
    links = [(source, ref) for source in contract.resources for ref in source.refs if ref.target == resource.name]
    yield Cascade(
        resource.name,
        DeleteRows(whole(resource)),
        tuple(AnyLinked(source.name, ref.field) for source, ref in links if ref.on_delete == "restrict"),
        tuple(
            (Pointing(whole(source), ref.field), ClearLinked(whole(source), ref.field, stamped(source)))
            for source, ref in links
            if ref.on_delete == "null"
        ),
        tuple(Pointing(whole(source), ref.field) for source, ref in links if ref.on_delete == "cascade"),
    )
    for source, ref in links:
        if ref.on_delete == "cascade":
            yield from cascades(contract, source, seen)
