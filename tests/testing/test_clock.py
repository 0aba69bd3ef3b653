"""Time that a test decides."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.blog.app import Post, User
from examples.blog.app import app as blog
from kingpost.testing import Client, Clock

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


def test_a_clock_stands_still_until_it_is_moved() -> None:
    clock = Clock(datetime(2030, 5, 1, tzinfo=UTC))
    assert clock() == clock() == clock.now.timestamp()
    assert clock.tick() == clock.now == datetime(2030, 5, 1, 0, 0, 1, tzinfo=UTC)
    assert clock.tick(0.5) == datetime(2030, 5, 1, 0, 0, 1, 500_000, tzinfo=UTC)
    assert clock.tick(timedelta(days=1)) == datetime(2030, 5, 2, 0, 0, 1, 500_000, tzinfo=UTC)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(AssertionError, match="Give the clock a moment with a zone"):
        Clock(datetime(2030, 5, 1))


@given(MOMENTS)
def test_what_the_store_dates_is_the_clocks_own_moment_to_the_microsecond(now: datetime) -> None:
    with Client(blog, clock=(clock := Clock(now))) as client:
        assert client.make(User).created_at == clock.now


def test_every_date_of_a_row_follows_the_clock() -> None:
    with Client(blog, clock=(clock := Clock())) as client:
        ada = client.make(User)
        made = clock.now
        clock.tick(timedelta(days=30))
        assert client.as_(ada).patch("/api/v1/users/1", {"name": "Ada"}).status == 200
        assert client.as_(ada).make(Post).created_at == clock.now
        seen = client.as_(ada).get("/api/v1/users/1").body
        assert [datetime.fromisoformat(seen[name]) for name in ("created_at", "updated_at")] == [made, clock.now]
