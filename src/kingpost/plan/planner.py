"""Makes the plan for an operation in a shape under the rule left for a standing.

Takes the contract and a shape, gives a `Plan`; pure. Stands on the ground.
"""

from typing import NamedTuple, TypeAlias

import msgspec

from kingpost.call import MOST_COUNTED, Detail, Range, Refused, Shape
from kingpost.contract.expr import ALWAYS, NEVER, Expression, Hole, Standing, Test, every
from kingpost.contract.indexes import alone, alternatives, compared, cover, equalities, granted, impossible, ordering
from kingpost.contract.model import RULE_OF, Contract, Entry, Key, Operation, Resource
from kingpost.contract.ranges import LOWER, OPERATORS, UPPER, has_ranges
from kingpost.plan.layout import Layout
from kingpost.plan.policy import guard, natural, readable
from kingpost.plan.query import Among, Beyond, Branch, Find, Page, Plan, Table, Through, Total, Value, index_name
from kingpost.plan.writes import BY_KEY, write

FIRST = "; a range is of what a list is sorted by first"


Step: TypeAlias = tuple[Expression, Beyond | None]
"""One stretch of a list: a condition, and where an index can seek it, a comparison of all the keys left."""


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
        return granted(operation.access, of)
    return granted(contract.resource[operation.resource].access.get(RULE_OF[operation.verb], ()), of)


def plan(contract: Contract, operation: Operation, shape: Shape, of: Standing) -> Plan:
    """Make the plan.

    Args:
        contract: The contract.
        operation: What is asked: a verb on a resource, or code on a row, of which it is planned who may.
        shape: The reusable half of the call.
        of: The caller's standing.

    Returns:
        The plan; `refused` when the rule left is false for every row.

    Raises:
        Refused: The shape asks for something that is not offered.
    """
    resource = contract.resource[operation.resource]
    layout = Layout(contract, of)
    rule = door(contract, operation, of)
    refused = rule == NEVER
    if operation.verb is None:
        return Plan(operation.name, refused, Find(Table(resource.name, (Value("id"),)), every(BY_KEY, rule)))
    if operation.verb == "get":
        return look(layout, operation, resource, shape, refused)
    if operation.verb == "list":
        return page(layout, operation, resource, shape, refused)
    assert operation.verb is not None
    made, output, version = write(contract, resource, operation.verb, shape, of)
    return Plan(operation.name, refused or never(made.change), write=made, output=output, version=version)


def look(layout: Layout, operation: Operation, resource: Resource, shape: Shape, refused: bool) -> Plan:
    """Plan the look at one row, or at those of many ids; whoever may not read what it is found by finds nothing."""
    of, by = layout.of, shape.by
    if not alone(resource, by) or (shape.among and by != "id"):
        unique = ", ".join(field.name for field in resource.fields if alone(resource, field.name))
        raise Refused(
            "invalid", "Invalid input data", Detail(by[:100], f"Finds no single row; of {resource.name} these do: {unique}")
        )
    laid = layout.table(resource, shape.fields, include=shape.include, versioned=not shape.among)
    seen = every(readable(resource, of), *(guard(resource, name, of) for name in (by, *shape.filters)))
    if shape.among:
        return finish(layout, Plan(operation.name, refused, Among(laid.table, seen), output=laid.output))
    found = every(Test((compared(resource, by),), "=", Hole("key")), seen)
    accounts = layout.contract.account.name if shape.vouched and layout.contract.account is not None else ""
    root = Find(laid.table, found, accounts)
    return finish(layout, Plan(operation.name, refused, root, output=laid.output, version=laid.version))


def page(layout: Layout, operation: Operation, resource: Resource, shape: Shape, refused: bool) -> Plan:
    """Plan a list; whoever may not read what it narrows or sorts by may not ask for it."""
    contract, of = layout.contract, layout.of
    entry = searched(resource, shape) if shape.search else listed(resource, shape, of)
    within(resource, shape, entry)
    order, pairs = ordering(entry), through(contract, entry)
    laid = layout.table(resource, shape.fields, include=shape.include, order=order)
    names = [*(known_by(contract, pairs) if pairs else entry.filters), *(key.field for key in order)]
    guards = [guard(resource, name, of) for name in (*names, *(resource.lists.search if shape.search else ()))]
    whole = every(*guards, readable(resource, of))
    split = Split(resource, entry, whole, pairs, resource.lists.search if shape.search else ())
    found = [parts for step in steps(resource, order, shape) if (parts := branches(split, step))] or [(Branch(NEVER),)]
    root, *rest = (Page(laid.table, parts, order, laid.order_at) for parts in found)
    total = None
    if shape.total:
        (start,) = steps(resource, order, msgspec.structs.replace(shape, marked=None))
        total = Total(Table(resource.name, (Value("id"),)), branches(split, start) or (Branch(NEVER),), MOST_COUNTED)
    made = Plan(operation.name, refused or NEVER in guards, root, tuple(rest), total, output=laid.output)
    return finish(layout, msgspec.structs.replace(made, entry=(entry.filters, entry.sort)))


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
    meant = None if shape.sort or shape.ranges else natural(resource, asked, of)
    if meant is not None:
        return meant
    for entry in resource.lists.entries:
        sort = entry.sort or (Key("id"),)
        # A range that comes without an order means the list that is in the order of what the range is of.
        named = shape.sort == sort if shape.sort else sort[0].field == shape.ranges[0].field if shape.ranges else False
        if frozenset(entry.filters) == asked and named:
            return entry
        if frozenset(entry.filters) == asked and shape.sort == turned(sort):
            return Entry(entry.filters, shape.sort)
    stranger = next((name for name in shape.filters if name not in resource.filters), "")
    if shape.ranges and not shape.sort and not stranger:
        raise unoffered(resource, shape.ranges[0].name, FIRST)
    raise unoffered(resource, stranger or ("sort" if shape.sort else "filter"))


def unoffered(resource: Resource, name: str, more: str = "") -> Refused:
    """Refuse what no list offers, naming those there are."""
    offers = "; ".join(map(said, resource.lists.entries))
    message = f"Is not offered here. Lists of {resource.name}: {offers}{more}"
    return Refused("invalid", "Invalid input data", Detail(name, message))


def within(resource: Resource, shape: Shape, entry: Entry) -> None:
    """Refuse ranges of anything but what the list is sorted by first, and a second end of the same side."""
    sides: dict[bool, Range] = {}
    for each in shape.ranges:
        if each.field != ordering(entry)[0].field or not has_ranges(resource.field[each.field]):
            raise unoffered(resource, each.name, FIRST)
        other = sides.setdefault(OPERATORS[each.operator] in LOWER, each)
        if other is not each:
            raise Refused("invalid", "Invalid input data", Detail(each.name, f"Can not be combined with {other.name}"))


def searched(resource: Resource, shape: Shape) -> Entry:
    """Give the list of what a search finds, the newest first; raises `Refused` for more than can be asked of it.

    It is never in the order of relevance: how rare a word is tells of rows that the caller may not read.
    """
    if not resource.lists.search:
        raise Refused("invalid", "Invalid input data", Detail("q", f"Is not offered here; {resource.name} are not searched"))
    for name in [*(["sort"] if shape.sort else []), *(each.name for each in shape.ranges)]:
        raise Refused("invalid", "Invalid input data", Detail(name, "Can not be combined with q; what is found comes by id"))
    if shape.filters and "." in shape.filters[0]:
        return Entry(paired(resource, shape).filters, (Key("id", True),))
    for name in shape.filters:
        if name not in resource.filters:
            raise unoffered(resource, name)
    return Entry(shape.filters, (Key("id", True),))


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


class Split(NamedTuple):
    """What a list is split into branches by: all of it but where it begins."""

    resource: Resource
    entry: Entry
    rule: Expression
    pairs: Through | None
    search: tuple[str, ...]


def branches(split: Split, step: Step) -> tuple[Branch, ...]:
    """Split one step of a list by the rule's alternatives into parts that each read one index in order."""
    resource, order = split.resource, ordering(split.entry)
    names = () if split.pairs else split.entry.filters
    narrowed = [Test((compared(resource, name),), "=", Hole(f"filter_{name}")) for name in names]
    single = split.pairs is not None or split.search != ()  # what has one order is read once
    made = []
    for condition in (split.rule,) if single else alternatives(split.rule):
        where = every(*narrowed, condition, step[0])
        if not impossible(where):
            index = None if single or "id" in equalities(where) else cover(resource, where, order)
            name = index_name(resource.name, index) if index else ""
            made.append(Branch(where, step[1], name, split.pairs, split.search))
    return tuple(made)


def steps(resource: Resource, order: tuple[Key, ...], shape: Shape) -> list[Step]:
    """Give the conditions, none overlapping and in order, that together mean "in the range, and later than the mark"."""
    ends = [Test((each.field,), OPERATORS[each.operator], Hole(f"range_{each.operator}")) for each in shape.ranges]
    if shape.marked is None:
        return [(every(*ends), None)]
    if not ends:
        return after(resource, order, shape)
    # The mark is in the range, so it says all that the near end does and an index is sought by it alone; nulls are in none.
    fields = [msgspec.structs.replace(each, optional=each.optional and each.name != order[0].field) for each in resource.fields]
    known = msgspec.structs.replace(resource, fields=tuple(fields))
    far = every(*(each for each in ends if each.operator in (LOWER if order[0].descending else UPPER)))
    found = after(known, order, shape)
    return [(step if order[0].field in equalities(step) else every(step, far), beyond) for step, beyond in found]


def after(resource: Resource, order: tuple[Key, ...], shape: Shape, first: int = 0) -> list[Step]:
    """Give the conditions, none overlapping and in order, that together mean "later than the mark in this order".

    Nulls are the smallest values everywhere: first when ascending, last when descending. Where the row after the mark shares
    none of its keys, no row can share more, and it is enough to go on beyond the first.

    Args:
        resource: Whose rows.
        order: The sort keys, the id last.
        shape: With the keys of the mark that are null, and how many of the first ones the next row shares.
        first: How many leading keys are already known to be equal.

    Returns:
        Pairs of a condition and, where an index can seek it, a comparison of all the keys left.
    """
    assert shape.marked is not None
    rest = order[first:]
    if not rest:
        return []
    key, hole = rest[0], Hole(f"mark_{first}")
    null, known = Test((key.field,), "is null"), Test((key.field,), "is set")
    if seekable(resource, rest):
        return [(ALWAYS, Beyond(rest, first))]
    same = null if shape.marked[first] else Test((key.field,), "=", hole)
    below = after(resource, order, shape, first + 1) if first < shape.alike else []
    found = [(every(same, step), beyond) for step, beyond in below]
    if shape.marked[first]:
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
