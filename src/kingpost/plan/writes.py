"""Plans writes: the statement with its rules inside, and what a write entails for links, counts and other rows.

Takes a resource, a verb and a shape; gives a `Write` and how to write its answer. Stands on the ground.
"""

from collections.abc import Iterator

from kingpost.call import Shape
from kingpost.contract.codec import Output
from kingpost.contract.expr import Caller, Hole, Standing, Test, some
from kingpost.contract.model import RULE_OF, Contract, Resource, Verb
from kingpost.contract.scalars import Password
from kingpost.plan.layout import Layout, Values
from kingpost.plan.policy import readable, writable
from kingpost.plan.query import (
    Add,
    AnyLinked,
    Cascade,
    ClearLinked,
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


def write(contract: Contract, resource: Resource, verb: Verb, shape: Shape, of: Standing) -> tuple[Write, Output]:
    """Plan one write.

    Args:
        contract: The contract.
        resource: Whose row.
        verb: `create`, `replace`, `merge` or `delete`.
        shape: With `given`, the fields to set.
        of: The caller's standing.

    Returns:
        The write and the output of its answer.
    """
    rule = writable(resource, RULE_OF[verb], [name for name in shape.given if name in offered(resource)], of)
    seen = (Holds(readable(resource, of)), Holds(rule)) if verb == "delete" else (Holds(readable(resource, of)),)
    before = Find(Table(resource.name, (*whole(resource).items, *seen)), BY_KEY)
    if verb == "delete":
        change = Delete(resource.name, rule, whole(resource))
        closure = tuple(cascades(contract, resource, set()))
        touched = {cascade.resource for cascade in closure}
        touched |= {pointing.table.resource for cascade in closure for pointing, _ in cascade.clear}
        tallies = tuple(each for name in sorted(touched) for each in tallied(contract, contract.resource[name]))
        return Write(change, tuple(range(len(resource.fields))), before, cascades=closure, tallies=tallies), Output(())
    shown = frozenset(shape.given)
    shown -= {field.name for field in resource.fields if field.hidden}
    table, output, _, _ = Layout(contract, of).table(resource, None, written=shown)
    values = Values(0)
    values.items = list(table.items)
    row_at = tuple(values.place(Value(field.name)) for field in resource.fields)
    answer = Table(resource.name, tuple(values.items))
    links = reachable(contract, resource, shape.given, of)  # a link left to its default points to the caller
    explain = Explain(links) if links else None
    pairs = tuple(
        (many.field, Unpair(through, many.target, seen), Pair(through, many.target, seen))
        for many in resource.manys
        if many.writable and many.field in shape.given
        for through in [Through(many.through, many.here, many.there, f"{resource.name}.{many.name}")]
        for seen in [readable(contract.resource[many.target], of)]
    )
    tallies = tuple(tallied(contract, resource))
    if verb == "create":
        fields = tuple(field.name for field in resource.fields if field.origin != "serial")
        insert = Insert(resource.name, fields, rule, links, answer)
        return Write(insert, row_at, explain=explain, tallies=tallies, pairs=pairs), output
    # A new password ends every token that the old one was good for.
    renewed = any(name in shape.given and isinstance(resource.field[name].scalar, Password) for name in resource.field)
    raised = ("epoch",) if renewed else ()
    fields = (*(name for name in shape.given if name in resource.field), *stamped(resource), *raised)
    update = Update(resource.name, fields, rule, rule, links, answer)
    return Write(update, row_at, before, raised, explain, tallies=tallies, pairs=pairs), output


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
