"""One request and its answer.

Takes what a connection has read, gives the ASGI app its three arguments and writes what it says. Stands on uvicorn's cycle of
request and response.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from itertools import chain, repeat
from typing import Any, Protocol

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from kingpost.server.admission import Application, Lane
from kingpost.server.refusals import headers, new_id
from kingpost.server.shared import Shared
from kingpost.surface.rest.beside import SAYABLE, WRITTEN
from kingpost.surface.rest.refusals import refusal

logger = logging.getLogger("kingpost.server")

TOKEN = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
"""What a header's name is made of (RFC 9110, section 5.6.2), in lower case."""
COLON, LINE_END = repeat(b": "), repeat(b"\r\n")
BARE = (204, 304)


class Outlet(Protocol):
    """A connection, as an exchange on it sees it."""

    flow: FlowControl
    shared: Shared

    def write(self, data: bytes) -> None:
        """Send bytes."""

    def close(self) -> None:
        """End once what was written is read."""

    def is_closing(self) -> bool:
        """Whether nothing more is to be written."""

    def on_response_complete(self) -> None:
        """Go on once the answer is written."""


class Exchange(RequestResponseCycle):
    """One request and its answer.

    `handed` is whether it has been handed on, `early` whether that was before its body was whole, `finished` whether the app is
    done with it, `lane` where it counts as under way, and `other` who answers it if not the app.
    """

    handed = early = finished = False
    lane: Lane | None = None
    other: Application | None = None

    def __init__(self, scope: Any, outlet: Outlet, expects: bool, keep_alive: bool) -> None:
        """Begin with a request whose head is whole.

        Args:
            scope: The head in the words of ASGI.
            outlet: Takes the answer.
            expects: Whether the client waits to be told to send the body.
            keep_alive: Whether the connection stays.
        """
        super().__init__(
            scope,
            outlet,  # type: ignore[arg-type]  # all that it asks of a transport
            outlet.flow,
            logger,
            logger,
            False,  # no access log: calls are told of where they are answered
            outlet.shared.default_headers,
            asyncio.Event(),
            expects,
            keep_alive,
            outlet.on_response_complete,
        )
        self.shared = outlet.shared

    def begin(self, loop: asyncio.AbstractEventLoop, app: Application) -> None:
        """Have the app answer."""
        if self.disconnected:
            self.over()
            return
        task = loop.create_task(self.run_asgi(app))
        self.shared.tasks.add(task)
        task.add_done_callback(self.over)

    def over(self, task: asyncio.Task[None] | None = None) -> None:
        """Make room for another."""
        if task is not None:
            self.shared.tasks.discard(task)
            self.shared.admission.begun = 0  # the turn in which it began is over
        self.finished = True
        if self.lane is not None:
            self.stall()

    def stall(self) -> None:
        """Count no longer as under way: whoever does not read the answer takes no one else's place."""
        if self.lane is not None:
            self.lane.under_way -= 1
            self.lane = None

    def resume(self) -> None:
        """Count again, whether or not there is room: the request was let in before."""
        if self.handed and not self.finished and self.lane is None:
            self.lane = self.shared.admission.requests
            self.lane.under_way += 1

    def vanish(self) -> None:
        """Let the app know that there is no one to answer any more."""
        self.disconnected = True
        self.message_event.set()

    async def send(self, message: Any) -> None:
        """Send a part of the answer; raises `RuntimeError` for one that is none."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        wanted = "http.response.body" if self.response_started else "http.response.start"
        if message["type"] != wanted or self.response_complete:
            raise RuntimeError(f"An answer has no {message['type']} here")
        if self.response_started:
            self.go_on(message.get("body", b""), message.get("more_body", False))
        elif WRITTEN in message:
            self.say(message["status"], message[WRITTEN], message["body"])
        else:
            self.start(message["status"], message.get("headers", ()))

    def say(self, status: int, head: bytes, body: bytes) -> None:
        """Write a whole answer at once, whose headers are lines already: one message to the kernel, one to the client."""
        self.response_started, self.waiting_for_100_continue = True, False
        bare = status in BARE
        length = b"" if bare else b"content-length: %d\r\n" % len(body)
        close = b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n"
        sent = b"" if bare or self.scope["method"] == "HEAD" else body
        self.transport.write(b"".join((STATUS_LINE[status], self.shared.lines, head, length, close, sent)))
        self.end()

    def start(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Write the head: its headers are judged all at once, which costs a tenth of each alone."""
        said = [*self.default_headers, *headers]
        named = dict(said)
        if b"".join(named).translate(None, TOKEN):
            said = [(name.lower(), text) for name, text in said]
            named = dict(said)
            if b"".join(named).translate(None, TOKEN):
                raise RuntimeError("A header has a name that none can have")
        self.response_started, self.waiting_for_100_continue = True, False
        if named.get(b"transfer-encoding", b"").lower() == b"chunked":
            self.chunked_encoding, self.expected_content_length = True, 0
        elif self.chunked_encoding is None and b"content-length" in named:
            self.chunked_encoding, self.expected_content_length = False, int(named[b"content-length"])
        if b"close" in named.get(b"connection", b"").lower():
            self.keep_alive = False
        elif not self.keep_alive:
            said.append((b"connection", b"close"))
        if self.chunked_encoding is None and self.scope["method"] != "HEAD" and status not in BARE:
            self.chunked_encoding = True
            said.append((b"transfer-encoding", b"chunked"))
        names, texts = zip(*said, strict=True) if said else ((), ())
        whole = b"".join(texts)
        if not whole.decode("latin-1").isprintable() and whole.translate(None, SAYABLE):
            raise RuntimeError("A header says what none can say")
        head = b"".join(chain.from_iterable(zip(names, COLON, texts, LINE_END)))  # noqa: B905  # two of them never end
        self.transport.write(b"".join((STATUS_LINE[status], head, b"\r\n")))

    def go_on(self, body: bytes, more: bool) -> None:
        """Write a part of the body, as long as the head says."""
        if self.scope["method"] == "HEAD":
            self.expected_content_length = 0
        elif self.chunked_encoding:
            piece = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            self.transport.write(piece if more else piece + b"0\r\n\r\n")
        else:
            self.expected_content_length -= len(body)
            if self.expected_content_length < 0:
                raise RuntimeError("The body is longer than its head says")
            self.transport.write(body)
        if more:
            return
        if self.expected_content_length:
            raise RuntimeError("The body is shorter than its head says")
        self.end()

    def end(self) -> None:
        """Note that the answer is written."""
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

    async def send_500_response(self) -> None:
        """Answer for an app that broke: in the one envelope, and with nothing of what went wrong."""
        identity = new_id()
        response = refusal(500, "INTERNAL", "Something went wrong on the server", identity)
        more = [(b"connection", b"close"), *self.shared.safe, *headers(response, identity)]
        await self.send({"type": "http.response.start", "status": response.status, "headers": more})
        await self.send({"type": "http.response.body", "body": response.body, "more_body": False})


class Unframed(Exchange):
    """One that is asked in HTTP/1.0, which knows no chunks: what has no length ends with the connection (RFC 9112, 6.3)."""

    @property
    def cut(self) -> bool:
        """Whether an end of the connection would now be taken for the end of the answer, and is not."""
        return self.response_started and not self.response_complete

    async def send(self, message: Any) -> None:
        """Send a part of the answer as it is."""
        self.chunked_encoding, self.expected_content_length = False, len(message.get("body", b""))
        await super().send(message)


async def asterisk(scope: Any, receive: object, send: Callable[[Any], Any]) -> None:
    """Answer OPTIONS for the server as a whole (RFC 9110, section 9.3.7)."""
    more = [(b"allow", b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"), (b"x-request-id", new_id().encode())]
    await send({"type": "http.response.start", "status": 204, "headers": more})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
