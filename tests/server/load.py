"""Asks a server from a process of its own: at a fixed rate, whatever the answers (open loop), or as fast as they come.

Takes the port, the rate (0 for as fast as they come), the seconds and the number of connections; prints what came back as JSON:
of each status the latencies, counted from when the request was due.
"""

import asyncio
import itertools
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import cast

import uvloop

LIGHT, HEAVY = "/api/v1/posts?limit=20", "/api/v1/posts?limit=100&include=user"
MIX = [LIGHT, HEAVY, HEAVY, HEAVY]
PATIENCE = 20


def requests() -> Iterator[bytes]:
    """Give requests in a mix, each as if from another client."""
    chance = random.Random(20260131)
    made = [
        f"GET {chance.choice(MIX)} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.{number % 250}.{number // 250}.1\r\n\r\n".encode()
        for number in range(5_000)
    ]
    return itertools.cycle(made)


class Asking(asyncio.Protocol):
    """A connection that has at most one request under way."""

    def __init__(self, load: "Load") -> None:
        self.load, self.left, self.due, self.status, self.head = load, 0, 0.0, 0, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def ask(self, request: bytes, due: float) -> None:
        self.due, self.head = due, b""
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        if not self.left:
            self.head += data
            at = self.head.find(b"\r\n\r\n")
            if at < 0:
                return
            self.status = int(self.head[9:12])
            length = self.head.index(b"content-length: ") + 16
            self.left = int(self.head[length : self.head.index(b"\r\n", length)]) - (len(self.head) - at - 4)
        else:
            self.left -= len(data)
        if not self.left:
            self.load.answered(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.due:
            self.status = 0
            self.load.answered(self, lost=True)
        elif self in self.load.free:  # one that was not needed for so long that it was closed
            self.load.free.remove(self)


class Load:
    """The connections, and what came back on them."""

    def __init__(self, rate: float) -> None:
        self.rate, self.requests, self.free, self.stopped = rate, requests(), list[Asking](), False
        self.latencies: dict[int, list[float]] = defaultdict(list)
        self.under_way = self.starved = 0

    def ask(self, connection: Asking, due: float) -> None:
        self.under_way += 1
        connection.ask(next(self.requests), due)

    def answered(self, connection: Asking, lost: bool = False) -> None:
        self.under_way -= 1
        self.latencies[connection.status].append(time.monotonic() - connection.due)
        connection.due = 0.0
        if lost:
            return
        if self.rate or self.stopped:
            self.free.append(connection)
        else:
            self.ask(connection, time.monotonic())

    async def run(self, port: int, seconds: float, connections: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            self.free.append((await loop.create_connection(lambda: Asking(self), "127.0.0.1", port))[1])
        began = time.monotonic()
        if not self.rate:
            while self.free:
                self.ask(self.free.pop(), time.monotonic())
            await asyncio.sleep(seconds)
        sent = 0
        while self.rate and (now := time.monotonic() - began) < seconds:
            while sent < now * self.rate:
                if self.free:
                    self.ask(self.free.pop(), began + sent / self.rate)
                else:
                    self.starved += 1
                sent += 1
            await asyncio.sleep(0.0005)
        self.stopped = True
        deadline = time.monotonic() + PATIENCE
        while self.under_way and time.monotonic() < deadline:  # noqa: ASYNC110  # a measurement needs no more
            await asyncio.sleep(0.01)


async def main(port: int, rate: float, seconds: float, connections: int) -> None:
    load = Load(rate)
    await load.run(port, seconds, connections)
    print(json.dumps({"starved": load.starved, "unanswered": load.under_way, "latencies": load.latencies}))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))
