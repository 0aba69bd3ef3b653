"""From a request to a call.

Takes a method, a path, a query and a body in the words of HTTP; gives a `Call`. Stands on the ground.
"""

from collections.abc import Mapping

import msgspec

from kingpost.call import Call, Failure, Parent
from kingpost.contract import json, trace
from kingpost.contract.model import Contract, Operation
from kingpost.surface.rest.batch import offered, parts
from kingpost.surface.rest.beside import shown
from kingpost.surface.rest.conditions import Unreadable, condition
from kingpost.surface.rest.credentials import presented
from kingpost.surface.rest.forms import filled, forms
from kingpost.surface.rest.query import MOST_NAMES, Unclear, narrowed, query
from kingpost.surface.rest.refusals import PLAIN, Manners
from kingpost.surface.rest.routes import Found, Route

BODIES = ("POST", "PUT", "PATCH")
LONGEST_NAME = 255


class Request(msgspec.Struct, frozen=True):
    """One request, as far as a call is concerned; header names are in lower case."""

    method: str
    path: bytes
    query: bytes = b""
    headers: Mapping[str, str] = {}
    body: bytes = b""
    id: str = ""
    address: str = ""


def decode(contract: Contract, request: Request, found: Found, manners: Manners = PLAIN) -> Call:
    """Turn a request into a call.

    Args:
        contract: What may be asked.
        request: The request; its method is one that the route answers.
        found: Where its path leads.
        manners: How what is asked there is spelled, and who asks.

    Returns:
        The call; what is wrong with its words is in `fault`.
    """
    route, headers = found.route, request.headers
    method = "GET" if request.method == "HEAD" else request.method
    name = route.methods[method]
    call = Call(
        name,
        key="" if route.parent else found.key,
        parent=Parent(route.parent, found.key, route.link) if route.parent else None,
        token=presented(headers, manners.style),
        request_id=request.id,
        # In case the body is no batch: whoever may do none of what it could hold is told no more than that.
        parts=tuple(map(Call, offered(contract, route.batch).values())) if route.batch else (),
        address=request.address,
        position=shown(headers, manners.style),
        trace=trace.read(headers["traceparent"], headers.get("tracestate", "")) if "traceparent" in headers else "",
    )
    try:
        operation = contract.operation.get(name)
        if operation is not None and operation.verb is None:
            return told(operation, request, found, call, manners)
        parameters = query(request.query)
        if manners.naming is not None:
            parameters = manners.naming.parameters(parameters)
        if method == "GET":
            return narrowed(contract, call, parameters)
        if parameters:
            raise Unclear(next(iter(parameters))[:MOST_NAMES], "This method takes no parameters")
        beside = headers if hooked(contract, route, operation) else {}
        named, when = once(headers), condition(headers)
        call = msgspec.structs.replace(call, beside=beside, once=named, condition=when)
        return written(contract, request, found, call, manners)
    except (Unclear, Unreadable) as error:
        return msgspec.structs.replace(call, fault=Failure("invalid", "Invalid input data", (error.detail,)))
    except json.Malformed as error:
        return msgspec.structs.replace(call, fault=Failure("malformed", str(error)))


def hooked(contract: Contract, route: Route, operation: Operation | None) -> bool:
    """Whether code of the app's own sees a write, and with it what came beside."""
    name = route.batch or (operation.resource if operation is not None else "")
    return name != "" and bool(contract.resource[name].filled)


def written(contract: Contract, request: Request, found: Found, call: Call, manners: Manners) -> Call:
    """Read what a write sends; raises `Unreadable` and `Malformed`."""
    naming, batch = manners.naming, found.route.batch
    if request.method in BODIES:
        sent = json.read(request.body)
        if naming is not None:
            sent = naming.batch(sent) if batch else naming.flat(sent)
        call = msgspec.structs.replace(call, input=sent)
    if batch:
        if call.condition is not None:
            raise Unreadable("If-Match", "Is for one row; a batch takes it with each item, as if_match")
        call = msgspec.structs.replace(call, parts=parts(contract, batch, call.input))
    return call


def told(operation: Operation, request: Request, found: Found, call: Call, manners: Manners) -> Call:
    """Read what an operation's code is sent, in the address and in the body.

    Args:
        operation: The operation.
        request: The request.
        found: What stands in its path.
        call: The call so far.
        manners: How names are spelled.

    Returns:
        The call.

    Raises:
        Unclear: A parameter or a part of a form is not taken, or is there twice.
        Unreadable: A header can not be kept to.
        Malformed: The body can not be read.
    """
    parameters = query(request.query)
    if manners.naming is not None:
        parameters = manners.naming.parameters(parameters, ())
    twice = next((name for name in parameters if name in found.given or name == operation.found_by), None)
    if twice is not None:
        raise Unclear(twice, "Is given by the path")
    call = msgspec.structs.replace(call, given={**parameters, **found.given}, beside=request.headers)
    if operation.method != "GET":
        if "if-match" in request.headers:
            raise Unreadable("If-Match", "Is not taken here")
        call = msgspec.structs.replace(call, once=once(request.headers))
    if operation.method in BODIES:
        call = msgspec.structs.replace(call, input=body(operation, request, manners))
    return call


def body(operation: Operation, request: Request, manners: Manners) -> object:
    """Read the body of an operation's code; where none came, and none had to or was announced, it says nothing."""
    naming = manners.naming
    if forms(operation):
        return filled(operation, request.headers.get("content-type", ""), request.body, naming)
    if not request.body and (bodiless(operation) or "content-type" not in request.headers):
        return None if any(member.place == "whole" for member in operation.input) else {}
    sent = json.read(request.body)
    if sent is None and not any(member.place in ("body", "whole") for member in operation.input):
        raise Unclear("", "Must be a JSON object")
    return sent if naming is None else naming.sent(operation, sent)


def bodiless(operation: Operation) -> bool:
    """Whether an operation can be asked without a body."""
    return not any(member.required and member.place in ("body", "whole") for member in operation.input)


def once(headers: Mapping[str, str]) -> str:
    """Read the name under which a request has one effect (draft-ietf-httpapi-idempotency-key-header); raises `Unreadable`."""
    text = headers.get("idempotency-key")
    if text is None:
        return ""
    name = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    if not (name.isascii() and name.isprintable() and 1 <= len(name) <= LONGEST_NAME):
        raise Unreadable("Idempotency-Key", f"Must have 1 to {LONGEST_NAME} printable ASCII characters")
    return name
