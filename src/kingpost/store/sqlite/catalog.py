"""SQLite's tables and indexes for a contract.

Takes a contract, gives the statements that make an empty database fit it. The constraints repeat what the contract says, so
that no other program can put in what an answer could not carry. Stands on plan, the SQL of rules and
the ground.
"""

from collections.abc import Iterator

from kingpost.contract.expr import ALWAYS
from kingpost.contract.model import Contract, Field, Index, Resource
from kingpost.plan.query import index_name
from kingpost.store.columns import ON_DELETE, condition, depended, is_number
from kingpost.store.rules import Rules
from kingpost.store.sql import ANSWERS, CHANGES, META
from kingpost.store.sqlite.dialect import ROW, SqliteDialect, row_of, searching
from kingpost.store.words import PICTURES, letters

DIALECT = SqliteDialect()
quote = DIALECT.quote


def schema(contract: Contract) -> Iterator[str]:
    """Give the statements that make the tables of a contract.

    Args:
        contract: What the database is to hold.

    Returns:
        SQL statements, in order.
    """
    yield f"CREATE TABLE {META} (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT"
    yield (
        f"CREATE TABLE {CHANGES} (id INTEGER PRIMARY KEY AUTOINCREMENT, resource TEXT NOT NULL, key ANY NOT NULL, "
        'kind TEXT NOT NULL, actor ANY, at INTEGER NOT NULL, "before" TEXT, "after" TEXT) STRICT'
    )
    yield (
        f"CREATE TABLE {ANSWERS} (name TEXT PRIMARY KEY, sent TEXT NOT NULL, standing TEXT NOT NULL, answer TEXT NOT NULL, "
        "at INTEGER NOT NULL) STRICT"
    )
    for resource in contract.resources:
        # The number of a row is kept as one of its columns, so that nothing renumbers what a search has found.
        columns = [] if resource.key.origin == "serial" else [f"{quote(ROW)} INTEGER PRIMARY KEY"]
        columns += [column(field) for field in resource.fields]
        columns += [
            f"FOREIGN KEY ({quote(ref.field)}) REFERENCES {quote(ref.target)} (id) ON DELETE {ON_DELETE[ref.on_delete]}"
            for ref in resource.refs
        ]
        yield f"CREATE TABLE {quote(resource.name)} ({', '.join(columns)}) STRICT"
    for resource in contract.resources:
        yield from pairs(contract, resource)


def indexes(contract: Contract) -> dict[str, str]:
    """Give the statements that make the indexes, by the indexes' names; rules and lists decide them, so they may change."""
    found = {
        index_name(resource.name, index): index_text(contract, resource, index)
        for resource in contract.resources
        for index in resource.indexes
    }
    found[f"{ANSWERS}__at"] = f"CREATE INDEX {quote(f'{ANSWERS}__at')} ON {ANSWERS} (at)"
    for many in [many for resource in contract.resources for many in resource.manys if many.writable]:
        name, back = f"{many.through}__{many.there}", f"({quote(many.there)}, {quote(many.here)})"
        found[name] = f"CREATE INDEX {quote(name)} ON {quote(many.through)} {back}"
    return found


def searches(resource: Resource) -> dict[str, str]:
    """Give the statements that make what a resource's words are searched in, by the names of what they make, the table first.

    The table holds words alone and reads the rows' own text (FTS5, external content). Triggers keep it, so that what another
    program writes, and what goes because something else does, is found or not as well.
    """
    if not resource.lists.search:
        return {}
    table, name = quote(resource.name), searching(resource)
    fields = ", ".join(map(quote, resource.lists.search))
    old, new = (", ".join(f"{row}.{quote(each)}" for each in resource.lists.search) for row in ("old", "new"))
    number = quote(row_of(resource))
    # Words of which one or two letters are known are kept as well: looking through all that begin so can not be interrupted.
    parted = f"remove_diacritics 2 categories 'L* N* M*' separators '{letters(PICTURES)}'"
    words = f"tokenize = \"unicode61 {parted}\", prefix = '1 2'"
    content = f"content = '{resource.name}', content_rowid = '{row_of(resource)}'"
    add = f"INSERT INTO {quote(name)} (rowid, {fields}) VALUES (new.{number}, {new})"
    drop = f"INSERT INTO {quote(name)} ({quote(name)}, rowid, {fields}) VALUES ('delete', old.{number}, {old})"
    trigger = f"CREATE TRIGGER {{}} AFTER {{}} ON {table} BEGIN {{}}; END"
    return {
        name: f"CREATE VIRTUAL TABLE {quote(name)} USING fts5({fields}, {content}, {words})",
        **{
            f"{name}_{when}": trigger.format(quote(f"{name}_{when}"), event, body)
            for when, event, body in (
                ("insert", "INSERT", add),
                ("update", f"UPDATE OF {number}, {fields}", f"{drop}; {add}"),
                ("delete", "DELETE", drop),
            )
        },
    }


def kept(contract: Contract) -> str:
    """Give what the rows of a file depend on: its tables, what is unique in them, and what its stored counts count."""
    return depended(contract, schema(contract), indexes(contract).values())


def pairs(contract: Contract, resource: Resource) -> Iterator[str]:
    """Give the tables of pairs that a resource writes, readable from either side."""
    for many in resource.manys:
        if many.writable:
            ends = [(many.here, resource), (many.there, contract.resource[many.target])]
            columns = [
                f"{quote(name)} {kind(end.key)} NOT NULL REFERENCES {quote(end.name)} (id) ON DELETE CASCADE"
                for name, end in ends
            ]
            here, there, table = quote(many.here), quote(many.there), quote(many.through)
            yield f"CREATE TABLE {table} ({', '.join(columns)}, PRIMARY KEY ({here}, {there})) STRICT, WITHOUT ROWID"


def kind(field: Field) -> str:
    """Give the storage class of a field."""
    return "INTEGER" if is_number(field) else "TEXT"


def column(field: Field) -> str:
    """Write the definition of one column."""
    if field.origin == "serial":
        return "id INTEGER PRIMARY KEY AUTOINCREMENT"
    text = f"{quote(field.name)} {kind(field)}{'' if field.optional else ' NOT NULL'}"
    if field.name == "id":
        text += " UNIQUE"
    check = None if field.hidden else condition(field, quote(field.name), DIALECT.literal)
    return f"{text} CHECK ({check})" if check else text


def index_text(contract: Contract, resource: Resource, index: Index) -> str:
    """Write the definition of an index; a trailing row id is in every index of SQLite already."""
    keys = index.keys
    if len(keys) > 1 and keys[-1].field == "id" and not keys[-1].descending and resource.key.origin == "serial":
        keys = keys[:-1]
    columns = ", ".join(f"{quote(key.field)}{DIALECT.direction(key, resource.field[key.field])}" for key in keys)
    name = quote(index_name(resource.name, index))
    text = f"CREATE {'UNIQUE ' if index.unique else ''}INDEX {name} ON {quote(resource.name)} ({columns})"
    if index.where == ALWAYS:
        return text
    return f"{text} WHERE {Rules(contract, DIALECT).rule(resource.name, index.where, quote)}"
