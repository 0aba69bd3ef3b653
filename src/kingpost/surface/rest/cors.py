"""Requests from pages of other origins (CORS, the Fetch standard): which are let in, and what the browser is told.

Takes the exact origins that may ask, gives headers. Stands on nothing.
"""

from collections.abc import Sequence
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
        self.origins = {origin.encode() for origin in origins}

    def asking(self, headers: Sequence[tuple[bytes, bytes]]) -> bytes | None:
        """Give the origin of the page that asks, where it is let in."""
        origins = [text for name, text in headers if name.lower() == b"origin"]
        return origins[0] if len(origins) == 1 and origins[0] in self.origins else None

    def told(self, headers: Sequence[tuple[bytes, bytes]]) -> Headers:
        """Give what goes beside an answer: that the page may read it, and which of its headers."""
        origin = self.asking(headers)
        if origin is None:
            return []
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", SEEN),
        ]

    def previews(self, method: str, headers: Sequence[tuple[bytes, bytes]]) -> bool:
        """Whether a request only asks what a page that is let in may send."""
        if method != "OPTIONS" or self.asking(headers) is None:
            return False
        return any(name.lower() == b"access-control-request-method" for name, _ in headers)


PREVIEW = (
    ("access-control-allow-methods", METHODS.decode()),
    ("access-control-allow-headers", SENT.decode()),
    ("access-control-max-age", AGE.decode()),
)
