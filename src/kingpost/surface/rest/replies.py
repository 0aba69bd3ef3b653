"""What code answers: a value or a page, with the status, headers and cookies that it wants to say beside.

Takes values in their wire form, gives responses. Stands on the ground.
"""

import re
from typing import Any
from urllib.parse import quote

import msgspec

from kingpost.surface.rest.response import JSON, Response, spelled
from kingpost.values import Cookie, Html, Reply

HTML = "text/html; charset=utf-8"
PAGE_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
"""What a page that code made may do: show itself and send forms home, and run no script."""
BARE = (204, 205, 304)
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}")
TEXT = re.compile(r"[\t\x20-\x7e\xa0-\xff]{0,4000}")
COOKIE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{0,3900}")
ADDRESS = "%/:?#[]@!$&'()*+,;=~"
OURS = frozenset(
    {
        "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "date", "server",
        "set-cookie", "x-request-id", "kingpost-position", "vary", "etag", "www-authenticate", "x-content-type-options",
        "x-frame-options", "strict-transport-security", "cross-origin-opener-policy", "cross-origin-resource-policy",
        "permissions-policy",
    }
)  # fmt: skip
"""The headers that are not for code to say: how the message is framed, and what this surface promises of every answer."""


class Unsayable(Exception):
    """Code wants to say what no header can, or what is not its to say."""


def replied(value: object, reply: Reply[Any] | None, status: int) -> Response:
    """Make a response of what code answered.

    Args:
        value: The value in its wire form, or a page; None for no body at all.
        reply: What goes beside it.
        status: The status.

    Returns:
        The response.

    Raises:
        Unsayable: A status, a header or a cookie can not be said.
    """
    if not 200 <= status <= 599:
        raise Unsayable(f"{status} is no status of an answer")
    said = beside(reply) if reply is not None else ()
    if status in BARE or value is None:
        return Response(status, spelled(said))
    page = isinstance(value, Html)
    content = value.encode() if isinstance(value, Html) else msgspec.json.encode(value)
    usual = {"content-type": HTML, "content-security-policy": PAGE_POLICY} if page else {"content-type": JSON}
    own = {name for name, _ in said}
    return Response(status, spelled((*(each for each in usual.items() if each[0] not in own), *said)), content)


def beside(reply: Reply[Any]) -> tuple[tuple[str, str], ...]:
    """Give the headers that code wants to say; raises `Unsayable`."""
    found = []
    for name, text in reply.headers.items():
        lower = name.lower()
        if not TOKEN.fullmatch(name) or lower in OURS or lower.startswith("access-control-"):
            raise Unsayable(f"{name[:100]!r} is no header that code may say")
        said = quote(text, safe=ADDRESS) if lower == "location" else text
        if not TEXT.fullmatch(said):
            raise Unsayable(f"What {name} says is not what a header can say")
        found.append((lower, said))
    found += [("set-cookie", baked(cookie)) for cookie in reply.cookies]
    return tuple(found)


def baked(cookie: Cookie) -> str:
    """Write a cookie that no script reads and no other site sends (RFC 6265, section 4.1); raises `Unsayable`.

    That it travels by TLS only is added where it is known how the request came.
    """
    if not TOKEN.fullmatch(cookie.name) or not COOKIE.fullmatch(cookie.value):
        raise Unsayable(f"{cookie.name[:100]!r} is no cookie, or its value has signs that no cookie can have")
    age = "" if cookie.age is None else f"; Max-Age={cookie.age:d}"
    return f"{cookie.name}={cookie.value}{age}; Path=/; HttpOnly; SameSite=Lax"
