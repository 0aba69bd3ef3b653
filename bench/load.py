"""Asks a server as fast as it answers, or at a fixed rate, over connections that stay open; one question at a time on each.

Takes requests as bytes and gives times. It is one thread around epoll, so it does not cost much: about 15 us a request, of
which most is the system's. Whether it was what limited a run is told with the run, as the part of its core that it used.
"""

import gc
import select
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import NoReturn

CHUNK = 262_144
PATIENCE = 10.0
"""Seconds without any answer, after which a server is taken for stuck."""
MOST_CLOSINGS = 1_000


class Broken(Exception):
    """A server that closed a connection, answered something else than it should, or nothing at all."""


@dataclass
class Result:
    """What came of a run: how long it took in seconds, the times of all answers in seconds, and the processor time used."""

    seconds: float
    times: list[float] = field(repr=False)
    late: float = 0.0
    used: float = 0.0

    @property
    def rate(self) -> float:
        """Answers in a second."""
        return len(self.times) / self.seconds

    def percentile(self, part: float) -> float:
        """Give the time, in milliseconds, that this part of all answers took at most."""
        ranked = sorted(self.times)
        return ranked[min(len(ranked) - 1, int(part * len(ranked)))] * 1_000


class Line:
    """A connection: what it asked and when, and what has come of the answer."""

    __slots__ = ("began", "got", "port", "request", "socket")

    def __init__(self, port: int) -> None:
        """Connect."""
        self.port, self.began, self.got, self.request = port, 0.0, b"", b""
        self.socket = self.connect()

    def connect(self) -> socket.socket:
        """Open a connection."""
        found = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        found.setblocking(False)
        return found

    def ask(self, request: bytes, began: float) -> None:
        """Send a request; one is small enough to go at once."""
        self.began, self.request = began, request
        try:
            sent = self.socket.send(request)
        except (BrokenPipeError, ConnectionResetError):
            return  # it was closed a moment ago, which is read next, and then it is asked again
        if sent != len(request):
            raise Broken("A request did not go at once")

    def hear(self) -> bool | None:
        """Read what there is; whether that ends the answer, and None where the server has closed the connection instead."""
        try:
            chunk = self.socket.recv(CHUNK)
        except BlockingIOError:
            return False
        except ConnectionResetError:
            chunk = b""
        if not chunk:
            if self.got:
                raise Broken("The server closed a connection within an answer")
            return None
        got = self.got + chunk if self.got else chunk
        if not ended(got):
            self.got = got
            return False
        if got[9:10] != b"2":
            raise Broken(f"The server answered {got[:600].decode(errors='replace')}")
        self.got, self.request = b"", b""
        return True


def ended(got: bytes) -> bool:
    """Whether an answer is whole, by its length or by its last chunk (RFC 9112, section 7)."""
    head = got.find(b"\r\n\r\n")
    if head < 0:
        return False
    headers = got[:head].lower()
    at = headers.find(b"\r\ncontent-length:")
    if at >= 0:
        end = headers.find(b"\r\n", at + 2)
        return len(got) >= head + 4 + int(headers[at + 17 : end if end >= 0 else head])
    return got.endswith(b"\r\n0\r\n\r\n") or got[head + 4 :] == b"0\r\n\r\n"


class Crowd:
    """Connections to one server, watched together."""

    def __init__(self, port: int, size: int) -> None:
        """Connect all."""
        self.lines: dict[int, Line] = {}
        self.poll = select.epoll()
        self.closings = 0
        for _ in range(size):
            self.watch(Line(port))

    def watch(self, line: Line) -> None:
        """Wait for what comes on a connection."""
        self.lines[line.socket.fileno()] = line
        self.poll.register(line.socket, select.EPOLLIN)

    def heard(self, number: int) -> Line | None:
        """Read from a connection, and give it where that ended its answer.

        One that the server has closed, as some do with those that rest for a while, is opened anew and asked again.
        """
        line = self.lines[number]
        whole = line.hear()
        if whole is None:
            self.closings += 1
            if self.closings > MOST_CLOSINGS:
                raise Broken("The server keeps no connections")
            self.poll.unregister(line.socket)
            del self.lines[number]
            line.socket.close()
            line.socket = line.connect()
            self.watch(line)
            if line.request:
                line.ask(line.request, line.began)
        return line if whole else None

    def close(self) -> None:
        """Hang up."""
        self.poll.close()
        for line in self.lines.values():
            line.socket.close()

    def closed(self, requests: Iterator[bytes], seconds: float) -> Result:
        """Ask on every connection as soon as it has its answer, for so many seconds or until there is nothing more to ask."""
        clock, times = time.perf_counter, list[float]()
        began, used = clock(), time.process_time()
        until = began + seconds
        for line in list(self.lines.values()):
            line.ask(next(requests), clock())
        waiting = len(self.lines)
        while waiting:
            for number, _ in self.poll.poll(PATIENCE) or self.stuck():
                heard = self.heard(number)
                if heard is not None:
                    now = clock()
                    times.append(now - heard.began)
                    request = next(requests, None) if now < until else None
                    if request is None:
                        waiting -= 1
                    else:
                        heard.ask(request, now)
        return Result(clock() - began, times, used=time.process_time() - used)

    def open(self, requests: Iterator[bytes], seconds: float, rate: float, chance: Random) -> Result:
        """Ask at random moments, at this rate on the whole, whether or not earlier answers have come.

        The times count from the moment at which one was due to ask, so who waits for a free connection is counted as waiting.
        """
        self.closed(islice(requests, len(self.lines)), float("inf"))  # some give a thread to who has connected and asks nothing
        clock, times = time.perf_counter, list[float]()
        free, late = list(self.lines.values()), 0.0
        began, used = clock(), time.process_time()
        due, until = began + chance.expovariate(rate), began + seconds
        while due < until or len(free) < len(self.lines):
            now = clock()
            while due <= now and due < until and free:
                free.pop().ask(next(requests), due)
                late = max(late, now - due)
                due += chance.expovariate(rate)
            wait = due - clock() if free and due < until else PATIENCE
            # select knows parts of a millisecond, which epoll does not
            heard = bool(select.select([self.poll], [], [], max(wait, 0.0))[0]) or (wait == PATIENCE and self.stuck())
            for number, _ in self.poll.poll(0) if heard else ():
                line = self.heard(number)
                if line is not None:
                    times.append(clock() - line.began)
                    free.append(line)
        return Result(clock() - began, times, late, time.process_time() - used)

    def stuck(self) -> NoReturn:
        """Say that nothing comes any more."""
        raise Broken(f"The server has not answered for {PATIENCE:.0f} seconds")


def run(port: int, requests: Sequence[bytes], seconds: float, connections: int, *, rate: float = 0, first: int = 0) -> Result:
    """Ask a server.

    Args:
        port: Where it listens, on this machine.
        requests: What to ask; again from the first where they do not suffice.
        seconds: For how long.
        connections: How many at once.
        rate: How many a second; 0 for as many as it answers.
        first: With which of the requests to begin.

    Returns:
        The times.

    Raises:
        Broken: The server did anything but answer well.
    """
    crowd = Crowd(port, connections)
    gc.collect()
    gc.disable()  # a pause of ours would be counted as theirs
    try:
        if rate:
            return crowd.open(endless(requests, first), seconds, rate, Random(len(requests)))
        return crowd.closed(endless(requests, first), seconds)
    finally:
        gc.enable()
        crowd.close()


def once(port: int, requests: Sequence[bytes], connections: int) -> None:
    """Ask each of these once."""
    crowd = Crowd(port, min(connections, len(requests)))
    try:
        crowd.closed(iter(requests), float("inf"))
    finally:
        crowd.close()


def endless(requests: Sequence[bytes], first: int) -> Iterator[bytes]:
    """Give the requests, over and over."""
    yield from islice(requests, first, None)
    while True:
        yield from requests
