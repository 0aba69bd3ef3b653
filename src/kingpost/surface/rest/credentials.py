"""Who a request says it is from, and whether a page of another site made a browser say it.

Takes headers, gives a token. Stands on the contract.
"""

from collections.abc import Collection, Mapping

from kingpost.contract.model import Style

SAFE = ("GET", "HEAD", "OPTIONS")
OWN = ("same-origin", "none")


def bearer(header: str | None, scheme: str = "Bearer") -> str | None:
    """Give the token of an Authorization header (RFC 6750); an empty one, which nothing believes, for any other scheme.

    An app whose scheme is a word of its own looks for that alone: what is said in any other is not said to it. Where there is
    no scheme no token is looked at.
    """
    if header is None or not scheme:
        return None
    word, _, token = header.partition(" ")
    found = token.strip() if word.lower() == scheme.lower() else ""
    return found if found or scheme == "Bearer" else None


def presented(headers: Mapping[str, str], style: Style) -> str | None:
    """Give the token that a request shows: in its Authorization header, or else in the cookie that may carry one."""
    if "authorization" in headers or not style.cookie:
        return bearer(headers.get("authorization"), style.scheme)
    return cookie(headers, style.cookie)


def by_cookie(headers: Mapping[str, str], style: Style) -> bool:
    """Whether the token of a request is in a cookie, which a browser sends whoever made it ask."""
    return bool(style.cookie) and "authorization" not in headers and cookie(headers, style.cookie) is not None


def cookie(headers: Mapping[str, str], name: str) -> str | None:
    """Give a cookie (RFC 6265, section 4.2); an empty text, which nothing believes, for one that comes twice."""
    pairs = (piece.strip().partition("=") for piece in headers.get("cookie", "").split(";"))
    found = [text.strip('"') for each, _, text in pairs if each == name]
    return None if not found else found[0] if len(found) == 1 else ""


def foreign(method: str, headers: Mapping[str, str], origins: Collection[str]) -> bool:
    """Whether a page of another site made a browser send a request that changes something.

    Browsers say so in Sec-Fetch-Site (Fetch Metadata Request Headers, section 2.3), older ones in Origin, which no page can
    set; what says neither is no browser. Go's net/http.CrossOriginProtection judges alike.

    Args:
        method: The method; a safe one changes nothing.
        headers: The request's.
        origins: Whose pages may ask nevertheless.

    Returns:
        Whether it is to be refused.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if method in SAFE or site in OWN or (origin is not None and origin in origins):
        return False
    if site is not None:
        return True
    here = headers.get("host", "").lower()
    return origin is not None and (not here or origin.partition("://")[2].lower() != here)
