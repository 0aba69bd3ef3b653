"""Describes how a caller says who is asking: the word before a token, and the cookie that may carry one.

Takes styles, gives parts of an OpenAPI document. Stands on the contract.
"""

from kingpost.contract.model import Contract, Style
from kingpost.contract.spelling import styles
from kingpost.surface.rest.document.schemas import Document

BEARER: Document = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
METER: Document = {
    "type": "http",
    "scheme": "bearer",
    "description": "What `METRICS_TOKEN` is set to; without it, for this machine alone.",
}


def schemes(contract: Contract) -> Document:
    """Describe each way to show a token once."""
    found: Document = {}
    for style in styles(contract):
        if style.scheme:
            found[word(style)] = BEARER if word(style) == "bearer" else after(style.scheme)
        if style.cookie:
            about = "The token in a cookie; what changes something is taken from pages of this site alone."
            found[basket(style)] = {"type": "apiKey", "in": "cookie", "name": style.cookie, "description": about}
    return {**found, "metrics": METER}


def after(scheme: str) -> Document:
    """Describe a token after a word of the app's own, which no registry knows (RFC 9110, section 16.4.1)."""
    about = f"`{scheme}`, a space and the token."
    return {"type": "apiKey", "in": "header", "name": "Authorization", "description": about, "x-scheme": scheme}


def security(style: Style, needed: bool) -> list[Document]:
    """Say whether a token is needed, or only taken, and in which ways it may be shown."""
    ways: list[Document] = [{word(style): []}] if style.scheme else []
    ways += [{basket(style): []}] if style.cookie else []
    return ways if needed or not ways else [{}, *ways]


def word(style: Style) -> str:
    """Name the way to show a token after a word."""
    return style.scheme.lower()


def basket(style: Style) -> str:
    """Name the way to show a token in a cookie."""
    return f"{style.cookie}Cookie"
