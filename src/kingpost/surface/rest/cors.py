"""Requests from pages of other origins (CORS, the Fetch standard): which are let in, and what the browser is told.

Takes the exact origins that may ask, gives headers. Stands on nothing.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Headers: TypeAlias = list[tuple[bytes, bytes]]

METHODS = b"GET, POST, PUT, PATCH, DELETE, OPTIONS"
SENT = b"Content-Type, Authorization, X-CSRF-Token, Idempotency-Key, If-Match, If-None-Match, Kingpost-Position"
SEEN = b"ETag, Location, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Idempotency-Replayed, Kingpost-Position"
AGE = b"600"


class Cors:
    """Lets pages of some origins ask, with the visitor's credentials."""

    def __init__(self, origins: Sequence[str]) -> None:
        """Let these origins in; one is compared byte by byte, so that nothing but itself is like it."""
        self.origins = {origin: origin.encode() for origin in origins}

    def told(self, origin: str) -> Headers:
        """Give what goes beside an answer to a page of an origin: that it may read it, and which of its headers."""
        if origin not in self.origins:
            return []
        return [
            (b"access-control-allow-origin", self.origins[origin]),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", SEEN),
        ]

    def previews(self, headers: Mapping[str, str]) -> bool:
        """Whether OPTIONS only asks what a page that is let in may send; two origins are joined, and so are none of ours."""
        return headers.get("origin") in self.origins and "access-control-request-method" in headers


PREVIEW = (
    (b"access-control-allow-methods", METHODS),
    (b"access-control-allow-headers", SENT),
    (b"access-control-max-age", AGE),
)
