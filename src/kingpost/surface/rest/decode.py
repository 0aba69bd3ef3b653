"""From a request to a call.

Takes a method, a path, a query and a body in the words of HTTP; gives a `Call`. Stands on the ground.
"""

from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

import msgspec

from kingpost.call import Call, Detail, Failure, Include, Parent, Shape
from kingpost.contract import json
from kingpost.contract.model import Contract, Key
from kingpost.surface.rest.routes import Found

BODIES = ("POST", "PUT", "PATCH")
MOST_PARAMETERS = 50
MOST_NAMES = 100
MOST_LINKS = 20


class Request(msgspec.Struct, frozen=True):
    """One request, as far as a call is concerned; header names are in lower case."""

    method: str
    path: bytes
    query: bytes = b""
    headers: Mapping[str, str] = {}
    body: bytes = b""
    id: str = ""


class Unclear(Exception):
    """A query that does not say one thing; carries which parameter and why."""

    def __init__(self, field: str, message: str) -> None:
        """Name the parameter."""
        super().__init__(field, message)
        self.detail = Detail(field, message)


def decode(contract: Contract, request: Request, found: Found) -> Call:
    """Turn a request into a call.

    Args:
        contract: What may be asked.
        request: The request; its method is one that the route answers.
        found: Where its path leads.

    Returns:
        The call; what is wrong with its words is in `fault`.
    """
    route = found.route
    method = "GET" if request.method == "HEAD" else request.method
    name = route.methods[method]
    call = Call(name, token=bearer(request.headers.get("authorization")), request_id=request.id)
    if route.parent:
        call = msgspec.structs.replace(call, parent=Parent(route.parent, found.key, route.link))
    else:
        call = msgspec.structs.replace(call, key=found.key)
    try:
        parameters = query(request.query)
        if method == "GET":
            call = narrowed(contract, call, parameters)
        elif parameters:
            raise Unclear(next(iter(parameters))[:MOST_NAMES], "This method takes no parameters")
        if method in BODIES:
            call = msgspec.structs.replace(call, input=json.read(request.body))
    except Unclear as error:
        return msgspec.structs.replace(call, fault=Failure("invalid", "Invalid input data", (error.detail,)))
    except json.Malformed as error:
        return msgspec.structs.replace(call, fault=Failure("malformed", str(error)))
    return call


def bearer(header: str | None) -> str | None:
    """Give the token of an Authorization header (RFC 6750); an empty one, which nothing believes, for any other scheme."""
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


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
        left, _, right = pair.replace(b"+", b" ").partition(b"=")
        try:
            name, text = unquote_to_bytes(left).decode(), unquote_to_bytes(right).decode()
        except UnicodeDecodeError as error:
            raise Unclear("", "The query is not UTF-8") from error
        if "\0" in name or "\0" in text:
            raise Unclear("", "The query holds the character U+0000")
        if name in parameters:
            raise Unclear(name[:MOST_NAMES], "Is given twice")
        parameters[name] = text
    return parameters


def narrowed(contract: Contract, call: Call, parameters: Mapping[str, str]) -> Call:
    """Read what a read asks for: fields and links, and of a list what narrows and orders it; raises `Unclear`."""
    operation = contract.operation[call.operation]
    resource = contract.resource[operation.resource]
    listing = operation.verb == "list"
    offered = sorted({name for entry in resource.lists.entries for name in entry.filters}) if listing else []
    filters: list[str] = [call.parent.field] if call.parent else []
    texts: list[str] = [call.parent.key] if call.parent else []
    limit: int | None = None
    fields: tuple[str, ...] | None = None
    sort: tuple[Key, ...] = ()
    include: tuple[Include, ...] = ()
    after = ""
    for name, text in parameters.items():
        if name == "fields":
            fields = tuple(sorted(set(text.split(","))))
        elif name == "include":
            include = links(text)
        elif listing and name == "limit":
            limit = whole(text, resource.lists.most)
        elif listing and name == "after":
            after = text
        elif listing and name == "sort":
            sort = tuple(Key(word.removeprefix("-"), word.startswith("-")) for word in text.split(","))
        elif name in offered and name not in filters:
            filters.append(name)
            texts.append(text)
        else:
            known = ", ".join([*(["limit", "after", "sort"] if listing else []), "fields", "include", *offered])
            raise Unclear(name[:MOST_NAMES], f"Is not a parameter here; there are {known}")
    pairs = sorted(zip(filters, texts, strict=True))
    shape = Shape(fields, include, tuple(name for name, _ in pairs), sort)
    return msgspec.structs.replace(call, shape=shape, filters=tuple(text for _, text in pairs), limit=limit, after=after)


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
