"""Transactions of one database are as if each had been alone, on every store, whoever else is at it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.postgres import Postgres
from tests.store.isolation import ROUNDS, Round, play

TIMES = 10


@pytest.fixture(params=["sqlite", "postgres"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a database of its own is."""
    if request.param == "sqlite":
        yield str(tmp_path / "app.db")
        return
    server: Postgres = request.getfixturevalue("server")
    url = server.database()
    yield url
    server.free(url)


@pytest.mark.parametrize("one", ROUNDS)
def test_what_must_be_true_after_each_round_is(path: str, one: Round) -> None:
    asyncio.run(play(path, one, TIMES))


@pytest.mark.prove
@pytest.mark.timeout(600)
@pytest.mark.parametrize("one", ROUNDS)
def test_and_after_a_thousand(path: str, one: Round) -> None:
    asyncio.run(play(path, one, 1_000))
