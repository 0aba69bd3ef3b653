"""Describes what may come back: every status, its headers and its body, each once and then by reference.

Takes nothing but the names of schemas, gives parts of an OpenAPI document. Stands on nothing.
"""

from collections.abc import Iterable, Mapping

import msgspec

from kingpost.surface.rest.document.samples import POSITION, TAG
from kingpost.surface.rest.document.schemas import Document
from kingpost.surface.rest.response import JSON


class Status(msgspec.Struct, frozen=True):
    """One way not to be answered: its name among the components, the codes it carries, and when it happens.

    `message` is one such answer's. `headers` are those beside the ones that every answer has.
    """

    name: str
    codes: tuple[str, ...]
    says: str
    message: str = ""
    headers: tuple[str, ...] = ()


STATUSES: dict[int, Status] = {
    304: Status("NotModified", (), "It is still what `If-None-Match` names.", headers=("ETag",)),
    400: Status(
        "BadRequest", ("VALIDATION_ERROR", "MALFORMED_REQUEST", "INVALID_CURSOR"),
        "The input or the query does not fit; `details` names every field.", "Invalid input data",
    ),
    401: Status(
        "Unauthenticated", ("UNAUTHENTICATED", "INVALID_TOKEN", "INVALID_CREDENTIALS"),
        "An access token is required, or what was sent is not valid.", "Access token required", ("WWW-Authenticate",),
    ),
    403: Status("Forbidden", ("FORBIDDEN",), "The caller may not do this.", "You may not do this"),
    404: Status("NotFound", ("NOT_FOUND",), "There is no such row, or the caller may not read it.", "There is no such row"),
    405: Status(
        "MethodNotAllowed", ("METHOD_NOT_ALLOWED",), "The method is no longer offered here; `Allow` names those that are.",
        "This address answers GET, HEAD, OPTIONS", ("Allow",),
    ),
    406: Status("NotAcceptable", ("NOT_ACCEPTABLE",), "The answer has no form that `Accept` takes.", "Accept application/json"),
    408: Status("RequestTimeout", ("REQUEST_TIMEOUT",), "The request took too long to arrive.", "The request came too slowly"),
    409: Status(
        "Conflict", ("CONFLICT", "IN_PROGRESS"),
        "It would clash with another row, or the same `Idempotency-Key` is still being answered.", "Another row has this title",
    ),
    412: Status(
        "PreconditionFailed", ("PRECONDITION_FAILED",), "The row is another version than `If-Match` names.",
        "The row has changed since it was read",
    ),
    413: Status("PayloadTooLarge", ("PAYLOAD_TOO_LARGE",), "The body is too large.", "The body may have at most 1048576 bytes"),
    414: Status("UriTooLong", ("URI_TOO_LONG",), "The address is too long.", "The address is too long"),
    415: Status(
        "UnsupportedMediaType", ("UNSUPPORTED_MEDIA_TYPE",), "The body is not JSON in UTF-8, or is encoded.",
        "Send application/json in UTF-8, not encoded",
    ),
    422: Status(
        "IdempotencyMismatch", ("IDEMPOTENCY_MISMATCH",), "The same `Idempotency-Key` came with another body before.",
        "This key was used for another request",
    ),
    429: Status(
        "RateLimited", ("RATE_LIMITED",), "Too many calls; try again after the seconds in `Retry-After`.",
        "Too many requests", ("Retry-After",),
    ),
    431: Status("HeadersTooLarge", ("HEADERS_TOO_LARGE",), "The headers are too large.", "The headers are too large"),
    500: Status("Internal", ("INTERNAL",), "Something went wrong on the server; the log has it under the request's id.",
                "Something went wrong"),
    503: Status(
        "Unavailable", ("UNAVAILABLE",), "Too busy; try again after the seconds in `Retry-After`.",
        "Too busy; try again shortly", ("Retry-After",),
    ),
    504: Status("Timeout", ("TIMEOUT",), "The answer took too long; ask for less at once.", "The answer took too long"),
    507: Status("StorageFull", ("STORAGE_FULL",), "There is no room left to write.", "There is no room left to write"),
}  # fmt: skip
ALWAYS = (400, 401, 405, 406, 414, 429, 431, 500, 503, 504)
READ = (*ALWAYS, 304, 403, 412)
WRITE = (*ALWAYS, 403, 408, 409, 412, 413, 415, 422, 507)

EVERY = ("X-Request-Id", "RateLimit", "RateLimit-Policy", "Vary", "Cache-Control", "Server-Timing", "Kingpost-Position")
HEADERS: dict[str, tuple[str, str]] = {
    "X-Request-Id": ("The request's id, also in logs and errors.", "req_0123456789abcdef01234567"),
    "RateLimit": ("How many calls remain, and for how many seconds.", '"default";r=99;t=900'),
    "RateLimit-Policy": ("How many calls may be made in a window of so many seconds.", '"default";q=100;w=900'),
    "Vary": ("Which request headers the answer depends on.", "Authorization, Origin, Accept"),
    "Cache-Control": ("Who may keep the answer, and for how long.", "no-store"),
    "Server-Timing": ("What the time of the answer went into, where the server tells it.", "read;dur=0.041"),
    "Kingpost-Position": (
        "Where what was written stands: send it with what you read in the next minute, and you read what you wrote. Only where "
        "reads may be answered by a replica.",
        POSITION,
    ),
    "ETag": ("The version of what is answered: of a row, then a hyphen, of its form.", TAG),
    "Location": ("Where the new row is.", "/api/v1/posts/1"),
    "Idempotency-Replayed": ("`true` where the answer was given before under the same `Idempotency-Key`.", "true"),
    "Retry-After": ("After how many seconds it is worth trying again.", "1"),
    "WWW-Authenticate": ("How to authenticate (RFC 6750).", "Bearer"),
    "Allow": ("The methods that are offered here.", "GET, HEAD, OPTIONS"),
}
CODE = "^[A-Za-z0-9_.-]+$"
SURE = ("X-Request-Id", "Location", "Retry-After", "WWW-Authenticate", "Allow")
"""The headers that are never missing where they are described."""


def headers() -> Document:
    """Describe each header once."""
    return {name: header(name, about, example) for name, (about, example) in HEADERS.items()}


def header(name: str, about: str, example: str) -> Document:
    """Describe one header."""
    if name == "Retry-After":
        of: Document = {"type": "integer", "minimum": 1}
        return {"description": about, "required": True, "schema": of, "example": int(example)}
    found: Document = {"description": about, "schema": {"type": "string"}, "example": example}
    return found | ({"required": True} if name in SURE else {})


def carried(names: Iterable[str]) -> Document:
    """Refer to headers by name."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def refusals(statuses: Iterable[int], bare: bool = False, manner: str = "") -> Document:
    """Refer to refusals.

    Args:
        statuses: Their statuses.
        bare: Whether they answer a HEAD and carry no body.
        manner: What they are called after where they are told in a way of their own.

    Returns:
        References by status.
    """
    after = "Bare" if bare else manner
    names = {str(status): STATUSES[status].name + after for status in sorted(set(statuses))}
    return {status: {"$ref": f"#/components/responses/{name}"} for status, name in names.items()}


def responses(found: Document, envelope: str, told: Mapping[str, Document]) -> Document:
    """Describe each response that something in a document refers to.

    Args:
        found: The paths.
        envelope: Names the schema of a refusal.
        told: What else refusals carry, by what they are called after.

    Returns:
        Responses by name.
    """
    used = referred(found, "responses")
    whole: Document = {}
    for status in STATUSES.values():
        bare: Document = {"description": status.says, "headers": carried((*EVERY, *status.headers))}
        for manner in ("", *told):
            content = told.get(manner) or {JSON: media(envelope, example(status))}
            whole[f"{status.name}{manner}"] = bare | ({"content": content} if status.codes else {})
        whole[f"{status.name}Bare"] = bare
    return {name: each for name, each in whole.items() if name in used}


def example(status: Status) -> Document:
    """Give one refusal as it is told."""
    inner: Document = {"code": next(iter(status.codes), ""), "message": status.message}
    if inner["code"] == "VALIDATION_ERROR":
        inner["details"] = [{"field": "email", "message": "Invalid email format"}]
    request = HEADERS["X-Request-Id"][1]
    return {"error": inner | {"timestamp": "2026-01-31T10:30:00Z", "requestId": request}}


def error(own: bool) -> Document:
    """Describe the one error envelope; whether an app has codes of its `own` beside those of the closed list."""
    codes = sorted({code for status in STATUSES.values() for code in status.codes})
    words = {"type": "string"}
    closed: Document = {"pattern": CODE} if own else {"enum": codes}
    detail = strict({"field": words, "message": words}, ("field", "message"))
    properties = {
        "code": {"type": "string", **closed, "description": "What went wrong, for a program."},
        "message": {"type": "string", "description": "What went wrong, for a person."},
        "details": {"type": "array", "items": detail, "description": "What is wrong with which field."},
        "timestamp": {"type": "string", "format": "date-time"},
        "requestId": {"type": "string", "description": "As in `X-Request-Id`."},
    }
    inner = strict(properties, ("code", "message", "timestamp", "requestId"))
    return strict({"error": inner}, ("error",)) | {"description": "Why a request was not answered."}


def strict(properties: Document, required: Iterable[str] = ()) -> Document:
    """Describe an object that has these properties and no others."""
    names = list(required)
    found: Document = {"type": "object", "properties": properties, "additionalProperties": False}
    return found | ({"required": names} if names else {})


def media(name: str, example: object = None) -> Document:
    """Describe a body by its schema's name, with one of its kind."""
    found: Document = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    return found | ({} if example is None else {"example": example})


def answer(about: str, content: Document | None, names: Iterable[str] = ()) -> Document:
    """Describe a success: its body by media type, and the headers beside those that every answer has."""
    found: Document = {"description": about, "headers": carried((*EVERY, *names))}
    return found | ({"content": content} if content else {})


def referred(node: object, kind: str) -> set[str]:
    """Give the names of the components of one kind that something in a document refers to."""
    if isinstance(node, list):
        return {name for each in node for name in referred(each, kind)}
    if not isinstance(node, dict):
        return set()
    here = str(node.get("$ref", ""))
    prefix = f"#/components/{kind}/"
    return {name for each in node.values() for name in referred(each, kind)} | (
        {here.removeprefix(prefix)} if here.startswith(prefix) else set()
    )
