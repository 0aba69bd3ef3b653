"""What goes back to a client.

Takes values, gives bytes and headers. Stands on nothing.
"""

import binascii
import hashlib
from collections.abc import AsyncIterator, Iterable
from typing import TypeAlias

import msgspec

JSON = "application/json"
IN_JSON = (b"content-type", JSON.encode())
BYTES = 9
URL_SAFE = bytes.maketrans(b"+/", b"-_")

Header: TypeAlias = tuple[bytes, bytes]


class Response(msgspec.Struct, frozen=True):
    """A status, headers in lower case, and the body, or a stream of its pieces; `tag` is the entity tag among the headers."""

    status: int
    headers: tuple[Header, ...] = ()
    body: bytes = b""
    tag: str = ""
    stream: AsyncIterator[bytes] | None = None


def spelled(headers: Iterable[tuple[str, str]]) -> tuple[Header, ...]:
    """Write headers as they go over the wire; a character that has no place there becomes a question mark."""
    return tuple([(name.encode(), text.encode("latin-1", "replace")) for name, text in headers])


def body(status: int, value: object, headers: tuple[Header, ...] = ()) -> Response:
    """Make a response of a JSON value."""
    return Response(status, (IN_JSON, *headers), msgspec.json.encode(value))


def named(status: int, value: object, headers: tuple[Header, ...] = (), version: str = "") -> Response:
    """Make a response of a JSON value, with its tag."""
    content = msgspec.json.encode(value)
    tag = tag_of(content, version)
    return Response(status, (IN_JSON, *headers, (b"etag", tag.encode())), content, tag)


def tagged(response: Response) -> Response:
    """Give a response its tag."""
    tag = tag_of(response.body)
    return Response(response.status, (*response.headers, (b"etag", tag.encode())), response.body, tag)


def tag_of(content: bytes, version: str = "") -> str:
    """Name an answer by its bytes and, if it is one row, by the row's version: a strong tag (RFC 9110, section 8.8.3)."""
    name = binascii.b2a_base64(hashlib.sha256(content).digest()[:BYTES], newline=False).translate(URL_SAFE).decode()
    return f'"{version}-{name}"' if version else f'"{name}"'
