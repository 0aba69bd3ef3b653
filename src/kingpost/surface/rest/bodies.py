"""Reads the body of a request, where its method has one: of a kind that is read here, and no longer than it may be.

Takes headers and what the server receives, gives bytes. Stands on the other files of this folder.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

from kingpost.contract.model import Operation
from kingpost.surface.rest.forms import MOST_BYTES, MULTIPART, kinds, most
from kingpost.surface.rest.response import JSON

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]

TYPES = {"PATCH": ("application/json", "application/merge-patch+json")}


class TooLarge(Exception):
    """The body is larger than any that is read here."""


class Unread(Exception):
    """The body is of a kind that is not read here."""


class Gone(Exception):
    """The client went away before its request was whole."""


async def sent(method: str, headers: Mapping[str, str], operation: Operation | None, receive: Receive) -> bytes:
    """Read the body of a request whose method has one; raises `Unread`, `TooLarge` and `Gone`."""
    code = operation if operation is not None and operation.verb is None else None
    taken = TYPES.get(method, (JSON,)) if code is None else kinds(code)
    limit = MOST_BYTES if code is None else most(code)
    if code is not None and "content-type" not in headers:  # where something must be said, nothing is found wanting in its turn
        body = await read(headers, receive, limit)
        if not body:
            return body
    if not fits(headers, taken):
        raise Unread(f"Send {' or '.join(taken[:1] if code is None else taken)} in UTF-8, not encoded")
    return await read(headers, receive, limit)


def fits(headers: Mapping[str, str], kinds: tuple[str, ...]) -> bool:
    """Whether a body is of a kind that is read: in UTF-8, not compressed."""
    kind, _, parameters = headers.get("content-type", "").partition(";")
    kind, charset = kind.strip().lower(), parameters.strip().lower().replace('"', "")
    encoding = headers.get("content-encoding", "identity").strip().lower()
    plain = charset in ("", "charset=utf-8") or kind == MULTIPART
    return kind in kinds and plain and encoding in ("", "identity")


async def read(headers: Mapping[str, str], receive: Receive, most: int) -> bytes:
    """Read a body, counting what really comes; raises `TooLarge` and `Gone`."""
    large = TooLarge(f"The body may have at most {most} bytes")
    announced = headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > most:
        raise large
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise large
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)
