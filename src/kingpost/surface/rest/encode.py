"""From a result or a failure to a response.

Stands on the ground, and on how values and refusals are told.
"""

import logging
from collections.abc import Sequence
from typing import Any

import msgspec

from kingpost.call import MOST_COUNTED, Call, Detail, Failure, Result
from kingpost.contract.codec import Output, form, write
from kingpost.contract.model import Contract, Operation
from kingpost.contract.types import OfPage
from kingpost.surface.rest.batch import answer
from kingpost.surface.rest.refusals import PLAIN, Manners
from kingpost.surface.rest.replies import Unsayable, replied
from kingpost.surface.rest.response import Header, Response, body, named, tagged
from kingpost.values import Html

logger = logging.getLogger("kingpost")


def encode(contract: Contract, base: str, call: Call, result: Result | Failure, manners: Manners = PLAIN) -> Response:
    """Turn what came back into a response.

    Args:
        contract: What may be asked.
        base: The path before every other.
        call: What was asked.
        result: What came back.
        manners: How it is dressed.

    Returns:
        The response.
    """
    if isinstance(result, Failure):
        details = result.details
        if call.parts and call.fault is None:
            details = tuple(Detail(f"items.{each.field}", each.message, each.code) for each in details)
            result = msgspec.structs.replace(result, details=details)
        return manners.refuse(result, call.request_id)
    replayed = ((b"idempotency-replayed", b"true"),) if result.replayed else ()
    if call.parts:
        done = [row(contract, base, part, each, manners) for part, each in zip(call.parts, result.parts, strict=True)]
        return body(200, manners.listed(answer(done)), replayed)
    operation = contract.operation[call.operation]
    if operation.verb is None:
        return spoken(operation, call, result, manners, replayed)
    if operation.verb == "list" and result.output is not None:
        items = listed(result.output, result, manners)
        most = f"{MOST_COUNTED}+"
        total = {} if result.total is None else {"total": result.total if result.total <= MOST_COUNTED else most}
        return named(200, manners.listed({"items": items, "next": result.next, **total}))
    return row(contract, base, call, result, manners, replayed, alone=True)


def listed(output: Output, result: Result, manners: Manners) -> Sequence[object]:
    """Write the rows of a list, their fields spelled as elsewhere."""
    if manners.naming is None:
        return form(output).page(result.rows, result.children)
    return [manners.naming.written(output, write(output, each, result.children)) for each in result.rows]


def row(
    contract: Contract,
    base: str,
    call: Call,
    result: Result,
    manners: Manners,
    headers: tuple[Header, ...] = (),
    *,
    alone: bool = False,
) -> Response:
    """Turn the result for one row into a response; one that is not alone is an item of a batch."""
    operation = contract.operation[call.operation]
    if operation.verb == "delete":
        return Response(204, headers)
    value = result.value if result.output is None else write(result.output, result.rows[0], result.children)
    if manners.naming is not None:
        value = manners.naming.flat(value) if result.output is None else manners.naming.written(result.output, value)
    if alone:
        value = manners.wrapped(value)
    if operation.verb == "create":
        place = f"{base}/{operation.resource}/{result.key}".encode()
        return named(201, value, ((b"location", place), *headers), result.version)
    return named(200, value, headers, result.version)


def spoken(operation: Operation, call: Call, result: Result, manners: Manners, headers: tuple[Header, ...]) -> Response:
    """Turn what an operation's code answered into a response."""
    value: Any = result.value if manners.naming is None else manners.naming.value(operation.output, result.value)
    usual = operation.status or (204 if value is None else 200)
    status = (result.reply.status if result.reply else 0) or usual
    if not isinstance(value, Html) and value is not None:
        page = isinstance(operation.output, OfPage) and isinstance(value, dict)
        value = manners.listed(value) if page else manners.wrapped(value)
    try:
        response = replied(value, result.reply, status)
    except Unsayable as wrong:
        logger.error("The answer of %s can not be said: %s", operation.name, wrong)
        return manners.refuse(Failure("internal", "Something went wrong on the server"), call.request_id)
    response = Response(response.status, (*response.headers, *headers), response.body)
    cookies = any(name == b"set-cookie" for name, _ in response.headers)
    return tagged(response) if operation.method == "GET" and response.status == 200 and not cookies else response
