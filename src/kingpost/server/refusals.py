"""What the server itself refuses, told in the one error envelope.

Takes a `Fault`, gives the bytes of a response. Stands on the envelope of the REST surface.
"""

import os
from collections.abc import Iterable

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from kingpost.surface.rest.refusals import refusal
from kingpost.surface.rest.response import Response

RETRY, LATE = 1, 408
PLACE = "req_" + "0" * 24


class Fault(Exception):
    """A request that the server does not hand on; carries how to say so."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Name the status, the word from the closed list of codes, and what went wrong, for a person."""
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def malformed(message: str) -> Fault:
    """Make the fault of a request that does not keep to RFC 9110 and 9112."""
    return Fault(400, "MALFORMED_REQUEST", message)


def late() -> Fault:
    """Make the fault of a request that did not come in time (RFC 9110, section 15.5.9)."""
    return Fault(LATE, "REQUEST_TIMEOUT", "The request did not come in time")


def new_id() -> str:
    """Give the id of one request."""
    return f"req_{os.urandom(12).hex()}"


def headers(response: Response, identity: str) -> list[tuple[bytes, bytes]]:
    """Give the headers that are a refusal's own."""
    return [*response.headers, (b"x-request-id", identity.encode()), (b"content-length", b"%d" % len(response.body))]


def render(fault: Fault, identity: str, beside: Iterable[tuple[bytes, bytes]], bare: bool = False) -> bytes:
    """Write the whole answer to a request after which the connection ends.

    Args:
        fault: What is wrong.
        identity: The request's id.
        beside: The headers that go beside every answer.
        bare: Whether to leave out the body, as an answer to HEAD does.

    Returns:
        The bytes.
    """
    response = refusal(fault.status, fault.code, fault.message, identity)
    return written(response, identity, [*beside, (b"connection", b"close")], bare)


def written(response: Response, identity: str, before: Iterable[tuple[bytes, bytes]], bare: bool = False) -> bytes:
    """Write a response as it goes over the wire (RFC 9112, section 4)."""
    lines = [name + b": " + text + b"\r\n" for name, text in (*before, *headers(response, identity))]
    return b"".join([STATUS_LINE[response.status], *lines, b"\r\n", b"" if bare else response.body])


class Busy:
    """The answer of a server that has enough to do: written beforehand, but for the request's id, which counts on."""

    def __init__(self, beside: Iterable[tuple[bytes, bytes]]) -> None:
        """Write it with the time as it is now."""
        response = refusal(503, "UNAVAILABLE", "The server is busy; try again soon", PLACE, retry_after=RETRY)
        kept = written(response, PLACE, beside)
        last = written(response, PLACE, [*beside, (b"connection", b"close")])
        self.kept, self.last = kept.split(PLACE.encode()), last.split(PLACE.encode())
        self.stem, self.count = new_id().encode()[:-8], 0

    def answer(self, keep: bool, bare: bool) -> bytes:
        """Give the answer to one request: whether the connection stays, and whether it was HEAD, which has no body."""
        self.count += 1
        whole = b"%s%08x" % (self.stem, self.count)
        whole = whole.join(self.kept if keep else self.last)
        return whole[: whole.index(b"\r\n\r\n") + 4] if bare else whole
