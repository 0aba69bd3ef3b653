"""What the deadlines, sizes and the dispatcher cost: our connection beside plain uvicorn's, in one process and one run."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from kingpost.server.bounds import Bounds
from kingpost.server.protocol import Connection
from kingpost.server.shared import Shared

TIMES, ROUNDS, REQUESTS = 3, 60, 200
REQUEST = (
    b"GET /api/v1/posts?limit=20 HTTP/1.1\r\nHost: api.example.com\r\nUser-Agent: measure/1.0\r\nAccept: application/json\r\n"
    b"Accept-Encoding: identity\r\nAuthorization: Bearer abc.def.ghi\r\nConnection: keep-alive\r\n\r\n"
)
HEADERS = [
    (b"content-type", b"application/json"), (b"x-request-id", b"req_000000000000000000000000"),
    (b"x-content-type-options", b"nosniff"), (b"content-length", b"2"), (b"cache-control", b"no-store"),
]  # fmt: skip


async def app(scope: Any, receive: Any, send: Callable[[Any], Any]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b"{}"})


async def client(protocol: Any, state: ServerState) -> socket.socket:
    """Connect to a server that is nothing but one connection."""
    config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", lifespan="off", proxy_headers=False)
    near, far = socket.socketpair()
    near.setblocking(False)
    await asyncio.get_running_loop().connect_accepted_socket(lambda: protocol(config, state, {}), far)
    return near


async def seconds(near: socket.socket) -> float:
    """How long it takes to answer some requests, one after the other."""
    began = time.process_time()
    for _ in range(REQUESTS):
        near.send(REQUEST)
        answer = b""
        while not answer.endswith(b"{}"):
            await asyncio.sleep(0)
            try:
                answer += near.recv(4_096)
            except BlockingIOError:
                continue
    return time.process_time() - began


async def ratio() -> str:
    """Compare the two, turn by turn."""
    ours, plain = await client(Connection, Shared(Bounds())), await client(HttpToolsProtocol, ServerState())
    with ours, plain:
        times = [(await seconds(ours), await seconds(plain)) for _ in range(ROUNDS)]
        one, other = (min(each[side] for each in times) / REQUESTS * 1e6 for side in (0, 1))
    await asyncio.sleep(0.01)
    return f"a request costs {one:.1f} us, with uvicorn alone {other:.1f} us: {one / other:.3f}"


def measure() -> Iterator[str]:
    """Measure a few times; the least says what is due to the code."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for _ in range(TIMES):
            yield runner.run(ratio())
