"""A server in a thread of this process, with bounds of the test's own, spoken to in bytes."""

import asyncio
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvloop

from kingpost.server.bounds import Bounds
from kingpost.server.listener import Server, listening
from kingpost.surface.rest.beside import Beside

PATIENCE = 20
HASTE = Bounds(head=0.6, body=1.5, grace=0.6, idle=0.8, unread=0.8, linger=0.4, sweep=0.05)
"""Bounds that a test can wait for."""


class Echo:
    """An app that says what it was asked, and remembers it; what its path begins with says how."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.gate = threading.Event()
        self.waiting = threading.Semaphore(0)

    async def __call__(self, scope: Any, receive: Any, send: Callable[[Any], Any]) -> None:
        if scope["type"] == "lifespan":
            while True:
                kind = (await receive())["type"]
                await send({"type": f"{kind}.complete"})
                if kind == "lifespan.shutdown":
                    return
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.seen.append(f"gone {scope['path']}")
                return
            body, more = body + message["body"], message["more_body"]
        self.seen.append(f"{scope['method']} {scope['path']}")
        if scope["path"].startswith("/wait"):
            self.waiting.release()
            await asyncio.to_thread(self.gate.wait, PATIENCE)
        if scope["path"].startswith("/break"):
            raise ValueError("secret")
        said = {
            "method": scope["method"], "path": scope["path"], "raw_path": scope["raw_path"].decode(),
            "query": scope["query_string"].decode(), "body": len(body) if len(body) > 100 else body.decode(),
            "headers": {name.decode(): text.decode("latin-1") for name, text in scope["headers"]},
        }  # fmt: skip
        whole = json.dumps(said).encode()
        if scope["path"].startswith("/pieces"):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"one", "more_body": True})
            await send({"type": "http.response.body", "body": b"two", "more_body": True})
            if scope["path"].endswith("/whole"):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        if scope["path"].startswith("/large"):
            whole = b"x" * int(scope["path"].rpartition("/")[2])
        head = [(b"content-type", b"application/json"), (b"content-length", str(len(whole)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        while whole:
            part, whole = (whole, b"") if not scope["path"].startswith("/large/stream") else (whole[:65_536], whole[65_536:])
            await send({"type": "http.response.body", "body": part, "more_body": bool(whole)})


@dataclass
class Host:
    """Where a server listens, and the app behind it."""

    server: Server
    port: int
    app: Any
    open: list[socket.socket] = field(default_factory=list)

    def connect(self, data: bytes = b"", address: str = "127.0.0.1", window: int = 0) -> socket.socket:
        """Open a connection, which is closed with the server, and send something."""
        made = socket.socket()
        self.open.append(made)
        if window:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        made.settimeout(PATIENCE)
        made.bind((address, 0))
        made.connect(("127.0.0.1", self.port))
        made.sendall(data)
        return made

    def ask(self, data: bytes) -> bytes:
        """Send bytes and give all that comes until the server ends the connection."""
        return rest(self.connect(data))


@contextmanager
def hosting(app: Any = None, bounds: Bounds = Bounds(), **more: Any) -> Iterator[Host]:  # noqa: B008  # it is frozen
    """Serve for a while."""
    ready, listener = threading.Event(), listening("127.0.0.1", 0, bounds)
    app = app or Echo()
    server = Server(app, bounds, ready=ready.set, **more)

    def run() -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(server.serve([listener]))

    thread = threading.Thread(target=run)
    thread.start()
    host = Host(server, listener.getsockname()[1], app)
    try:
        assert ready.wait(PATIENCE)
        yield host
    finally:
        if isinstance(app, Echo):
            app.gate.set()
        for each in host.open:
            each.close()
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive()


def until(true: Callable[[], object]) -> None:
    """Wait for something that happens in the server's thread."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def rest(connection: socket.socket) -> bytes:
    """Give all that comes until the server ends the connection."""
    parts = []
    with connection:
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def one(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Read one answer and no byte more."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        part = connection.recv(1)
        assert part, head
        head += part
    status, headers = parsed(head)
    body = b""
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(int(headers["content-length"]) - len(body))
    return status, headers, body


def parsed(head: bytes) -> tuple[int, dict[str, str]]:
    """Take the head of an answer apart; no header may come twice."""
    first, *lines = head.decode().removesuffix("\r\n\r\n").split("\r\n")
    pairs = [line.split(": ", 1) for line in lines]
    assert len({name for name, _ in pairs}) == len(pairs), lines
    return int(first.split()[1]), {each[0]: each[1] for each in pairs}


def answers(raw: bytes) -> list[tuple[int, dict[str, str], bytes]]:
    """Take a run of answers apart."""
    found = []
    while raw:
        head, _, raw = raw.partition(b"\r\n\r\n")
        status, headers = parsed(head)
        length = int(headers.get("content-length", "0"))
        found.append((status, headers, raw[:length]))
        raw = raw[length:]
    return found


SAFE = sorted(
    [b": ".join(pair) for pair in Beside((), secure=False).guarded] + [b"cache-control: no-store", b"connection: close"]
)
REFUSED = re.compile(
    rb"HTTP/1\.1 (?P<status>\d{3}) [A-Za-z -]+\r\ndate: [^\r]+ GMT\r\n(?P<safe>[^{]*)content-type: application/json\r\n"
    rb"(?:retry-after: 1\r\n)?x-request-id: (?P<id>req_[0-9a-f]{24})\r\ncontent-length: (?P<length>\d+)\r\n\r\n"
    rb'(?P<body>\{"error":\{"code":"(?P<code>[A-Z_]+)","message":"(?P<message>[^"]+)",'
    rb'"timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ","requestId":"(?P=id)"\}\})',
    re.DOTALL,
)


def refused(raw: bytes) -> tuple[int, str, str]:
    """Check that an answer is a refusal in the one envelope, whole and alone; give its status, code and message."""
    found = REFUSED.fullmatch(raw)
    assert found, raw[:1_000]
    assert int(found["length"]) == len(found["body"])
    assert sorted(found["safe"].splitlines()) == SAFE
    return int(found["status"]), found["code"].decode(), found["message"].decode()
