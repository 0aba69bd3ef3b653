"""Moments as the wire has them (RFC 3339).

Takes microseconds since 1970 in UTC, gives text. Stands on nothing.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTES = tuple(f"T{hour:02d}:{minute:02d}:" for hour in range(24) for minute in range(60))


@lru_cache(10_000)
def write(stored: int) -> str:
    """Write a moment, to the microsecond.

    A page holds many, and the pages that are asked for most hold the same ones again and again; one that is new costs a third
    of what `isoformat` does.
    """
    minutes, rest = divmod(stored, 60_000_000)
    days, minute = divmod(minutes, 1_440)
    return f"{day(days)}{MINUTES[minute]}{rest // 1_000_000:02d}.{rest % 1_000_000:06d}Z"


@lru_cache(1_000)
def day(number: int) -> str:
    """Write a day of the calendar, counted from 1970."""
    return (EPOCH + timedelta(days=number)).date().isoformat()
