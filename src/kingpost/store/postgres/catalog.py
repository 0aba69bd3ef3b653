"""PostgreSQL's tables and indexes for a contract, and what makes a database fit one.

Takes a contract, gives the statements that make an empty database fit it. Stands on plan, the SQL of rules and the ground.
"""

import re
from collections.abc import Iterator

from kingpost.contract.expr import ALWAYS
from kingpost.contract.model import Contract, Field, Index, Resource
from kingpost.contract.search import LONGEST
from kingpost.plan.query import index_name
from kingpost.store.columns import ON_DELETE, condition, depended
from kingpost.store.postgres.dialect import DIGEST, SEARCH, PostgresDialect, kind
from kingpost.store.rules import Rules
from kingpost.store.sql import ANSWERS, CHANGES, META
from kingpost.store.words import BETWEEN, MARKS, PLAIN, letters

DIALECT = PostgresDialect()
quote = DIALECT.quote
SEARCHED = 250_000  # a row holds the words of no more, if each character takes four bytes
TEXT = 'text COLLATE "C"'
"""Text is compared by its code points, as on every store, whatever the database was made with."""


def schema(contract: Contract) -> Iterator[str]:
    """Give the statements that make the tables of a contract.

    Args:
        contract: What the database is to hold.

    Returns:
        SQL statements, in order.
    """
    yield f"CREATE TABLE {META} (name {TEXT} PRIMARY KEY, value text NOT NULL)"
    yield (
        f"CREATE TABLE {CHANGES} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, resource text NOT NULL, "
        'key text NOT NULL, kind text NOT NULL, actor text, at bigint NOT NULL, "before" text, "after" text)'
    )
    yield (
        f"CREATE TABLE {ANSWERS} (name {TEXT} PRIMARY KEY, sent text NOT NULL, standing text NOT NULL, answer text NOT NULL, "
        "at bigint NOT NULL)"
    )
    if any(DIGEST in text for text in indexes(contract).values()):
        # Of one encoding there is one answer, which the database does not know of `convert_to`.
        yield (
            f"CREATE FUNCTION {DIGEST}(text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS "
            "$$ SELECT sha256(convert_to($1, 'UTF8')) $$"
        )
    for resource in contract.resources:
        yield f"CREATE TABLE {quote(resource.name)} ({', '.join(column(resource, field) for field in resource.fields)})"
    for resource in contract.resources:
        for ref in resource.refs:
            yield (
                f"ALTER TABLE {quote(resource.name)} ADD FOREIGN KEY ({quote(ref.field)}) "
                f"REFERENCES {quote(ref.target)} (id) ON DELETE {ON_DELETE[ref.on_delete]}"
            )
        yield from pairs(contract, resource)


def indexes(contract: Contract) -> dict[str, str]:
    """Give the statements that make the indexes, by the indexes' names; rules and lists decide them, so they may change."""
    found = {
        index_name(resource.name, index): index_text(contract, resource, index)
        for resource in contract.resources
        for index in resource.indexes
    }
    found[f"{ANSWERS}__at"] = f"CREATE INDEX {quote(f'{ANSWERS}__at')} ON {ANSWERS} (at)"
    for holder, many in [(resource, many) for resource in contract.resources for many in resource.manys if many.writable]:
        # With nulls first, where there are none, this index can not be taken for the primary key.
        name = f"{many.through}__{many.there}"
        back = f"({quote(many.there)} NULLS FIRST, {DIALECT.apart(quote(many.here), holder.key)})"
        found[name] = f"CREATE INDEX {quote(name)} ON {quote(many.through)} {back}"
    return found


def uniques(contract: Contract) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Give what is unique, a resource and its fields, by the name that an error tells."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {
        f"{resource.name}_pkey": (resource.name, ("id",)) for resource in contract.resources
    }
    for resource in contract.resources:
        for index in resource.indexes:
            if index.unique:
                found[index_name(resource.name, index)] = (resource.name, tuple(key.field for key in index.keys))
        for many in resource.manys:
            if many.writable:
                found[f"{many.through}_pkey"] = (many.through, (many.here, many.there))
    return {quote(name).strip('"'): each for name, each in found.items()}


def searches(resource: Resource) -> str:
    """Give the statement that makes what a resource's words are searched in; nothing where it is not searched.

    The database keeps the column by itself, so that what another program writes is found as well.
    """
    if not resource.lists.search:
        return ""
    text = " || ' ' || ".join(f"coalesce({quote(each)}, '')" for each in resource.lists.search)
    table, name = quote(resource.name), quote(f"{resource.name}__search")
    return (
        f"ALTER TABLE {table} ADD COLUMN {SEARCH} tsvector GENERATED ALWAYS AS (kingpost_words({text})) STORED; "
        f"CREATE INDEX {name} ON {table} USING gin ({SEARCH}) WITH (fastupdate = off)"
    )


def functions(collation: str) -> Iterator[str]:
    """Give the statements that make what searches call: the words of a text, and the search for some.

    Args:
        collation: One of the server's that knows the letters of every language.

    Returns:
        SQL statements. Words are cut as `store/words.py` says; what is beyond the first `SEARCHED` characters is not found.
    """
    alike = [(each[0], form) for each in PLAIN.split(" ") for form in each[1:]]
    some, plain = "".join(form for _, form in alike) + letters(MARKS), "".join(letter for letter, _ in alike)
    parts = re.sub("[0-9a-f]+", lambda code: f"\\U{code[0]:0>8}", BETWEEN).replace(" ", "")
    cut = f"""regexp_split_to_table(lower(left($1, {SEARCHED}) COLLATE "{collation}"), '[{parts}]+') AS c"""
    bare = f"CASE WHEN c ~ '[{some}]' THEN translate(c, '{some}', '{plain}') ELSE c END"
    words = f"(SELECT left({bare}, {LONGEST + 1}) FROM {cut}) AS found (word) WHERE word <> ''"
    yield (
        "CREATE OR REPLACE FUNCTION kingpost_words(text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS "
        f"$$ SELECT array_to_tsvector(ARRAY(SELECT DISTINCT word FROM {words})) $$"
    )
    each = "string_agg(quote_literal(word), ' & ') || ':*'"
    yield (
        "CREATE OR REPLACE FUNCTION kingpost_query(text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS "
        f"$$ SELECT CAST({each} AS tsquery) FROM {words} $$"
    )


def kept(contract: Contract) -> str:
    """Give what the rows of a database depend on: its tables, what is unique in them, and what its stored counts count."""
    return depended(contract, schema(contract), indexes(contract).values())


def pairs(contract: Contract, resource: Resource) -> Iterator[str]:
    """Give the tables of pairs that a resource writes, readable from either side."""
    for many in resource.manys:
        if many.writable:
            ends = [(many.here, resource), (many.there, contract.resource[many.target])]
            columns = [
                f"{quote(name)} {typed(end.key)} NOT NULL REFERENCES {quote(end.name)} (id) ON DELETE CASCADE"
                for name, end in ends
            ]
            here, there, table = quote(many.here), quote(many.there), quote(many.through)
            primary = f"CONSTRAINT {quote(f'{many.through}_pkey')} PRIMARY KEY ({here}, {there})"
            yield f"CREATE TABLE {table} ({', '.join(columns)}, {primary})"


def typed(field: Field) -> str:
    """Give the type of a column."""
    return TEXT if kind(field) == "text" else kind(field)


def column(resource: Resource, field: Field) -> str:
    """Write the definition of one column."""
    primary = f"CONSTRAINT {quote(f'{resource.name}_pkey')} PRIMARY KEY"
    if field.origin == "serial":
        return f"id bigint GENERATED BY DEFAULT AS IDENTITY {primary}"
    text = f"{quote(field.name)} {typed(field)}{'' if field.optional else ' NOT NULL'}"
    if field.name == "id":
        text += f" {primary}"
    check = None if field.hidden else condition(field, quote(field.name), DIALECT.literal)
    return f"{text} CHECK ({check})" if check else text


def index_text(contract: Contract, resource: Resource, index: Index) -> str:
    """Write the definition of an index."""
    columns = [
        f"{DIALECT.column(resource, index, key, quote(key.field))}{DIALECT.direction(key, resource.field[key.field])}"
        for key in index.keys
    ]
    name = index_name(resource.name, index)
    columns += [] if index.unique else [DIALECT.badge(name, resource.key, quote("id"))]
    unique = "UNIQUE " if index.unique else ""
    text = f"CREATE {unique}INDEX {quote(name)} ON {quote(resource.name)} ({', '.join(columns)})"
    if index.where == ALWAYS:
        return text
    return f"{text} WHERE {Rules(contract, DIALECT).rule(resource.name, index.where, quote)}"
