"""PostgreSQL's ways of writing SQL.

Stands on the model and what columns have in common.
"""

import hashlib
from collections.abc import Sequence

from kingpost.contract.indexes import MOST_BYTES, longest, wide
from kingpost.contract.model import Field, Index, Key, Resource
from kingpost.store.columns import is_number
from kingpost.store.rules import Part, Searched

LONGEST_NAME = 63
DIGEST = "kingpost_digest"
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
        """Demand nothing here: the order demands the index, see `badge`."""
        return ""

    def among(self, column: str, keys: str) -> str:
        """Write a search for each of the ids, which are gathered first: a join could begin at either end."""
        return f"{column} = ANY(ARRAY(SELECT i.value FROM {keys} AS i))"

    def following(self, first: str, table: str, alias: str, condition: str) -> str:
        """Write a join that begins with what is first: OFFSET keeps a look at the other table from becoming anything else."""
        return f"{first} CROSS JOIN LATERAL (SELECT * FROM {table} WHERE {condition} OFFSET 0) AS {alias}"

    def beside(self, table: str, alias: str, condition: str, rule: str) -> str:
        """Write a look at the other table for each row; OFFSET keeps it one."""
        return f" LEFT JOIN LATERAL (SELECT * FROM {table} WHERE {condition} OFFSET 0) AS {alias} ON {rule or 'true'}"

    def judged(self, rule: str, *, alone: bool) -> str:
        """Write a rule so that no index is chosen for it."""
        return f"({rule}) IS TRUE"

    def any(self, found: str, order: str) -> str:
        """Write whether anything is found; OFFSET keeps it from becoming a join."""
        return f"EXISTS (SELECT 1 {found}{f' ORDER BY {order}' if order else ''} OFFSET 0)"

    def count(self, found: str, order: str) -> str:
        """Write how much is found."""
        return f"(SELECT count(*) FROM (SELECT 1 {found}{f' ORDER BY {order}' if order else ''}) AS c)"

    def apart(self, name: str, key: Field) -> str:
        """Write the key's value in other words, which PostgreSQL finds in no index but that one."""
        return f"({name} || '')" if kind(key) == "text" else f"({name} + 0)"

    def column(self, resource: Resource, index: Index, key: Key, name: str) -> str:
        """Write the field, or a digest of it where the index could not hold it; what is unique need not be in order."""
        field = resource.field[key.field]
        text = kind(field) == "text"
        return f"{DIGEST}({name})" if wide(field) or (text and index.unique and longest(resource, index) > MOST_BYTES) else name

    def equal(self, resource: Resource, name: str, left: str, right: str) -> str:
        """Write a comparison so that an index of digests is found for it."""
        first = (index.keys[0].field for index in resource.indexes)
        digested = wide(resource.field[name]) and name in first
        return f"({DIGEST}({left}) = {DIGEST}({right}) AND {left} = {right})" if digested else f"{left} = {right}"

    def badge(self, index: str, key: Field, name: str) -> str:
        """Write a number that is made of the id in a way that each index has to itself.

        PostgreSQL is not told which index to read. It finds one that gives the order which is asked for, and where that ends
        with a badge, no other does: whatever it believes of the values, a connection's settings leave it no way to sort.
        """
        number = int.from_bytes(hashlib.sha256(index.encode()).digest()[:4]) >> 1
        return f"({f'octet_length({name})' if kind(key) == 'text' else name} # {number})"

    def keys(self, parameter: str, key: Field) -> str:
        """Write the table of the ids in one JSON parameter."""
        each = "e.value" if kind(key) == "text" else f"CAST(e.value AS {kind(key)})"
        return f"(SELECT {each} AS value FROM jsonb_array_elements_text(CAST({parameter} AS jsonb)) AS e)"

    def merged(self, parts: Sequence[Part], order: str, limit: str) -> str:
        """Write the first rows of several statements: each is sorted and bounded by itself, so that each reads its index."""
        each = [f"{part.text}{f' ORDER BY {part.order}' if part.order else ''} LIMIT {limit}" for part in parts]
        if len(each) == 1:
            return each[0]
        whole = " UNION ALL ".join(f"({part})" for part in each)
        return f"{whole} ORDER BY {order} LIMIT {limit}" if order else f"{whole} LIMIT {limit}"

    def under(self, parents: str, table: str, joins: str, key: str, chosen: str) -> str:
        """Write the rows under each parent (LATERAL, SQL:1999)."""
        return self.following(f"{parents} CROSS JOIN LATERAL ({chosen}) AS n", table, "t", f"{key} = n.id") + joins

    def compound(self) -> bool:
        """Say that WITH may hold statements that write."""
        return True

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
    askers = f"unnest({arrays}) WITH ORDINALITY AS q({names}, asker)"
    # OFFSET keeps what each asks whole, so that a row is found for an asker, and never an asker for each row.
    return f"SELECT q.asker, r.* FROM {askers} CROSS JOIN LATERAL ({text} OFFSET 0) AS r"
