"""From a call back to the request that asks it: `decode(probe(call)) == call`.

Takes a call, gives a request; made for tests. Stands on the ground.
"""

from collections.abc import Iterator
from urllib.parse import quote, urlencode

import msgspec

from kingpost.call import Call, Include
from kingpost.contract import trace
from kingpost.contract.model import Contract
from kingpost.surface.rest.decode import BODIES, Request
from kingpost.surface.rest.routes import HOLE, METHODS

METHOD = {verb: method for method, verb in METHODS.items()} | {"list": "GET", "create": "POST"}


def probe(contract: Contract, base: str, call: Call) -> Request:
    """Make the request that asks a call.

    Args:
        contract: What may be asked.
        base: The path before every other.
        call: What to ask; without a fault.

    Returns:
        The request.
    """
    headers = {} if call.token is None else {"authorization": f"Bearer {call.token}"}
    headers |= trace.headers(call.trace)
    if call.once:
        headers["idempotency-key"] = call.once
    if call.position:
        headers["kingpost-position"] = call.position
    for name, versions in (("if-match", call.condition and call.condition.match), ("if-none-match", unwanted(call))):
        if versions:
            headers[name] = ", ".join("*" if version == "*" else f'"{version}"' for version in versions)
    operation = contract.operation.get(call.operation)
    method = "POST" if operation is None else METHOD.get(operation.verb or "", operation.method)
    body = b""
    if method in BODIES:
        headers["content-type"] = "application/json"
        body = msgspec.json.encode(call.input)
    path = f"{base}{place(contract, call)}".encode()
    places = operation.member if operation is not None else {}
    given = [(name, text) for name, text in call.given.items() if places[name].place == "query"]
    query = urlencode([*given, *parameters(call)]).encode()
    return Request(method, path, query, headers, body, call.request_id, call.address)


def unwanted(call: Call) -> tuple[str, ...]:
    """Give the versions that a call is not for."""
    return call.condition.unless if call.condition else ()


def place(contract: Contract, call: Call) -> str:
    """Give the path, behind the base, at which a call is made."""
    if call.parts:
        return "/" + call.operation.replace(".", "/")
    operation = contract.operation[call.operation]
    if call.parent is not None:
        name = call.parent.field.partition(".")[2] or next(
            back.name
            for back in contract.resource[call.parent.resource].backs
            if back.field == call.parent.field and back.source == operation.resource
        )
        return f"/{call.parent.resource}/{quote(call.parent.key, safe='')}/{name}"
    if operation.verb is None:
        known = {**call.given, operation.found_by: call.key}
        return HOLE.sub(lambda hole: quote(known[hole[1]], safe=""), operation.path)
    return f"/{operation.resource}{'/' + quote(call.key, safe='') if call.key else ''}"


def parameters(call: Call) -> list[tuple[str, str]]:
    """Give the query of a call."""
    shape = call.shape
    found = [
        (name, text)
        for name, text in zip(shape.filters, call.filters, strict=True)
        if call.parent is None or name != call.parent.field
    ]
    if shape.fields is not None:
        found.append(("fields", ",".join(shape.fields)))
    if shape.include:
        found.append(("include", ",".join(paths(shape.include))))
    if shape.sort:
        found.append(("sort", ",".join(f"{'-' if key.descending else ''}{key.field}" for key in shape.sort)))
    found += [(each.name, text) for each, text in zip(shape.ranges, call.ranges, strict=True)]
    if shape.search:
        found.append(("q", call.words))
    if shape.total:
        found.append(("total", "true"))
    if call.limit is not None:
        found.append(("limit", str(call.limit)))
    if call.after:
        found.append(("after", call.after))
    return found


def paths(include: tuple[Include, ...]) -> Iterator[str]:
    """Give the links of a tree as dotted paths."""
    for each in include:
        if not each.include:
            yield each.name
        for path in paths(each.include):
            yield f"{each.name}.{path}"
