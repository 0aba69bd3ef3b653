"""Why a database can not be opened, in one line that says what to do.

Takes what asyncpg raised. Stands on the line.
"""

import asyncio

import asyncpg

from kingpost.store.postgres.line import gone
from kingpost.store.protocol import Unopened

REMEDIES: tuple[tuple[type[Exception], str], ...] = (
    (asyncpg.InvalidAuthorizationSpecificationError, "Set a user and a password that it knows"),
    (asyncpg.InvalidCatalogNameError, "Make it: createdb NAME, or CREATE DATABASE in psql"),
    (asyncpg.InsufficientPrivilegeError, "Let the user own the database: ALTER DATABASE name OWNER TO user"),
    (asyncpg.InvalidSchemaNameError, "Make the schema that the search_path names: CREATE SCHEMA"),
    (asyncpg.DuplicateTableError, "Other tables are there: set DATABASE_URL to an empty database"),
    (asyncpg.TooManyConnectionsError, "Lower DATABASE_CONNECTIONS, or raise the server's max_connections"),
    (asyncpg.CannotConnectNowError, "Start again in a moment"),
    (asyncpg.PostgresError, ""),
)  # fmt: skip


def unopened(error: Exception) -> Exception:
    """Say why a database can not be opened; gives any other error as it is."""
    text = str(error).partition("\n")[0].rstrip(".")
    for kind, remedy in REMEDIES:
        if isinstance(error, kind):
            return Unopened(f"It says: {text}. {remedy}".strip())
    if isinstance(error, asyncio.TimeoutError):
        text = "it does not answer"
    if isinstance(error, asyncpg.ClientConfigurationError) or (isinstance(error, ValueError) and not gone(error)):
        return Unopened(f"DATABASE_URL is not right: {text}")
    if gone(error):
        return Unopened(f"It can not be reached: {text or type(error).__name__}. Start it, or set DATABASE_URL to where it is")
    return error
