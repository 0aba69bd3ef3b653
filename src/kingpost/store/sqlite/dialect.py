"""SQLite's ways of writing SQL.

Stands on the model.
"""

from collections.abc import Sequence

from kingpost.contract.model import Field, Index, Key, Resource
from kingpost.store.rules import Part, Searched

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

    def among(self, column: str, keys: str) -> str:
        """Write a search for each of the ids."""
        return f"{column} IN (SELECT i.value FROM {keys} AS i)"

    def following(self, first: str, table: str, alias: str, condition: str) -> str:
        """Write a join of which SQLite keeps the order."""
        return f"{first} CROSS JOIN {table} ON {condition}"

    def beside(self, table: str, alias: str, condition: str, rule: str) -> str:
        """Write a join that loses nothing."""
        return f" LEFT JOIN {table} ON {condition}{f' AND {rule}' if rule else ''}"

    def judged(self, rule: str, *, alone: bool) -> str:
        """Write a rule as it is."""
        return rule if alone else f"({rule})"

    def any(self, found: str, order: str) -> str:
        """Write whether anything is found."""
        return f"EXISTS (SELECT 1 {found})"

    def count(self, found: str, order: str) -> str:
        """Write how much is found."""
        return f"(SELECT count(*) {found})"

    def apart(self, name: str, key: Field) -> str:
        """Write the key."""
        return name

    def column(self, resource: Resource, index: Index, key: Key, name: str) -> str:
        """Write the field itself, however long it is."""
        return name

    def equal(self, resource: Resource, name: str, left: str, right: str) -> str:
        """Write a comparison."""
        return f"{left} = {right}"

    def badge(self, index: str, key: Field, name: str) -> str:
        """Write nothing: an index is demanded by its name."""
        return ""

    def merged(self, parts: Sequence[Part], order: str, limit: str) -> str:
        """Write the first rows of several statements, which SQLite runs beside each other and merges."""
        text = " UNION ALL ".join(part.text for part in parts)
        return f"{text} ORDER BY {order} LIMIT {limit}" if order else f"{text} LIMIT {limit}"

    def under(self, parents: str, table: str, joins: str, key: str, chosen: str) -> str:
        """Write the rows under each parent."""
        # A CROSS JOIN keeps the parents outermost. Nothing else is said of the table: every other way to find it is longer.
        return f"{parents} CROSS JOIN {table}{joins} WHERE {key} IN ({chosen})"

    def compound(self) -> bool:
        """Say that WITH may hold reads alone."""
        return False

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
