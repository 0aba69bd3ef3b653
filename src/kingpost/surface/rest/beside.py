"""The headers that go beside every answer, whatever it is: what a browser may do with it, and what is left of the budget.

Stands on the ground and on what is known of other origins.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, TypeAlias

import msgspec

from kingpost.call import POSITION_LASTS, Allowance
from kingpost.contract.model import Style
from kingpost.surface.rest.cors import Cors, Headers
from kingpost.surface.rest.credentials import cookie
from kingpost.surface.rest.replies import baked
from kingpost.surface.rest.response import Response, spelled
from kingpost.values import Cookie

Message: TypeAlias = MutableMapping[str, Any]

WRITTEN = "kingpost.written"
"""The ASGI extension of a server that takes the lines of a response's head as they go over the wire, and its body with them."""
SAYABLE = bytes(sign for sign in range(256) if sign >= 0x20 and sign != 0x7F) + b"\t"
"""What a header may say: everything but the signs by which a line ends and others that steer."""
POLICY = b"default-src 'none'; frame-ancestors 'none'"
CLOSED = ("camera", "geolocation", "microphone", "payment", "usb")
ALWAYS: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", ", ".join(f"{feature}=()" for feature in CLOSED).encode()),
]
VARY = b"Authorization, Origin, Accept"
POSITION = "kingpost-position"
KEPT = "kingpost_position"
"""The cookie of a browser that is signed in by one: what it writes and reads, no page of its own may see the headers of."""
SECURE = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class Beside:
    """Makes the headers beside an answer; those that never differ are made once."""

    def __init__(self, origins: Sequence[str], secure: bool, cookies: bool = False) -> None:
        """Let the pages of some origins ask.

        Args:
            origins: Whose pages may.
            secure: Whether browsers are to come by TLS only from now on (RFC 6797).
            cookies: Whether an answer may depend on a cookie.
        """
        self.cors = Cors(origins)
        varied: Headers = [*ALWAYS, (b"vary", VARY + b", Cookie" if cookies else VARY)]
        self.always = [*varied, SECURE] if secure else varied
        self.guarded: Headers = [*self.always, (b"content-security-policy", POLICY)]
        self.lines, self.guarded_lines = lines(self.always), lines(self.guarded)

    def start(self, response: Response, headers: Headers, origin: str, *, own: bool, written: bool) -> Message:
        """Give the beginning of a response (ASGI 3), or all of it.

        Args:
            response: The response.
            headers: What it says, and what goes with this one answer.
            origin: Of the page that asked, if it was one.
            own: Whether it says its own policy of what it may do.
            written: Whether the server takes the whole of it at once, and the headers as lines (`WRITTEN`).

        Returns:
            The message.

        Raises:
            ValueError: A header says what none can say.
        """
        if origin:
            headers += self.cors.told(origin)
        if written:
            told = lines(headers) + (self.lines if own else self.guarded_lines)
            return {"type": "http.response.start", "status": response.status, WRITTEN: told, "body": response.body}
        headers += self.always if own else self.guarded
        return {"type": "http.response.start", "status": response.status, "headers": headers}


def lines(headers: Headers) -> bytes:
    """Write headers as they go over the wire (RFC 9112, section 5); raises `ValueError` for what would be other lines."""
    told = (b"%b: %b\r\n" * len(headers)) % tuple(chain.from_iterable(headers))
    if told.translate(None, SAYABLE) != b"\r\n" * len(headers):
        raise ValueError("A header says what none can say")
    return told


@lru_cache(1_000)
def policy(name: str, limit: int, window: int) -> tuple[bytes, bytes]:
    """Tell of a budget."""
    return b"ratelimit-policy", f'"{name}";q={limit};w={window}'.encode()


def metered(response: Response, allowance: Allowance | None) -> Response:
    """Tell what is left of the budget (draft-ietf-httpapi-ratelimit-headers-10); nothing where none was charged."""
    if allowance is None:
        return response
    whole = policy(allowance.name, allowance.limit, allowance.window)
    left = f'"{allowance.name}";r={allowance.remaining};t={allowance.reset}'.encode()
    headers = (*response.headers, whole, (b"ratelimit", left))
    return msgspec.structs.replace(response, headers=headers)


def placed(response: Response, position: str, headers: Mapping[str, str], style: Style) -> Response:
    """Tell where the writes of a request stand, for what is read next; a browser that shows a cookie for a token keeps it."""
    if not position:
        return response
    told = [(POSITION, position)]
    if by_itself(headers, style):
        told.append(("set-cookie", baked(Cookie(KEPT, position, age=POSITION_LASTS))))
    return msgspec.structs.replace(response, headers=(*response.headers, *spelled(told)))


def shown(headers: Mapping[str, str], style: Style) -> str:
    """Give the positions that a request shows; empty for none."""
    found = headers.get(POSITION)
    if found is None and by_itself(headers, style):
        found = cookie(headers, KEPT)
    return found or ""


def by_itself(headers: Mapping[str, str], style: Style) -> bool:
    """Whether who asks may be a browser, which shows by itself what it was told in cookies."""
    return bool(style.cookie) and "authorization" not in headers
