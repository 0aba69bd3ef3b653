"""Makes the plan for an operation in a shape under the rule left for a standing.

Takes the contract and a shape, gives a `Plan`; pure. Stands on the ground.
"""

import msgspec

from kingpost.call import Detail, Refused, Shape
from kingpost.contract.expr import ALWAYS, NEVER, Expression, Hole, Standing, Test, every
from kingpost.contract.indexes import alternatives, compared, cover, equalities, granted, impossible, ordering
from kingpost.contract.model import RULE_OF, Contract, Entry, Key, Operation, Resource
from kingpost.plan.layout import Layout
from kingpost.plan.policy import guard, natural, readable
from kingpost.plan.query import Beyond, Branch, Find, Page, Plan, Through, index_name
from kingpost.plan.writes import BY_KEY, write


def door(contract: Contract, operation: Operation, of: Standing) -> Expression:
    """Give what is left of an operation's own rule before any row or input is known.

    Args:
        contract: The contract.
        operation: What is asked.
        of: The caller's standing.

    Returns:
        Never, when this standing is refused whatever else the call says.
    """
    if operation.verb is None:
        return ALWAYS
    return granted(contract.resource[operation.resource].access.get(RULE_OF[operation.verb], ()), of)


def plan(contract: Contract, operation: Operation, shape: Shape, of: Standing) -> Plan:
    """Make the plan.

    Args:
        contract: The contract.
        operation: What is asked, a verb on a resource.
        shape: The reusable half of the call.
        of: The caller's standing.

    Returns:
        The plan; `refused` when the rule left is false for every row.

    Raises:
        Refused: The shape asks for something that is not offered.
    """
    resource = contract.resource[operation.resource]
    layout = Layout(contract, of)
    refused = door(contract, operation, of) == NEVER
    if operation.verb == "get":
        laid = layout.table(resource, shape.fields, include=shape.include)
        known = [guard(resource, name, of) for name in shape.filters]
        find = Find(laid.table, every(BY_KEY, readable(resource, of), *known))
        return finish(layout, Plan(operation.name, refused, find, output=laid.output))
    if operation.verb == "list":
        return page(layout, operation, resource, shape, refused)
    assert operation.verb is not None
    made, output = write(contract, resource, operation.verb, shape, of)
    return Plan(operation.name, refused or never(made.change), write=made, output=output)


def page(layout: Layout, operation: Operation, resource: Resource, shape: Shape, refused: bool) -> Plan:
    """Plan a list; whoever may not read what it narrows or sorts by may not ask for it."""
    contract, of = layout.contract, layout.of
    entry = listed(resource, shape, of)
    order, pairs = ordering(entry), through(contract, entry)
    laid = layout.table(resource, shape.fields, include=shape.include, order=order)
    names = [*(known_by(contract, pairs) if pairs else entry.filters), *(key.field for key in order)]
    guards = [guard(resource, name, of) for name in names]
    parts = branches(resource, entry, readable(resource, of), every(*guards), shape.marked, pairs)
    root = Page(laid.table, parts, order, laid.order_at)
    chosen = (entry.filters, entry.sort)
    return finish(layout, Plan(operation.name, refused or NEVER in guards, root, output=laid.output, entry=chosen))


def never(change: object) -> bool:
    """Whether the rule of a write is false for every row."""
    return any(getattr(change, name, ALWAYS) == NEVER for name in ("rule", "old", "new"))


def finish(layout: Layout, plan: Plan) -> Plan:
    """Add the statements for to-many links."""
    return msgspec.structs.replace(plan, linked=tuple(each for each in layout.linked if each is not None))


def listed(resource: Resource, shape: Shape, of: Standing) -> Entry:
    """Find the declared list that a shape asks for; raises `Refused` naming those there are."""
    if shape.filters and "." in shape.filters[0]:
        return paired(resource, shape)
    asked = frozenset(shape.filters)
    meant = None if shape.sort else natural(resource, asked, of)
    if meant is not None:
        return meant
    for entry in resource.lists.entries:
        sort = entry.sort or (Key("id"),)
        if frozenset(entry.filters) == asked and shape.sort == sort:
            return entry
        if frozenset(entry.filters) == asked and shape.sort == turned(sort):
            return Entry(entry.filters, shape.sort)
    names = {name for entry in resource.lists.entries for name in entry.filters}
    at = next((name for name in shape.filters if name not in names), "sort" if shape.sort else "filter")
    offers = "; ".join(map(said, resource.lists.entries))
    raise Refused("invalid", "Invalid input data", Detail(at, f"Is not offered here. Lists of {resource.name}: {offers}"))


def paired(resource: Resource, shape: Shape) -> Entry:
    """Give the list that goes through a table of pairs, which runs by id alone; raises `Refused` for more."""
    if len(shape.filters) > 1 or shape.sort not in ((), (Key("id"),), (Key("id", True),)):
        message = f"Is not offered here; {resource.name} under {shape.filters[0].partition('.')[0]} are sorted by id"
        raise Refused("invalid", "Invalid input data", Detail("sort" if shape.sort else shape.filters[1], message))
    return Entry(shape.filters, shape.sort)


def through(contract: Contract, entry: Entry) -> Through | None:
    """Give the table of pairs that a list goes through, if it does."""
    holder, _, name = entry.filters[0].partition(".") if entry.filters else ("", "", "")
    if not name:
        return None
    many = contract.resource[holder].many[name]
    return Through(many.through, many.here, many.there, entry.filters[0])


def known_by(contract: Contract, pairs: Through) -> tuple[str, ...]:
    """Give the field of the listed rows that tells of the pairs; none where it is the parent that carries them."""
    holder, _, name = pairs.list.partition(".")
    many = contract.resource[holder].many[name]
    return () if many.writable else (many.field,)


def turned(sort: tuple[Key, ...]) -> tuple[Key, ...]:
    """Give the opposite order."""
    return tuple(Key(key.field, not key.descending) for key in sort)


def said(entry: Entry) -> str:
    """Say a list as its declaration does."""
    sort = ",".join(f"{'-' if key.descending else ''}{key.field}" for key in entry.sort) or "id"
    return f"filter by {', '.join(entry.filters)} and sort by {sort}" if entry.filters else f"sort by {sort}"


def branches(
    resource: Resource,
    entry: Entry,
    rule: Expression,
    guards: Expression,
    marked: tuple[bool, ...] | None,
    pairs: Through | None,
) -> tuple[Branch, ...]:
    """Split a list into parts that each read one index in order: by the rule's alternatives and by the mark's nulls."""
    order = ordering(entry)
    names = () if pairs else entry.filters
    narrowed = [Test((compared(resource, name),), "=", Hole(f"filter_{name}")) for name in names]
    steps: list[tuple[Expression, Beyond | None]] = [(ALWAYS, None)] if marked is None else after(resource, order, marked)
    made = []
    whole = every(guards, rule)
    for condition in (whole,) if pairs else alternatives(whole):  # pairs have one order, so they are read once
        for step, beyond in steps:
            where = every(*narrowed, condition, step)
            if not impossible(where):
                index = None if pairs or "id" in equalities(where) else cover(resource, where, order)
                made.append(Branch(where, beyond, index_name(resource.name, index) if index else "", pairs))
    return tuple(made) or (Branch(NEVER),)


def after(
    resource: Resource, order: tuple[Key, ...], marked: tuple[bool, ...], first: int = 0
) -> list[tuple[Expression, Beyond | None]]:
    """Give the conditions, none overlapping, that together mean "later than the mark in this order".

    Nulls are the smallest values everywhere: first when ascending, last when descending.

    Args:
        resource: Whose rows.
        order: The sort keys, the id last.
        marked: For each key, whether the mark's value is null.
        first: How many leading keys are already known to be equal.

    Returns:
        Pairs of a condition and, where an index can seek it, a comparison of all the keys left.
    """
    rest = order[first:]
    if not rest:
        return []
    key, hole = rest[0], Hole(f"mark_{first}")
    null, known = Test((key.field,), "is null"), Test((key.field,), "is set")
    if seekable(resource, rest):
        return [(ALWAYS, Beyond(rest, first))]
    same = null if marked[first] else Test((key.field,), "=", hole)
    found = [(every(same, step), beyond) for step, beyond in after(resource, order, marked, first + 1)]
    if marked[first]:
        return found if key.descending else [*found, (known, None)]
    found.append((Test((key.field,), "<" if key.descending else ">", hole), None))
    return [*found, (null, None)] if resource.field[key.field].optional and key.descending else found


def seekable(resource: Resource, keys: tuple[Key, ...]) -> bool:
    """Whether an index can seek "later than the mark" for all of these keys at once.

    They must run one way and never be null; and SQLite can not seek a comparison of rows by a serial id, which is its row id.
    """
    if len(keys) > 1 and resource.key.origin == "serial":
        return False
    return len({key.descending for key in keys}) == 1 and not any(resource.field[key.field].optional for key in keys)
