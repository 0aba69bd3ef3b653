"""From a result or a failure to a response.

One table says how each kind of failure is told. Stands on the ground.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from kingpost.call import Call, Detail, Failure, Kind, Result
from kingpost.contract.codec import write
from kingpost.contract.model import Contract

JSON = "application/json"


class Response(msgspec.Struct, frozen=True):
    """What goes back: a status, headers in lower case, and the body."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


CODES: dict[Kind, tuple[int, str]] = {
    "invalid": (400, "VALIDATION_ERROR"),
    "malformed": (400, "MALFORMED_REQUEST"),
    "bad_mark": (400, "INVALID_CURSOR"),
    "unauthenticated": (401, "UNAUTHENTICATED"),
    "bad_token": (401, "INVALID_TOKEN"),
    "bad_credentials": (401, "INVALID_CREDENTIALS"),
    "forbidden": (403, "FORBIDDEN"),
    "not_found": (404, "NOT_FOUND"),
    "conflict": (409, "CONFLICT"),
    "internal": (500, "INTERNAL"),
    "unavailable": (503, "UNAVAILABLE"),
    "timeout": (504, "TIMEOUT"),
    "full": (507, "STORAGE_FULL"),
}
CHALLENGE = {
    "UNAUTHENTICATED": "Bearer",
    "INVALID_TOKEN": 'Bearer error="invalid_token"',
    "INVALID_CREDENTIALS": "Bearer",
}
"""What WWW-Authenticate says (RFC 6750, section 3)."""


def encode(contract: Contract, base: str, call: Call, result: Result | Failure) -> Response:
    """Turn what came back into a response.

    Args:
        contract: What may be asked.
        base: The path before every other.
        call: What was asked.
        result: What came back.

    Returns:
        The response.
    """
    if isinstance(result, Failure):
        status, code = CODES[result.kind]
        return refusal(status, code, result.message, call.request_id, details=result.details, retry_after=result.retry_after)
    operation = contract.operation[call.operation]
    if result.output is None:
        return Response(204) if operation.verb == "delete" else body(200, result.value)
    if operation.verb == "list":
        items = [write(result.output, row, result.children) for row in result.rows]
        return body(200, {"items": items, "next": result.next})
    one = write(result.output, result.rows[0], result.children)
    if operation.verb == "create":
        return body(201, one, (("location", f"{base}/{operation.resource}/{result.key}"),))
    return body(200, one)


def body(status: int, value: object, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """Make a response of a JSON value."""
    return Response(status, (("content-type", JSON), *headers), msgspec.json.encode(value))


def refusal(
    status: int,
    code: str,
    message: str,
    request_id: str,
    *,
    details: tuple[Detail, ...] = (),
    retry_after: int = 0,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Make a response of the one error envelope.

    Args:
        status: The HTTP status.
        code: A word from the closed list of codes.
        message: What went wrong, for a person.
        request_id: The request's id.
        details: What is wrong with which field.
        retry_after: After how many seconds it is worth trying again; 0 to say nothing of it.
        headers: What the status asks for beside.

    Returns:
        The response.
    """
    error: dict[str, object] = {"code": code, "message": message}
    if details:
        error["details"] = details
    error["timestamp"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    error["requestId"] = request_id
    more = dict(headers or {})
    if code in CHALLENGE:
        more["www-authenticate"] = CHALLENGE[code]
    if retry_after:
        more["retry-after"] = str(retry_after)
    return body(status, {"error": error}, tuple(more.items()))
