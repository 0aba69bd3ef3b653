"""Every row of every table as it is stored, for tests that prove what was written and what was not.

Takes a contract, gives programs that any store runs. Stands on the names of our own tables and the store's protocol.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from kingpost.contract.model import Contract
from kingpost.contract.scalars import Stored
from kingpost.plan.query import Raw
from kingpost.store.columns import is_number
from kingpost.store.protocol import Program, Statement
from kingpost.store.sql import ANSWERS, CHANGES, META

Snapshot: TypeAlias = dict[str, list[dict[str, Stored]]]
"""Every row of every table, by the table's name and the column's."""

MOST = 1_000_000
OURS = {
    META: ("name", "value"),
    CHANGES: ("id", "resource", "key", "kind", "actor", "at", "before", "after"),
    ANSWERS: ("name", "sent", "standing", "answer", "at"),
}


def tables(contract: Contract, quote: Callable[[str], str]) -> dict[str, Raw]:
    """Give what reads each table, those that a store keeps for itself included, by the table's name.

    Args:
        contract: What the tables hold.
        quote: How the database writes a name.

    Returns:
        Queries whose rows come in the order of their keys.
    """
    columns = dict(OURS)
    for resource in contract.resources:
        columns[resource.name] = tuple(field.name for field in resource.fields)
        columns |= {many.through: (many.here, many.there) for many in resource.manys if many.writable}
    return {
        name: Raw(f"SELECT {', '.join(map(quote, each))} FROM {quote(name)} ORDER BY 1, 2", MOST)
        for name, each in columns.items()
    }


def snapshot(contract: Contract, asked: Mapping[str, Statement]) -> Program[Snapshot]:
    """Give every row of every table.

    Args:
        contract: What the tables hold.
        asked: What a store's `tables` gave.

    Returns:
        The rows; ids are of their own type, wherever they stand.
    """
    found: Snapshot = {}
    for name, statement in asked.items():
        names, *rows = yield statement, {}
        found[name] = [dict(zip(map(str, names), row, strict=True)) for row in rows]
    for row in found[CHANGES]:
        key = contract.resource[str(row["resource"])].key
        row["key"] = int(str(row["key"])) if is_number(key) else row["key"]
        if row["actor"] is not None and contract.account is not None and is_number(contract.account.key):
            row["actor"] = int(str(row["actor"]))
    return found


def changes(contract: Contract, asked: Mapping[str, Statement]) -> Program[list[dict[str, Stored]]]:
    """Give the Changes that were written down, in order; see `snapshot`."""
    found = yield from snapshot(contract, {CHANGES: asked[CHANGES]})
    return found[CHANGES]
