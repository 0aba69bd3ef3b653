"""Versions of rows: a short name for what a caller may see of one, and whether a call is meant for it.

Takes rows, gives text. Stands on the ground.
"""

import hashlib
from collections.abc import Sequence

import msgspec

from kingpost.call import Condition, Refused
from kingpost.contract.codec import Column, Row
from kingpost.engine.marks import spell

BYTES = 9


def version(columns: Sequence[Column], row: Row) -> str:
    """Name a row's version, from nothing but what the caller may see.

    Args:
        columns: What makes it up.
        row: What the store gave.

    Returns:
        Twelve URL-safe characters, equal for equal values.
    """
    # False can not be stored, so it tells a value that may not be seen from every one that may.
    seen = [row[each.at] if each.guard < 0 or row[each.guard] == 1 else False for each in columns]
    return spell(hashlib.blake2b(msgspec.json.encode(seen), digest_size=BYTES).digest())


def judge(condition: Condition | None, current: str) -> None:
    """Refuse a call that is for another version of the row (RFC 9110, section 13.2).

    Args:
        condition: Which versions the call is for; None for any.
        current: The row's version; empty for a row that is not there yet.

    Raises:
        Refused: The row has changed since, or is not there.
    """
    if condition is None:
        return
    there = {current, "*"} if current else set()
    if condition.match is not None and there.isdisjoint(condition.match):
        raise Refused("stale", "The row has changed since it was read; read it again")
    if not there.isdisjoint(condition.unless):
        raise Refused("stale", "The row is there, and the call was for when it is not")
