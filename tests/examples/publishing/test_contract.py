"""The publishing example is what its contract says: stories told to a real server by a client that knows the contract only."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from tests.cli.process import kingpost, serving
from tests.examples.publishing import asking, people, reading, writing
from tests.examples.publishing.client import Client, Record
from tests.examples.publishing.words import EXAMPLE, TABLE

STORIES: tuple[Callable[[Client], None], ...] = (
    people.accounts, people.refused_accounts, people.signing_in, people.following,
    writing.articles, writing.refused_articles, writing.comments, writing.removal,
    reading.lists, reading.feed, reading.favorites, reading.tags,
    asking.paths_and_methods, asking.bodies, asking.taken_literally,
)  # fmt: skip


def test_it_does_what_its_contract_says(tmp_path: Path, subtests: pytest.Subtests) -> None:
    steady = ["--no-reload"] if "--no-reload" in kingpost(tmp_path, "dev", "--help").stdout else []
    record = Record()
    with (
        serving(tmp_path, "dev", str(EXAMPLE / "app.py"), *steady) as server,
        httpx2.Client(base_url=server.address) as network,
    ):
        for story in STORIES:
            with subtests.test(story.__name__):
                story(Client(network, record))
    assert len(TABLE) == 19
    assert {route for route, _ in TABLE} - set(record.routes) == set()
    assert len(record.routes) >= len(record.distinct) >= 80
