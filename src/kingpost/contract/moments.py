"""Moments as the wire has them (RFC 3339).

Takes microseconds since 1970 in UTC, gives text. Stands on nothing.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTES = tuple(f"T{hour:02d}:{minute:02d}:" for hour in range(24) for minute in range(60))
SECONDS = tuple(f"{second:02d}." for second in range(60))
THOUSANDTHS = tuple(f"{number:03d}" for number in range(1_000))


@lru_cache(10_000)
def write(stored: int | None) -> str | None:
    """Write a moment, to the microsecond; what is none stays none.

    A page holds many, and the pages that are asked for most hold the same ones again and again; one that is new costs a third
    of what `isoformat` does, as long as its day is none.
    """
    if stored is None:
        return None
    minutes, rest = divmod(stored, 60_000_000)
    days, minute = divmod(minutes, 1_440)
    second, micros = divmod(rest, 1_000_000)
    return f"{day(days)}{MINUTES[minute]}{SECONDS[second]}{THOUSANDTHS[micros // 1_000]}{THOUSANDTHS[micros % 1_000]}Z"


@lru_cache(10_000)
def day(number: int) -> str:
    """Write a day of the calendar, counted from 1970."""
    return (EPOCH + timedelta(days=number)).date().isoformat()
