"""Writes SQL text for queries: one renderer for every database, with the dialect's few differences asked for by name.

Takes queries, gives statements. Identifiers come from the contract alone; every value that a call brings is a parameter.
Stands on plan and the ground.
"""

from collections.abc import Iterable

from kingpost.contract.expr import ALWAYS
from kingpost.contract.model import Contract
from kingpost.plan.query import (
    Add,
    Among,
    AnyLinked,
    Append,
    ClearLinked,
    Create,
    Delete,
    DeleteRows,
    Explain,
    Find,
    Forget,
    Insert,
    Keep,
    Linked,
    Page,
    Pair,
    Pointing,
    Query,
    Raw,
    Reachable,
    Recall,
    Set,
    Total,
    Unpair,
    Update,
)
from kingpost.store.own import own
from kingpost.store.protocol import Statement
from kingpost.store.reads import Reads
from kingpost.store.rules import Dialect, Scope

META = "kingpost_meta"
CHANGES = "kingpost_changes"
ANSWERS = "kingpost_answers"
MOST_FORGOTTEN = 4
KINDS = {"actor": "text", "at": "bigint", "after": "text"}
"""What a new row's Change is told from outside its statement."""


def render(contract: Contract, dialect: Dialect, query: Query, examine: str = "") -> Statement:
    """Write the statement for a query.

    Args:
        contract: Where the names come from.
        dialect: The database's ways.
        query: What to do.
        examine: The name of an SQL function to call with the id of each row that is looked at, for measuring.

    Returns:
        The text and the names of its parameters, in order.

    Raises:
        ValueError: A text of one's own is no statement that may be asked.
    """
    writer = Writer(contract, dialect, examine)
    text = writer.statement(query)
    return Statement(text, tuple(writer.names), query if isinstance(query, Raw) else None, isinstance(query, Create))


class Writer(Reads):
    """Writes one statement, gathering its parameters."""

    def statement(self, query: Query) -> str:
        """Write the whole statement."""
        match query:
            case Find():
                return self.found(query)
            case Among(table, where):
                scope, keys = self.of("t"), self.keys("keys", table.resource)
                target, same = f"{self.quote(table.resource)} AS t", f"{scope('id')} = i.value"
                source = self.dialect.following(f"{keys} AS i", target, "t", same)
                return (
                    f"{self.select(table, scope, source)} WHERE {self.looked(scope)}{self.rule(table.resource, where, scope)}"
                )
            case Page():
                return self.page(query)
            case Total(table, branches, most):
                parts = [self.branch(table, branch, ()) for branch in branches]
                return f"SELECT count(*) FROM ({self.dialect.merged(parts, '', str(most + 1))}) AS c"
            case Linked():
                return self.linked(query)
            case Insert():
                return self.insert(query)
            case Create():
                return self.create(query) if self.dialect.compound() else ""
            case Update():
                return self.update(query)
            case Delete(resource, rule, answer):
                holds = self.judged(resource, rule, self.of(resource))
                key = f"{self.of(resource)('id')} = {self.value('key')}{f' AND {holds}' if holds else ''}"
                return f"DELETE FROM {self.quote(resource)} WHERE {key} RETURNING {self.items(answer, resource)}"
            case Explain(links):
                return f"SELECT {', '.join(self.dialect.truth(self.reachable(link)) for link in links)}"
            case _:
                return self.aid(query)

    def aid(self, query: Query) -> str:
        """Write the statements that accompany a write."""
        match query:
            case Pointing(table, field):
                select = f"SELECT {self.items(table, table.resource)} FROM {self.quote(table.resource)}"
                return f"{select} WHERE {self.above(table.resource, field)}"
            case DeleteRows(answer):
                name = answer.resource
                where = self.dialect.among(self.quote("id"), self.keys("ids", name))
                return f"DELETE FROM {self.quote(name)} WHERE {where} RETURNING {self.items(answer, name)}"
            case ClearLinked(answer, field, stamped):
                name = answer.resource
                where = f"{self.above(name, field)} RETURNING {self.items(answer, name)}"
                changes = [f"{self.quote(field)} = NULL", *(f"{self.quote(each)} = {self.new(name, each)}" for each in stamped)]
                return f"UPDATE {self.quote(name)} SET {', '.join(changes)} WHERE {where}"
            case AnyLinked(resource, field):
                return f"SELECT 1 FROM {self.quote(resource)} WHERE {self.above(resource, field)} LIMIT 1"
            case Add(resource, field):
                name = self.quote(field)
                change = f"{name} = {name} + {self.value('amount')}"
                return f"UPDATE {self.quote(resource)} SET {change} WHERE {self.quote('id')} = {self.value('key')}"
            case Pair(through, resource, rule):
                columns = f"{self.quote(through.here)}, {self.quote(through.there)}"
                same = f"{self.of('t')('id')} = i.value"
                target = f"{self.quote(resource)} AS t"
                chosen = self.dialect.following(f"{self.keys('ids', resource)} AS i", target, "t", same)
                key = self.dialect.typed(self.value("key"), self.holder(through).key)
                select = f"SELECT {key}, i.value FROM {chosen} WHERE {self.rule(resource, rule, self.of('t'))}"
                return f"INSERT INTO {self.quote(through.name)} ({columns}) {select} RETURNING {self.quote(through.there)}"
            case Unpair(through, resource, rule):
                text = f"DELETE FROM {self.quote(through.name)} WHERE {self.quote(through.here)} = {self.value('key')}"
                if rule == ALWAYS:
                    return text
                same = f"{self.of('t')('id')} = {self.of(through.name)(through.there)}"
                found = f"FROM {self.quote(resource)} AS t WHERE {same} AND {self.judged(resource, rule, self.of('t'))}"
                return f"{text} AND {self.dialect.any(found, '')}"
            case Set(resource, field, still):
                change = f"{self.quote(field)} = {self.value('value')} WHERE {self.quote('id')} = {self.value('key')}"
                was = f" AND {self.quote(field)} = {self.value('was')}" if still else ""
                return f"UPDATE {self.quote(resource)} SET {change}{was} RETURNING {self.quote('id')}"
            case Append():
                names = ("resource", "key", "kind", "actor", "at", "before", "after")
                columns, values = ", ".join(map(self.quote, names)), ", ".join(map(self.value, names))
                return f"INSERT INTO {CHANGES} ({columns}) VALUES ({values})"
            case _:
                return self.kept(query)

    def kept(self, query: Query) -> str:
        """Write the statements of answers that are kept."""
        match query:
            case Recall():
                where = f"name = {self.value('name')} AND {self.quote('at')} > {self.value('since')}"
                return f"SELECT sent, standing, answer FROM {ANSWERS} WHERE {where}"
            case Keep():
                names = ("name", "sent", "standing", "answer", "at")
                columns, values = ", ".join(map(self.quote, names)), ", ".join(map(self.value, names))
                renewed = ", ".join(f"{self.quote(name)} = excluded.{self.quote(name)}" for name in names[1:])
                return f"INSERT INTO {ANSWERS} ({columns}) VALUES ({values}) ON CONFLICT (name) DO UPDATE SET {renewed}"
            case Forget():
                first = f"ORDER BY {self.quote('at')} LIMIT {MOST_FORGOTTEN}{self.dialect.spare()}"
                old = f"{self.quote('at')} <= {self.value('since')} {first}"
                return f"DELETE FROM {ANSWERS} WHERE name IN (SELECT name FROM {ANSWERS} WHERE {old})"
            case Raw(text):
                return own(text, self.value)
            case _:
                raise AssertionError(f"no SQL for {query}")

    # Writes

    def insert(self, query: Insert) -> str:
        """Write INSERT with the rules on the new row inside."""
        # A resource may have nothing but an id that the store makes, and a statement wants at least one column.
        resource = self.contract.resource[query.resource]
        names = ", ".join(map(self.quote, query.fields)) or self.quote("id")
        values = ", ".join(self.new(resource.name, field) for field in query.fields) or self.dialect.number(resource)

        def new(field: str) -> str:
            return (
                self.new(resource.name, field) if field in query.fields else self.dialect.typed("NULL", resource.field[field])
            )

        where = self.conditions([self.rule(query.resource, query.rule, new, nested=True)], query.links)
        returning = self.items(query.answer, query.resource)
        return f"INSERT INTO {self.quote(query.resource)} ({names}) SELECT {values} WHERE {where} RETURNING {returning}"

    def create(self, query: Create) -> str:
        """Write INSERT, what follows from it for counts, and the Change, as one statement; each part reads the new row."""
        resource, new = self.contract.resource[query.insert.resource], self.of("_new")
        field_at = {at: field.name for field, at in zip(resource.fields, query.row_at, strict=True)}
        columns = [self.quote(field_at.get(at, f"_{at}")) for at in range(len(query.insert.answer.items))]
        parts = [f"_new ({', '.join(columns)}) AS ({self.insert(query.insert)})"]
        for number, tallied in enumerate(query.tallies, 1):
            where = "" if tallied.where == ALWAYS else f" WHERE {self.rule(resource.name, tallied.where, new)}"
            name = self.quote(tallied.add.field)
            change = f"UPDATE {self.quote(tallied.add.resource)} SET {name} = {name} + 1"
            parent = f"(SELECT {new(tallied.field)} FROM _new{where})"
            parts.append(f"_t{number} AS ({change} WHERE {self.quote('id')} = {parent})")
        key = f"CAST({new('id')} AS text)"
        actor, at, after = (f"CAST({self.value(name)} AS {kind})" for name, kind in KINDS.items())
        if resource.key.origin == "serial":  # the rest is made beforehand
            after = f"""'{{"id":' || {key} || {after}"""
        told = f"{self.dialect.literal(resource.name)}, {key}, 'created', {actor}, {at}, {after}"
        names = ", ".join(map(self.quote, ("resource", "key", "kind", *KINDS)))
        parts.append(f"_change AS (INSERT INTO {CHANGES} ({names}) SELECT {told} FROM _new)")
        return f"WITH {', '.join(parts)} SELECT _new.* FROM (SELECT 1) AS _one LEFT JOIN _new ON true"

    def update(self, query: Update) -> str:
        """Write UPDATE with the rules on the old and the new row inside."""
        table = self.of(query.resource)
        name = query.resource
        new: Scope = lambda field: self.new(name, field) if field in query.fields else table(field)  # noqa: E731  # a scope is one line
        changes = ", ".join(f"{self.quote(field)} = {self.new(name, field)}" for field in query.fields)
        rules = [
            self.judged(query.resource, query.old, table),
            self.judged(query.resource, query.new, new),
        ]
        where = self.conditions([f"{table('id')} = {self.value('key')}", *filter(None, rules)], query.links)
        key = self.quote("id")
        returning = self.items(query.answer, name)
        return f"UPDATE {self.quote(name)} SET {changes or f'{key} = {key}'} WHERE {where} RETURNING {returning}"

    def conditions(self, rules: Iterable[str], links: tuple[Reachable, ...]) -> str:
        """Join what must hold, each said once."""
        return " AND ".join(dict.fromkeys([*rules, *map(self.reachable, links)]))

    def reachable(self, link: Reachable) -> str:
        """Write whether a link may point where it is to point."""
        name = self.link()
        key = self.contract.resource[link.resource].key
        value, same = self.dialect.typed(self.value(f"new.{link.field}"), key), self.of(name)("id")
        condition = f"{same} = {value}"
        if link.rule != ALWAYS:
            condition += f" AND {self.judged(link.resource, link.rule, self.of(name))}"
        found = self.dialect.any(f"FROM {self.quote(link.resource)} AS {name} WHERE {condition}", "")
        return f"({value} IS NULL OR {found})" if link.optional else found
