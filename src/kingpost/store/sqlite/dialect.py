"""SQLite's ways of writing SQL.

Stands on the model.
"""

from collections.abc import Sequence

from kingpost.contract.model import Field, Key, Resource
from kingpost.store.rules import Searched

ROW = "_rowid_"
"""The column that keeps the number of a row whose id is no number; no field's name begins so."""


def searching(resource: Resource) -> str:
    """Give the name of the table that a resource's words are searched in."""
    return f"{resource.name}__search"


def row_of(resource: Resource) -> str:
    """Give the column that holds the number of a row."""
    return "id" if resource.key.origin == "serial" else ROW


class SqliteDialect:
    """The few things SQLite writes in its own way."""

    def quote(self, name: str) -> str:
        """Write an identifier."""
        return f'"{name}"'

    def literal(self, value: str | int) -> str:
        """Write a value that stands in the contract."""
        return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"

    def parameter(self, number: int) -> str:
        """Write the place of a value, counted from 1."""
        return f"?{number}"

    def typed(self, text: str, field: Field) -> str:
        """Write a value; SQLite's values have types, and its places none."""
        return text

    def truth(self, condition: str) -> str:
        """Write whether a condition holds; SQLite has numbers for that."""
        return condition

    def number(self, resource: Resource) -> str:
        """Write the id of a new row: SQLite puts a number where it finds none."""
        return "NULL"

    def indexed(self, index: str) -> str:
        """Demand an index: a statement that could not use it would not even prepare, so no plan depends on statistics."""
        return f' INDEXED BY "{index}"' if index else ""

    def keys(self, parameter: str, key: Field) -> str:
        """Write the table of the ids in one JSON parameter."""
        return f"json_each({parameter})"

    def merged(self, parts: Sequence[str], order: str, limit: str) -> str:
        """Write the first rows of several statements, which SQLite runs beside each other and merges."""
        return f"{' UNION ALL '.join(parts)} ORDER BY {order} LIMIT {limit}"

    def under(self, parents: str, table: str, joins: str, key: str, chosen: str) -> str:
        """Write the rows under each parent."""
        # A CROSS JOIN keeps the parents outermost. Nothing else is said of the table: every other way to find it is longer.
        return f"{parents} CROSS JOIN {table}{joins} WHERE {key} IN ({chosen})"

    def spare(self) -> str:
        """Leave nothing out: nobody else writes while one does."""
        return ""

    def search(self, resource: Resource, alias: str, words: str) -> Searched:
        """Write a search in FTS5, which yields rows in the order of their numbers; in quotes no word means anything to it."""
        name, row = self.quote(searching(resource)), self.quote(alias)
        same = f"{row}.{self.quote(row_of(resource))} = w.rowid"
        source = f"{name} AS w CROSS JOIN {self.quote(resource.name)} AS {alias} ON {same}"
        quoted = f"""'"' || replace(replace({words}, '"', '""'), ' ', '" "') || '"*'"""
        key = "w.rowid" if resource.key.origin == "serial" else f"{row}.{self.quote('id')}"
        return Searched(source, f"w.{name} MATCH ({quoted})", key)

    def direction(self, key: Key, field: Field) -> str:
        """Write a direction; SQLite takes nulls as the smallest values by itself, in indexes too."""
        return " DESC" if key.descending else ""
