"""Asks a server over connections that are kept open, many at once, in one event loop."""

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any, NamedTuple


class Heard(NamedTuple):
    """One answer, and how many seconds it took."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def value(self) -> Any:
        """What it says."""
        return json.loads(self.body) if self.body else None


class Asker:
    """One connection, opened when it is needed."""

    def __init__(self, port: int, headers: Mapping[str, str] | None = None) -> None:
        self.port, self.headers = port, dict(headers or {})
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: object = None, **more: str) -> Heard:
        """Ask and read the whole answer."""
        await self.send(method, path, body, **more)
        began = time.perf_counter()
        assert self.streams is not None
        reader, _ = self.streams
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode().removesuffix("\r\n\r\n").split("\r\n")
        headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in lines)}
        content = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection") == "close":
            self.leave()
        return Heard(int(first.split()[1]), headers, content, time.perf_counter() - began)

    async def send(self, method: str, path: str, body: object = None, **more: str) -> None:
        """Ask and read nothing."""
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        sent = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"host": "a", **self.headers, **{name.replace("_", "-"): text for name, text in more.items()}}
        if sent:
            given |= {"content-type": "application/json", "content-length": str(len(sent))}
        lines = "".join(f"{name}: {text}\r\n" for name, text in given.items())
        self.streams[1].write(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + sent)

    async def ask_once(self, method: str, path: str, body: object = None) -> Heard:
        """Ask, read the whole answer, and go."""
        try:
            return await self.ask(method, path, body)
        finally:
            self.leave()

    def leave(self) -> None:
        """Go away at once, whatever is under way."""
        if self.streams is not None:
            self.streams[1].transport.abort()
            self.streams = None
