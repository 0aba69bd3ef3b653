"""Writes SQL text for queries: one renderer for every database, with the dialect's few differences asked for by name.

Takes queries, gives statements. Identifiers come from the contract alone; every value that a call brings is a parameter.
Stands on plan and the ground.
"""

from collections.abc import Iterable

from kingpost.contract.expr import ALWAYS
from kingpost.contract.model import Contract, Key, Resource
from kingpost.plan.query import (
    Add,
    Among,
    AnyLinked,
    Append,
    Beyond,
    Branch,
    ClearLinked,
    Delete,
    DeleteRows,
    Explain,
    Find,
    Forget,
    Holds,
    Insert,
    Join,
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
    Table,
    Tally,
    Through,
    Total,
    Unpair,
    Update,
    Value,
)
from kingpost.store.own import own
from kingpost.store.protocol import Statement
from kingpost.store.rules import Dialect, Rules, Scope

CHANGES = "kingpost_changes"
ANSWERS = "kingpost_answers"
MOST_FORGOTTEN = 4


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
    return Statement(text, tuple(writer.names), query if isinstance(query, Raw) else None)


class Writer(Rules):
    """Writes one statement, gathering its parameters."""

    def __init__(self, contract: Contract, dialect: Dialect, examine: str) -> None:
        """Begin a statement."""
        super().__init__(contract, dialect)
        self.examine = examine

    def statement(self, query: Query) -> str:
        """Write the whole statement."""
        match query:
            case Find(table, where):
                scope = self.of("t")
                select = self.select(table, scope, f"{self.quote(table.resource)} AS t")
                return f"{select} WHERE {self.looked(scope)}{self.rule(table.resource, where, scope)}"
            case Among(table, where):
                scope, keys = self.of("t"), self.keys("keys", table.resource)
                source = f"{keys} AS i CROSS JOIN {self.quote(table.resource)} AS t ON {scope('id')} = i.value"
                return (
                    f"{self.select(table, scope, source)} WHERE {self.looked(scope)}{self.rule(table.resource, where, scope)}"
                )
            case Page():
                return self.page(query)
            case Total(table, branches, most):
                parts = " UNION ALL ".join(self.branch(table, branch) for branch in branches)
                return f"SELECT count(*) FROM ({parts} LIMIT {most + 1}) AS c"
            case Linked():
                return self.linked(query)
            case Insert():
                return self.insert(query)
            case Update():
                return self.update(query)
            case Delete(resource, rule, answer):
                holds = self.rule(resource, rule, self.of(resource))
                key = f"{self.of(resource)('id')} = {self.value('key')}"
                return f"DELETE FROM {self.quote(resource)} WHERE {key} AND ({holds}) RETURNING {self.items(answer, resource)}"
            case Explain(links):
                return f"SELECT {', '.join(self.dialect.truth(self.reachable(link)) for link in links)}"
            case _:
                return self.aid(query)

    def aid(self, query: Query) -> str:
        """Write the statements that accompany a write."""
        match query:
            case Pointing(table, field):
                select = f"SELECT {self.items(table, table.resource)} FROM {self.quote(table.resource)}"
                return f"{select} WHERE {self.quote(field)} IN {self.above(table.resource, field)}"
            case DeleteRows(answer):
                name = answer.resource
                where = f"{self.quote('id')} IN {self.ids('ids', name)}"
                return f"DELETE FROM {self.quote(name)} WHERE {where} RETURNING {self.items(answer, name)}"
            case ClearLinked(answer, field, stamped):
                name = answer.resource
                where = f"{self.quote(field)} IN {self.above(name, field)} RETURNING {self.items(answer, name)}"
                changes = [f"{self.quote(field)} = NULL", *(f"{self.quote(each)} = {self.new(name, each)}" for each in stamped)]
                return f"UPDATE {self.quote(name)} SET {', '.join(changes)} WHERE {where}"
            case AnyLinked(resource, field):
                where = f"{self.quote(field)} IN {self.above(resource, field)}"
                return f"SELECT 1 FROM {self.quote(resource)} WHERE {where} LIMIT 1"
            case Add(resource, field):
                name = self.quote(field)
                change = f"{name} = {name} + {self.value('amount')}"
                return f"UPDATE {self.quote(resource)} SET {change} WHERE {self.quote('id')} = {self.value('key')}"
            case Pair(through, resource, rule):
                columns = f"{self.quote(through.here)}, {self.quote(through.there)}"
                same = f"{self.of('t')('id')} = i.value"
                chosen = f"{self.keys('ids', resource)} AS i JOIN {self.quote(resource)} AS t ON {same}"
                key = self.dialect.typed(self.value("key"), self.holder(through).key)
                select = f"SELECT {key}, i.value FROM {chosen} WHERE {self.rule(resource, rule, self.of('t'))}"
                return f"INSERT INTO {self.quote(through.name)} ({columns}) {select} RETURNING {self.quote(through.there)}"
            case Unpair(through, resource, rule):
                text = f"DELETE FROM {self.quote(through.name)} WHERE {self.quote(through.here)} = {self.value('key')}"
                if rule == ALWAYS:
                    return text
                same = f"{self.of('t')('id')} = {self.of(through.name)(through.there)}"
                holds = self.rule(resource, rule, self.of("t"), nested=True)
                return f"{text} AND EXISTS (SELECT 1 FROM {self.quote(resource)} AS t WHERE {same} AND {holds})"
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

    def keys(self, name: str, resource: str) -> str:
        """Write the table of a resource's ids that come as one JSON value."""
        return self.dialect.keys(self.value(name), self.contract.resource[resource].key)

    def ids(self, name: str, resource: str) -> str:
        """Write the ids of a resource that come as one JSON value."""
        return f"(SELECT i.value FROM {self.keys(name, resource)} AS i)"

    def above(self, resource: str, field: str) -> str:
        """Write the ids of the parents, to which a field of a resource points."""
        return self.ids("parents", self.contract.resource[resource].ref_of[field].target)

    def holder(self, through: Through) -> Resource:
        """Give the resource whose list goes through a table of pairs."""
        return self.contract.resource[through.list.partition(".")[0]]

    # Reads

    def looked(self, scope: Scope) -> str:
        """Write that a row is looked at, where that is measured."""
        return f"{self.examine}({scope('id')}) AND " if self.examine else ""

    def select(self, table: Table, scope: Scope, source: str) -> str:
        """Write SELECT and FROM of a table, which stands in its source as `t`, with its joined rows."""
        items: list[str] = []
        joins: list[str] = []
        self.gather(table, "t", items, joins, scope)
        return f"SELECT {', '.join(items)} FROM {source}{''.join(joins)}"

    def paired(self, alias: str, through: Through | None) -> Scope:
        """Give the fields of a table, its id as the pairs hold it where it is reached through pairs."""
        fields = self.of(alias)
        return fields if through is None else keyed(fields, self.of("j")(through.there))

    def gather(self, table: Table, alias: str, items: list[str], joins: list[str], scope: Scope | None = None) -> None:
        """Collect the values and joins of a table, depth first."""
        items.extend(self.item(table.resource, item, scope or self.of(alias)) for item in table.items)
        for number, join in enumerate(table.joins, 1):
            name = f"{alias}_{number}"
            joins.append(self.join(join, alias, name))
            self.gather(join.table, name, items, joins)

    def join(self, join: Join, alias: str, name: str) -> str:
        """Write the join of a linked row: nothing is lost where it is missing or may not be read."""
        rule = self.rule(join.table.resource, join.rule, self.of(name))
        same = f"{self.of(name)('id')} = {self.of(alias)(join.field)}"
        return (
            f" LEFT JOIN {self.quote(join.table.resource)} AS {name} ON {same}{'' if join.rule == ALWAYS else f' AND ({rule})'}"
        )

    def items(self, table: Table, alias: str) -> str:
        """Write the values of a table."""
        return ", ".join(self.item(table.resource, item, self.of(alias)) for item in table.items)

    def item(self, resource: str, item: Value | Holds | Tally, scope: Scope) -> str:
        """Write one value of a row."""
        match item:
            case Value(field):
                return scope(field)
            case Holds(rule):
                return self.dialect.truth(f"({self.rule(resource, rule, scope)})")
            case Tally(source, field, where, is_any):
                name = self.link()
                condition = f"{self.of(name)(field)} = {scope('id')}"
                if where != ALWAYS:
                    condition += f" AND ({self.rule(source, where, self.of(name))})"
                found = f"FROM {self.quote(source)} AS {name} WHERE {condition}"
                return self.dialect.truth(f"EXISTS (SELECT 1 {found})") if is_any else f"(SELECT count(*) {found})"

    def page(self, query: Page) -> str:
        """Write a list: its branches merged in order."""
        parts = [self.branch(query.table, branch) for branch in query.branches]
        return self.dialect.merged(parts, self.order(query.table.resource, query.order, query.order_at), self.value("limit"))

    def order(self, resource: str, keys: Iterable[Key], places: Iterable[int]) -> str:
        """Write an order, each key by its place among the values."""
        fields = self.contract.resource[resource].field
        return ", ".join(
            f"{at + 1}{self.dialect.direction(key, fields[key.field])}" for key, at in zip(keys, places, strict=True)
        )

    def branch(self, table: Table, branch: Branch) -> str:
        """Write one branch of a list; one that goes through pairs, or searches, reads the order they are kept in."""
        scope = self.paired("t", branch.through)
        source = f"{self.quote(table.resource)} AS t{self.dialect.indexed(branch.index)}"
        pairs, parts = branch.through, []
        if branch.search:
            search = self.dialect.search(self.contract.resource[table.resource], "t", self.value("words"))
            scope, source, parts = keyed(self.of("t"), search.key), search.source, [search.where]
        if pairs is not None:
            first, same = f"{self.quote(pairs.name)} AS j", f"{self.of('t')('id')} = {self.of('j')(pairs.there)}"
            source = f"{source} CROSS JOIN {first} ON {same}" if branch.search else f"{first} CROSS JOIN {source} ON {same}"
            parts.append(f"{self.of('j')(pairs.here)} = {self.value(f'filter_{pairs.list}')}")
        if self.examine:
            parts.insert(0, f"{self.examine}({scope('id')})")
        if branch.where != ALWAYS:
            parts.append(self.rule(table.resource, branch.where, scope, nested=True))
        if branch.beyond:
            parts.append(self.beyond(branch.beyond, scope))
        where = f" WHERE {' AND '.join(parts)}" if parts else ""
        return self.select(table, scope, source) + where

    def beyond(self, beyond: Beyond, scope: Scope) -> str:
        """Write "later than the mark" as one comparison of rows (SQL-92 row values), which an index can seek."""
        sign = "<" if beyond.keys[0].descending else ">"
        left = [scope(key.field) for key in beyond.keys]
        right = [self.value(f"mark_{beyond.first + at}") for at in range(len(left))]
        return f"{left[0]} {sign} {right[0]}" if len(left) == 1 else f"({', '.join(left)}) {sign} ({', '.join(right)})"

    def linked(self, query: Linked) -> str:
        """Write a to-many link for many parents at once, so many rows each."""
        names = list(dict.fromkeys(["id", *(key.field for key in query.order)]))
        resource = query.table.resource
        parts = [self.chosen(query, branch, names) for branch in query.branches]
        order = self.order(resource, query.order, [names.index(key.field) for key in query.order])
        chosen = f"SELECT {self.of('c')('id')} FROM ({self.dialect.merged(parts, order, str(query.most + 1))}) AS c"
        items: list[str] = ["p.value"]
        joins: list[str] = []
        self.gather(query.table, "t", items, joins)
        above = (
            self.contract.resource[resource].ref_of[query.link].target
            if isinstance(query.link, str)
            else self.holder(query.link).name
        )
        source = self.dialect.under(
            f"{self.keys('parents', above)} AS p", f"{self.quote(resource)} AS t", "".join(joins), self.of("t")("id"), chosen
        )
        return f"SELECT {', '.join(items)} FROM {source} ORDER BY {self.order(resource, query.order, query.order_at)}"

    def chosen(self, query: Linked, branch: Branch, names: list[str]) -> str:
        """Write one branch of the rows under a parent: their ids, and what they are sorted by."""
        resource, scope = query.table.resource, self.paired("s", branch.through)
        parts = [f"{self.examine}({scope('id')})"] if self.examine else []
        source = f"{self.quote(resource)} AS s{self.dialect.indexed(branch.index)}"
        if isinstance(query.link, str):
            parts.append(f"{scope(query.link)} = p.value")
        else:
            pair, same = self.of("j"), f"{self.of('s')('id')} = {scope('id')}"
            source = f"{self.quote(query.link.name)} AS j CROSS JOIN {source} ON {same}"
            parts.append(f"{pair(query.link.here)} = p.value")
        if branch.where != ALWAYS:
            parts.append(self.rule(resource, branch.where, scope, nested=True))
        values = ", ".join(f"{scope(name)} AS {self.quote(name)}" for name in names)
        return f"SELECT {values} FROM {source} WHERE {' AND '.join(parts)}"

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

    def update(self, query: Update) -> str:
        """Write UPDATE with the rules on the old and the new row inside."""
        table = self.of(query.resource)
        name = query.resource
        new: Scope = lambda field: self.new(name, field) if field in query.fields else table(field)  # noqa: E731  # a scope is one line
        changes = ", ".join(f"{self.quote(field)} = {self.new(name, field)}" for field in query.fields)
        rules = [
            self.rule(query.resource, query.old, table, nested=True),
            self.rule(query.resource, query.new, new, nested=True),
        ]
        where = self.conditions([f"{table('id')} = {self.value('key')}", *rules], query.links)
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
            condition += f" AND ({self.rule(link.resource, link.rule, self.of(name))})"
        found = f"EXISTS (SELECT 1 FROM {self.quote(link.resource)} AS {name} WHERE {condition})"
        return f"({value} IS NULL OR {found})" if link.optional else found


def keyed(fields: Scope, key: str) -> Scope:
    """Give the fields of a row, its id as something else holds it."""
    return lambda field: key if field == "id" else fields(field)
