"""Reads the text of a statement that code has written itself: what kind it is, that it is one, and where its values go.

Takes text with names such as `:me`, gives text with parameters; a value is never put into it. Stands on nothing.
"""

import re
from collections.abc import Callable

WORDS = ("SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE", "REPLACE")
TOKEN = re.compile(
    r"""
    (?P<blank> \s+ | --[^\n]* | /\*.*?(?:\*/|\Z) )
  | (?P<quoted> '(?:[^']|'')*' | "(?:[^"]|"")*" | `(?:[^`]|``)*` )
  | :(?P<asked> [^\W\d]\w* ) (?= \s+ IS \s+ (?: NOT \s+ )? NULL \b )
  | :(?P<name> [^\W\d]\w* )
  | (?P<word> [^\W\d]\w* )
  | (?P<other> [?@$\#:] )
  | (?P<end> ; )
  | .
    """,
    re.DOTALL | re.VERBOSE | re.IGNORECASE,
)
"""Whatever begins something in which a colon or a semicolon means nothing is read whole (SQL-92, section 5.2)."""


def own(text: str, value: Callable[[str], str], asked: Callable[[str], str] | None = None) -> str:
    """Write a statement with parameters for its names.

    Args:
        text: One statement that reads or writes rows.
        value: Writes the place of a named value.
        asked: Writes the place of one that is asked whether it is null; `value` does where this is left out.

    Returns:
        The text for the database.

    Raises:
        ValueError: It is none, it is several, or it does something else, such as changing tables or ending a transaction.
    """
    parts: list[str] = []
    first, ended = "", False
    for token in TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "blank":
            parts.append(token[0])
            continue
        if ended:
            raise ValueError("Only one statement can be asked at a time")
        if kind == "other":
            raise ValueError(f"Values go by names such as :me, and casts are CAST(x AS y); {token[0]!r} says nothing else")
        first = first or token[0].upper()
        ended = kind == "end"
        match kind:
            case "name":
                parts.append(value(token["name"]))
            case "asked":
                parts.append((asked or value)(token["asked"]))
            case _ if not ended:
                parts.append(token[0])
    if first not in WORDS:
        raise ValueError(f"A statement of one's own begins with one of {', '.join(WORDS)}, not with {first[:20]!r}")
    return "".join(parts)
