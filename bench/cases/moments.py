"""Writing a moment: by a datetime and its isoformat, and by arithmetic with what is alike kept."""

from collections.abc import Iterator
from itertools import count

from bench.ratio import compare
from kingpost.contract import moments
from kingpost.contract.scalars import moment

AT = 1_800_000_000_123_456


def before(stored: int) -> str:
    """Write a moment as it was written before."""
    return f"{moment(stored).isoformat(timespec='microseconds')[:26]}Z"


def measure() -> Iterator[str]:
    """Compare for moments that never come again, a second apart, and for one that does."""
    assert before(AT) == moments.write(AT)
    one, other = count(AT, 1_000_001), count(AT, 1_000_001)
    yield compare("a moment that is new", lambda: before(next(one)), lambda: moments.write(next(other)))
    yield compare("a moment that was written before", lambda: before(AT), lambda: moments.write(AT))
