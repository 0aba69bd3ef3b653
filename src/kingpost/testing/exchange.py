"""One request, handed to the app as a server would hand it, and what the app sends.

Takes the words of a request, gives those of its answer. Stands on ASGI 3.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from typing import Any, TypeAlias
from urllib.parse import quote, unquote

from kingpost.surface.rest.serve import INSIDE, Message, Receive, Send

App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[Any]]


class Cookies(dict[str, str]):
    """Cookies by name, kept as a browser keeps them that visits one site, whatever the path."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Begin with none, in a time that a clock tells."""
        self.clock, self.until = clock, dict[str, float]()

    def keep(self, given: list[str]) -> dict[str, str]:
        """Keep what headers set (RFC 6265), until its time is over, and give it."""
        kept: dict[str, str] = {}
        for text in given:
            found = SimpleCookie()
            with suppress(CookieError):
                found.load(text)
            if not found:
                raise AssertionError(f"The app set a cookie that is none: {text!r}")
            for name, morsel in found.items():
                kept[name] = self[name] = morsel.value
                self.until[name] = self.clock() + float(morsel["max-age"]) if morsel["max-age"] else float("inf")
        return kept

    def header(self) -> dict[str, str]:
        """Give the header that carries those whose time is not over, where there are any."""
        for name in [name for name, end in self.until.items() if end <= self.clock()]:
            self.pop(name, None)
            del self.until[name]
        return {"cookie": "; ".join(f"{name}={text}" for name, text in self.items())} if self else {}


def scope(method: str, url: str, headers: Mapping[str, str], address: str) -> Message:
    """Describe a request (ASGI 3); one without an address comes from inside the process, and no budget counts it."""
    path, _, query = url.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": quote(path, safe="/%:@!$&'()*+,;=~-._").encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), text.encode("latin-1")) for name, text in headers.items()],
        "server": ("testserver", 80),
        **({"client": (address, 1)} if address else {"extensions": {INSIDE: {}}}),
    }


async def exchange(app: App, asked: Message, raw: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    """Hand a request with its body to an app, and give the status, the headers and the body that it sends."""
    sent: list[Message] = []
    bodies = [raw]

    async def receive() -> Message:
        if not bodies:
            await asyncio.get_running_loop().create_future()  # this client never goes away before it has its answer
        return {"type": "http.request", "body": bodies.pop(), "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(asked, receive, send)
    if not sent:
        raise AssertionError(f"There was no answer to {asked['method']} {asked['path']}")
    pairs = [(name.decode().lower(), text.decode("latin-1")) for name, text in sent[0].get("headers", ())]
    return sent[0]["status"], pairs, b"".join(message.get("body", b"") for message in sent[1:])
