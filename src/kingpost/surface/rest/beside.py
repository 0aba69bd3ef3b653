"""The headers that go beside every answer, whatever it is: what a browser may do with it, and what is left of the budget.

Stands on the ground and on what is known of other origins.
"""

from collections.abc import Mapping, Sequence

import msgspec

from kingpost.call import POSITION_LASTS, Allowance
from kingpost.contract.model import Style
from kingpost.surface.rest.cors import Cors, Headers
from kingpost.surface.rest.credentials import cookie
from kingpost.surface.rest.replies import baked
from kingpost.surface.rest.response import Response, spelled
from kingpost.values import Cookie

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

    def headers(self, origin: str, *, own: bool) -> Headers:
        """Give the headers beside a response to a page of an origin, if it was one; `own` where it says its own policy."""
        always = self.always if own else self.guarded
        return [*always, *self.cors.told(origin)] if origin else always


def metered(response: Response, allowance: Allowance | None) -> Response:
    """Tell what is left of the budget (draft-ietf-httpapi-ratelimit-headers-10); nothing where none was charged."""
    if allowance is None:
        return response
    policy = f'"{allowance.name}";q={allowance.limit};w={allowance.window}'.encode()
    left = f'"{allowance.name}";r={allowance.remaining};t={allowance.reset}'.encode()
    headers = (*response.headers, (b"ratelimit-policy", policy), (b"ratelimit", left))
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
