"""Lays out what a statement reads: which values stand where in a row, which rows are joined, which come by another statement.

Takes a resource and a shape for a standing; gives a table, the output to write it by and the further statements. Stands on
the ground.
"""

from typing import NamedTuple

from kingpost.call import Detail, Include, Refused
from kingpost.contract.codec import Column, One, Output, Several
from kingpost.contract.expr import ALWAYS, NEVER, Expression, Hole, Standing, Test, every, residual
from kingpost.contract.indexes import alternatives, cover, ordering
from kingpost.contract.model import Back, Contract, Entry, Key, Many, Resource
from kingpost.plan.policy import guard, natural, readable
from kingpost.plan.query import Branch, Holds, Item, Join, Linked, Table, Tally, Through, Value, index_name

MOST_DEPTH = 3
MOST_LINKED = 8
MOST_VALUES = 1_000


class Values:
    """The values one table reads, the id first, each placed once."""

    def __init__(self, start: int) -> None:
        """Begin where the table's first value stands in the row."""
        self.start = start
        self.items: list[Item] = [Value("id")]

    def place(self, item: Item) -> int:
        """Give where an item stands, placing it if it is new."""
        if item not in self.items:
            self.items.append(item)
        return self.start + self.items.index(item)

    @property
    def end(self) -> int:
        """Where the next table's first value stands."""
        return self.start + len(self.items)


class Laid(NamedTuple):
    """A table laid out: how to write its rows, where the sort keys and the version's fields stand, and where the row ends."""

    table: Table
    output: Output
    order_at: tuple[int, ...]
    version: tuple[Column, ...]
    end: int


class Links(NamedTuple):
    """What is linked to a table, and where its row ends with the rows that are joined."""

    joins: list[Join]
    ones: list[One]
    manys: list[Several]
    end: int


class Layout:
    """The layout of one plan while it is made; the statements for to-many links gather here, by slot."""

    def __init__(self, contract: Contract, of: Standing) -> None:
        """Begin a plan for a standing."""
        self.contract = contract
        self.of: Standing = of
        self.linked: list[Linked | None] = []

    def table(
        self,
        resource: Resource,
        fields: tuple[str, ...] | None,
        *,
        include: tuple[Include, ...] = (),
        written: frozenset[str] = frozenset(),
        order: tuple[Key, ...] = (),
        versioned: bool = False,
        start: int = 0,
        slot: int = -1,
        depth: int = 1,
    ) -> Laid:
        """Lay out one resource and what it includes.

        Args:
            resource: Whose rows.
            fields: The fields to answer with; None for all the caller may read.
            include: The links to answer with.
            written: Fields this very call has set, which its answer may show.
            order: Sort keys that must stand in the row.
            versioned: Whether what makes up the row's version must stand in it.
            start: Where the table's first value stands in the row.
            slot: Which statement this is part of (-1: the first).
            depth: How many rows deep this is.

        Returns:
            What was laid out.

        Raises:
            Refused: A name is not offered.
        """
        values = Values(start)
        names = resource.readable if fields is None else known(resource, fields)
        columns = tuple(found for name in names if (found := self.column(resource, name, name in written, values)))
        order_at = tuple(values.place(Value(key.field)) for key in order)
        version = self.version(resource, values) if versioned else ()
        links = self.links(resource, include, values, slot, depth)
        if links.end > MOST_VALUES:
            raise Refused("invalid", "Invalid input data", Detail("include", "Asks for too many fields at once"))
        table = Table(resource.name, tuple(values.items), tuple(links.joins))
        return Laid(table, Output(columns, tuple(links.ones), tuple(links.manys)), order_at, version, links.end)

    def links(self, resource: Resource, include: tuple[Include, ...], values: Values, slot: int, depth: int) -> Links:
        """Lay out what is linked: rows that are joined, and those that a further statement brings."""
        shown = [(each, guard(resource, link(resource, each.name, depth), self.of)) for each in include]
        guards = {each.name: values.place(Holds(rule)) for each, rule in shown if rule not in (ALWAYS, NEVER)}
        found = Links([], [], [], values.end)
        for each in (each for each, rule in shown if rule != NEVER):
            at = guards.get(each.name, -1)
            if each.name in resource.ref:
                join, laid = self.one(resource, each, found.end, slot, depth)
                found.joins.append(join)
                found.ones.append(One(each.name, found.end, laid.output, at))
                found = found._replace(end=laid.end)
            else:
                found.manys.append(self.several(resource, each, values.start, slot, depth, at))
        return found

    def one(self, resource: Resource, include: Include, start: int, slot: int, depth: int) -> tuple[Join, Laid]:
        """Lay out a to-one link as a join."""
        ref = resource.ref[include.name]
        target = self.contract.resource[ref.target]
        offered(target, include.name)
        laid = self.table(target, None, include=include.include, start=start, slot=slot, depth=depth + 1)
        return Join(ref.field, laid.table, readable(target, self.of)), laid

    def column(self, resource: Resource, name: str, written: bool, values: Values) -> Column | None:
        """Place one value of the answer; None when no row shows it to this standing."""
        rule = ALWAYS if written else guard(resource, name, self.of)
        if rule == NEVER:
            return None
        count = next((each for each in resource.counts if each.name == name and not each.stored), None)
        if count is None:
            at = values.place(Value(name))
            scalar = resource.field[name].scalar
        else:
            back = resource.back[count.back]
            source = self.contract.resource[back.source]
            seen = every(guard(source, back.field, self.of), readable(source, self.of))
            at = values.place(Tally(source.name, back.field, every(residual(count.where, self.of), seen), count.any))
            scalar = resource.count[name].scalar
        return Column(name, scalar, at, -1 if rule == ALWAYS else values.place(Holds(rule)))

    def version(self, resource: Resource, values: Values) -> tuple[Column, ...]:
        """Place what makes up a row's version: the stored fields that the caller may see, but not what others count."""
        own = [field.name for field in resource.fields if not field.hidden and field.origin != "count"]
        return tuple(found for name in own if (found := self.column(resource, name, False, values)))

    def several(self, resource: Resource, include: Include, at: int, slot: int, depth: int, shown: int) -> Several:
        """Lay out a to-many link as a statement of its own."""
        mine = len(self.linked)
        if mine >= MOST_LINKED:
            raise Refused("invalid", "Invalid input data", Detail("include", f"May name at most {MOST_LINKED} to-many links"))
        self.linked.append(None)
        way: Back | Many = resource.back.get(include.name) or resource.many[include.name]
        target = self.contract.resource[way.target if isinstance(way, Many) else way.source]
        offered(target, include.name)
        rule = readable(target, self.of)
        if isinstance(way, Many):
            rule = rule if way.writable else every(guard(target, way.field, self.of), rule)
            pairs = Through(way.through, way.here, way.there, f"{resource.name}.{way.name}")
            through: str | Through = pairs
            order = ordering(Entry())
            branches: tuple[Branch, ...] = (Branch(rule, through=pairs),)
        else:
            through = way.field
            order = ordering(natural(target, frozenset([way.field]), self.of) or Entry())
            # Which rows point here is told only to who may read that link, as in the list that is narrowed by it.
            rule = every(*(guard(target, name, self.of) for name in (way.field, *(key.field for key in order))), rule)
            branches = beneath(target, way.field, rule, order)
        laid = self.table(target, None, include=include.include, order=order, start=1, slot=mine, depth=depth + 1)
        self.linked[mine] = Linked(
            laid.table,
            through,
            branches,
            order,
            laid.order_at,
            target.lists.page,
            slot,
            at,
        )
        return Several(include.name, at, mine, laid.output, shown)


def beneath(target: Resource, field: str, rule: Expression, order: tuple[Key, ...]) -> tuple[Branch, ...]:
    """Split the rows under a parent as a list is split, so that each part reads its own index in order."""
    found = []
    for condition in alternatives(rule):
        index = cover(target, every(Test((field,), "=", Hole("parent")), condition), order)
        found.append(Branch(condition, index=index_name(target.name, index) if index else ""))
    return tuple(found) or (Branch(NEVER),)


def known(resource: Resource, fields: tuple[str, ...]) -> tuple[str, ...]:
    """Give the fields asked for in the order of the declaration; raises `Refused` for one that there is not."""
    for name in fields:
        if name not in resource.readable:
            message = f"{resource.title} has no field {name[:100]!r}; it has {', '.join(resource.readable)}"
            raise Refused("invalid", "Invalid input data", Detail("fields", message))
    return tuple(name for name in resource.readable if name in fields)


def link(resource: Resource, name: str, depth: int) -> str:
    """Give the field whose right to be read a link needs; raises `Refused` for a link that is not offered."""
    if name in resource.ref:
        field = resource.ref[name].field
    elif name in resource.many:
        field = resource.many[name].field if resource.many[name].writable else "id"
    elif name in resource.back:
        field = "id"
    else:
        links = ", ".join([*resource.ref, *resource.back, *resource.many]) or "no links"
        message = f"{resource.title} has no link {name[:100]!r}; it has {links}"
        raise Refused("invalid", "Invalid input data", Detail("include", message))
    if depth > MOST_DEPTH:
        raise Refused("invalid", "Invalid input data", Detail("include", f"May go at most {MOST_DEPTH} links deep"))
    return field


def offered(target: Resource, name: str) -> None:
    """Refuse a link to a resource that no one reads."""
    if "read" not in target.access:
        raise Refused("invalid", "Invalid input data", Detail("include", f"{name} can not be included"))
