"""A clock that stands still until a test moves it.

Takes nothing, gives the time. Stands on nothing.
"""

from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 1, 31, 10, 30, tzinfo=UTC)


class Clock:
    """Says `now` until it is moved: `Client(app, clock=Clock())`."""

    def __init__(self, now: datetime = BEGIN) -> None:
        """Stand at a moment, which has a zone."""
        if now.tzinfo is None:
            raise AssertionError(f"Give the clock a moment with a zone: {now!r} has none, datetime(..., tzinfo=UTC) has")
        self.now = now

    def tick(self, by: float | timedelta = 1) -> datetime:
        """Go on by so many seconds, or by a timedelta; gives the moment that it is then."""
        self.now += by if isinstance(by, timedelta) else timedelta(seconds=by)
        return self.now

    def __call__(self) -> float:
        """Give the seconds since 1970."""
        return self.now.timestamp()
