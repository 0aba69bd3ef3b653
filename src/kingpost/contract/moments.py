"""Writes moments, which are kept as microseconds since 1970 in UTC, as the wire has them (RFC 3339).

Stands on nothing.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTES = tuple(f"T{hour:02d}:{minute:02d}:" for hour in range(24) for minute in range(60))


@lru_cache(10_000)
def moment(stored: str | int | None) -> str | None:
    """Write a moment as the wire has it, null as null; the lists that are asked for most tell of the same ones again."""
    if stored is None:
        return None
    assert isinstance(stored, int)
    minutes, rest = divmod(stored, 60_000_000)
    days, minute = divmod(minutes, 1_440)
    return f"{day(days)}{MINUTES[minute]}{rest // 1_000_000:02d}.{rest % 1_000_000:06d}Z"


@lru_cache(1_000)
def day(number: int) -> str:
    """Write a day of the calendar, counted from 1970."""
    return (EPOCH + timedelta(days=number)).date().isoformat()
