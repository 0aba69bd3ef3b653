"""One request and its answer.

Takes what a connection has read, gives the ASGI app its three arguments. Stands on uvicorn's cycle of request and response.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Protocol

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from kingpost.server.admission import Application, Lane
from kingpost.server.refusals import headers, new_id
from kingpost.server.shared import Shared
from kingpost.surface.rest.refusals import refusal

logger = logging.getLogger("kingpost.server")


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
            scope=scope,
            transport=outlet,  # type: ignore[arg-type]  # all that it asks of a transport
            flow=outlet.flow,
            logger=logger,
            access_logger=logger,
            access_log=False,
            default_headers=outlet.shared.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=expects,
            keep_alive=keep_alive,
            on_response=outlet.on_response_complete,
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
