"""How PostgreSQL goes about a query does not hang on what it believes of the rows, so that no page is slow of a sudden."""

from collections.abc import Callable

import asyncpg
import pytest

from kingpost.engine.engine import queries
from kingpost.plan.query import Linked, Page, Pointing, Query, Total
from kingpost.store.postgres.connect import PostgresStore
from kingpost.store.postgres.examine import explain
from kingpost.store.postgres.line import PostgresStatement
from tests.plan.cases import read, run, used
from tests.plan.test_cases import FOLDERS
from tests.plan.twins import Twin
from tests.plan.worlds import World, a_blog, a_tracker
from tests.servers.postgres import Postgres

MANY = 5_000
MADE = {"email": "'e' || g", "email_key": "'e' || g", "word": "'w' || g", "name": "'n' || g"}
"""What must differ from row to row."""


def asked(world: World) -> list[Query]:
    """Give every query of every case of a world, but searches, which are planned for their words."""
    found: dict[str, Query] = {}
    for folder in FOLDERS:
        ask = read(folder)
        if ask.url.startswith(f"{world.app.base}/"):
            _, seen = run(world, ask)
            made = [query for _, ready in used(seen) if not ready.plan.refused for query in queries(ready.plan)]
            found |= {repr(query): query for query in made if not searches(query)}
    return [*found.values()]


def searches(query: Query) -> bool:
    return isinstance(query, Page | Total) and query.branches[0].search != ()


async def ways(store: PostgresStore, wanted: list[Query]) -> list[tuple[str, ...]]:
    """Say how each query is gone about, on a connection that has planned nothing yet."""
    line = await store.connect()
    found = []
    for query in wanted:
        statement = store.prepare(query)
        assert isinstance(statement, PostgresStatement)
        found.append(await explain(line, statement, {}))
    await line.connection.close()
    return found


async def multiply(twin: Twin) -> None:
    """Add rows to each table that are all like its first one, and have the database look at what there is."""
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(twin.url)
    await connection.execute("SET session_replication_role = replica")
    for resource in twin.app.contract.resources:
        serial = resource.key.origin == "serial"
        values = MADE | {"id": "1000 + g" if serial else "'019b7600-0000-7000-9000-' || lpad(CAST(g AS text), 12, '0')"}
        names = [f'"{field.name}"' for field in resource.fields]
        made = ", ".join(values.get(field.name, f'"{field.name}"') for field in resource.fields)
        one = f'(SELECT * FROM "{resource.name}" LIMIT 1) AS one'
        await connection.execute(
            f'INSERT INTO "{resource.name}" ({", ".join(names)}) SELECT {made} FROM {one}, generate_series(1, {MANY}) AS g'
        )
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


@pytest.mark.parametrize("world", [a_blog, a_tracker], ids=["blog", "tracker"])
def test_no_query_is_gone_about_in_another_way_when_the_database_knows_its_rows(
    world: Callable[[], World], server: Postgres
) -> None:
    model = world()
    twin = Twin(model, server.database())
    store = twin.client.engine.database
    assert isinstance(store, PostgresStore)
    wanted = asked(model)
    twin.restore()
    unknown = twin.client.wait(ways(store, wanted))
    twin.client.wait(multiply(twin))
    known = twin.client.wait(ways(store, wanted))
    for query, before, after in zip(wanted, unknown, known, strict=True):
        # Two indexes may begin with a link, and for all that leads to a row either will do.
        assert isinstance(query, Pointing) or before == after, query
        assert not any("Seq Scan" in line or "Hash" in line for line in after), after
        several = isinstance(query, Linked) or (isinstance(query, Page) and len(query.branches) > 1)
        assert several or not any(line.endswith(" Sort") for line in after), after
    twin.client.close()
    model.client.close()
