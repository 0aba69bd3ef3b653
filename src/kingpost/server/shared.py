"""What all connections of one process share: the bounds, who is let in, and the one look at all of them.

Takes bounds, gives uvicorn its state. Stands on admission and refusals.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from typing import Protocol, cast

from uvicorn.server import ServerState

from kingpost.server.admission import Addresses, Admission
from kingpost.server.bounds import Bounds
from kingpost.server.refusals import Busy
from kingpost.surface.rest.beside import Beside, lines
from kingpost.surface.rest.cors import Headers

TOGETHER = 16
logger = logging.getLogger("kingpost.server")


class Watched(Protocol):
    """A connection, as the look at all of them sees it."""

    due: float
    unread: float

    def overdue(self, now: float) -> None:
        """Do what is to be done when the time is up."""

    def held(self, now: float) -> int:
        """Give how many bytes wait for a client who does not read, after giving up on one who reads nothing."""

    def abort(self, why: str) -> None:
        """End at once."""


class Shared(ServerState):
    """The state of one server process."""

    def __init__(self, bounds: Bounds, proxies: Sequence[str] = (), secure: bool = False, doors: Sequence[str] = ()) -> None:
        """Begin empty.

        Args:
            bounds: What clients may take.
            proxies: The networks whose connections are not counted by address.
            secure: Whether browsers are to come by TLS only from now on.
            doors: The paths at which people sign in.
        """
        super().__init__()
        self.bounds = bounds
        self.safe = [*Beside((), secure).guarded, (b"cache-control", b"no-store")]
        self.admission, self.addresses = Admission(bounds, doors), Addresses(bounds, proxies)
        self.watched = cast("set[Watched]", self.connections)
        self.stalled: set[Watched] = set()
        self.tally: Counter[str] = Counter()
        self.busy = Busy(self.beside)
        self.leaving = False
        self.dated, self.told = self.default_headers, b""

    @property
    def lines(self) -> bytes:
        """The lines of the headers that every answer has, written anew when the date has changed."""
        if self.dated is not self.default_headers:
            self.dated, self.told = self.default_headers, lines(self.default_headers)
        return self.told

    @property
    def beside(self) -> Headers:
        """The headers beside every answer of the server's own, as beside every one of the API."""
        return [*self.default_headers, *self.safe]

    def look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look at every connection, again and again: one timer for all of them instead of one for each request."""
        now = loop.time()
        self.hurry(loop, [each for each in self.watched if each.due <= now])
        unread = {each: each.held(now) for each in list(self.stalled)}
        excess = sum(unread.values()) - self.bounds.unsent
        for each in sorted(unread, key=lambda each: each.unread):
            if excess <= 0:
                break
            excess -= unread[each]
            each.abort("unread")
        self.busy = Busy(self.beside)
        if self.tally:
            logger.warning("refused or ended: %s", ", ".join(f"{count} {why}" for why, count in sorted(self.tally.items())))
            self.tally.clear()
        loop.call_later(self.bounds.sweep, self.look, loop)

    def hurry(self, loop: asyncio.AbstractEventLoop, late: list[Watched]) -> None:
        """See to those whose time is up, a few in each turn of the loop, so that no one waits for all of them."""
        now = loop.time()
        for each in late[:TOGETHER]:
            if each in self.watched and each.due <= now:
                each.overdue(now)
        if late[TOGETHER:]:
            loop.call_soon(self.hurry, loop, late[TOGETHER:])
