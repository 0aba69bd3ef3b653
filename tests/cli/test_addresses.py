"""What the environment may say of a PostgreSQL database, and that a password is never shown."""

import asyncio
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import asyncpg
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kingpost.settings import Settings, Unsafe, read
from tests.cli.process import SECRET
from tests.servers.postgres import Postgres, postgres

SHAPE = "DATABASE_URL is not postgresql://USER:PASSWORD@HOST:PORT/NAME. In the password write %40 for @"
PARTS = {"DB_HOST": "db.example", "DB_NAME": "blog"}


def found(more: Mapping[str, str]) -> Settings:
    """Read the settings of an environment that has a secret."""
    return read({"SECRET_KEY": SECRET, **more}, True)


def refused(more: Mapping[str, str]) -> str:
    """Say why settings are refused; whatever is secret in them is not told, not even by the trace of the error."""
    with pytest.raises(Unsafe) as caught:
        found(more)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


def connected(settings: Settings) -> tuple[str, str]:
    """Connect as a store does, and give the user and the database."""

    async def whole() -> tuple[str, str]:
        connection = await asyncpg.connect(settings.database, timeout=10)
        try:
            return tuple(await connection.fetchrow("SELECT current_user::text, current_database()::text") or ())
        finally:
            await connection.close()

    return asyncio.run(whole())


@pytest.fixture(scope="module")
def everywhere() -> Iterator[tuple[Postgres, str]]:
    """Give a server that listens on IPv4, on IPv6 and on a socket, and the folder of that."""
    with TemporaryDirectory(prefix="kingpost-socket-") as folder:
        Path(folder).chmod(0o777)
        with postgres({"listen_addresses": "127.0.0.1,::1", "unix_socket_directories": folder}) as running:
            yield running, folder


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://ada:hunter2@db.example:6432/blog", "postgresql://ada@db.example:6432/blog"),
        ("postgres://ada:hunter2@db.example/blog", "postgresql://ada@db.example/blog"),
        ("postgresql://db.example/blog?password=hunter2&user=ada", "postgresql://db.example/blog"),
        ("postgresql://ada:hunter2@[2001:db8::7]:5432/blog?sslmode=verify-full&sslrootcert=/etc/ca.pem",
         "postgresql://ada@[2001:db8::7]:5432/blog"),
        ("postgresql://ada:hunter2%40%2F%3A%23@one:5432,two:5433/blog", "postgresql://ada@one:5432,two:5433/blog"),
        ("postgresql:///blog?host=/run/postgresql&password=hunter2", "postgresql:///blog?host=/run/postgresql"),
        ("postgresql://ada:hunter2@/blog?host=%2Frun%2Fpostgresql", "postgresql://ada@/blog?host=/run/postgresql"),
        ("postgresql:///blog", "postgresql:///blog"),
    ],
)  # fmt: skip
def test_an_address_is_taken_as_it_is_and_shown_without_its_password(url: str, place: str) -> None:
    settings = found({"DATABASE_URL": url})
    assert (settings.database, settings.place) == (url, place)
    assert "hunter2" not in repr(settings) and "hunter2" not in str(settings)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada:hunter2@ss@db.example/blog", "postgresql://ada:hunter2/ss@db.example/blog",
        "postgresql://ada:hunter2#ss@db.example/blog", "postgresql://ada:hunter2?ss@db.example/blog",
        "postgresql://ada:12/hunter2@db.example/blog", "postgresql://ada:hunter2[ss@db.example/blog",
        "postgresql://ada:hunter2@db.example", "postgresql://ada:hunter2@db.example/", "postgresql://ada:hunter2@db.example:0/blog",
        "postgresql://ada:hunter2@db.example:65536/blog", "postgresql://ada:hunter2@db.example:port/blog",
        "postgresql://ada:hunter2@db example/blog", "postgresql://ada:hunter2@db.example,/blog",
        "postgresql://ada:hunter2@[::1/blog", "postgresql://ada:hunter2@::1/blog", "postgresql://ada:hunter2@db.example/blog?sslmode",
    ],
)  # fmt: skip
def test_an_address_in_which_a_part_is_not_where_it_seems_to_be_is_refused(url: str) -> None:
    assert refused({"DATABASE_URL": url}).startswith(SHAPE)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
@example("p@ss:w/o?r#d%41[]\\ \"'")
@example("\n\t")
def test_a_password_on_its_own_is_any_text_at_all(password: str) -> None:
    settings = found({**PARTS, "DB_PASSWORD": password, "DB_USER": password, "DB_NAME": password})
    assert settings.database == "postgresql://{0}:{0}@db.example:5432/{0}".format(quote(password, safe=""))
    assert settings.place == "postgresql://{0}@db.example:5432/{0}".format(quote(password, safe=""))


@pytest.mark.parametrize(
    ("more", "url"),
    [
        ({}, "postgresql://postgres@db.example:5432/blog"),
        ({"DB_USER": "ada", "DB_PORT": "6432"}, "postgresql://ada@db.example:6432/blog"),
        ({"DB_HOST": "2001:db8::7"}, "postgresql://postgres@[2001:db8::7]:5432/blog"),
        ({"DB_HOST": "[::1]"}, "postgresql://postgres@[::1]:5432/blog"),
        ({"DB_HOST": "/run/postgresql", "DB_PASSWORD": "hunter2"},
         "postgresql://postgres:hunter2@/blog?host=/run/postgresql&port=5432"),
    ],
)  # fmt: skip
def test_parts_become_an_address(more: Mapping[str, str], url: str) -> None:
    assert found(PARTS | dict(more)).database == url


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({**PARTS, "DATABASE_URL": "sqlite:///app.db"},
         "DATABASE_URL and DB_HOST and DB_NAME are set, which may say two things: set one or the other"),
        ({"DB_PASSWORD": "hunter2"}, "DB_PASSWORD is set without DB_HOST and DB_NAME: set both DB_HOST and DB_NAME"),
        ({"DB_HOST": "db.example"}, "DB_HOST is set without DB_NAME: set both DB_HOST and DB_NAME"),
        ({**PARTS, "DB_PORT": "five"}, "DB_PORT is 'five': set it to a number from 1 to 65535"),
        ({**PARTS, "DB_PORT": "0"}, "DB_PORT is '0': set it to a number from 1 to 65535"),
        ({**PARTS, "DB_HOST": "a b"}, "DB_HOST is 'a b': set it to a name, an address, or the folder of a socket"),
        ({**PARTS, "DB_HOST": "db/x?y@z"}, "DB_HOST is 'db/x?y@z': set it to a name, an address, or the folder of a socket"),
        ({"DATABASE_CONNECTIONS": "3"}, "DATABASE_CONNECTIONS is '3': set it to a number from 4 to 1,000"),
        ({"DATABASE_CONNECTIONS": "1001"}, "DATABASE_CONNECTIONS is '1001': set it to a number from 4 to 1,000"),
        ({"DATABASE_CONNECTIONS": "many"}, "DATABASE_CONNECTIONS is 'many': set it to a number from 4 to 1,000"),
        ({"DATABASE_CONNECTIONS": "²"}, "DATABASE_CONNECTIONS is '²': set it to a number from 4 to 1,000"),
        ({"DATABASE_POOLER": "session"}, "DATABASE_POOLER is 'session': set it to transaction, or leave it out"),
    ],
)  # fmt: skip
def test_what_says_nothing_or_two_things_is_refused_with_what_to_set(more: Mapping[str, str], said: str) -> None:
    assert refused(more) == said


def test_the_rest_has_a_usual_value_and_takes_others() -> None:
    usual, other = found({}), found({"DATABASE_CONNECTIONS": "4", "DATABASE_POOLER": "transaction"})
    assert (usual.database, usual.place, usual.connections, usual.pooled) == ("data/app.db", "data/app.db", 20, False)
    assert (other.connections, other.pooled) == (4, True)
    assert found({"DB_HOST": "", "DB_PASSWORD": ""}).database == "data/app.db"  # empty is as if it were not set


def test_a_server_is_reached_by_each_kind_of_address(everywhere: tuple[Postgres, str]) -> None:
    server, folder = everywhere
    port = str(server.port)
    for host in ("127.0.0.1", "localhost", "::1", folder):
        assert connected(found({"DB_HOST": host, "DB_PORT": port, "DB_NAME": "postgres"})) == ("postgres", "postgres")
    for place in (f"127.0.0.1:{port}", f"[::1]:{port}", f"127.0.0.1:1,127.0.0.1:{port}"):
        settings = found({"DATABASE_URL": f"postgresql://postgres@{place}/postgres?sslmode=disable"})
        assert connected(settings) == ("postgres", "postgres")
    url = f"postgresql:///postgres?host={folder}&port={port}&user=postgres"
    assert connected(found({"DATABASE_URL": url})) == ("postgres", "postgres")


def test_a_server_that_asks_for_a_password_is_given_it_letter_by_letter(server: Postgres) -> None:
    password, user, database = "p@ss:w/o?r#d%41'\" ü", 'a@"b', server.guarded()
    role = user.replace('"', '""')
    server.ask(f"""CREATE ROLE "{role}" LOGIN PASSWORD '{password.replace("'", "''")}'""")
    parts = {"DB_HOST": "127.0.0.1", "DB_PORT": str(server.port), "DB_NAME": database, "DB_USER": user}
    assert connected(found({**parts, "DB_PASSWORD": password})) == (user, database)
    with pytest.raises(asyncpg.InvalidPasswordError):
        connected(found({**parts, "DB_PASSWORD": password + " "}))
