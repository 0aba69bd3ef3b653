"""Why a database can not be opened, in one line that says what to do.

Takes what asyncpg raised, or a connection. Stands on the store's protocol.
"""

import ssl

import asyncpg

from kingpost.store.protocol import Unopened

OLDEST = 14


def remedy(error: Exception) -> str:
    """Say why a database can not be opened and what to do; what is said of an address is not told, as a password is in it."""
    match error:
        case asyncpg.InvalidAuthorizationSpecificationError():
            return f"It says: {error}. Set a user and a password that it knows"
        case asyncpg.InvalidCatalogNameError():
            return f"It says: {error}. Make it: createdb NAME, or CREATE DATABASE in psql"
        case asyncpg.InsufficientPrivilegeError():
            return f"It says: {error}. Let the user own the database: ALTER DATABASE name OWNER TO user"
        case asyncpg.TooManyConnectionsError():
            return f"It says: {error}. Lower DATABASE_CONNECTIONS, or raise the server's max_connections"
        case asyncpg.ProtocolViolationError():
            return f"What stands before the database says: {error}. If that is a pooler, set DATABASE_POOLER=transaction"
        case asyncpg.InvalidSchemaNameError():
            return f"It says: {error}. Make the schema that the search_path names (CREATE SCHEMA)"
        case asyncpg.DuplicateTableError():
            return f"It says: {error}. Other tables are there: set DATABASE_URL to an empty database"
        case asyncpg.CannotConnectNowError():
            return f"It says: {error}. Start again in a moment"
        case asyncpg.LockNotAvailableError():
            return "Somebody else has been changing the tables for a while. Wait until that is done, and start again"
        case asyncpg.PostgresError():
            return f"It says: {error}"
        case ssl.SSLError():
            return (
                f"Whether it is the right server is not known: {getattr(error, 'verify_message', '') or error}. Add to "
                "DATABASE_URL sslrootcert=PATH of the authority that vouches for it, and name the host as its certificate does"
            )
        case ConnectionError() if "SSL" in str(error):
            return "The server does not speak TLS, which DATABASE_URL asks for. Set ssl=on there, or ask for sslmode=disable"
        case asyncpg.ClientConfigurationError() | FileNotFoundError():
            return f"DATABASE_URL asks for what can not be: {error}. Look at its sslmode and the files it names"
        case ValueError():
            return (
                "DATABASE_URL can not be read. Write a % and its number for each sign of a password that is no letter or digit"
            )
        case _:
            said = str(error) or "it did not answer"
            return f"It can not be reached: {said}. Start it, or set DATABASE_URL to where it is"


def judge(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Raise `Unopened` for a server, or a database, that can not hold what every store holds."""
    version, encoding = connection.get_server_version().major, connection.get_settings().server_encoding
    if version < OLDEST:
        raise Unopened(f"It is PostgreSQL {version}, and {OLDEST} or newer is needed")
    if encoding != "UTF8":
        raise Unopened(f"It keeps text as {encoding}. Make another: CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0")
