"""What tests of replicas share: a server that follows the one for all tests, and an app that reads from it."""

from collections.abc import Iterator

import pytest

from tests.servers.postgres import Postgres, replica
from tests.store.ward import Ward, resume


@pytest.fixture(scope="session")
def follower(server: Postgres) -> Iterator[Postgres]:
    """Give a server that follows the other."""
    with replica(server) as running:
        yield running


@pytest.fixture
def ward(server: Postgres, follower: Postgres) -> Iterator[Ward]:
    """Give the app on a database of its own."""
    url = server.database()
    running = Ward(url, follower.of(url.rpartition("/")[2]))
    yield running
    resume(follower)
    running.close()
