"""REST over ASGI 3: takes requests, hands calls through the door it was given, sends back what comes.

Stands on the other files of this folder; of the rest of the product it knows only `run`, and what a call is.
"""

import asyncio
import logging
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from importlib.resources import files
from operator import methodcaller
from typing import NamedTuple, TypeAlias

import msgspec

from kingpost.call import Call, Failure, Lap, Result
from kingpost.contract.model import Contract, Operation, Style
from kingpost.contract.spelling import respelled
from kingpost.contract.types import Markup
from kingpost.surface.rest.accept import preferred
from kingpost.surface.rest.beside import WRITTEN, Beside, metered, placed
from kingpost.surface.rest.bodies import Gone, TooLarge, Unread, sent
from kingpost.surface.rest.bodies import Message as Message  # noqa: PLC0414  # whoever asks a surface makes them
from kingpost.surface.rest.bodies import Receive as Receive  # noqa: PLC0414  # whoever asks a surface makes them
from kingpost.surface.rest.client import Proxies
from kingpost.surface.rest.conditions import Unreadable, conditional
from kingpost.surface.rest.cors import PREVIEW
from kingpost.surface.rest.credentials import by_cookie, foreign
from kingpost.surface.rest.decode import BODIES, Request, decode
from kingpost.surface.rest.describe import describe
from kingpost.surface.rest.encode import encode
from kingpost.surface.rest.export import LINES, MOST, TABLE, Cut, asked, exported
from kingpost.surface.rest.forms import forms
from kingpost.surface.rest.naming import Naming
from kingpost.surface.rest.refusals import Faults, Manners, Say, unheard
from kingpost.surface.rest.replies import baked
from kingpost.surface.rest.response import IN_JSON, JSON, Response, spelled, tagged
from kingpost.surface.rest.routes import Found, Routes
from kingpost.surface.rest.watch import PATHS, Watch, timed, watched
from kingpost.values import Cookie

Send: TypeAlias = Callable[[Message], Awaitable[None]]
Asked: TypeAlias = Mapping[str, str]
"""The headers of a request by name, in lower case."""
Run: TypeAlias = Callable[[Call], Awaitable[Result | Failure]]

logger = logging.getLogger("kingpost")

LATIN = methodcaller("decode", "latin-1")

NO_WORDS: Mapping[str, Say] = {}
READS = ("GET", "HEAD")
INSIDE = "kingpost.inside"
"""The ASGI extension of a request that is made inside the process: no server hands one on that a client could name."""
FORMS = (JSON, LINES, TABLE)
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


class Offer(NamedTuple):
    """What one way of asking offers: its operation (none of a batch), how its answers are dressed, and in which forms."""

    operation: Operation | None
    manners: Manners
    forms: tuple[str, ...]


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
        own = {name: dressed(style, naming, errors, faults, contract.style.scheme) for name, style in styles.items()}
        self.cookies = any(each.style.cookie for each in (self.manners, *own.values()))
        self.beside, self.proxies = Beside(edge.origins, edge.secure, self.cookies), Proxies(edge.proxies)
        self.exports, self.turn = 0, asyncio.Lock()
        self.chance = random.Random(os.urandom(32))  # noqa: S311  # ids of requests are to differ, and are no secret
        self.routes = Routes(contract, base)
        asked = ((name, contract.operation.get(name)) for route in self.routes.all() for name in route.methods.values())
        self.offers = {name: Offer(found, own.get(name, self.manners), offers(found)) for name, found in asked}
        self.pages = {DOCUMENT: tagged(Response(200, (IN_JSON,), msgspec.json.encode(describe(contract, self.routes))))}
        folder = files("kingpost.surface.rest") / "page"
        for path, (name, kind) in PAGES.items():
            headers = {"content-type": f"{kind}; charset=utf-8", "content-security-policy": PAGE_POLICY}
            self.pages[path] = tagged(Response(200, spelled(headers.items()), (folder / name).read_bytes()))

    async def serve(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request (ASGI 3)."""
        identity, headers = self.identity(), joined(scope["headers"])
        try:
            response = await self.answer(scope, headers, receive, identity)
        except Gone:
            return
        self.watch.count(response.status)
        try:
            await self.tell(scope, headers, response, identity, receive, send)
        finally:
            self.exports -= response.stream is not None

    def identity(self) -> str:
        """Give the id of one request."""
        return f"req_{self.chance.getrandbits(96):024x}"

    def answers(self, scope: Message) -> bool:
        """Whether a path is this surface's to answer, be it with a refusal."""
        path = scope["path"]
        if path in self.pages or path in PATHS or (self.base and (path == self.base or path.startswith(f"{self.base}/"))):
            return True
        return bool(self.routes.allow((scope.get("raw_path") or path.encode()).partition(b"?")[0]))

    async def broke(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer for something beside this surface that broke before it had said anything."""
        identity = self.identity()
        response = self.manners.refuse(Failure("internal", "Something went wrong on the server"), identity)
        self.watch.count(response.status)
        await self.tell(scope, joined(scope["headers"]), response, identity, receive, send)

    async def tell(self, scope: Message, asked: Asked, response: Response, identity: str, receive: Receive, send: Send) -> None:
        """Send a response with all that goes beside it."""
        headers, own = list(response.headers), dict(response.headers)
        if b"set-cookie" in own and (self.edge.secure or scope.get("scheme") == "https"):
            headers = [(name, text + b"; Secure" if name == b"set-cookie" else text) for name, text in headers]
        headers.append((b"x-request-id", identity.encode()))
        if b"cache-control" not in own and scope["path"] not in PAGES:
            headers.append((b"cache-control", self.kept(scope["method"], asked, response)))
        policy, origin = b"content-security-policy" in own, asked.get("origin", "")
        if response.stream is None and b"connection" not in own and WRITTEN in scope.get("extensions", ()):
            await send(self.beside.start(response, headers, origin, own=policy, written=True))
            return
        if response.status not in (204, 304) and response.stream is None:
            headers.append((b"content-length", b"%d" % len(response.body)))
        await send(self.beside.start(response, headers, origin, own=policy, written=False))
        if response.stream is not None and scope["method"] != "HEAD":
            await pour(response.stream, receive, send)
            return
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else response.body})

    async def answer(self, scope: Message, headers: Asked, receive: Receive, identity: str) -> Response:
        """Find where a request leads and what it says there."""
        method, path = scope["method"], scope.get("raw_path") or scope["path"].encode()
        path = path.partition(b"?")[0]
        if method == "OPTIONS" and self.beside.cors.previews(headers):
            return Response(200, PREVIEW)
        page = self.pages.get(scope["path"])
        if page is not None:
            if method == "OPTIONS":
                return Response(204, spelled({"allow": PAGE_METHODS}.items()))
            if method not in READS:
                return unoffered(self.manners, PAGE_METHODS, identity)
            return conditioned(headers, page, identity, self.manners)
        if scope["path"] in PATHS:
            told = await watched(self.watch, scope, headers, identity, self.manners)
            if told is not None:
                return told
        found = self.routes.find(path, method)
        if found is not None:
            return await self.ask(scope, headers, receive, found, identity)
        allow = self.routes.allow(path)
        if not allow:
            return self.manners.refuse(Failure("not_found", "There is nothing at this address"), identity)
        if method == "OPTIONS":
            return Response(204, spelled({"allow": allow}.items()))
        return unoffered(self.manners, allow, identity)

    async def ask(self, scope: Message, headers: Asked, receive: Receive, found: Found, identity: str) -> Response:
        """Turn the request into a call, and what comes back into a response."""
        method = scope["method"]
        operation, manners, offered = self.offers[found.route.methods["GET" if method == "HEAD" else method]]
        kind = preferred(headers.get("accept"), offered)
        if kind is None:
            said = Failure("malformed", f"This address answers {', '.join(offered)}")
            return manners.refuse(said, identity, (406, "NOT_ACCEPTABLE"))
        if self.cookies and strange(method, headers, manners.style, operation, self.edge.origins):
            return manners.refuse(Failure("forbidden", "A page of another site may not do this"), identity)
        try:
            body = await sent(method, headers, operation, receive) if method in BODIES else b""
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

    def call(self, scope: Message, headers: Asked, body: bytes, identity: str, found: Found, manners: Manners) -> Call:
        """Read the call that a request makes, and where it came from: no address is that of the process itself."""
        peer, address = scope.get("client"), ""
        if INSIDE not in scope.get("extensions", ()):
            address = self.proxies.client(peer[0] if peer else "", headers.get("x-forwarded-for", ""))
        path = scope.get("raw_path") or scope["path"].encode()
        request = Request(scope["method"], path, scope["query_string"], headers, body, identity, address)
        return decode(self.contract, request, found, manners)

    async def reply(self, method: str, headers: Asked, call: Call, kind: str, manners: Manners) -> Response:
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
        if response.tag and method in READS and ("if-none-match" in headers or "if-match" in headers):
            response = conditioned(headers, response, call.request_id, manners)
        if isinstance(result, Failure) and result.kind == "bad_token" and by_cookie(headers, manners.style):
            response = forgotten(response, manners.style.cookie)
        if result.seen.laps:
            response = timed(response, (*result.seen.laps, Lap("encode", time.perf_counter() - began)))
        response = placed(response, result.seen.position, headers, manners.style)
        return metered(response, result.seen.allowance)

    async def page(self, call: Call) -> Result | Failure:
        """Answer the call for another page of an export.

        A page is read without waiting for anything, so of all exports together no more than one is read in each turn of the
        event loop; all other calls would wait for them.
        """
        async with self.turn:
            await asyncio.sleep(0)
            return await self.run(call)

    def kept(self, method: str, asked: Asked, response: Response) -> bytes:
        """Say who may keep an answer: nobody what a known caller was told, anyone what all may read, who ask again."""
        known = "authorization" in asked or (self.cookies and "cookie" in asked)
        return b"no-cache" if response.tag and method in READS and not known else b"no-store"


def dressed(style: Style, naming: Naming | None, errors: Mapping[str, Say], faults: Faults, scheme: str = "Bearer") -> Manners:
    """Make the manners of a style, where elsewhere in the app a token comes after some word."""
    say = errors[style.error] if style.error else None
    return Manners(style, naming if style.naming == "camelCase" else None, say, scheme, faults)


def conditioned(headers: Asked, response: Response, identity: str, manners: Manners) -> Response:
    """Answer what a read is meant for: nothing that the client has, nothing that it does not want."""
    try:
        status = conditional(headers, response.tag)
    except Unreadable as unreadable:
        return manners.refuse(Failure("invalid", "Invalid input data", (unreadable.detail,)), identity)
    if status == 412:
        return manners.refuse(Failure("stale", "What there is now is not what the request was meant for"), identity)
    return response if status == 200 else Response(304, ((b"etag", response.tag.encode()),), tag=response.tag)


def offers(operation: Operation | None) -> tuple[str, ...]:
    """Give the media types that an operation answers, the usual one first."""
    if operation is not None and operation.verb is None and isinstance(operation.output, Markup):
        return ("text/html",)
    return FORMS if operation is not None and operation.verb == "list" else (JSON,)


def strange(method: str, headers: Asked, style: Style, operation: Operation | None, origins: tuple[str, ...]) -> bool:
    """Whether a page of another site makes a browser use its visitor's cookie, or send a form that might set one."""
    form = bool(style.cookie) and operation is not None and operation.verb is None and forms(operation)
    return (by_cookie(headers, style) or (form and "authorization" not in headers)) and foreign(method, headers, origins)


def forgotten(response: Response, cookie: str) -> Response:
    """Let a browser forget the cookie whose token is not believed, as it would show it again with whatever it asks."""
    if any(name == b"set-cookie" and text.startswith(f"{cookie}=".encode()) for name, text in response.headers):
        return response
    baking = {"set-cookie": baked(Cookie(cookie, age=0))}
    return msgspec.structs.replace(response, headers=(*response.headers, *spelled(baking.items())))


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


def joined(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Give the headers by name; those of one name are joined (RFC 9110, section 5.2; cookies: RFC 9113, section 8.2.3)."""
    names, texts = zip(*raw, strict=True) if raw else ((), ())
    named = tuple(map(str.lower, map(LATIN, names)))
    headers = dict(zip(named, map(LATIN, texts), strict=True))
    if len(headers) < len(raw):
        for twice in headers:
            same = [text.decode("latin-1") for name, text in zip(named, texts, strict=True) if name == twice]
            headers[twice] = ("; " if twice == "cookie" else ", ").join(same)
    return headers
