"""Versions of rows: a short name for what a caller may see of one, and whether a call is meant for it.

Takes rows, gives text. Stands on the ground.
"""

import hashlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec

from kingpost.call import Condition, Refused
from kingpost.contract.codec import MOST_FORMS, Column, Row, picking
from kingpost.engine.marks import spell

BYTES = 9


Guarded: TypeAlias = tuple[tuple[int, int], ...]
"""Of what is picked out of a row, the places of what may be seen only where the row says so, and where it says it."""


@lru_cache(MOST_FORMS)
def picked(columns: tuple[Column, ...]) -> tuple[Callable[[Row], Sequence[Any]], Guarded]:
    """Make ready to pick the values of some columns out of many rows."""
    guarded = tuple((number, each.guard) for number, each in enumerate(columns) if each.guard >= 0)
    return picking([each.at for each in columns]), guarded


def version(columns: tuple[Column, ...], row: Row) -> str:
    """Name a row's version, from nothing but what the caller may see.

    Args:
        columns: What makes it up.
        row: What the store gave.

    Returns:
        Twelve URL-safe characters, equal for equal values.
    """
    pick, guarded = picked(columns)
    seen = list(pick(row))
    for number, guard in guarded:
        if row[guard] != 1:
            seen[number] = False  # can not be stored, so it tells a value that may not be seen from every one that may
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
