"""Who may see and do what, once a caller's standing is known: the rule that is left for rows, fields and links.

Takes grants and a standing, gives expressions. Stands on the ground.
"""

from collections.abc import Iterable

import msgspec

from kingpost.contract.expr import ALWAYS, NEVER, Expression, Hole, Role, Standing, Test, every
from kingpost.contract.indexes import granted
from kingpost.contract.model import Entry, Resource


def readable(resource: Resource, of: Standing) -> Expression:
    """Give the rule left for reading rows of a resource at all.

    Args:
        resource: Whose rows.
        of: The caller's standing.

    Returns:
        The rule; no one may read what declares no `read`.
    """
    return granted(resource.access.get("read", ()), of)


def guard(resource: Resource, field: str, of: Standing) -> Expression:
    """Give the rule left for reading one field of a row that may be read.

    Args:
        resource: Whose field.
        field: A field's or a count's name.
        of: The caller's standing.

    Returns:
        Always for the id and wherever the row's own rule says as much; never for a hidden field.
    """
    declared = resource.field.get(field)
    if declared is not None and declared.hidden:
        return NEVER
    row = readable(resource, of)
    rule = granted(resource.access.get("read", ()), of, field)
    return ALWAYS if field == "id" or (rule == row and row != NEVER) else rule


def decided(query: object) -> bool:
    """Say whether a query is left with no rule that a row decides.

    Args:
        query: A query or a part of one.

    Returns:
        Whether every comparison in it is with a value that comes with the call, as those are that say what was asked for.
    """
    match query:
        case Test():
            return isinstance(query.value, Hole)
        case Role():
            return False
        case tuple():
            return all(map(decided, query))
        case msgspec.Struct():
            return all(decided(getattr(query, name)) for name in query.__struct_fields__)
    return True


def natural(resource: Resource, filters: frozenset[str], of: Standing) -> Entry | None:
    """Choose the list that is meant where no order is named.

    Args:
        resource: Whose list.
        filters: What it is narrowed by.
        of: The caller's standing.

    Returns:
        The first declared list whose sort keys the caller may read in every row; else the order by id, which hides no row.
        None when no list is narrowed so.
    """
    matching = [entry for entry in resource.lists.entries if frozenset(entry.filters) == filters]
    for entry in matching:
        if all(guard(resource, key.field, of) == ALWAYS for key in entry.sort):
            return entry
    return Entry(matching[0].filters) if matching else None


def writable(resource: Resource, verb: str, fields: Iterable[str], of: Standing) -> Expression:
    """Give the rule left for writing these fields of a row.

    Args:
        resource: Whose row.
        verb: `create`, `update` or `delete`.
        fields: What is to be set.
        of: The caller's standing.

    Returns:
        What must hold of the row for every one of the fields.
    """
    grants = resource.access.get(verb, ())
    return every(granted(grants, of), *(granted(grants, of, field) for field in fields))
