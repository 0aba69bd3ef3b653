"""For which answers, and which versions of a row, a request is meant (RFC 9110, section 13.1).

Takes headers, gives conditions. Stands on the ground.
"""

import re
from collections.abc import Mapping

from kingpost.call import Condition, Detail

LENGTH = 12
MOST_TAGS = 50
TAG = re.compile(r'(W/)?"([\x21\x23-\x7e]*)"')


class Unreadable(Exception):
    """A header that says nothing; carries which and why."""

    def __init__(self, header: str, message: str) -> None:
        """Name the header."""
        super().__init__(header, message)
        self.detail = Detail(header, message)


def tags(header: str, text: str) -> list[tuple[bool, str]]:
    """Read a list of entity tags: of each whether it is weak, and its opaque part; raises `Unreadable`."""
    found = []
    for piece in text.split(",", MOST_TAGS):
        match = TAG.fullmatch(piece.strip(" \t"))
        if match is None:
            raise Unreadable(header, 'Must be entity tags in double quotes, such as "abc", or *')
        found.append((match[1] is not None, match[2]))
    return found


def condition(headers: Mapping[str, str]) -> Condition | None:
    """Read for which versions of a row a write is meant; raises `Unreadable`.

    Only the part of a tag that names the row's version counts: the same row may have been answered in other shapes.
    """
    match, unless = headers.get("if-match"), headers.get("if-none-match")
    if match is None and unless is None:
        return None
    wanted = None if match is None else versions("If-Match", match, strong=True)
    return Condition(wanted, () if unless is None else versions("If-None-Match", unless, strong=False))


def versions(header: str, text: str, *, strong: bool) -> tuple[str, ...]:
    """Give the rows' versions in a list of entity tags; a weak tag is no match where a strong one is needed."""
    if text.strip() == "*":
        return ("*",)
    return tuple(opaque[:LENGTH] for weak, opaque in tags(header, text) if not (weak and strong))


def conditional(headers: Mapping[str, str], tag: str) -> int:
    """Judge an answer by what a read was meant for; raises `Unreadable`.

    Args:
        headers: The request's.
        tag: The answer's entity tag.

    Returns:
        304 for an answer the client has already, 412 for one it did not want, else 200.
    """
    match, unless = headers.get("if-match"), headers.get("if-none-match")
    if match is None and unless is None:
        return 200
    mine = tag.strip('"')
    if match is not None and match.strip() != "*" and (False, mine) not in tags("If-Match", match):
        return 412
    if unless is not None and (unless.strip() == "*" or mine in {opaque for _, opaque in tags("If-None-Match", unless)}):
        return 304
    return 200
