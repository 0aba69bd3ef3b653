"""Describes what a request may carry beside its body: the id in the path, the query of a read, and headers.

Takes the contract and a route, gives parts of an OpenAPI document. Stands on the ground.
"""

import re

from kingpost.contract.indexes import ordering
from kingpost.contract.model import Contract, Entry, Field, Key, Resource
from kingpost.contract.ranges import ranged
from kingpost.contract.scalars import AnyScalar, Integer, Text
from kingpost.contract.search import LONGEST
from kingpost.surface.rest.document.samples import POSITION, TAG, cell, key
from kingpost.surface.rest.document.schemas import Document, of, text
from kingpost.surface.rest.export import LINES, TABLE
from kingpost.surface.rest.routes import Route

OPERATORS = {"gt": "after", "gte": "from", "lt": "before", "lte": "up to"}
TAGS = r'^[ \t]*(\*|(W/)?"[!#-+\--~]*"([ \t]*,[ \t]*(W/)?"[!#-+\--~]*"){0,50})[ \t]*$'
NAME = '^("[ -~]{1,255}"|[ -~]{1,255})$'


def parameter(name: str, about: str, schema: Document, example: object = None, place: str = "query") -> Document:
    """Describe one parameter."""
    found: Document = {"name": name, "in": place, "description": about, "schema": schema}
    return found | ({} if example is None else {"example": example})


SHARED: dict[str, Document] = {
    "IdempotencyKey": parameter(
        "Idempotency-Key",
        "A name of your choice for this write: sent again within 24 hours, it has its effect once and the same answer.",
        {"type": "string", "pattern": NAME},
        "8e03978e-40d5-43e8-bc93-6894a57f9324",
        "header",
    ),
    "IfMatch": parameter(
        "If-Match",
        "Only if the row is still this version: the `ETag` of an earlier answer.",
        {"type": "string", "pattern": TAGS},
        TAG,
        "header",
    ),
    "IfNoneMatch": parameter(
        "If-None-Match",
        "Only if there is something new: the `ETag` of an earlier answer.",
        {"type": "string", "pattern": TAGS},
        TAG,
        "header",
    ),
    "Position": parameter(
        "Kingpost-Position",
        "What you read is at least as new: the `Kingpost-Position` of an earlier answer, or several with commas between.",
        {"type": "string"},
        POSITION,
        "header",
    ),
    "After": parameter(
        "after", "Where the page begins: `next` of the page before.", {"type": "string", "pattern": "^[A-Za-z0-9_-]*$"}
    ),
    "Total": parameter("total", "Whether to count the whole list too, up to 10,000 rows.", {"type": "boolean"}, True),
}


def shared(*names: str) -> list[Document]:
    """Refer to parameters that many operations have."""
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def identity(resource: Resource) -> Document:
    """Describe the id in a path."""
    about = f"The id of one {resource.title.lower()}."
    return parameter("id", about, of(resource.key.scalar), key(resource), "path") | {"required": True}


def shown(resource: Resource) -> list[Document]:
    """Describe what a read answers with: fields and links."""
    fields = "|".join(resource.readable)
    about = f"Fields to answer with, comma-separated: {', '.join(resource.readable)}."
    found = [parameter("fields", about, listed(fields), ",".join(resource.readable[:2]))]
    links = [*resource.ref, *resource.back, *resource.many]
    if links:
        about = f"Linked rows to answer with, comma-separated, each with links of its own after a dot: {', '.join(links)}."
        path = rf"({'|'.join(links)})(\.[a-z][a-z0-9_]*)*"
        found.append(parameter("include", about, listed(path), links[0]))
    return found


def listed(word: str) -> Document:
    """Describe words with commas between them."""
    return {"type": "string", "pattern": f"^({word})(,({word}))*$"}


def narrowed(contract: Contract, resource: Resource, route: Route) -> list[Document]:
    """Describe the query of a list beside what it answers with."""
    lists = resource.lists
    entries = reached(resource, route)
    limit = {"type": "integer", "minimum": 1, "maximum": lists.most, "default": lists.page}
    found = [parameter("limit", f"How many rows; of {LINES} and {TABLE}, all when left out.", limit, lists.page)]
    orders = dict.fromkeys(order(keys) for entry in entries for keys in both(entry))
    plainest = order(both(min(entries, key=lambda entry: len(entry.filters)))[0])
    found.append(parameter("sort", "The order.", {"type": "string", "enum": list(orders)}, plainest))
    for name in dict.fromkeys(name for entry in entries for name in entry.filters if name != route.link):
        field = resource.field[name]
        about = f"Only rows with this {said(field)}; in lists of {companions(entries, name, route.link)}."
        found.append(parameter(name, about, of(field.scalar), example(contract, resource, field)))
    first = {ordering(entry)[0].field for entry in entries}
    for field in [resource.field[name] for name in ranged(resource) if name in first]:
        for operator, word in OPERATORS.items():
            about = f"Only rows {word} this {said(field)}; where it is what the list is first sorted by."
            found.append(parameter(f"{field.name}[{operator}]", about, of(end(field)), example(contract, resource, field)))
    if lists.search:
        about = f"Words that {' or '.join(lists.search)} must have, the last of them perhaps only begun; newest first."
        found.append(parameter("q", about, text(1, LONGEST), "some"))
    return found


def end(field: Field) -> AnyScalar:
    """Give what one end of a range may be, which need not be a value that the field may hold."""
    return next((kind() for kind in (Text, Integer) if isinstance(field.scalar, kind)), field.scalar)


def reached(resource: Resource, route: Route) -> list[Entry]:
    """Give the lists that a route leads to; one through pairs runs by id alone."""
    if "." in route.link:
        return [Entry((route.link,))]
    return [entry for entry in resource.lists.entries if not route.link or route.link in entry.filters] or [Entry()]


def both(entry: Entry) -> tuple[tuple[Key, ...], tuple[Key, ...]]:
    """Give an order and its opposite."""
    keys = entry.sort or (Key("id"),)
    return keys, tuple(Key(each.field, not each.descending) for each in keys)


def order(keys: tuple[Key, ...]) -> str:
    """Spell an order as it is asked for."""
    return ",".join(f"{'-' if each.descending else ''}{each.field}" for each in keys)


def offers(resource: Resource, route: Route) -> str:
    """Say which lists there are, one a line."""
    lines = []
    for entry in reached(resource, route):
        filters = [f"`{name}`" for name in entry.filters if name != route.link]
        narrowed = f"by {' and '.join(filters)}, " if filters else ""
        lines.append(f"- {narrowed}sorted by `{order(both(entry)[0])}` or the opposite")
    return "\n".join(lines)


def companions(entries: list[Entry], name: str, link: str) -> str:
    """Say with which other filters a filter goes."""
    ways = [" and ".join(each for each in entry.filters if each != link) for entry in entries if name in entry.filters]
    return " or ".join(dict.fromkeys(ways))


def said(field: Field) -> str:
    """Say a field's name as words."""
    return re.sub("_", " ", field.name)


def example(contract: Contract, resource: Resource, field: Field) -> object:
    """Give a value to ask for, as a query has it."""
    return cell(contract, resource, field)
