"""Rows as user code sees them: objects of the app's own classes, asked for and written as whoever makes the call.

Takes Python values, makes calls of them, and hands those to the one door that every call goes through. Stands on the engine.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

from kingpost.call import Actor, Call, Include, Refused, Result, Shape
from kingpost.contract.codec import Children, Output, Row
from kingpost.contract.model import Key, Resource
from kingpost.contract.scalars import Invalid, Scalar
from kingpost.contract.types import Unwritable
from kingpost.contract.types import kind as spoken
from kingpost.engine.engine import Engine
from kingpost.values import Page

R = TypeVar("R")
Many: TypeAlias = list[R]  # in the class below, `list` is a method
Door: TypeAlias = Callable[[Engine, Call, Actor], Awaitable[Result]]
"""Answers a call of an actor who is believed; raises `Refused` and its like."""


class Rows(Generic[R]):
    """The rows of one resource, as far as one caller may read and write them."""

    def __init__(self, ask: Callable[[Call], Awaitable[Result]], engine: Engine, resource: Resource) -> None:
        """Ask for rows of a resource."""
        self.door, self.engine, self.resource = ask, engine, resource

    async def ask(self, call: Call) -> Result:
        """Ask, if the resource says at all who may."""
        if call.operation not in self.engine.contract.operation:
            raise TypeError(f"{call.operation} is not offered: say in access of {self.resource.title} who may")
        return await self.door(call)

    async def get(self, id: object = None, *, include: Sequence[str] = (), **unique: object) -> R:
        """Give one row.

        Args:
            id: Its id; or name another field that is unique, as in `get(slug="first")`.
            include: The links to read with it, such as `("author", "tags")`.
            unique: The field and its value.

        Returns:
            The row, with what the caller may read.

        Raises:
            Refused: There is no such row, or the caller may not read it.
        """
        if len(unique) + (id is not None) != 1:
            raise TypeError('get() finds one row by one value: get(id), or get(slug="first")')
        by, value = ("id", id) if id is not None else next(iter(unique.items()))
        shape = Shape(include=tree(include), by=by)
        result = await self.ask(Call(f"{self.resource.name}.get", shape, key=self.text(by, value)))
        (row,) = self.things(result)
        return row

    async def find(self, id: object = None, *, include: Sequence[str] = (), **unique: object) -> R | None:
        """Give one row as `get` does, or None where there is none."""
        try:
            return await self.get(id, include=include, **unique)
        except Refused as refused:
            if refused.failure.kind == "not_found":
                return None
            raise

    async def list(
        self, *, sort: str = "", limit: int | None = None, after: str | None = None, q: str = "", total: bool = False,
        include: Sequence[str] = (), **filters: object,
    ) -> Page[R]:  # fmt: skip
        """Give a page of one of the declared lists.

        Args:
            sort: The order, such as `-created_at`; the list's own when left out.
            limit: How many rows.
            after: The mark of the page before.
            q: Words to search for.
            total: Whether to count them all.
            include: The links to read with each row.
            filters: What the list is narrowed by; a link by its own name takes a row or an id.

        Returns:
            The page.

        Raises:
            Refused: There is no such list.
        """
        for name in filters.keys() & self.resource.ref.keys():
            ref = self.resource.ref[name]
            filters[ref.field] = said(self.engine, ref.target, filters.pop(name))
        names = tuple(sorted(filters))
        keys = tuple(Key(word.lstrip("-"), word.startswith("-")) for word in sort.split(",") if word)
        shape = Shape(include=tree(include), filters=names, sort=keys, total=total, search=q != "")
        texts = tuple(self.text(name, filters[name]) for name in names)
        call = Call(f"{self.resource.name}.list", shape, filters=texts, limit=limit, after=after or "", words=q)
        result = await self.ask(call)
        return Page(self.things(result), result.next, result.total)

    async def among(self, ids: Sequence[Any], *, include: Sequence[str] = ()) -> Many[R]:
        """Give the rows with these ids that the caller may read, in the order of the ids, in one statement."""
        if not ids:
            return []
        keys = tuple(self.text("id", each) for each in ids)
        shape = Shape(include=tree(include), among=True)
        return self.things(await self.ask(Call(f"{self.resource.name}.get", shape, keys=keys)))

    async def create(self, **values: object) -> R:
        """Make a row; raises what a request would be refused with."""
        (row,) = self.things(await self.ask(Call(f"{self.resource.name}.create", input=self.wire(values))))
        return row

    async def update(self, id: object, **values: object) -> R:
        """Change these fields of a row; raises what a request would be refused with."""
        call = Call(f"{self.resource.name}.merge", key=self.text("id", id), input=self.wire(values))
        (row,) = self.things(await self.ask(call))
        return row

    async def delete(self, id: object) -> None:
        """Remove a row; raises what a request would be refused with."""
        await self.ask(Call(f"{self.resource.name}.delete", key=self.text("id", id)))

    def things(self, result: Result) -> Many[R]:
        """Give the rows of a result as objects."""
        assert result.output is not None
        return [thing(self.engine, self.resource, result.output, row, result.children) for row in result.rows]

    def text(self, name: str, value: object) -> str:
        """Say a value as a call says it: as text."""
        field = self.resource.field.get(name)
        if field is None or isinstance(value, str):
            return str(value)
        try:
            wire = field.scalar.write(field.scalar.store(value))
        except Invalid:
            wire = value  # for the call to judge, in the words it has for it
        return text(wire)

    def wire(self, values: Mapping[str, object]) -> dict[str, object]:
        """Say values as a request does: in their wire form, links by id."""
        sent: dict[str, object] = {}
        for name, value in values.items():
            ref, many = self.resource.ref.get(name), self.resource.many.get(name)
            if ref is not None:
                sent[ref.field] = said(self.engine, ref.target, value)
            elif many is not None and isinstance(value, Sequence):
                sent[many.field] = [said(self.engine, many.target, each) for each in value]
            elif many_of := next((each for each in self.resource.manys if each.field == name), None):
                key = self.engine.contract.resource[many_of.target].key.scalar
                sent[name] = [outward(key, each) for each in value] if isinstance(value, Sequence) else value
            else:
                field = self.resource.field.get(name)
                sent[name] = value if field is None or field.hidden else outward(field.scalar, value)
        return sent


def text(wire: object) -> str:
    """Say a wire value as an address does."""
    return str(wire).lower() if isinstance(wire, bool) else str(wire)


def outward(scalar: Scalar, value: object) -> object:
    """Give the wire form of a Python value; of one that is none of its kind, the value itself, for a call to refuse."""
    if value is None:
        return None
    try:
        return scalar.write(scalar.store(value))
    except (Invalid, TypeError, AttributeError):
        return value


def said(engine: Engine, target: str, value: object) -> object:
    """Give the id that a link is set to: of a row, or of an id itself."""
    resource = engine.contract.resource[target]
    return outward(resource.key.scalar, identified(engine, resource, value))


def identified(engine: Engine, resource: Resource, value: object) -> object:
    """Give the id of a row, or of an id itself.

    Raises:
        TypeError: It is a row of another resource, whose id means another thing.
    """
    kind = engine.classes.get(type(value))
    if kind is None:
        return value
    if kind != resource.name:
        raise TypeError(f"a {type(value).__name__} is no {resource.title}")
    return getattr(value, "id")  # noqa: B009  # an object has none that a type checker knows of


def tree(include: Sequence[str]) -> tuple[Include, ...]:
    """Read links such as `("author", "author.posts")` into a tree, in one order whatever order they came in."""
    include = (include,) if isinstance(include, str) else include  # one alone, as in include="author"
    heads = sorted({path.partition(".")[0] for path in include})
    below = {head: [path.partition(".")[2] for path in include if path.startswith(f"{head}.")] for head in heads}
    return tuple(Include(head, tree(below[head])) for head in heads)


def thing(engine: Engine, resource: Resource, output: Output, row: Row, children: Sequence[Children]) -> Any:
    """Make the object of a row: of the app's class, with what the caller may read, and what is linked to it."""
    values: dict[str, object] = {}
    for column in output.columns:
        if column.guard < 0 or row[column.guard] == 1:
            values[column.name] = None if row[column.at] is None else column.scalar.python(row[column.at])
    for one in output.ones:
        if one.guard < 0 or row[one.guard] == 1:
            target = engine.contract.resource[resource.ref[one.name].target]
            values[one.name] = None if row[one.at] is None else thing(engine, target, one.output, row, children)
    for many in output.manys:
        if many.guard < 0 or row[many.guard] == 1:
            way = resource.back.get(many.name)
            target = engine.contract.resource[way.source if way else resource.many[many.name].target]
            found = children[many.slot].rows.get(row[many.at], ())
            values[many.name] = [thing(engine, target, many.output, child, children) for child in found]
    return engine.kinds[resource.name](**values)


def worded(engine: Engine, value: object, of: str = "") -> dict[str, object]:
    """Write an object of a row in its wire form, without what no answer holds.

    Raises:
        Unwritable: It is no row of this app, or not of the resource it should be of, or holds what its fields can not.
    """
    kind = engine.classes.get(type(value))
    if kind is None or (of and kind != of):
        wanted = engine.contract.resource[of].title if of else "a row"
        raise Unwritable(f"gave {spoken(value)} where it says {wanted}")
    resource = engine.contract.resource[kind]
    held, found = vars(value), {}
    for each in resource.readable:
        if each in held:
            field = resource.field.get(each)
            try:
                whole = field is None or held[each] is None
                found[each] = held[each] if whole or field is None else field.scalar.write(field.scalar.store(held[each]))
            except Invalid as problem:
                raise Unwritable(f"{resource.title}.{each}: {problem}") from problem
    for ref in resource.refs:
        if ref.name in held:
            found[ref.name] = None if held[ref.name] is None else worded(engine, held[ref.name])
    for name in (*resource.back, *resource.many):
        if name in held:
            found[name] = {"items": [worded(engine, each) for each in held[name]], "next": None}
    return found
