"""REST over ASGI 3: takes requests, hands calls through the door it was given, sends back what comes.

Stands on the other files of this folder; of the rest of the product it knows only `run`, and what a call is.
"""

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, MutableMapping
from importlib.resources import files
from typing import Any, TypeAlias

import msgspec

from kingpost.call import Call, Failure, Lap, Result
from kingpost.contract.model import Contract, Operation, Style
from kingpost.contract.spelling import respelled
from kingpost.contract.types import Markup
from kingpost.surface.rest.accept import preferred
from kingpost.surface.rest.beside import Beside, metered, placed
from kingpost.surface.rest.client import Proxies
from kingpost.surface.rest.conditions import Unreadable, conditional
from kingpost.surface.rest.cors import PREVIEW
from kingpost.surface.rest.credentials import by_cookie, foreign
from kingpost.surface.rest.decode import BODIES, Request, decode
from kingpost.surface.rest.describe import describe
from kingpost.surface.rest.encode import encode
from kingpost.surface.rest.export import LINES, MOST, TABLE, Cut, asked, exported
from kingpost.surface.rest.forms import MOST_BYTES, MULTIPART, forms, kinds, most
from kingpost.surface.rest.naming import Naming
from kingpost.surface.rest.refusals import Faults, Manners, Say, unheard
from kingpost.surface.rest.replies import baked
from kingpost.surface.rest.response import JSON, Response, tagged
from kingpost.surface.rest.routes import Found, Routes
from kingpost.surface.rest.watch import PATHS, Watch, timed, watched
from kingpost.values import Cookie

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Run: TypeAlias = Callable[[Call], Awaitable[Result | Failure]]

logger = logging.getLogger("kingpost")

NO_WORDS: Mapping[str, Say] = {}
READS = ("GET", "HEAD")
INSIDE = "kingpost.inside"
"""The ASGI extension of a request that is made inside the process: no server hands one on that a client could name."""
FORMS = (JSON, LINES, TABLE)
TYPES = {"PATCH": ("application/json", "application/merge-patch+json")}
PAGE_METHODS = "GET, HEAD, OPTIONS"
DOCUMENT = "/openapi.json"
PAGES = {
    "/docs": ("docs.html", "text/html"),
    "/docs/docs.js": ("docs.js", "text/javascript"),
    "/docs/docs.css": ("docs.css", "text/css"),
}
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'none'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


class Edge(msgspec.Struct, frozen=True):
    """What stands before a surface: origins whose pages may ask, networks of trusted proxies, and whether it is for real."""

    origins: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    secure: bool = False


NOTHING_BEFORE = Edge()


class TooLarge(Exception):
    """The body is larger than any that is read here."""


class Unread(Exception):
    """The body is of a kind that is not read here."""


class Gone(Exception):
    """The client went away before its request was whole."""


class Rest:
    """The REST surface of a contract."""

    def __init__(
        self,
        contract: Contract,
        run: Run,
        base: str = "/api/v1",
        edge: Edge = NOTHING_BEFORE,
        *,
        watch: Watch,
        errors: Mapping[str, Say] = NO_WORDS,
        faults: Faults = unheard,
    ) -> None:
        """Lay out the paths and write the documents.

        Args:
            contract: What may be asked.
            run: The door to the engine.
            base: The path before every other.
            edge: What stands before this surface.
            watch: What it is watched through.
            errors: The app's own words for failures, by the name that a style gives them.
            faults: Takes what those words broke with.
        """
        self.contract, self.run, self.base, self.watch, self.edge = contract, run, base, watch, edge
        naming = Naming(contract) if respelled(contract) else None
        styles = {each.name: each.style for each in contract.operations if each.style is not None}
        self.manners = dressed(contract.style, naming, errors, faults)
        self.own = {name: dressed(style, naming, errors, faults, contract.style.scheme) for name, style in styles.items()}
        self.cookies = any(each.style.cookie for each in (self.manners, *self.own.values()))
        self.beside, self.proxies = Beside(edge.origins, edge.secure, self.cookies), Proxies(edge.proxies)
        self.exports, self.turn = 0, asyncio.Lock()
        self.routes = Routes(contract, base)
        self.pages = {
            DOCUMENT: tagged(Response(200, (("content-type", JSON),), msgspec.json.encode(describe(contract, self.routes))))
        }
        folder = files("kingpost.surface.rest") / "page"
        for path, (name, kind) in PAGES.items():
            headers = (("content-type", f"{kind}; charset=utf-8"), ("content-security-policy", PAGE_POLICY))
            self.pages[path] = tagged(Response(200, headers, (folder / name).read_bytes()))

    async def serve(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request (ASGI 3)."""
        identity = f"req_{os.urandom(12).hex()}"
        try:
            response = await self.answer(scope, receive, identity)
        except Gone:
            return
        self.watch.count(response.status)
        try:
            await self.tell(scope, response, identity, receive, send)
        finally:
            self.exports -= response.stream is not None

    def answers(self, scope: Message) -> bool:
        """Whether a path is this surface's to answer, be it with a refusal."""
        path = scope["path"]
        if path in self.pages or path in PATHS or (self.base and (path == self.base or path.startswith(f"{self.base}/"))):
            return True
        return bool(self.routes.allow((scope.get("raw_path") or path.encode()).partition(b"?")[0]))

    async def broke(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer for something beside this surface that broke before it had said anything."""
        identity = f"req_{os.urandom(12).hex()}"
        response = self.manners.refuse(Failure("internal", "Something went wrong on the server"), identity)
        self.watch.count(response.status)
        await self.tell(scope, response, identity, receive, send)

    async def tell(self, scope: Message, response: Response, identity: str, receive: Receive, send: Send) -> None:
        """Send a response with all that goes beside it."""
        secure = "; Secure" if self.edge.secure or scope.get("scheme") == "https" else ""
        headers = [
            (name.encode(), (text + secure if name == "set-cookie" else text).encode("latin-1", "replace"))
            for name, text in response.headers
        ]
        headers += [(b"x-request-id", identity.encode()), *self.beside.headers(scope["headers"], response)]
        if response.status not in (204, 304) and response.stream is None:
            headers.append((b"content-length", str(len(response.body)).encode()))
        if scope["path"] not in PAGES and not any(name == "cache-control" for name, _ in response.headers):
            headers.append((b"cache-control", self.kept(scope, response)))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        if response.stream is not None and scope["method"] != "HEAD":
            await pour(response.stream, receive, send)
            return
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else response.body})

    async def answer(self, scope: Message, receive: Receive, identity: str) -> Response:
        """Find where a request leads and what it says there."""
        method, path = scope["method"], scope.get("raw_path") or scope["path"].encode()
        path = path.partition(b"?")[0]
        if self.beside.cors.previews(method, scope["headers"]):
            return Response(200, PREVIEW)
        page = self.pages.get(scope["path"])
        if page is not None:
            if method == "OPTIONS":
                return Response(204, (("allow", PAGE_METHODS),))
            headers = joined(scope["headers"])
            if method not in READS:
                return unoffered(self.manners, PAGE_METHODS, identity)
            return conditioned(headers, page, identity, self.manners)
        if scope["path"] in PATHS:
            told = await watched(self.watch, scope, joined(scope["headers"]), identity, self.manners)
            if told is not None:
                return told
        found = self.routes.find(path, method)
        if found is not None:
            return await self.ask(scope, receive, found, identity)
        allow = self.routes.allow(path)
        if not allow:
            return self.manners.refuse(Failure("not_found", "There is nothing at this address"), identity)
        return Response(204, (("allow", allow),)) if method == "OPTIONS" else unoffered(self.manners, allow, identity)

    async def ask(self, scope: Message, receive: Receive, found: Found, identity: str) -> Response:
        """Turn the request into a call, and what comes back into a response."""
        headers = joined(scope["headers"])
        method = scope["method"]
        name = found.route.methods["GET" if method == "HEAD" else method]
        operation = self.contract.operation.get(name)
        manners = self.own.get(name, self.manners)
        offered = offers(operation)
        kind = preferred(headers.get("accept"), offered)
        if kind is None:
            said = Failure("malformed", f"This address answers {', '.join(offered)}")
            return manners.refuse(said, identity, (406, "NOT_ACCEPTABLE"))
        if self.cookies and strange(method, headers, manners.style, operation, self.edge.origins):
            return manners.refuse(Failure("forbidden", "A page of another site may not do this"), identity)
        try:
            body = await sent(method, headers, operation, receive)
        except TooLarge as large:  # what is left of the body is not read, so the connection can not be used again
            return manners.refuse(
                Failure("malformed", str(large)), identity, (413, "PAYLOAD_TOO_LARGE"), {"connection": "close"}
            )
        except Unread as unread:
            return manners.refuse(Failure("malformed", str(unread)), identity, (415, "UNSUPPORTED_MEDIA_TYPE"))
        call = self.call(scope, headers, body, identity, found, manners)
        if self.watch.span is None:
            return await self.reply(method, headers, call, kind, manners)
        with self.watch.span(call) as note:
            response = await self.reply(method, headers, call, kind, manners)
            route = {"http.request.method": method, "http.route": found.route.template}
            note({**route, "http.response.status_code": response.status})
            return response

    def call(self, scope: Message, headers: dict[str, str], body: bytes, identity: str, found: Found, manners: Manners) -> Call:
        """Read the call that a request makes, and where it came from: no address is that of the process itself."""
        peer, address = scope.get("client"), ""
        if INSIDE not in scope.get("extensions", ()):
            address = self.proxies.client(peer[0] if peer else "", headers.get("x-forwarded-for", ""))
        path = scope.get("raw_path") or scope["path"].encode()
        request = Request(scope["method"], path, scope["query_string"], headers, body, identity, address)
        return decode(self.contract, request, found, manners)

    async def reply(self, method: str, headers: dict[str, str], call: Call, kind: str, manners: Manners) -> Response:
        """Hand a call through the door and turn what comes back into a response, with what the engine saw of it."""
        table = kind in (LINES, TABLE)
        if table:
            if self.exports >= MOST:
                busy = Failure("unavailable", "Too many exports at once; try again shortly", retry_after=1)
                return manners.refuse(busy, call.request_id)
            call = asked(self.contract, call, kind)
        result = await self.run(call)
        began = time.perf_counter()
        if table and isinstance(result, Result):
            self.exports += 1
            return metered(exported(self.contract, self.page, call, result, kind, manners.naming), result.seen.allowance)
        try:
            response = encode(self.contract, self.base, call, result, manners)
        except Exception as error:  # code gave what no answer can hold: who asked is told no more than that it broke
            logger.error("The answer of %s can not be told: %s", call.operation, type(error).__name__)
            response = manners.refuse(Failure("internal", "Something went wrong on the server"), call.request_id)
        if method in READS and response.tag:
            response = conditioned(headers, response, call.request_id, manners)
        if isinstance(result, Failure) and result.kind == "bad_token" and by_cookie(headers, manners.style):
            response = forgotten(response, manners.style.cookie)
        laps = (*result.seen.laps, Lap("encode", time.perf_counter() - began)) if result.seen.laps else ()
        response = placed(timed(response, laps), result.seen.position, headers, manners.style)
        return metered(response, result.seen.allowance)

    async def page(self, call: Call) -> Result | Failure:
        """Answer the call for another page of an export.

        A page is read without waiting for anything, so of all exports together no more than one is read in each turn of the
        event loop; all other calls would wait for them.
        """
        async with self.turn:
            await asyncio.sleep(0)
            return await self.run(call)

    def kept(self, scope: Message, response: Response) -> bytes:
        """Say who may keep an answer: nobody what a known caller was told, anyone what all may read, who ask again."""
        telling = (b"authorization", b"cookie") if self.cookies else (b"authorization",)
        known = any(name in telling for name, _ in scope["headers"])
        return b"no-cache" if response.tag and scope["method"] in READS and not known else b"no-store"


def dressed(style: Style, naming: Naming | None, errors: Mapping[str, Say], faults: Faults, scheme: str = "Bearer") -> Manners:
    """Make the manners of a style, where elsewhere in the app a token comes after some word."""
    say = errors[style.error] if style.error else None
    return Manners(style, naming if style.naming == "camelCase" else None, say, scheme, faults)


def conditioned(headers: dict[str, str], response: Response, identity: str, manners: Manners) -> Response:
    """Answer what a read is meant for: nothing that the client has, nothing that it does not want."""
    try:
        status = conditional(headers, response.tag)
    except Unreadable as unreadable:
        return manners.refuse(Failure("invalid", "Invalid input data", (unreadable.detail,)), identity)
    if status == 412:
        return manners.refuse(Failure("stale", "What there is now is not what the request was meant for"), identity)
    return response if status == 200 else Response(304, (("etag", response.tag),), tag=response.tag)


def offers(operation: Operation | None) -> tuple[str, ...]:
    """Give the media types that an operation answers, the usual one first."""
    if operation is not None and operation.verb is None and isinstance(operation.output, Markup):
        return ("text/html",)
    return FORMS if operation is not None and operation.verb == "list" else (JSON,)


def strange(method: str, headers: dict[str, str], style: Style, operation: Operation | None, origins: tuple[str, ...]) -> bool:
    """Whether a page of another site makes a browser use its visitor's cookie, or send a form that might set one."""
    form = bool(style.cookie) and operation is not None and operation.verb is None and forms(operation)
    return (by_cookie(headers, style) or (form and "authorization" not in headers)) and foreign(method, headers, origins)


def forgotten(response: Response, cookie: str) -> Response:
    """Let a browser forget the cookie whose token is not believed, as it would show it again with whatever it asks."""
    if any(name == "set-cookie" and text.startswith(f"{cookie}=") for name, text in response.headers):
        return response
    return msgspec.structs.replace(response, headers=(*response.headers, ("set-cookie", baked(Cookie(cookie, age=0)))))


async def pour(stream: AsyncIterator[bytes], receive: Receive, send: Send) -> None:
    """Send a body in pieces for as long as the client is there; one that is cut short is not ended, so that it shows."""
    gone = asyncio.ensure_future(left(receive))
    try:
        async for piece in stream:
            if gone.done():
                return
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    except Cut:
        return
    finally:
        gone.cancel()


async def left(receive: Receive) -> None:
    """Wait until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def unoffered(manners: Manners, allow: str, identity: str) -> Response:
    """Refuse a method that a path does not answer."""
    said = Failure("malformed", f"This address answers {allow}")
    return manners.refuse(said, identity, (405, "METHOD_NOT_ALLOWED"), {"allow": allow})


def joined(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Give the headers by name; those of one name are joined (RFC 9110, section 5.2; cookies: RFC 9113, section 8.2.3)."""
    headers: dict[str, str] = {}
    for name, text in raw:
        key, said = name.decode("latin-1").lower(), text.decode("latin-1")
        headers[key] = f"{headers[key]}{'; ' if key == 'cookie' else ', '}{said}" if key in headers else said
    return headers


async def sent(method: str, headers: dict[str, str], operation: Operation | None, receive: Receive) -> bytes:
    """Read the body of a request, if its method has one; raises `Unread`, `TooLarge` and `Gone`."""
    if method not in BODIES:
        return b""
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


def fits(headers: dict[str, str], kinds: tuple[str, ...]) -> bool:
    """Whether a body is of a kind that is read: in UTF-8, not compressed."""
    kind, _, parameters = headers.get("content-type", "").partition(";")
    kind, charset = kind.strip().lower(), parameters.strip().lower().replace('"', "")
    encoding = headers.get("content-encoding", "identity").strip().lower()
    plain = charset in ("", "charset=utf-8") or kind == MULTIPART
    return kind in kinds and plain and encoding in ("", "identity")


async def read(headers: dict[str, str], receive: Receive, most: int) -> bytes:
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
