"""Writes the SQL of reads: the rows of a list and those linked to it, each found by the index that the plan names.

Takes queries, gives text; gathers the names of the values it needs. Stands on plan and the rules.
"""

from collections.abc import Iterable, Sequence

import msgspec

from kingpost.contract.expr import ALWAYS, Expression, Hole, Test, every
from kingpost.contract.indexes import conjuncts, cover, equalities, pinned
from kingpost.contract.model import Contract, Index, Key, Resource
from kingpost.plan.query import (
    Beyond,
    Branch,
    Find,
    Holds,
    Join,
    Linked,
    Page,
    Table,
    Tally,
    Through,
    Value,
    index_name,
)
from kingpost.store.rules import Dialect, Part, Rules, Scope


class Reads(Rules):
    """Writes the reads of one statement."""

    def __init__(self, contract: Contract, dialect: Dialect, examine: str) -> None:
        """Begin a statement."""
        super().__init__(contract, dialect)
        self.examine = examine

    def keys(self, name: str, resource: str) -> str:
        """Write the table of a resource's ids that come as one JSON value."""
        return self.dialect.keys(self.value(name), self.contract.resource[resource].key)

    def above(self, resource: str, field: str) -> str:
        """Write that a field of a resource points to one of the parents."""
        target = self.contract.resource[resource].ref_of[field].target
        return self.dialect.among(self.quote(field), self.keys("parents", target))

    def holder(self, through: Through) -> Resource:
        """Give the resource whose list goes through a table of pairs."""
        return self.contract.resource[through.list.partition(".")[0]]

    def reached(self, through: Through) -> str:
        """Give the resource that a list through pairs is of."""
        return self.holder(through).many[through.list.partition(".")[2]].target

    def ahead(self, through: Through) -> bool:
        """Whether a list goes through pairs in the order of their primary key, and not back."""
        return self.holder(through).many[through.list.partition(".")[2]].writable

    def looked(self, scope: Scope) -> str:
        """Write that a row is looked at, where that is measured."""
        return f"{self.examine}({scope('id')}) AND " if self.examine else ""

    def found(self, query: Find) -> str:
        """Write the look at one row: first what pins it, then what else must hold."""
        resource, scope = query.table.resource, self.of("t")
        select = self.select(query.table, scope, f"{self.quote(resource)} AS t", self.seal(query.vouched))
        parts = conjuncts(query.where)
        pins = [part for part in parts if isinstance(part, Test) and part.operator == "=" and isinstance(part.value, Hole)]
        rest = every(*(part for part in parts if part not in pins))
        where = [self.rule(resource, part, scope, nested=True) for part in (*pins, *([] if pins else [rest]))]
        if pins and rest != ALWAYS:
            where.append(self.judged(resource, rest, scope))
        return f"{select} WHERE {self.looked(scope)}{' AND '.join(where)}"

    def judged(self, resource: str, rule: Expression, scope: Scope) -> str:
        """Write a rule that is asked of a row which is found by its id; nothing where it always holds."""
        return "" if rule == ALWAYS else self.dialect.judged(self.rule(resource, rule, scope), alone=isinstance(rule, Test))

    def seal(self, accounts: str) -> list[str]:
        """Write the seal of the account of who asks: its epoch and whether it is an admin, as one number."""
        if not accounts:
            return []
        of = self.of("v")
        seal = f"{of('epoch')} * 2 + {of('admin')}"
        return [f"(SELECT {seal} FROM {self.quote(accounts)} AS v WHERE {of('id')} = {self.value('caller')})"]

    def select(self, table: Table, scope: Scope, source: str, more: Sequence[str] = ()) -> str:
        """Write SELECT and FROM of a table, which stands in its source as `t`, with its joined rows and then more values."""
        items: list[str] = []
        joins: list[str] = []
        self.gather(table, "t", items, joins, scope)
        return f"SELECT {', '.join([*items, *more])} FROM {source}{''.join(joins)}"

    def paired(self, alias: str, through: Through | None) -> Scope:
        """Give the fields of a table, its id as the pairs hold it where it is reached through pairs."""
        fields = self.of(alias)
        if through is None:
            return fields
        key, field = self.of("j")(through.there), self.contract.resource[self.reached(through)].key
        return keyed(fields, key if self.ahead(through) else self.dialect.apart(key, field))

    def gather(self, table: Table, alias: str, items: list[str], joins: list[str], scope: Scope | None = None) -> None:
        """Collect the values and joins of a table, depth first."""
        items.extend(self.item(table.resource, item, scope or self.of(alias)) for item in table.items)
        for number, join in enumerate(table.joins, 1):
            name = f"{alias}_{number}"
            joins.append(self.join(join, alias, name))
            self.gather(join.table, name, items, joins)

    def join(self, join: Join, alias: str, name: str) -> str:
        """Write the join of a linked row: nothing is lost where it is missing or may not be read."""
        same = f"{self.of(name)('id')} = {self.of(alias)(join.field)}"
        rule = self.judged(join.table.resource, join.rule, self.of(name))
        return self.dialect.beside(f"{self.quote(join.table.resource)} AS {name}", name, same, rule)

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
                order = self.pointing(self.contract.resource[source], field, where, self.of(name))
                return self.dialect.truth(self.dialect.any(found, order)) if is_any else self.dialect.count(found, order)

    def page(self, query: Page) -> str:
        """Write a list: its branches merged in order."""
        parts = [self.branch(query.table, branch, query.order) for branch in query.branches]
        return self.dialect.merged(parts, self.order(query.table.resource, query.order, query.order_at), self.value("limit"))

    def order(self, resource: str, keys: Iterable[Key], places: Iterable[int]) -> str:
        """Write an order, each key by its place among the values."""
        fields = self.contract.resource[resource].field
        return ", ".join(
            f"{at + 1}{self.dialect.direction(key, fields[key.field])}" for key, at in zip(keys, places, strict=True)
        )

    def given(self, resource: Resource, branch: Branch, order: Sequence[Key], scope: Scope) -> str:
        """Write the order in which the rows of a branch come: that of its index, read from the end that the list begins at."""
        if "id" in equalities(branch.where):
            return ""
        if branch.index:
            index = next(each for each in resource.indexes if index_name(resource.name, each) == branch.index)
            return self.along(resource, index, order, scope)
        return ", ".join(f"{scope(key.field)}{self.dialect.direction(key, resource.field[key.field])}" for key in order)

    def pointing(self, resource: Resource, field: str, where: Expression, scope: Scope) -> str:
        """Write the order of the index that finds what points to a row and meets a condition."""
        known = every(Test((field,), "=", Hole("parent")), where)
        near = tuple(each for each in resource.indexes if field in {key.field for key in each.keys[: pinned(each, known)]})
        index = cover(msgspec.structs.replace(resource, indexes=near), known, ())
        return "" if index is None else self.along(resource, index, (), scope)

    def along(self, resource: Resource, index: Index, order: Sequence[Key], scope: Scope) -> str:
        """Write the order of an index with all its keys, turned round where the order wanted is."""
        there = {key.field: key.descending for key in index.keys}
        turned = any(key.descending != there.get(key.field, key.descending) for key in order)
        keys = [Key(key.field, key.descending != turned) for key in index.keys]
        found = [
            f"{self.dialect.column(resource, index, key, scope(key.field))}"
            f"{self.dialect.direction(key, resource.field[key.field])}"
            for key in keys
        ]
        badge = "" if index.unique else self.dialect.badge(index_name(resource.name, index), resource.key, scope("id"))
        return ", ".join([*found, *([f"{badge} DESC" if turned else badge] if badge else [])])

    def branch(self, table: Table, branch: Branch, order: Sequence[Key]) -> Part:
        """Write one branch of a list; one that goes through pairs, or searches, reads the order they are kept in."""
        scope = self.paired("t", branch.through)
        source = f"{self.quote(table.resource)} AS t{self.dialect.indexed(branch.index)}"
        pairs, parts = branch.through, []
        if branch.search:
            search = self.dialect.search(self.contract.resource[table.resource], "t", self.value("words"))
            scope, source, parts = keyed(self.of("t"), search.key), search.source, [search.where]
        if pairs is not None:
            first, same = f"{self.quote(pairs.name)} AS j", f"{self.of('t')('id')} = {self.of('j')(pairs.there)}"
            here = f"{self.of('j')(pairs.here)} = {self.value(f'filter_{pairs.list}')}"
            if branch.search:
                source = self.dialect.following(source, first, "j", f"{same} AND {here}")
            else:
                source = self.dialect.following(first, source, "t", same)
                parts.append(here)
        if self.examine:
            parts.insert(0, f"{self.examine}({scope('id')})")
        if branch.where != ALWAYS:
            parts.append(self.rule(table.resource, branch.where, scope, nested=True))
        if branch.beyond:
            parts.append(self.beyond(branch.beyond, scope))
        where = f" WHERE {' AND '.join(parts)}" if parts else ""
        resource = self.contract.resource[table.resource]
        return Part(self.select(table, scope, source) + where, self.given(resource, branch, order, scope))

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

    def chosen(self, query: Linked, branch: Branch, names: list[str]) -> Part:
        """Write one branch of the rows under a parent: their ids, and what they are sorted by."""
        resource, scope = query.table.resource, self.paired("s", branch.through)
        parts = [f"{self.examine}({scope('id')})"] if self.examine else []
        source = f"{self.quote(resource)} AS s{self.dialect.indexed(branch.index)}"
        if isinstance(query.link, str):
            parts.append(f"{scope(query.link)} = p.value")
        else:
            pair, same = self.of("j"), f"{self.of('s')('id')} = {scope('id')}"
            source = self.dialect.following(f"{self.quote(query.link.name)} AS j", source, "s", same)
            parts.append(f"{pair(query.link.here)} = p.value")
        if branch.where != ALWAYS:
            parts.append(self.rule(resource, branch.where, scope, nested=True))
        values = ", ".join(f"{scope(name)} AS {self.quote(name)}" for name in names)
        order = self.given(self.contract.resource[resource], branch, query.order, scope)
        return Part(f"SELECT {values} FROM {source} WHERE {' AND '.join(parts)}", order)


def keyed(fields: Scope, key: str) -> Scope:
    """Give the fields of a row, its id as something else holds it."""
    return lambda field: key if field == "id" else fields(field)
