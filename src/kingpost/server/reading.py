"""How a connection reads: bytes become requests, and what is no request is refused.

Takes bytes, gives exchanges to `hand_on` and faults to `refuse`. What is too long is noticed while it comes, in time that grows
with what came; nothing is interpreted after what is not well-formed. Stands on uvicorn's protocol for httptools, whose parser
already refuses most of what RFC 9112 does.
"""

import asyncio
import re
import urllib.parse
from collections import deque
from typing import Any

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kingpost.server import framing
from kingpost.server.exchange import Exchange, Unframed, asterisk
from kingpost.server.refusals import Fault, malformed
from kingpost.server.shared import Shared
from kingpost.surface.rest.beside import WRITTEN

SOON, NEVER = 0.0, float("inf")
"""When something must have happened: to be said at the next look at all connections, or not at all."""
IDLE, HEAD, BODY, OVER = range(4)
"""What is being read: nothing as yet, a head, a body, or nothing ever more."""
NOTICED = frozenset((b"host", b"content-length", b"transfer-encoding", b"expect"))
OTHERS = (
    rb"(?:(?!(?i:host|content-length|transfer-encoding|connection|proxy-connection|expect|upgrade):)"
    rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*\r\n)*"
)
PLAIN = re.compile(rb'GET (/[!"$-~]*) HTTP/1\.1\r\n' + OTHERS + rb"(?i:host):[ \t]*([!-~]+)[ \t]*\r\n" + OTHERS + rb"\r\n")
"""A whole request that is well-formed, has no body and leaves the connection as it is; its target and its host."""
SLICE = 32_768
SPARE = 4_096
"""How much longer than its parts a head may be: the method, the version, separators."""
FRAMING = 8
"""How many bytes may frame each byte of a chunked body, so that extensions (RFC 9112, section 7.1.1) are bounded too."""


class Reader(HttpToolsProtocol):
    """The half of a connection that reads.

    `due` is when something must have happened that has not as yet. Of the requests, `reading` is the last whose head was whole,
    `active` the one that is being answered, and those in `waiting` come after it. Who is `deaf` interprets no further byte.
    """

    def __init__(
        self, config: Config, server_state: Shared, app_state: dict[str, Any], _loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        """Wait for bytes; the arguments are those which uvicorn gives."""
        super().__init__(config, server_state, app_state, _loop)
        self.shared, self.bounds = server_state, server_state.bounds
        self.phase, self.due, self.since = IDLE, NEVER, 0.0
        self.active: Exchange | None = None
        self.reading: Exchange = None  # type: ignore[assignment]  # there is one once a head is whole
        self.waiting: deque[Exchange] = deque()
        self.deaf = self.framed = self.long = False
        self.url, self.headers = b"", []
        self.host: bytes | None = None
        self.known: bytes | None = None
        self.begun = self.arrived = self.size = self.length = 0

    def refuse(self, fault: Fault) -> None:
        """Refuse what is being read, and never read again."""
        raise NotImplementedError  # a `Connection` does it

    def hand_on(self, exchange: Exchange) -> None:
        """Have a request answered, after those that came before it on this connection."""
        raise NotImplementedError  # a `Connection` does it

    def turned_away(self, method: bytes, path: bytes, keep: bool) -> bool:
        """Answer a request without a body at once, if that is allowed, with what is written already; give whether it was."""
        raise NotImplementedError  # a `Connection` does it

    def rest(self) -> None:
        """Wait for another request, for a while."""
        raise NotImplementedError  # a `Connection` does it

    def write(self, data: bytes) -> None:
        """Send bytes."""
        raise NotImplementedError  # a `Connection` does it

    def close(self) -> None:
        """End once what was written is read."""
        raise NotImplementedError  # a `Connection` does it

    def is_closing(self) -> bool:
        """Whether nothing more is to be written."""
        raise NotImplementedError  # a `Connection` does it

    def data_received(self, data: bytes) -> None:
        """Read what has come, as far as it is wanted, in pieces short enough to see in time that a request is too long."""
        if self.deaf:
            return
        if len(data) > SLICE:
            for at in range(0, len(data), SLICE):
                self.data_received(data[at : at + SLICE])
            return
        if self.phase == IDLE and self.shared.admission.requests.full and self.brief(data):
            return
        before, self.begun, self.size = self.phase, 0, len(data)
        if before == IDLE:
            self.phase, self.arrived, self.due = HEAD, 0, SOON
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as pause:
            self.without_upgrade(data[pause.args[0] :])
        except httptools.HttpParserError as error:
            if not self.deaf:
                self.refuse(framing.fault(error))
        else:
            if self.phase != IDLE:
                self.arrived = self.arrived + self.size if self.begun == (before == IDLE) else 0
                self.weigh()

    def brief(self, data: bytes) -> bool:
        """Turn a request away without reading all that it says, which costs more than to answer so; give whether it was."""
        found = PLAIN.fullmatch(data) if len(data) <= SPARE else None
        if found is None or not framing.HOST.fullmatch(found[2]):
            return False
        return self.turned_away(b"GET", found[1], keep=not self.shared.leaving)

    def weigh(self) -> None:
        """Look at a request that is not whole as yet: is it too long already."""
        if self.phase == BODY:
            if self.arrived > 2 * SLICE + self.bounds.held + FRAMING * self.length:
                self.refuse(malformed("The chunks of the body are mostly framing"))
        elif self.phase != HEAD or self.deaf:
            return
        elif len(self.url) > self.bounds.url:
            self.refuse(self.long_url())
        elif self.arrived > self.bounds.url + self.bounds.header_bytes + SPARE or len(self.headers) > self.bounds.headers:
            self.refuse(self.long_head())

    def long_url(self) -> Fault:
        """Make the fault of an address that is too long (RFC 9112, section 3)."""
        return Fault(414, "URI_TOO_LONG", f"The address may have at most {self.bounds.url} bytes")

    def long_head(self) -> Fault:
        """Make the fault of a head with too much in it (RFC 6585, section 5)."""
        most = f"{self.bounds.headers} headers and {self.bounds.header_bytes} bytes of them"
        return Fault(431, "HEADERS_TOO_LARGE", f"A request may have at most {most}")

    def without_upgrade(self, rest: bytes) -> None:
        """Read a request that offers another protocol as if it did not, which a server may (RFC 9110, section 7.8)."""
        kept = [name + b": " + text + b"\r\n" for name, text in self.headers if name != b"upgrade"]
        head = b"".join([self.parser.get_method(), b" ", self.url, b" HTTP/1.1\r\n", *kept, b"\r\n"])
        self.parser = httptools.HttpRequestParser(self)
        self.phase = IDLE
        self.data_received(head + rest)

    def on_message_begin(self) -> None:
        """Begin a request, unless there are too many in a row or none was to follow."""
        if self.deaf or len(self.waiting) >= self.bounds.pipelined:
            self.deaf, self.phase, self.due = True, HEAD, NEVER
            raise malformed("No request was to follow")
        self.begun += 1
        if self.phase == IDLE:
            self.phase, self.due = HEAD, SOON
        self.url, self.headers, self.host = b"", [], None
        self.framed = self.long = self.expect_100_continue = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; raises `Fault`."""
        name = name.lower()
        self.headers.append((name, value))
        if name in NOTICED and self.phase == HEAD:
            self.notice(name, value)

    def notice(self, name: bytes, value: bytes) -> None:
        """Look at a header on which it depends where the request goes or ends; raises `Fault`."""
        if name == b"expect":
            self.expect_100_continue |= value.lower() == b"100-continue"
        elif name == b"content-length":
            self.framed, self.long = True, int(value) > self.bounds.held
        elif name == b"transfer-encoding":
            self.framed = True
            framing.coding(value)
            if self.parser.get_http_version() != "1.1":
                raise malformed("HTTP/1.0 has no transfer codings")
        elif self.host is not None:
            raise malformed("There are two Host headers")
        else:
            self.host = value if value == self.known else framing.host(value)
            self.known = value

    def measure(self) -> None:
        """Refuse a head that is too long, to the byte; raises `Fault`."""
        if len(self.url) > self.bounds.url:
            raise self.long_url()
        size = sum(len(name) + len(text) + len(": \r\n") for name, text in self.headers)
        if size > self.bounds.header_bytes or len(self.headers) > self.bounds.headers:
            raise self.long_head()

    def on_headers_complete(self) -> None:
        """Make a request of its head."""
        version, method, headers = self.parser.get_http_version(), self.parser.get_method(), self.headers
        if self.host is None and version == "1.1":
            raise malformed("The Host header is missing")
        if version not in framing.VERSIONS:
            raise malformed("The version is neither HTTP/1.1 nor HTTP/1.0")
        if self.arrived + self.size > self.bounds.url or len(headers) > self.bounds.headers:
            self.measure()
        if method == b"CONNECT":
            raise Fault(501, "NOT_IMPLEMENTED", "This server is no proxy")
        if self.parser.should_upgrade():
            return
        raw_path, query, authority = framing.target(self.url, method)
        if authority:  # which then counts instead of what Host says
            headers = [(b"host", authority), *(pair for pair in headers if pair[0] != b"host")]
        keep = version != "1.0" and not self.shared.leaving and self.parser.should_keep_alive()
        if self.shared.admission.requests.full and not self.framed and self.turned_away(method, raw_path, keep):
            return
        path = raw_path.decode("ascii")
        self.headers = []  # what comes after the body is too late to count (RFC 9110, section 6.5.1)
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": version,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme or "http",
            "root_path": self.root_path,
            "headers": headers,
            "state": self.app_state.copy(),
            "extensions": {WRITTEN: {}},
            "method": method.decode("ascii"),
            "path": urllib.parse.unquote(path) if "%" in path else path,
            "raw_path": raw_path,
            "query_string": query,
        }
        self.expect_100_continue &= version != "1.0"  # which does not know that answer (RFC 9110, section 10.1.1)
        made = Unframed if version == "1.0" else Exchange
        self.cycle = self.reading = exchange = made(scope, self, self.expect_100_continue, keep)
        self.phase, self.length, self.due = BODY, 0, SOON
        if raw_path == b"*":
            exchange.other = asterisk
        if self.expect_100_continue or self.long:
            self.hand_on(exchange)  # which may be refused before it is sent

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body; a short one until it is whole, so that a slow client takes no one's place."""
        self.length += len(body)
        exchange = self.reading
        if exchange.response_complete:
            return
        exchange.body += body
        if len(exchange.body) > self.bounds.held:
            self.flow.pause_reading()
            if not exchange.handed:
                self.hand_on(exchange)
        exchange.message_event.set()

    def on_message_complete(self) -> None:
        """Hand on a request that is whole."""
        if self.phase != BODY:
            return  # what offers another protocol is read again without the offer
        exchange = self.reading
        self.phase, self.due = IDLE, NEVER
        self.deaf = not exchange.keep_alive
        exchange.more_body = False
        exchange.message_event.set()
        if not exchange.handed:
            self.hand_on(exchange)
        elif self.active is None:
            self.rest()
