"""What the code of an operation is handed beside plain values, and what it may hand back beside them.

Takes nothing and does nothing. Stands on nothing.
"""

import html as escaping
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, LiteralString, Never, TypeVar, cast

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Html(str):
    """Text that is a page, or a piece of one, already."""

    __slots__ = ()


class Escaping(string.Formatter):
    """Fills a template with values that are made harmless."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """Write one value: a list as its items, a page as it is, anything else escaped."""
        if isinstance(value, Html):
            return value
        if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping):
            return "".join(self.format_field(each, format_spec) for each in value)
        return escaping.escape("" if value is None else format(value, format_spec))


def html(template: LiteralString, /, **values: Any) -> Html:
    """Fill a template of HTML.

    Args:
        template: HTML with names in braces, such as `<a href="/pages/{name}">{title}</a>`; a text in the code, never one that
            came from elsewhere. Names stand in text and in quoted attributes, and nowhere else.
        values: What the names stand for: `Html` as it is, a list as its items, None as nothing, anything else escaped.

    Returns:
        The page, or the piece.

    Raises:
        KeyError: A name has no value.
    """
    return Html(Escaping().vformat(template, (), values))


@dataclass(frozen=True)
class Upload:
    """A file that was sent: its name and media type, as the sender says, and what is in it."""

    name: str
    media: str
    content: bytes


@dataclass(frozen=True)
class Cookie:
    """A cookie to set, which no script can read and no other site can send (RFC 6265bis).

    `age` is how many seconds it is kept: None for as long as the browser runs, 0 to remove it.
    """

    name: str
    value: str = ""
    age: int | None = None


@dataclass(frozen=True)
class Reply(Generic[T_co]):
    """An answer with more to say than its value: a status (0 for the usual one), headers, cookies."""

    value: T_co
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[Cookie, ...] = ()

    @staticmethod
    def to(address: str, *cookies: Cookie) -> "Reply[Never]":
        """Send whoever asked on to another address (303 See Other: RFC 9110, section 15.4.4), whatever is given elsewhere."""
        return Reply(cast(Never, None), 303, {"location": address}, cookies)


@dataclass(frozen=True)
class Page(Generic[T]):
    """A page of rows, the mark of the next one, and where it was asked for how many there are in all."""

    items: list[T] = field(default_factory=list)
    next: str | None = None
    total: int | None = None
