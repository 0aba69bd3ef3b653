"""What tests of every folder share: a PostgreSQL server, started when the first one asks for it."""

from collections.abc import Iterator

import pytest

from tests.servers.postgres import Postgres, postgres


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """Give a server that all tests of this process share; each makes databases of its own."""
    with postgres() as running:
        yield running
