"""The whole way of a request inside this process: bytes in, bytes out, with a server's connection but no network.

Takes the name of a workload, gives requests and answers them. What is asked is the blog with 200 users and 1,000 posts in
memory, served as for real: every header, a budget that is never used up, a line for each call. Run as a program it answers
each workload a hundred times inside one operator, by which callgrind can tell them apart: `python -m bench.way`.
"""

import asyncio
import gc
import json
from collections.abc import Sequence
from typing import Any

import uvicorn
import uvloop

from examples.blog.app import Post, User
from kingpost import App, Budget, Context, anyone, operation
from kingpost.server.bounds import Bounds
from kingpost.server.protocol import Connection
from kingpost.server.shared import Shared
from kingpost.settings import Settings

SECRET = b"a secret of the measurements, and of nobody else"
USERS, POSTS, TOKENS = 200, 1_000, 100
MOMENT = 1_800_000_000_123_456
WORKLOADS = ("get by id", "list of 20", "create", "hello", "get by id with a token")
HEAD = "Host: api.example.com\r\nUser-Agent: measure/1.0\r\nAccept: application/json\r\nAccept-Encoding: identity\r\n"


@operation(access=anyone, method="GET", path="/hello")
async def hello(context: Context) -> str:
    """Say hello."""
    return "hello"


class Wire(asyncio.Transport):
    """The other end of a connection: keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def write(self, data: Any) -> None:
        self.sent.append(data)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("10.1.2.3", 5_000), "sockname": ("10.0.0.1", 8_000)}.get(name, default)

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0


class Way:
    """An app that is served, and one connection to it."""

    def __init__(self) -> None:
        self.loop = uvloop.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.lines: list[str] = []
        self.app = App(User, Post, hello, title="Blog", budget=Budget(1_000_000_000))
        self.app.journal = self.lines.append
        self.running = self.app.open(Settings(":memory:", SECRET))
        self.fill()
        self.tokens = [self.running.engine.identity.token(number % USERS + 1, 0) for number in range(TOKENS)]
        served: Any = self.running.serve
        config = uvicorn.Config(served, interface="asgi3", log_config=None, access_log=False, ws="none", lifespan="off")
        config.load()
        shared = Shared(Bounds(), (), secure=True)
        shared.default_headers = [(b"date", b"Sun, 06 Nov 1994 08:49:37 GMT")]
        self.connection, self.wire = Connection(config, shared, {}, self.loop), Wire()
        self.connection.connection_made(self.wire)

    def fill(self) -> None:
        """Make the rows; `Any`, as only a store that measures itself is written to in its own words."""
        store: Any = self.running.engine.store
        users = "INSERT INTO users (id, name, email, email_key, password, created_at, updated_at, post_count, admin, epoch) "
        posts = "INSERT INTO posts (id, user_id, title, content, published_at, created_at) "
        content = "Some content of a post, of a length that is usual. " * 2
        with store.writer as writer:
            for number in range(1, USERS + 1):
                address, at = f"user{number}@example.com", MOMENT + number
                user = (number, f"User {number}", address, address, "x", at, at, 5)
                writer.execute(f"{users} VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)", user)
            for number in range(1, POSTS + 1):
                at = MOMENT + number * 1_000
                post = (number, number % USERS + 1, f"Title of post {number}", content, at, at)
                writer.execute(f"{posts} VALUES (?, ?, ?, ?, ?, ?)", post)

    def requests(self, workload: str, count: int) -> list[bytes]:
        """Give so many requests."""
        one = [f"/api/v1/posts/{number % POSTS + 1}" for number in range(count)]
        match workload:
            case "get by id":
                return [request("GET", path) for path in one]
            case "list of 20":
                return [request("GET", "/api/v1/posts?limit=20")] * count
            case "create":
                sent = [{"title": f"A new post {number}", "content": "Some content of a post."} for number in range(count)]
                return [request("POST", "/api/v1/posts", self.tokens[0], each) for each in sent]
            case "hello":
                return [request("GET", "/api/v1/hello")] * count
        return [request("GET", path, self.tokens[number % TOKENS]) for number, path in enumerate(one)]

    def ask(self, requests: Sequence[bytes]) -> list[bytes]:
        """Ask one after the other, and give the answers."""
        return self.loop.run_until_complete(self.asked(requests))

    async def asked(self, requests: Sequence[bytes]) -> list[bytes]:
        """Ask from inside the loop."""
        answers = []
        for each in requests:
            self.connection.data_received(each)
            async with asyncio.timeout(10):
                while self.connection.active is not None or not self.wire.sent:  # noqa: ASYNC110  # a connection tells nobody that it is done
                    await asyncio.sleep(0)
            answers.append(b"".join(self.wire.sent))
            self.wire.sent.clear()
        self.lines.clear()
        return answers


def request(method: str, path: str, token: str = "", sent: object = None) -> bytes:
    """Write a request."""
    body = b"" if sent is None else json.dumps(sent).encode()
    more = f"Authorization: Bearer {token}\r\n" if token else ""
    more += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\n{HEAD}{more}\r\n".encode() + body


class Measured:
    """What callgrind is told to count: all that happens inside the operator `@`."""

    def __init__(self, way: Way) -> None:
        self.way = way

    def __matmul__(self, requests: Sequence[bytes]) -> None:
        self.way.ask(requests)


def main() -> None:
    """Answer each workload."""
    way = Way()
    asked = [way.requests(each, TOKENS) for each in WORKLOADS]
    for each in asked:
        way.ask(each)
    gc.collect()
    gc.freeze()
    for each in asked:
        Measured(way) @ each


if __name__ == "__main__":
    main()
