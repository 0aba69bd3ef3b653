"""Which index serves which list, decided once for the schema, the plans and the checks.

Takes a resource, gives the indexes that its lists and rules need. Stands on the model and expressions.
"""

from collections.abc import Iterator

import msgspec

from kingpost.contract.expr import (
    ALWAYS,
    NEVER,
    STANDINGS,
    Caller,
    Every,
    Expression,
    Some,
    Standing,
    Test,
    every,
    residual,
    some,
    tests,
    unless,
)  # fmt: skip
from kingpost.contract.model import Entry, Grant, Index, Key, Resource, folded

MOST_ALTERNATIVES = 4


def granted(grants: tuple[Grant, ...], of: Standing, field: str | None = None) -> Expression:
    """Give the rule left for a standing: for the row, or for one of its fields."""
    return some(
        *(residual(grant.rule, of) for grant in grants if field is None or grant.fields is None or field in grant.fields)
    )


def compared(resource: Resource, name: str) -> str:
    """Give the field that equality with this one compares: its folded form where it has one."""
    key = folded(resource.field[name])
    return name if key is None else key.name


def ordering(entry: Entry) -> tuple[Key, ...]:
    """Give the full order of a list: its sort keys, then the id in the last one's direction."""
    if any(key.field == "id" for key in entry.sort):
        return entry.sort
    return (*entry.sort, Key("id", entry.sort[-1].descending if entry.sort else False))


def alternatives(rule: Expression) -> tuple[Expression, ...]:
    """Split a rule at its outermost OR into conditions that no row meets twice, so that each can read its own index."""
    if not isinstance(rule, Some) or len(rule.parts) > MOST_ALTERNATIVES:
        return (rule,)
    return tuple(every(part, *(unless(earlier) for earlier in rule.parts[:at])) for at, part in enumerate(rule.parts))


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


def cover(resource: Resource, condition: Expression, order: tuple[Key, ...]) -> Index | None:
    """Find the index that yields the rows of a condition already narrowed and in order.

    Args:
        resource: Whose indexes.
        condition: What holds for every row wanted.
        order: The sort keys, the id last.

    Returns:
        The best index: the most equalities, then one over fewer rows, then the shortest; None when no index serves.
    """
    equal, known = equalities(condition), frozenset(conjuncts(condition))
    rest = tuple(key for key in order if key.field not in equal)
    best: tuple[tuple[int, bool, int], Index] | None = None
    for index in resource.indexes:
        if index.where != ALWAYS and not known.issuperset(conjuncts(index.where)):
            continue
        prefix = 0
        while prefix < len(index.keys) and index.keys[prefix].field in equal:
            prefix += 1
        if same_order(index.keys[prefix:], rest):
            score = (prefix, index.where != ALWAYS, -len(index.keys))
            if best is None or score > best[0]:
                best = (score, index)
    return best[1] if best else None


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
        narrowed = [Test((compared(resource, name),), "=") for name in entry.filters]
        for of in STANDINGS:
            rule = granted(grants, of)
            if rule != NEVER:
                for condition in alternatives(rule):
                    yield entry, every(*narrowed, condition)


def derive(resource: Resource) -> Resource:
    """Add the indexes that the lists, the links and the rules of a resource need and that are not declared.

    Args:
        resource: With the declared indexes alone.

    Returns:
        The resource with all of them; every declared list reads an index for every caller.
    """
    for entry, condition in needs(resource):
        order = ordering(entry)
        equal = equalities(condition)
        if "id" not in equal and cover(resource, condition, order) is None:
            resource = msgspec.structs.replace(resource, indexes=(*resource.indexes, wanted(resource, entry, condition)))
    for ref in resource.refs:
        if not any(index.keys[0].field == ref.field and index.where == ALWAYS for index in resource.indexes):
            added = Index((Key(ref.field), Key("id")))
            resource = msgspec.structs.replace(resource, indexes=(*resource.indexes, added))
    return resource


def wanted(resource: Resource, entry: Entry, condition: Expression) -> Index:
    """Make the index for one list under one condition: what is pinned first, then the order, read backwards at will."""
    equal = equalities(condition)
    first = [compared(resource, name) for name in entry.filters]
    first += [
        part.path[0]
        for part in conjuncts(condition)
        if isinstance(part, Test) and isinstance(part.value, Caller) and part.path[0] in equal and part.path[0] not in first
    ]
    order = [key for key in ordering(entry) if key.field not in first]
    # The last key always ascends, so that one index serves both directions and a store may leave out a trailing row id.
    flip = bool(order) and order[-1].descending
    keys = [Key(name) for name in first] + [Key(key.field, key.descending != flip) for key in order]
    return Index(tuple(keys), where=ALWAYS if first else fixed(condition))


def fixed(condition: Expression) -> Expression:
    """Give the part of a condition that an index can hold: comparisons of the row's own fields with written values."""
    return every(
        *(
            part
            for part in conjuncts(condition)
            if not isinstance(part, Every)
            and all(len(test.path) == 1 and not isinstance(test.value, Caller) for test in tests(part))
            and part != ALWAYS
        )
    )
