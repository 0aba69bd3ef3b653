"""From a call back to the request that asks it: `decode(probe(call)) == call`.

Takes a call, gives a request; made for tests. Stands on the ground.
"""

from collections.abc import Iterator
from urllib.parse import quote, urlencode

import msgspec

from kingpost.call import Call, Include
from kingpost.contract.model import Contract
from kingpost.surface.rest.decode import BODIES, Request
from kingpost.surface.rest.routes import METHODS

METHOD = {verb: method for method, verb in METHODS.items()} | {"list": "GET"}


def probe(contract: Contract, base: str, call: Call) -> Request:
    """Make the request that asks a call.

    Args:
        contract: What may be asked.
        base: The path before every other.
        call: What to ask; without a fault.

    Returns:
        The request.
    """
    operation = contract.operation[call.operation]
    path = operation.path
    if call.parent is not None:
        name = call.parent.field.partition(".")[2] or next(
            back.name
            for back in contract.resource[call.parent.resource].backs
            if back.field == call.parent.field and back.source == operation.resource
        )
        path = f"/{call.parent.resource}/{quote(call.parent.key, safe='')}/{name}"
    elif operation.resource:
        path = f"/{operation.resource}{'/' + quote(call.key, safe='') if call.key else ''}"
    parameters = [
        (name, text)
        for name, text in zip(call.shape.filters, call.filters, strict=True)
        if call.parent is None or name != call.parent.field
    ]
    shape = call.shape
    if shape.fields is not None:
        parameters.append(("fields", ",".join(shape.fields)))
    if shape.include:
        parameters.append(("include", ",".join(paths(shape.include))))
    if shape.sort:
        parameters.append(("sort", ",".join(f"{'-' if key.descending else ''}{key.field}" for key in shape.sort)))
    if call.limit is not None:
        parameters.append(("limit", str(call.limit)))
    if call.after:
        parameters.append(("after", call.after))
    headers = {} if call.token is None else {"authorization": f"Bearer {call.token}"}
    method = METHOD.get(operation.verb or "create", "POST")
    body = b""
    if method in BODIES:
        headers["content-type"] = "application/json"
        body = msgspec.json.encode(call.input)
    return Request(method, f"{base}{path}".encode(), urlencode(parameters).encode(), headers, body, call.request_id)


def paths(include: tuple[Include, ...]) -> Iterator[str]:
    """Give the links of a tree as dotted paths."""
    for each in include:
        if not each.include:
            yield each.name
        for path in paths(each.include):
            yield f"{each.name}.{path}"
