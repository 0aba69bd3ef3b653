"""Reads the query of a request.

Takes the bytes behind the question mark, gives parameters, and of a read what it asks for. Stands on the ground.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import msgspec

from kingpost.call import Call, Detail, Include, Range, Shape
from kingpost.contract.model import Contract, Key, Resource
from kingpost.contract.ranges import OPERATORS, ranged

MOST_PARAMETERS = 50
MOST_NAMES = 100
MOST_LINKS = 20
MOST_LAID = 1_000
SHAPING = ("fields", "include", "sort", "total")
"""The parameters whose texts say what is asked for; all others give values."""


class Unclear(Exception):
    """A query that does not say one thing; carries which parameter and why."""

    def __init__(self, field: str, message: str) -> None:
        """Name the parameter."""
        super().__init__(field, message)
        self.detail = Detail(field, message)


def query(raw: bytes) -> dict[str, str]:
    """Read a query, in which no parameter may come twice; raises `Unclear`."""
    parameters: dict[str, str] = {}
    if not raw:
        return parameters
    for number, pair in enumerate(raw.split(b"&")):
        if number >= MOST_PARAMETERS:
            raise Unclear("", f"Has more than {MOST_PARAMETERS} parameters")
        if not pair:
            continue  # as in "?a=1&&b=2", which says nothing twice
        left, _, right = pair.partition(b"=")
        try:
            name, text = unescaped(left), unescaped(right)
        except UnicodeDecodeError as error:
            raise Unclear("", "The query is not UTF-8") from error
        if "\0" in name or "\0" in text:
            raise Unclear("", "The query holds the character U+0000")
        if name in parameters:
            raise Unclear(name[:MOST_NAMES], "Is given twice")
        parameters[name] = text
    return parameters


def unescaped(raw: bytes) -> str:
    """Read a name or a text of a query (application/x-www-form-urlencoded, URL Standard); raises `UnicodeDecodeError`."""
    return unquote_to_bytes(raw.replace(b"+", b" ")).decode() if b"%" in raw or b"+" in raw else raw.decode()


class Laid(NamedTuple):
    """What the words of a read ask for, whatever their values: its shape, and which parameters its values come from."""

    shape: Shape
    filters: tuple[str, ...]
    ranges: tuple[str, ...]


def narrowed(contract: Contract, call: Call, parameters: Mapping[str, str]) -> Call:
    """Read what a read asks for: fields and links, and of a list what narrows and orders it; raises `Unclear`."""
    if not parameters and call.parent is None:
        return call
    operation = contract.operation[call.operation]
    resource = contract.resource[operation.resource]
    above = call.parent.field if call.parent else ""
    said = tuple([(name, text if name in SHAPING else "") for name, text in parameters.items()])
    found = laid(resource, operation.verb == "list", above, said)
    limit = whole(parameters["limit"], resource.lists.most) if "limit" in parameters else None
    texts = {above: call.parent.key, **parameters} if call.parent else parameters
    return msgspec.structs.replace(
        call,
        shape=found.shape,
        limit=limit,
        after=parameters.get("after", ""),
        filters=tuple([texts[name] for name in found.filters]),
        ranges=tuple([texts[name] for name in found.ranges]),
        words=parameters["q"] if found.shape.search else "",
    )


@lru_cache(MOST_LAID)
def laid(resource: Resource, listing: bool, above: str, said: tuple[tuple[str, str], ...]) -> Laid:
    """Read what the words of a read ask for, once for all that have the same; raises `Unclear`.

    Args:
        resource: Of which it is.
        listing: Whether it is a list.
        above: The link to the row that the list hangs on; empty for none.
        said: The names of all parameters, with the texts of those that say more than a value.

    Returns:
        What they ask for.
    """
    filters: list[str] = [above] if above else []
    fields: tuple[str, ...] | None = None
    sort: tuple[Key, ...] = ()
    include: tuple[Include, ...] = ()
    ranges: list[Range] = []
    total = search = False
    for name, text in said:
        if name in ("fields", "sort") and text.count(",") >= MOST_NAMES + len(resource.fields):
            raise Unclear(name, "Names more than there are")
        if name == "fields":
            fields = tuple(sorted(set(text.split(","))))
        elif name == "include":
            include = links(text)
        elif listing and name in ("limit", "after"):
            continue
        elif listing and name == "sort":
            sort = tuple(Key(word.removeprefix("-"), word.startswith("-")) for word in text.split(","))
        elif listing and name == "total":
            total = whether(name, text)
        elif listing and name == "q" and resource.lists.search:
            search = True
        elif listing and (found := within(resource, name)) is not None:
            ranges.append(found)
        elif listing and name in resource.filters and name not in filters:
            filters.append(name)
        else:
            raise Unclear(name[:MOST_NAMES], f"Is not a parameter here; there are {', '.join(known(resource, listing))}")
    names, ends = tuple(sorted(filters)), tuple(sorted(ranges, key=lambda each: each.name))
    shape = Shape(fields, include, names, sort, ranges=ends, total=total, search=search)
    return Laid(shape, names, tuple(each.name for each in ends))


def known(resource: Resource, listing: bool) -> list[str]:
    """Name the parameters that a read takes."""
    if not listing:
        return ["fields", "include"]
    ranges = [f"{name}[{'|'.join(OPERATORS)}]" for name in ranged(resource)]
    search = ["q"] if resource.lists.search else []
    return ["limit", "after", "sort", "total", *search, "fields", "include", *resource.filters, *ranges]


def within(resource: Resource, name: str) -> Range | None:
    """Read the name of one end of a range, such as `created_at[gte]`; none for any other name."""
    for operator in OPERATORS:
        field = name.removesuffix(f"[{operator}]")
        if field != name and field in ranged(resource):
            return Range(field, operator)
    return None


def whether(name: str, text: str) -> bool:
    """Read a parameter that says yes or no; raises `Unclear`."""
    if text not in ("true", "false"):
        raise Unclear(name, "Must be true or false")
    return text == "true"


def whole(text: str, most: int) -> int:
    """Read how many rows a page is to have; raises `Unclear`."""
    if not (text.isascii() and text.isdigit() and len(text) <= len("1000000")):
        raise Unclear("limit", f"Must be a whole number from 1 to {most}")
    return int(text)


def links(text: str) -> tuple[Include, ...]:
    """Read the links to include, such as `user,user.posts`, into a tree; raises `Unclear`."""
    tree: dict[str, dict[str, object]] = {}
    paths = text.split(",")
    if len(paths) > MOST_LINKS:
        raise Unclear("include", f"May name at most {MOST_LINKS} links")
    for path in paths:
        level = tree
        names = path.split(".")
        if len(names) > MOST_LINKS:
            raise Unclear("include", "Goes too deep")
        for name in names:
            level = level.setdefault(name, {})  # type: ignore[assignment]  # a tree of trees has no simpler type
    return grow(tree)


def grow(tree: Mapping[str, object]) -> tuple[Include, ...]:
    """Freeze a tree of names, in one order whatever order they came in."""
    return tuple(Include(name, grow(below)) for name, below in sorted(tree.items()) if isinstance(below, dict))
