"""PostgreSQL's ways of writing SQL.

Stands on the model and what columns have in common.
"""

import hashlib
from collections.abc import Sequence

from kingpost.contract.model import Field, Key, Resource
from kingpost.store.columns import is_number
from kingpost.store.rules import Searched

LONGEST_NAME = 63
SEARCH = "_search"
"""The column that a resource's words are searched in; no field's name begins so."""


def kind(field: Field) -> str:
    """Give the type of a field's values."""
    return "bigint" if is_number(field) else "text"


class PostgresDialect:
    """The few things PostgreSQL writes in its own way."""

    def quote(self, name: str) -> str:
        """Write an identifier; PostgreSQL cuts long names, so their ends are told apart by a digest."""
        if len(name) > LONGEST_NAME:
            digest = hashlib.sha256(name.encode()).hexdigest()[:12]
            name = f"{name[: LONGEST_NAME - len(digest) - 1]}_{digest}"
        return f'"{name}"'

    def literal(self, value: str | int) -> str:
        """Write a value that stands in the contract."""
        return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"

    def parameter(self, number: int) -> str:
        """Write the place of a value, counted from 1."""
        return f"${number}"

    def typed(self, text: str, field: Field) -> str:
        """Write a value that is of a field's type; text is compared as the column would."""
        return f"CAST({text} AS {kind(field)})" + (' COLLATE "C"' if kind(field) == "text" else "")

    def truth(self, condition: str) -> str:
        """Write whether a condition holds, as a number."""
        return f"CAST({condition} AS int)"

    def number(self, resource: Resource) -> str:
        """Write the next id of a resource."""
        return f"nextval(pg_get_serial_sequence({self.literal(self.quote(resource.name))}, 'id'))"

    def indexed(self, index: str) -> str:
        """Demand nothing: a connection's settings leave no other way than an index, see `line`."""
        return ""

    def keys(self, parameter: str, key: Field) -> str:
        """Write the table of the ids in one JSON parameter."""
        each = "e.value" if kind(key) == "text" else f"CAST(e.value AS {kind(key)})"
        return f"(SELECT {each} AS value FROM jsonb_array_elements_text(CAST({parameter} AS jsonb)) AS e)"

    def merged(self, parts: Sequence[str], order: str, limit: str) -> str:
        """Write the first rows of several statements: each is sorted and bounded by itself, so that each reads its index."""
        first = f" ORDER BY {order} LIMIT {limit}"
        return parts[0] + first if len(parts) == 1 else " UNION ALL ".join(f"({part}{first})" for part in parts) + first

    def under(self, parents: str, table: str, joins: str, key: str, chosen: str) -> str:
        """Write the rows under each parent (LATERAL, SQL:1999)."""
        return f"{parents} CROSS JOIN LATERAL ({chosen}) AS n JOIN {table} ON {key} = n.id{joins}"

    def spare(self) -> str:
        """Leave out what somebody else is about to change."""
        return " FOR UPDATE SKIP LOCKED"

    def search(self, resource: Resource, alias: str, words: str) -> Searched:
        """Write a search by the column that holds a row's words."""
        row = self.quote(alias)
        source = f"{self.quote(resource.name)} AS {alias}"
        return Searched(source, f"{row}.{SEARCH} @@ kingpost_query({words})", f"{row}.{self.quote('id')}")

    def direction(self, key: Key, field: Field) -> str:
        """Write a direction; PostgreSQL takes nulls as the largest values unless it is told otherwise."""
        if not field.optional:
            return " DESC" if key.descending else ""
        return " DESC NULLS LAST" if key.descending else " NULLS FIRST"


class Together(PostgresDialect):
    """The same for many askers in one statement: the values of each are a row of `q`."""

    def parameter(self, number: int) -> str:
        """Write the place of one asker's value."""
        return f"q.p{number}"


def together(text: str, types: Sequence[str]) -> str:
    """Write the statement that answers many askers at once.

    Args:
        text: What each asks, written by `Together`.
        types: The types of its values.

    Returns:
        A statement whose parameters are arrays; the first value of each row says, counted from 1, for whom it is.
    """
    arrays = ", ".join(f"${number}::{each}[]" for number, each in enumerate(types, 1))
    names = ", ".join(f"p{number}" for number in range(1, len(types) + 1))
    return f"SELECT q.asker, r.* FROM unnest({arrays}) WITH ORDINALITY AS q({names}, asker) CROSS JOIN LATERAL ({text}) AS r"
