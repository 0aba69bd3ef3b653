"""What goes back to a client.

Takes values, gives bytes and headers. Stands on nothing.
"""

import base64
import hashlib
from collections.abc import AsyncIterator

import msgspec

JSON = "application/json"
BYTES = 9


class Response(msgspec.Struct, frozen=True):
    """A status, headers in lower case, and the body, or a stream of its pieces; `tag` is the entity tag among the headers."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    tag: str = ""
    stream: AsyncIterator[bytes] | None = None


def body(status: int, value: object, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """Make a response of a JSON value."""
    return Response(status, (("content-type", JSON), *headers), msgspec.json.encode(value))


def tagged(response: Response, version: str = "") -> Response:
    """Name an answer by its bytes and, if it is one row, by the row's version: a strong tag (RFC 9110, section 8.8.3)."""
    name = base64.urlsafe_b64encode(hashlib.sha256(response.body).digest()[:BYTES]).decode()
    tag = f'"{version}-{name}"' if version else f'"{name}"'
    return Response(response.status, (*response.headers, ("etag", tag)), response.body, tag)
