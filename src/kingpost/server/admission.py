"""Who is let in: how many requests are under way, and how many connections there are.

A server that takes on more than it can do answers everyone too late. So at most so many requests are under way, a few are begun
in each turn of the event loop, and between the turns the others are told at once to come back. Stands on `Bounds`.
"""

import asyncio
import ipaddress
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

from kingpost.server.bounds import Bounds

Application: TypeAlias = Callable[..., Any]
HEALTH = b"/health/"
LEAST = 2
"""How many are begun in a turn, however long the last one took."""


class Lane:
    """Requests of one kind that are under way or wait for their turn, at most so many."""

    def __init__(self, most: int) -> None:
        """Begin empty."""
        self.most, self.under_way = most, 0

    @property
    def full(self) -> bool:
        """Whether no more are let in."""
        return self.under_way >= self.most


class Asked(Protocol):
    """A request, as those who let it in see it; `early` is whether its body is still coming, and `lane` where it counts."""

    scope: Any
    early: bool
    lane: Lane | None

    def begin(self, loop: asyncio.AbstractEventLoop, app: Application) -> None:
        """Have the app answer."""


class Admission:
    """Begins requests in the order in which they came, a few in each turn of the event loop."""

    def __init__(self, bounds: Bounds, doors: Sequence[str] = ()) -> None:
        """Begin with nothing under way; `doors` are the paths at which people sign in."""
        self.most, self.long = bounds.together, bounds.turn
        self.together, self.turned = LEAST, 0.0
        self.requests, self.uploads, self.doors = Lane(bounds.requests), Lane(bounds.uploads), Lane(bounds.doors)
        self.signing = frozenset(path.encode() for path in doors)
        self.ready: deque[tuple[Asked, Application]] = deque()
        self.turning = False
        self.begun = 0

    def offer(self, asked: Asked, loop: asyncio.AbstractEventLoop, app: Application) -> bool:
        """Have a request begin when its turn comes; give False if there is too much to do already.

        What asks for the server's health always gets in, and goes ahead of all others.
        """
        lane = self.uploads if asked.early else self.requests
        if lane is self.requests and lane.full and asked.scope["raw_path"] in self.signing:
            lane = self.doors
        if lane.full and not healthy(asked):
            return False
        lane.under_way += 1
        asked.lane = lane
        if self.begun < self.together and not self.ready:
            if not self.begun:
                loop.call_soon(self.end, loop, loop.time(), 1)
            self.begun += 1
            asked.begin(loop, app)
            return True
        if healthy(asked):
            self.ready.appendleft((asked, app))
        else:
            self.ready.append((asked, app))
        if not self.turning:
            self.turning, self.turned = True, loop.time()
            loop.call_soon(self.turn, loop)
        return True

    def turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin a few; what is left waits until the loop has looked at its connections again.

        How many is as with the window of TCP (RFC 5681): more as long as turns are short, half of it after one that was not.
        """
        now = loop.time()
        self.judge(now - self.turned)
        self.turned, self.begun = now, min(self.together, len(self.ready))
        for _ in range(self.begun):
            asked, app = self.ready.popleft()
            asked.begin(loop, app)
        self.turning = self.begun > 0
        if self.turning:
            loop.call_soon(self.turn, loop)

    def end(self, loop: asyncio.AbstractEventLoop, began: float, left: int) -> None:
        """Judge a turn in which all that came has begun, once that has had its time: what is called soon comes after it."""
        if left:
            loop.call_soon(self.end, loop, began, left - 1)
            return
        self.judge(loop.time() - began)
        self.begun = 0

    def judge(self, seconds: float) -> None:
        """Let more begin in a turn after one that was short, and fewer after one that was not."""
        self.together = min(self.most, self.together + 1) if seconds < self.long else max(LEAST, self.together // 2)


def healthy(asked: Asked) -> bool:
    """Whether a request asks for nothing but the server's health."""
    return bytes(asked.scope["raw_path"]).startswith(HEALTH)


class Addresses:
    """How many connections there are, in all and from each address; proxies that are trusted stand for many clients."""

    def __init__(self, bounds: Bounds, proxies: Sequence[str] = ()) -> None:
        """Count from nothing; `proxies` are networks such as 10.0.0.0/8."""
        self.most, self.per_address = bounds.connections, bounds.per_address
        self.proxies = [ipaddress.ip_network(each, strict=False) for each in proxies]
        self.there: Counter[str] = Counter()
        self.count = 0

    def add(self, address: str) -> str | None:
        """Count a connection; give what to take away again when it ends, or None if there are too many."""
        network = self.network(address)
        if self.count >= self.most or (network and self.there[network] >= self.per_address):
            return None
        self.count += 1
        self.there[network] += 1
        return network

    def remove(self, network: str) -> None:
        """Count a connection no longer."""
        self.count -= 1
        self.there[network] -= 1
        if not self.there[network]:
            del self.there[network]

    def network(self, address: str) -> str:
        """Give whom an address stands for: an IPv6 client has a whole /64; a trusted proxy is not counted and has no name."""
        try:
            found = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return ""  # a socket of this machine's own files
        found = getattr(found, "ipv4_mapped", None) or found
        if any(found in proxy for proxy in self.proxies):
            return ""
        return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))
