"""The server of one process: uvicorn with our connections, and the socket they come from.

Takes an app and a socket, serves until told to stop. Stands on uvicorn and on every other file of this folder but the workers.
"""

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Sequence
from types import FrameType

import msgspec
import uvicorn

from kingpost.server.admission import Application
from kingpost.server.bounds import Bounds
from kingpost.server.protocol import Connection
from kingpost.server.shared import Shared

if sys.platform != "win32":
    import resource

PATIENCE = 10
BACKLOG = 2_048
RESERVE = 64
"""File descriptors that are left for the database, logs and the event loop."""


class Server(uvicorn.Server):
    """Serves an app until it is told to stop, or until the process that looks after it is gone."""

    def __init__(
        self,
        app: Application,
        bounds: Bounds | None = None,
        *,
        proxies: Sequence[str] = (),
        ready: Callable[[], object] = lambda: None,
        leave: Callable[[], object] = lambda: None,
        secure: bool = False,
        doors: Sequence[str] = (),
        parent: int = 0,
    ) -> None:
        """Prepare to serve.

        Args:
            app: The ASGI app.
            bounds: What clients may take.
            proxies: The networks whose connections are not counted by address.
            ready: Is called once the app has started.
            secure: Whether browsers are to come by TLS only from now on.
            doors: The paths at which people sign in.
            leave: Is called when it is told to stop, while its sockets are still open.
            parent: The process without which this one ends; 0 for none.
        """
        config = uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            lifespan="on",
            log_config=None,  # its own would write lines that are not JSON
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # who may say where a request comes from is for the surface to know
            timeout_graceful_shutdown=PATIENCE,
        )
        super().__init__(config)
        self.shared = self.server_state = Shared(fitted(bounds or Bounds()), proxies, secure, doors)
        self.ready, self.leave, self.parent = ready, leave, parent
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the app, then listen."""
        await super().on_tick(0)  # sets the date, without which no answer goes
        self.loop = asyncio.get_running_loop()
        self.shared.look(self.loop)
        await super().startup(sockets)
        self.ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop: in the loop's own time, as a signal may come while it takes a connection, which would be lost."""
        if self.loop is None or self.loop.is_closed():
            self.leave()
        else:
            self.loop.call_soon_threadsafe(self.leave)
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, and end those there are."""
        self.shared.leaving = True
        await super().shutdown(sockets)

    async def on_tick(self, counter: int) -> bool:
        """Give whether to stop; asked ten times a second."""
        return await super().on_tick(counter) or (self.parent != 0 and os.getppid() != self.parent)


def fitted(bounds: Bounds) -> Bounds:
    """Allow this process all the file descriptors it may have, and no more connections than there are descriptors for."""
    if sys.platform == "win32":
        return bounds
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard == resource.RLIM_INFINITY:
        return bounds
    return msgspec.structs.replace(bounds, connections=max(1, min(bounds.connections, hard - RESERVE)))


def listening(host: str, port: int, bounds: Bounds | None = None) -> socket.socket:
    """Take a port; raises `OSError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.create_server((host, port), family=family, backlog=BACKLOG)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # Every connection inherits it: what the kernel holds for a client who does not read is let go of as well.
        unread = round((bounds or Bounds()).unread * 1_000)
        taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, unread)
    return taken
