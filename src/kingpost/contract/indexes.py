"""Which index serves which list, decided once for the schema, the plans and the checks.

Takes a resource, gives the indexes that its lists and rules need. Stands on the model and expressions.
"""

from collections.abc import Iterator

import msgspec

from kingpost.contract.expr import (
    ALWAYS,
    NEVER,
    STANDINGS,
    Every,
    Expression,
    Fixed,
    Hole,
    Some,
    Standing,
    Test,
    every,
    negate,
    residual,
    some,
    tests,
    unless,
)
from kingpost.contract.model import Entry, Field, Grant, Index, Key, Resource, folded
from kingpost.contract.scalars import Boolean, Choice, Date, Datetime, Decimal, Email, Integer, Text, Uuid

MOST_ALTERNATIVES = 4
MOST_BYTES = 2_600
"""What an entry of an index may take in any database; PostgreSQL takes 2,704, and some of them for itself."""


def granted(grants: tuple[Grant, ...], of: Standing, field: str | None = None) -> Expression:
    """Give the rule left for a standing: for the row, or for one of its fields."""
    return some(
        *(residual(grant.rule, of) for grant in grants if field is None or grant.fields is None or field in grant.fields)
    )


def compared(resource: Resource, name: str) -> str:
    """Give the field that equality with this one compares: its folded form where it has one."""
    key = folded(resource.field[name])
    return name if key is None else key.name


def alone(resource: Resource, name: str) -> bool:
    """Whether a value of a field stands in one row at most: it is the id, or unique by itself among all rows that have one."""
    field = resource.field.get(name)
    if field is None or field.hidden:
        return False
    key = compared(resource, name)
    whole, only = (ALWAYS, Test((key,), "is set")), (Key(key),)
    return name == "id" or any(index.unique and index.keys == only and index.where in whole for index in resource.indexes)


def ordering(entry: Entry) -> tuple[Key, ...]:
    """Give the full order of a list: its sort keys, then the id in the last one's direction."""
    if any(key.field == "id" for key in entry.sort):
        return entry.sort
    return (*entry.sort, Key("id", entry.sort[-1].descending if entry.sort else False))


def alternatives(rule: Expression) -> tuple[Expression, ...]:
    """Split a rule at its outermost ORs into conditions that no row meets twice, so that each can read its own index."""
    found: list[Expression] = [ALWAYS]
    parts = conjuncts(rule)
    for part in parts:
        if isinstance(part, Some) and any(other is not part and implies(other, part) for other in parts):
            continue
        ways = part.parts if isinstance(part, Some) else (part,)
        if len(found) * len(ways) > MOST_ALTERNATIVES:
            return (rule,)
        split = [every(way, *map(otherwise, ways[:at])) for at, way in enumerate(ways)]
        found = [every(one, other) for one in found for other in split]
    return tuple(each for each in found if not impossible(each))


def implies(one: Expression, other: Some) -> bool:
    """Whether the parts of one condition are among those of an OR."""
    return set(one.parts if isinstance(one, Some) else (one,)) < set(other.parts)


def otherwise(condition: Expression) -> Expression:
    """Give what holds exactly where a condition does not; that something is set or null is never unknown."""
    return (
        negate(condition) if isinstance(condition, Test) and condition.operator in ("is set", "is null") else unless(condition)
    )


def width(field: Field) -> int:
    """Give the most bytes that a value takes in an index; a character may take four (UTF-8)."""
    match field.scalar:
        case Text(max=most) | Email(max=most):
            return 4 * most + 8
        case Choice(options):
            return max(len(option.encode()) for option in options) + 8
        case Uuid() | Date():
            return 48
        case Integer() | Decimal() | Boolean() | Datetime():
            return 16
        case _:
            return MOST_BYTES + 1  # lists and JSON, which are long


def wide(field: Field) -> bool:
    """Whether a value may be longer than an index holds, so that it is found by a digest of it and has no order there."""
    return width(field) > MOST_BYTES


def longest(resource: Resource, index: Index) -> int:
    """Give the most bytes that an entry of an index takes."""
    return sum(width(resource.field[key.field]) for key in index.keys)


def conjuncts(condition: Expression) -> tuple[Expression, ...]:
    """Give what all must hold."""
    return condition.parts if isinstance(condition, Every) else (condition,)


def equalities(condition: Expression) -> frozenset[str]:
    """Give the row's own fields that the condition pins to one value."""
    return frozenset(
        part.path[0]
        for part in conjuncts(condition)
        if isinstance(part, Test) and len(part.path) == 1 and part.operator in ("=", "is null")
    )


def impossible(condition: Expression) -> bool:
    """Whether no row can meet a condition, as it wants a field to be null and to have a value."""
    parts = [part for part in conjuncts(condition) if isinstance(part, Test)]
    null = {part.path for part in parts if part.operator == "is null"}
    return condition == NEVER or any(part.path in null and part.operator != "is null" for part in parts)


def cover(resource: Resource, condition: Expression, order: tuple[Key, ...]) -> Index | None:
    """Find the index that yields the rows of a condition already narrowed and in order.

    Args:
        resource: Whose indexes.
        condition: What holds for every row wanted.
        order: The sort keys, the id last.

    Returns:
        The best index: one that leaves the least of the condition to look for, then one over fewer rows, then the shortest;
        None when no index serves.
    """
    equal, known = equalities(condition), frozenset(conjuncts(condition))
    rest = tuple(key for key in order if key.field not in equal)
    best: tuple[tuple[int, bool, int], Index] | None = None
    for index in resource.indexes:
        if index.where != ALWAYS and not known.issuperset(conjuncts(index.where)):
            continue
        if index.where != fixed(resource, index.where):
            continue
        if same_order(index.keys[pinned(index, condition) :], rest):
            score = (-len(left(resource, index, condition)), index.where != ALWAYS, -len(index.keys))
            if best is None or score > best[0]:
                best = (score, index)
    return best[1] if best else None


def pinned(index: Index, condition: Expression) -> int:
    """Give how many of an index's first keys the condition pins to one value."""
    equal = equalities(condition)
    return next((at for at, key in enumerate(index.keys) if key.field not in equal), len(index.keys))


def left(resource: Resource, index: Index, condition: Expression) -> list[Expression]:
    """Give the parts of a condition that could be in an index and that this one leaves to be looked for row by row."""
    names = {key.field for key in index.keys[: pinned(index, condition)]}
    held = conjuncts(index.where)
    return [
        part
        for part in conjuncts(condition)
        if part not in held and not equalities(part) & names and (fixed(resource, part) != ALWAYS or comes_with_call(part))
    ]


def comes_with_call(part: Expression) -> bool:
    """Whether a condition pins a field of the row's own to a value that is known only with the call."""
    return bool(equalities(part)) and isinstance(part, Test) and not isinstance(part.value, Fixed)


def same_order(keys: tuple[Key, ...], order: tuple[Key, ...]) -> bool:
    """Whether reading an index forwards or backwards gives this order."""
    pairs = list(zip(keys, order, strict=False))
    return (
        len(keys) >= len(order)
        and all(key.field == wanted.field for key, wanted in pairs)
        and len({key.descending == wanted.descending for key, wanted in pairs}) <= 1
    )


def needs(resource: Resource) -> Iterator[tuple[Entry, Expression]]:
    """Give every list with every condition under which some caller reads it."""
    grants = resource.access.get("read", ())
    for entry in resource.lists.entries:
        narrowed = [Test((compared(resource, name),), "=", Hole(f"filter_{name}")) for name in entry.filters]
        names = [*entry.filters, *(key.field for key in entry.sort if key.field != "id")]
        for of in STANDINGS:
            rule = every(*(granted(grants, of, name) for name in names), granted(grants, of))
            if rule != NEVER:
                for condition in alternatives(rule):
                    yield entry, every(*narrowed, condition)
            # Where the order is not for everyone to see, the list that names none runs by id.
            row = every(*(granted(grants, of, name) for name in entry.filters), granted(grants, of))
            if narrowed and row not in (rule, NEVER):
                for condition in alternatives(row):
                    yield Entry(entry.filters), every(*narrowed, condition)


def derive(resource: Resource) -> Resource:
    """Add the indexes that the lists, the links and the rules of a resource need and that are not declared.

    Args:
        resource: With the declared indexes alone.

    Returns:
        The resource with all of them; every declared list reads an index for every caller, and of what the index could hold
        of the caller's rule nothing is left to be looked for row by row.
    """
    for entry, condition in needs(resource):
        best = cover(resource, condition, ordering(entry))
        if "id" not in equalities(condition) and (best is None or left(resource, best, condition)):
            resource = msgspec.structs.replace(resource, indexes=(*resource.indexes, wanted(resource, entry, condition)))
    for ref in resource.refs:
        if not any(index.keys[0].field == ref.field and index.where == ALWAYS for index in resource.indexes):
            added = Index((Key(ref.field), Key("id")))
            resource = msgspec.structs.replace(resource, indexes=(*resource.indexes, added))
    return resource


def wanted(resource: Resource, entry: Entry, condition: Expression) -> Index:
    """Make the index for one list under one condition: what is pinned first, then the order, read backwards at will."""
    where, equal = fixed(resource, condition), equalities(condition)
    first = [test.path[0] for part in conjuncts(condition) if comes_with_call(part) for test in tests(part)]
    order = [key for key in ordering(entry) if key.field not in equal]
    # The last key always ascends, so that one index serves both directions and a store may leave out a trailing row id.
    flip = bool(order) and order[-1].descending
    keys = [Key(name) for name in dict.fromkeys(first)] + [Key(key.field, key.descending != flip) for key in order]
    return Index(tuple(keys), where=where)


def fixed(resource: Resource, condition: Expression) -> Expression:
    """Give the part of a condition that an index can hold: comparisons of the row's own fields with written values.

    Whether a field that is never null is null is left out: databases decide that beforehand, and then fail to see in the
    query what the index is for.
    """
    return every(
        *(
            part
            for part in conjuncts(condition)
            if part != ALWAYS and not isinstance(part, Every) and all(holdable(resource, test) for test in tests(part))
        )
    )


def holdable(resource: Resource, test: Test) -> bool:
    """Whether an index can hold a comparison."""
    if len(test.path) > 1 or not isinstance(test.value, Fixed):
        return False
    return test.operator not in ("is null", "is set") or resource.field[test.path[0]].optional
