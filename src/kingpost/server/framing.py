"""What a request line and a Host must be, where the parser leaves it open.

Takes their bytes, gives a path and a query or raises `Fault`. Stands on RFC 9112 and RFC 3986.
"""

import re

import httptools

from kingpost.server.refusals import Fault, malformed

HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]+)(?::[0-9]{0,5})?")
VERSIONS = ("1.0", "1.1")


def host(text: bytes) -> bytes:
    """Give a Host back that is one (RFC 9110, section 7.2); raises `Fault`."""
    if not HOST.fullmatch(text):
        raise malformed("The Host header is no host")
    return text


def coding(text: bytes) -> None:
    """Accept the one transfer coding there is; raises `Fault` (RFC 9112, section 6.1)."""
    if text.strip(b" \t").lower() != b"chunked":
        raise Fault(501, "NOT_IMPLEMENTED", "The only transfer coding here is chunked")


def target(url: bytes, method: bytes) -> tuple[bytes, bytes, bytes]:
    """Take a request's target apart (RFC 9112, section 3.2).

    Args:
        url: The target, in any of its forms but that of CONNECT.
        method: The request's method.

    Returns:
        The path, the query, and the authority where the target names one, which then counts instead of the Host.

    Raises:
        Fault: It is no target.
    """
    if b"#" in url:
        raise malformed("The request's target has a fragment")
    if url.startswith(b"/"):
        path, _, query = url.partition(b"?")
        return path, query, b""
    if url == b"*":
        if method != b"OPTIONS":
            raise malformed("The target * is for OPTIONS alone")
        return url, b"", b""
    scheme, _, rest = url.partition(b"://")
    authority = re.split(rb"[/?]", rest, maxsplit=1)[0]
    if scheme.lower() not in (b"http", b"https"):
        raise malformed("The request's target is neither a path nor an http address")
    path, _, query = rest[len(authority) :].partition(b"?")
    return path or b"/", query, host(authority)


def fault(error: httptools.HttpParserError) -> Fault:
    """Say what the parser found wrong."""
    cause = error.__context__
    if isinstance(cause, Fault):
        return cause
    if "Request has invalid `Transfer-Encoding`" in str(error):
        return Fault(501, "NOT_IMPLEMENTED", "The only transfer coding here is chunked")
    return malformed("The request is not well-formed HTTP/1.1")
