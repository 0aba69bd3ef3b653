"""Every refusal of this surface, told in one envelope or as the app's own code says.

Takes failures, gives responses. Stands on the ground.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

import msgspec

from kingpost.call import Detail, Failure, Kind
from kingpost.contract import types
from kingpost.contract.model import Style
from kingpost.surface.rest.naming import Naming
from kingpost.surface.rest.replies import replied
from kingpost.surface.rest.response import Response, body, spelled
from kingpost.values import Reply

logger = logging.getLogger("kingpost")

Say: TypeAlias = Callable[[Failure], Reply[Any]]
Faults: TypeAlias = Callable[[str, Exception], object]
"""Takes the name of code of the app's own and what it broke with, to tell a developer of it."""
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
    "stale": (412, "PRECONDITION_FAILED"),
    "mismatch": (422, "IDEMPOTENCY_MISMATCH"),
    "limited": (429, "RATE_LIMITED"),
    "internal": (500, "INTERNAL"),
    "unavailable": (503, "UNAVAILABLE"),
    "timeout": (504, "TIMEOUT"),
    "full": (507, "STORAGE_FULL"),
}
NO_TOKEN = ("UNAUTHENTICATED", "INVALID_TOKEN", "INVALID_CREDENTIALS")


def unheard(name: str, error: Exception) -> None:
    """Tell nobody."""


def unreadable(row: object, resource: str) -> object:
    """Refuse to write a row, as nobody has said who may read it."""
    raise types.Unwritable(f"gave {types.kind(row)}, and a failure holds no rows")


class Manners:
    """How answers are dressed where one style holds: its words, its names, and how its refusals are told."""

    def __init__(
        self,
        style: Style,
        naming: Naming | None = None,
        say: Say | None = None,
        scheme: str = "Bearer",
        faults: Faults = unheard,
    ) -> None:
        """Keep what a style says.

        Args:
            style: The style.
            naming: How its names are spelled; None where they are as declared.
            say: The app's own words for a failure; None for the one envelope.
            scheme: The word before a token elsewhere in the app, where the style has none.
            faults: Takes what those words broke with.
        """
        self.faults = faults
        self.style, self.naming, self.say, self.scheme = style, naming, say, style.scheme or scheme

    def refuse(
        self, failure: Failure, request_id: str, usual: tuple[int, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Tell a failure.

        Args:
            failure: What went wrong; a code in it is told instead of the usual one.
            request_id: The request's id.
            usual: The status and the code, where they are not those of the failure's kind.
            headers: What the status asks for beside.

        Returns:
            The response; where the app's own code breaks, that something went wrong.
        """
        status, code = usual or CODES[failure.kind]
        if self.naming is not None:
            failure = self.naming.failure(failure)
        failure = msgspec.structs.replace(failure, code=failure.code or code)
        more = dict(headers or {})
        if code in NO_TOKEN:
            more["www-authenticate"] = challenge(self.scheme, code)
        if failure.retry_after:
            more["retry-after"] = f"{failure.retry_after:d}"  # a text might hold the end of a line
        if self.say is None:
            return refusal(status, failure.code, failure.message, request_id, details=failure.details, headers=more)
        try:
            reply = self.say(failure)
            told = self.style.told
            value = reply.value if told is None or reply.value is None else types.write(told, reply.value, unreadable)
            value = value if self.naming is None else self.naming.value(told, value)
            response = replied(value, reply, reply.status or status)
        except Exception as error:  # whatever the app's own code raises: who asked is told no more than that it broke
            logger.error("The code %s that tells of failures broke: %s", self.style.error, type(error).__name__)
            self.faults(self.style.error, error)
            return refusal(500, "INTERNAL", "Something went wrong on the server", request_id)
        if response.status != 401:
            more.pop("www-authenticate", None)
        return msgspec.structs.replace(response, headers=(*response.headers, *spelled(more.items())))

    def wrapped(self, value: object) -> object:
        """Put what surrounds an answer around a value."""
        return {self.style.envelope: value} if self.style.envelope else value

    def listed(self, page: Mapping[str, object]) -> Mapping[str, object]:
        """Name the items of a page as what surrounds any answer."""
        wanted = self.style.envelope
        return {wanted if name == "items" else name: each for name, each in page.items()} if wanted else page


PLAIN = Manners(Style())


def challenge(scheme: str, code: str) -> str:
    """Give what WWW-Authenticate says (RFC 6750, section 3)."""
    return f'{scheme} error="invalid_token"' if code == "INVALID_TOKEN" else scheme


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
        code: A word for it, from the closed list of codes or the app's own.
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
        error["details"] = [{"field": each.field, "message": each.message} for each in details]
    error["timestamp"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    error["requestId"] = request_id
    more = dict(headers or {})
    if retry_after:
        more["retry-after"] = f"{retry_after:d}"
    return body(status, {"error": error}, spelled(more.items()))
