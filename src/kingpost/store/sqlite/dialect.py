"""SQLite's ways of writing SQL.

Stands on the model.
"""

from kingpost.contract.model import Key


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

    def direction(self, key: Key) -> str:
        """Write a direction; SQLite takes nulls as the smallest values by itself, in indexes too."""
        return " DESC" if key.descending else ""
