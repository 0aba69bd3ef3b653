"""Writing an answer: by uvicorn, which judges each header, by us, all at once, and in one piece with lines kept ready."""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator
from functools import partial
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from bench.ratio import compare
from bench.way import Wire
from kingpost.server.bounds import Bounds
from kingpost.server.exchange import Exchange, Outlet
from kingpost.server.protocol import Connection
from kingpost.server.shared import Shared
from kingpost.surface.rest.beside import Beside
from kingpost.surface.rest.response import Response

OWN = [
    (b"content-type", b"application/json"), (b"etag", b'"PHFxfurVm1GT-AZfR1jCz_tPT"'), (b"content-length", b"2"),
    (b"ratelimit-policy", b'"default";q=100;w=900'), (b"ratelimit", b'"default";r=99;t=900'),
    (b"x-request-id", b"req_f0f4f296fa8655d578e64528"), (b"cache-control", b"no-cache"),
]  # fmt: skip
BESIDE = Beside((), secure=True)
SCOPE = {"type": "http", "method": "GET", "http_version": "1.1", "path": "/", "headers": []}


async def served(scope: Any, receive: Any, send: Any) -> None:
    """Answer nothing."""


def finish(work: Coroutine[Any, Any, None]) -> None:
    """Run what waits for nothing."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("it waits")


def measure() -> Iterator[str]:
    """Compare the two on one connection that goes nowhere."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    config = uvicorn.Config(served, interface="asgi3", log_config=None, ws="none", lifespan="off")
    config.load()
    shared = Shared(Bounds(), (), secure=True)
    shared.default_headers = [(b"date", b"Sun, 06 Nov 1994 08:49:37 GMT")]
    connection, wire = Connection(config, shared, {}, loop), Wire()
    connection.connection_made(wire)
    exchange = Exchange(SCOPE, cast(Outlet, connection), expects=False, keep_alive=True)
    head = {"type": "http.response.start", "status": 200, "headers": [*OWN, *BESIDE.guarded]}
    body = {"type": "http.response.body", "body": b"{}"}
    ours = Response(200, tuple(each for each in OWN if each[0] != b"content-length"), b"{}")

    def answer(messages: Iterable[dict[str, Any]], send: Any) -> bytes:
        exchange.response_started, exchange.response_complete, exchange.chunked_encoding = False, False, None
        wire.sent.clear()
        for message in messages:
            finish(send(exchange, message))
        return b"".join(wire.sent)

    def whole() -> bytes:
        return answer([dict(BESIDE.start(ours, list(ours.headers), "", own=False, written=True))], Exchange.send)

    theirs, judged = partial(answer, [head, body], RequestResponseCycle.send), partial(answer, [head, body], Exchange.send)
    assert sorted(theirs().split(b"\r\n")) == sorted(judged().split(b"\r\n")) == sorted(whole().split(b"\r\n"))
    yield compare("an answer whose headers are judged at once", theirs, judged)
    yield compare("an answer in one piece", theirs, whole)
    loop.close()
