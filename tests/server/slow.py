"""Slow clients in a process of their own: they begin a request and go on with a byte a second, or read an answer that way.

Takes the port and how many there are of each kind; says when all have begun, and goes on until its input ends.
"""

import asyncio
import random
import socket
import sys
from contextlib import suppress

import uvloop

from tests.server.load import HEAVY

HEADS = b"GET /api/v1/posts HTTP/1.1\r\nHost: a\r\nX: "
BODIES = b"POST /api/v1/posts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n"
READS = f"GET {HEAVY} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
KINDS = {"127.0.0.2": HEADS, "127.0.0.3": BODIES, "127.0.0.4": READS}
PAUSE, RAMP = 1.0, 5.0


async def slow(port: int, address: str, data: bytes) -> None:
    """Be a slow client, and come again when thrown out."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(random.random() * RAMP)
    while True:
        with socket.socket() as made, suppress(OSError):
            made.setblocking(False)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
            made.bind((address, 0))
            await loop.sock_connect(made, ("127.0.0.1", port))
            await loop.sock_sendall(made, data)
            while True:
                await asyncio.sleep(PAUSE * random.uniform(0.5, 1.5))
                if data != READS:
                    await loop.sock_sendall(made, b"x")
                elif not await loop.sock_recv(made, 1):
                    break


async def main(port: int, each: int) -> None:
    tasks = [asyncio.create_task(slow(port, address, data)) for _ in range(each) for address, data in KINDS.items()]
    await asyncio.sleep(RAMP)
    print("begun", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1]), int(sys.argv[2])))
