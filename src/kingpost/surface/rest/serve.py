"""REST over ASGI 3: takes requests, hands calls through the door it was given, sends back what comes.

Stands on the other files of this folder; of the rest of the product it knows only `run`, and what a call is.
"""

import os
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from importlib.resources import files
from typing import Any, TypeAlias

import msgspec

from kingpost.call import Call, Failure, Result
from kingpost.contract.model import Contract
from kingpost.surface.rest.decode import BODIES, Request, decode
from kingpost.surface.rest.describe import describe
from kingpost.surface.rest.encode import Response, encode, refusal
from kingpost.surface.rest.routes import Found, Routes

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Run: TypeAlias = Callable[[Call], Awaitable[Result | Failure]]

MOST_BYTES = 1_048_576
TYPES = {"PATCH": ("application/json", "application/merge-patch+json")}
PAGE_METHODS = "GET, HEAD, OPTIONS"
PAGES = {
    "/docs": ("docs.html", "text/html"),
    "/docs/docs.js": ("docs.js", "text/javascript"),
    "/docs/docs.css": ("docs.css", "text/css"),
}
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'none'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


class TooLarge(Exception):
    """The body is larger than any this server reads."""


class Gone(Exception):
    """The client went away before its request was whole."""


class Rest:
    """The REST surface of a contract."""

    def __init__(self, contract: Contract, run: Run, base: str = "/api/v1") -> None:
        """Lay out the paths and write the documents.

        Args:
            contract: What may be asked.
            run: The door to the engine.
            base: The path before every other.
        """
        self.contract, self.run, self.base = contract, run, base
        self.routes = Routes(contract, base)
        self.pages = {
            "/openapi.json": Response(
                200, (("content-type", "application/json"),), msgspec.json.encode(describe(contract, self.routes))
            )
        }
        folder = files("kingpost.surface.rest") / "page"
        for path, (name, kind) in PAGES.items():
            headers = (("content-type", f"{kind}; charset=utf-8"), ("content-security-policy", PAGE_POLICY))
            self.pages[path] = Response(200, headers, (folder / name).read_bytes())

    async def serve(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request (ASGI 3)."""
        identity = f"req_{os.urandom(12).hex()}"
        try:
            response = await self.answer(scope, receive, identity)
        except TooLarge:
            # What is left of the body is not read, so the connection can not be used again.
            response = refusal(
                413,
                "PAYLOAD_TOO_LARGE",
                f"The body may have at most {MOST_BYTES} bytes",
                identity,
                headers={"connection": "close"},
            )
        except Gone:
            return
        headers = [(name.encode(), text.encode("latin-1", "replace")) for name, text in response.headers]
        headers += [(b"x-request-id", identity.encode()), (b"x-content-type-options", b"nosniff")]
        if response.status != 204:
            headers.append((b"content-length", str(len(response.body)).encode()))
        if scope["path"] not in PAGES:
            headers += [(b"cache-control", b"no-store"), (b"vary", b"Authorization")]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else response.body})

    async def answer(self, scope: Message, receive: Receive, identity: str) -> Response:
        """Find where a request leads and what it says there."""
        method, path = scope["method"], scope.get("raw_path") or scope["path"].encode()
        path = path.partition(b"?")[0]
        page = self.pages.get(scope["path"])
        if page is not None:
            if method == "OPTIONS":
                return Response(204, (("allow", PAGE_METHODS),))
            return page if method in ("GET", "HEAD") else unoffered(PAGE_METHODS, identity)
        found = self.routes.find(path)
        if found is None:
            return refusal(404, "NOT_FOUND", "There is nothing at this address", identity)
        if method == "OPTIONS":
            return Response(204, (("allow", found.route.allow),))
        if (method if method != "HEAD" else "GET") not in found.route.methods:
            return unoffered(found.route.allow, identity)
        return await self.ask(scope, receive, found, identity)

    async def ask(self, scope: Message, receive: Receive, found: Found, identity: str) -> Response:
        """Turn the request into a call, and what comes back into a response."""
        headers = joined(scope["headers"])
        method = scope["method"]
        body = b""
        if method in BODIES:
            if not fits(headers, TYPES.get(method, ("application/json",))):
                return refusal(415, "UNSUPPORTED_MEDIA_TYPE", "Send application/json in UTF-8, not encoded", identity)
            body = await read(headers, receive)
        path = scope.get("raw_path") or scope["path"].encode()
        call = decode(self.contract, Request(method, path, scope["query_string"], headers, body, identity), found)
        return encode(self.contract, self.base, call, await self.run(call))


def unoffered(allow: str, identity: str) -> Response:
    """Refuse a method that a path does not answer."""
    return refusal(405, "METHOD_NOT_ALLOWED", f"This address answers {allow}", identity, headers={"allow": allow})


def joined(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Give the headers by name; one that comes twice is joined (RFC 9110, section 5.2), so no token hides behind another."""
    headers: dict[str, str] = {}
    for name, text in raw:
        key = name.decode("latin-1").lower()
        headers[key] = f"{headers[key]}, {text.decode('latin-1')}" if key in headers else text.decode("latin-1")
    return headers


def fits(headers: dict[str, str], kinds: tuple[str, ...]) -> bool:
    """Whether a body is of a kind that is read: JSON in UTF-8, not compressed."""
    kind, _, parameters = headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    encoding = headers.get("content-encoding", "identity").strip().lower()
    return kind.strip().lower() in kinds and charset in ("", "charset=utf-8") and encoding in ("", "identity")


async def read(headers: dict[str, str], receive: Receive) -> bytes:
    """Read a body, counting what really comes; raises `TooLarge` and `Gone`."""
    announced = headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > MOST_BYTES:
        raise TooLarge
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part = message.get("body", b"")
        size += len(part)
        if size > MOST_BYTES:
            raise TooLarge
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)
