"""What tests of replicas share: a server that follows the one for all tests, and an app that reads from it."""

from collections.abc import Iterator

import pytest

from tests.servers.postgres import Postgres, replica
from tests.store.ward import Ward, resume

EMPTY = """
    DO $$ BEGIN
        EXECUTE (
            SELECT coalesce('TRUNCATE ' || string_agg(quote_ident(tablename), ', ') || ' RESTART IDENTITY', 'SELECT 1')
            FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'kingpost_meta'
        );
    END $$;
    SELECT CAST(pg_current_wal_flush_lsn() - '0/0' AS bigint)
"""


@pytest.fixture(scope="session")
def follower(server: Postgres) -> Iterator[Postgres]:
    """Give a server that follows the other."""
    with replica(server) as running:
        yield running


@pytest.fixture(scope="session")
def shared(server: Postgres) -> str:
    """Make the database that these tests have one after another."""
    return server.database()


@pytest.fixture
def ward(server: Postgres, follower: Postgres, shared: str) -> Iterator[Ward]:
    """Give the app on a database that is empty, also on the server that follows."""
    name = shared.rpartition("/")[2]
    running = Ward(shared, follower.of(name))
    running.replica.log.place = int(server.ask(EMPTY, name))
    running.level()
    yield running
    resume(follower)
    running.close()
