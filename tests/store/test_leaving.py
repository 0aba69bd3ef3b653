"""Who asks and goes at any moment leaves no connection in use or dirty, and hears nothing that is for another."""

import random
import secrets

import pytest

from kingpost.store.postgres.connect import PostgresStore
from tests.proofs.budget import until
from tests.servers.postgres import Postgres
from tests.store.connections import clean, leave_at_random
from tests.store.desk import CONTRACT, Desk


async def things(store: PostgresStore) -> list[object]:
    """Give the sizes of the things that are changed while others leave."""
    return [row["size"] for row in await Desk(store).listed("things")]


async def test_who_leaves_at_any_moment_leaves_no_connection_in_use_or_dirty_and_hears_no_answer_of_others(
    server: Postgres,
) -> None:
    url = server.database()
    store = PostgresStore(CONTRACT, url, 6)
    await Desk(store).add("things", *({"label": f"thing {key}"} for key in range(1, 51)))
    assert await leave_at_random(store, 300, random.Random(20260131)) >= 300
    await clean(store, server, url)
    assert all(size is None or int(str(size)) >= 0 for size in await things(store))  # nothing of what was undone
    await store.stop()
    server.free(url)


@pytest.mark.prove
async def test_of_fifty_thousand_who_leave_none_leaves_a_connection_in_use_or_dirty(server: Postgres) -> None:
    url, seed = server.database(), secrets.randbits(32)
    print(f"\nseed {seed}")
    store = PostgresStore(CONTRACT, url)
    await Desk(store).add("things", *({"label": f"thing {key}"} for key in range(1, 51)))
    print(await leave_at_random(store, 50_000, random.Random(seed), until(0.06)), "left")
    await clean(store, server, url)
    assert all(size is None or int(str(size)) >= 0 for size in await things(store))
    await store.stop()
    server.free(url)
