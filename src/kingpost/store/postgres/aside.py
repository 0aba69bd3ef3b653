"""A database's tables moved out of the way, whole.

Takes an address, gives where they are now. Stands on the catalog's names.
"""

import asyncio
import re
import time

import asyncpg

from kingpost.store.postgres.catalog import quote
from kingpost.store.postgres.connect import OPENING, TURN
from kingpost.store.postgres.dialect import LONGEST_NAME
from kingpost.store.postgres.unopened import remedy
from kingpost.store.protocol import Busy, Unopened
from kingpost.store.sql import META

MADE = re.compile(r'^CREATE TABLE (?:"([^"]+)"|(\w+)) \(', re.MULTILINE)
LAST_WORDS = 2.0
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'kingpost' "
    "AND pid <> pg_backend_pid()"
)


async def set_aside(url: str) -> str:
    """Move the tables that an app has made into a schema of their own, under a name that says when.

    Args:
        url: The database's address.

    Returns:
        The schema; empty where there are no such tables.

    Raises:
        Busy: Somebody else has it open.
        Unopened: It can not be reached, or does not let us in, or not do this.
    """
    try:
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(url, timeout=OPENING, statement_cache_size=0)
        try:
            async with connection.transaction():
                return await moved(connection)
        finally:
            await connection.close()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, OSError) as error:
        raise Unopened(remedy(error)) from error


async def moved(connection: "asyncpg.Connection[asyncpg.Record]") -> str:
    """Move the tables within a transaction; raises `Busy`."""
    await connection.execute(f"SELECT pg_advisory_xact_lock({TURN})")
    if await connection.fetchval("SELECT to_regclass($1)", META) is None:
        return ""
    until = time.monotonic() + LAST_WORDS
    while await connection.fetchval(OTHERS):  # who has just ended may not be gone yet
        if time.monotonic() > until:
            raise Busy("it is in use")
        await asyncio.sleep(0.05)
    kept, now = await connection.fetchrow(f"SELECT value, current_schema() FROM {META} WHERE name = 'kept'") or ("", "")
    old = f"_old_{time.strftime('%Y%m%d_%H%M%S')}"
    schema = f"{now[: LONGEST_NAME - len(old)]}{old}"
    moves = (f"ALTER TABLE {quote(one or other)} SET SCHEMA {quote(schema)}" for one, other in MADE.findall(kept))
    await connection.execute("; ".join([f"CREATE SCHEMA {quote(schema)}", *moves]))
    return schema
