"""Shows what is in the tables, for tests that prove what was written and what was not.

Takes a store, gives rows as they are stored. Stands on the connection.
"""

from typing import TypeAlias, cast

from kingpost.contract.codec import Row
from kingpost.contract.scalars import Stored
from kingpost.store.sql import CHANGES
from kingpost.store.sqlite.catalog import quote
from kingpost.store.sqlite.connect import SqliteStore

Snapshot: TypeAlias = dict[str, list[dict[str, Stored]]]
"""Every row of every table, by the table's name and the column's."""


def snapshot(store: SqliteStore) -> Snapshot:
    """Give every row of every table, those that the database keeps for itself included."""
    found = store.writer.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL %' ORDER BY name"
    )
    return {name: rows(store, name) for name in [str(name) for (name,) in found.fetchall()]}


def changes(store: SqliteStore, after: int = 0) -> list[dict[str, Stored]]:
    """Give the Changes that were written down after so many, in order."""
    return rows(store, CHANGES)[after:]


def rows(store: SqliteStore, table: str) -> list[dict[str, Stored]]:
    """Give the rows of a table."""
    names = [str(name) for (name,) in store.writer.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall()]
    found = store.writer.execute(f"SELECT {', '.join(map(quote, names))} FROM {quote(table)}").fetchall()
    # The tables are STRICT and the contract has no real numbers; what is not, a search keeps for itself.
    return [dict(zip(names, cast("Row", row), strict=True)) for row in found]
