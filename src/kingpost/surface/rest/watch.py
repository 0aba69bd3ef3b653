"""What this surface tells those who look after it: whether it lives, whether it is ready, and its numbers.

Takes what it was handed to look through, gives responses. Stands on the other files of this folder.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, TypeAlias

import msgspec

from kingpost.call import Call, Failure, Lap
from kingpost.surface.rest.credentials import bearer
from kingpost.surface.rest.refusals import Manners
from kingpost.surface.rest.response import Response, body, spelled

Note: TypeAlias = Callable[[Mapping[str, str | int]], None]
METHODS = "GET, HEAD, OPTIONS"
LIVE, READY, METRICS = "/health/live", "/health/ready", "/metrics"
PATHS = (LIVE, READY, METRICS)
TEXT = "text/plain; version=0.0.4; charset=utf-8"
PROXIED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
"""What a request brings that came through a proxy: its peer is then not who asks."""


@dataclass(frozen=True)
class Watch:
    """What a surface is handed to be watched through.

    `ready` says whether calls can be answered, `metrics` gives the numbers and `count` takes the status of each response.
    `token` is what a reader of the metrics shows; without one they are `private`, which is for this machine alone, or open.
    `span` tells of a call while it is answered, and takes what this surface has to say of it; None where nobody is told.
    """

    ready: Callable[[], Awaitable[bool]]
    metrics: Callable[[], Awaitable[str]]
    count: Callable[[int], None]
    token: str = field(default="", repr=False)
    private: bool = True
    span: Callable[[Call], AbstractContextManager[Note]] | None = None


async def watched(
    watch: Watch, scope: Mapping[str, Any], headers: Mapping[str, str], identity: str, manners: Manners
) -> Response | None:
    """Answer at one of the three addresses.

    Args:
        watch: What to look through.
        scope: The request (ASGI 3).
        headers: Its headers, in lower case.
        identity: Its id.
        manners: How refusals are told.

    Returns:
        The response; None to someone for whom there is nothing at this address.
    """
    method, path = scope["method"], scope["path"]
    if path == METRICS and not watch.token and watch.private and not near(scope.get("client"), headers):
        return None
    if method == "OPTIONS":
        return Response(204, spelled({"allow": METHODS}.items()))
    if method not in ("GET", "HEAD"):
        said = Failure("malformed", f"This address answers {METHODS}")
        return manners.refuse(said, identity, (405, "METHOD_NOT_ALLOWED"), {"allow": METHODS})
    if path == METRICS:
        if watch.token and not shown(watch.token, headers):
            return manners.refuse(Failure("unauthenticated", "The metrics token is required"), identity)
        return Response(200, spelled({"content-type": TEXT}.items()), (await watch.metrics()).encode())
    if path == READY and not await watch.ready():
        return manners.refuse(Failure("unavailable", "Not ready to answer calls", retry_after=1), identity)
    return body(200, {"status": "ok"})


def shown(token: str, headers: Mapping[str, str]) -> bool:
    """Whether a request shows the token, compared in a time that tells nothing of it."""
    return hmac.compare_digest((bearer(headers.get("authorization")) or "").encode("latin-1"), token.encode())


def near(client: tuple[str, int] | None, headers: Mapping[str, str]) -> bool:
    """Whether a request was made on this very machine, and not passed on by a proxy on it."""
    try:
        return client is not None and ip_address(client[0]).is_loopback and not any(name in headers for name in PROXIED)
    except ValueError:  # a name or the path of a socket, behind which anyone may be
        return False


def timed(response: Response, laps: tuple[Lap, ...]) -> Response:
    """Say what the time of an answer went into (W3C Server Timing), in milliseconds for each part."""
    spent: dict[str, float] = {}
    for lap in laps:
        spent[lap.name] = spent.get(lap.name, 0.0) + lap.seconds * 1_000
    told = ", ".join(f"{name};dur={took:.3f}" for name, took in spent.items())
    return msgspec.structs.replace(response, headers=(*response.headers, (b"server-timing", told.encode())))
