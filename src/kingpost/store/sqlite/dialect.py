"""SQLite's ways of writing SQL.

Stands on the model.
"""

from kingpost.contract.model import Key, Resource
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

    def use_index(self, name: str) -> str:
        """Demand an index: a statement that could not use it would not even prepare, so no plan depends on statistics."""
        return f'INDEXED BY "{name}"'

    def parents(self, parameter: str) -> str:
        """Write the table of parents' ids from one JSON parameter."""
        return f"json_each({parameter})"

    def search(self, resource: Resource, alias: str, words: str) -> Searched:
        """Write a search in FTS5, which yields rows in the order of their numbers; in quotes no word means anything to it."""
        name, row = self.quote(searching(resource)), self.quote(alias)
        same = f"{row}.{self.quote(row_of(resource))} = w.rowid"
        source = f"{name} AS w CROSS JOIN {self.quote(resource.name)} AS {alias} ON {same}"
        quoted = f"""'"' || replace(replace({words}, '"', '""'), ' ', '" "') || '"*'"""
        key = "w.rowid" if resource.key.origin == "serial" else f"{row}.{self.quote('id')}"
        return Searched(source, f"w.{name} MATCH ({quoted})", key)

    def direction(self, key: Key) -> str:
        """Write a direction; SQLite takes nulls as the smallest values by itself, in indexes too."""
        return " DESC" if key.descending else ""
