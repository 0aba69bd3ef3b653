"""Reads JSON strictly: what two readers could understand differently is not read at all.

Takes bytes from outside, gives a plain value. The one such reader for every surface. Stands on nothing.
"""

import json
import math
import re

MOST_DEPTH = 64
MOST_VALUES = 100_000
PIECE = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class Malformed(Exception):
    """The bytes are not JSON that can only be understood one way; the message is fit for whoever sent them."""


def read(body: bytes) -> object:
    """Read JSON (RFC 8259, without the liberties that I-JSON, RFC 7493, takes away).

    Args:
        body: UTF-8 text, without a byte order mark.

    Returns:
        The value, of dicts, lists, texts, numbers, booleans and None.

    Raises:
        Malformed: It is not UTF-8, not JSON, too deep or too much, names a key twice, or holds what no database keeps.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8") from error
    if text.count(",") + text.count("[") + text.count("{") > MOST_VALUES:
        raise Malformed(f"The body has more than {MOST_VALUES} values")
    if text.count("[") + text.count("{") > MOST_DEPTH and depth(text) > MOST_DEPTH:
        raise Malformed(f"The body is more than {MOST_DEPTH} levels deep")
    if NUL.search(text):
        raise Malformed("The body holds the character U+0000")
    try:
        value: object = STRICT.decode(text)
        if "\\ud" in text or "\\uD" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Malformed("The body holds half a Unicode character") from error
    except ValueError as error:
        place = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Malformed(f"The body is not JSON{place}") from error
    return value


def depth(text: str) -> int:
    """Give how deep brackets nest, in time linear in the text."""
    now = most = 0
    for piece in PIECE.finditer(text):
        mark = piece.group()
        if mark in "[{":
            now += 1
            most = max(most, now)
        elif mark in "]}":
            now -= 1
    return most


def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Make an object whose keys are all different."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Malformed("The body names a key twice in one object")
    return value


def never(word: str) -> object:
    """Refuse NaN and the infinities, which are not JSON."""
    raise Malformed(f"The body holds {word}, which is not JSON")


def finite(text: str) -> float:
    """Refuse a number that no computer holds."""
    number = float(text)
    if not math.isfinite(number):
        raise Malformed("The body holds a number that is too large")
    return number


STRICT = json.JSONDecoder(object_pairs_hook=once, parse_constant=never, parse_float=finite)


def merge(target: object, patch: object) -> object:
    """Merge a patch into a value (RFC 7396): objects member by member, a null removes one, anything else replaces.

    Args:
        target: What there is.
        patch: What is to change.

    Returns:
        The new value; neither argument is changed.
    """
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged
