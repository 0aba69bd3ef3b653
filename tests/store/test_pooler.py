"""Behind a pooler that lends a connection for one transaction at a time, a store does what every store must.

What is said on the wire is judged where there is no pooler as well: nothing is said outside a transaction, nothing is kept for
longer than one, and nothing has a name that another connection would not know.
"""

import asyncio
import random
import struct
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from kingpost.contract.model import Contract
from kingpost.store.postgres.connect import MOST_CONNECTIONS, PostgresStore
from kingpost.store.protocol import Store
from tests.servers.bouncer import NAMED, bouncing, version
from tests.servers.link import linked
from tests.servers.postgres import Postgres
from tests.store.connections import asking, leave_at_random
from tests.store.desk import CONTRACT, Desk
from tests.store.exercise import Exercise
from tests.store.test_postgres import ROOM

TLS, CANCEL = 80877103, 80877102
SESSION = {"user", "database", "client_encoding", "application_name"}
"""What a pooler lets a client ask for when it connects."""


def messages(said: bytes) -> Iterator[tuple[str, bytes]]:
    """Give each message of one connection, its kind and what it says (PostgreSQL's protocol, version 3.0)."""
    at = 0
    while at < len(said):
        kind = chr(said[at]) if said[at] else ""  # the first one has none
        at += bool(kind)
        (size,) = struct.unpack_from("!i", said, at)
        if at + size > len(said):
            return  # it was cut off
        yield kind, bytes(said[at + 4 : at + size])
        at += size


def judge(said: bytes) -> int:
    """Assert that what was said on a connection can be said to a pooler; gives how many transactions there were."""
    within, count = False, 0
    for kind, text in messages(said):
        match kind:
            case "":
                if struct.unpack_from("!i", text)[0] not in (TLS, CANCEL):
                    assert set(text[4:].rstrip(b"\0").decode().split("\0")[::2]) <= SESSION
            case "Q":
                first, *others = text.rstrip(b"\0").decode().split(";")
                last = others[-1].strip() if others else first
                if first.startswith("BEGIN"):
                    assert not within
                    within, count = True, count + 1
                    assert all(each.strip().startswith("SET LOCAL ") for each in others if each.strip()), text
                assert within, text
                assert not first.strip().startswith("SET ") or first.strip().startswith("SET LOCAL "), text
                if {first.strip(), last} & {"COMMIT", "ROLLBACK"}:
                    within = False
            case "P" | "B" | "C" | "D":
                assert within, text
                # A name is the first word of all but a binding, whose second it is, and a look or an end, which say of what.
                names = text.split(b"\0") if kind != "B" else text.split(b"\0")[1:]
                assert names[0] in (b"", b"S", b"P"), text
            case "E" | "H":
                assert within, text
            case _:
                assert kind in "SXp", kind  # an end of a series, a farewell, a password
    return count


class Databases:
    """A database for each folder, and its address past something that stands before the server."""

    def __init__(self, server: Postgres) -> None:
        self.server, self.urls = server, dict[Path, str]()

    def past(self, port: int, folder: Path) -> str:
        """Say where the database of a folder is."""
        url = self.urls.get(folder) or self.urls.setdefault(folder, self.server.database())
        return url.replace(f":{self.server.port}/", f":{port}/")

    def free(self) -> None:
        """Give all of them back."""
        for url in self.urls.values():
            self.server.free(url)


class TestOnTheWire(Exercise):
    """All that a store must do, and each word that is said for it."""

    room = ROOM

    @pytest.fixture(autouse=True)
    def overheard(self, server: Postgres) -> Iterator[None]:
        self.databases = Databases(server)
        with linked(server.port) as self.link:
            yield
        self.databases.free()
        counts = [judge(bytes(said)) for said in self.link.sent]
        assert sum(counts)

    def open(self, contract: Contract, folder: Path) -> Store:
        return PostgresStore(contract, self.databases.past(self.link.port, folder), pooled=True)


@pytest.mark.skipif(NAMED is None, reason="there is no PgBouncer on the path, and PGBOUNCER names none")
class TestPgBouncer(Exercise):
    """All that a store must do, on connections that are lent in turns and often made anew."""

    room = ROOM

    @pytest.fixture(autouse=True, params=[0, 100], ids=["nothing prepared", "prepared statements"])
    def lent(self, request: pytest.FixtureRequest, server: Postgres) -> Iterator[None]:
        if request.param and version() < (1, 21):
            pytest.skip("PgBouncer keeps prepared statements from version 1.21 on")
        self.databases = Databases(server)
        with bouncing(server, MOST_CONNECTIONS, request.param) as self.port:
            yield
        self.databases.free()

    def open(self, contract: Contract, folder: Path) -> Store:
        return PostgresStore(contract, self.databases.past(self.port, folder), pooled=True)

    async def test_who_leaves_at_any_moment_leaves_nothing_to_whoever_is_lent_the_connection_next(self, tmp_path: Path) -> None:
        store = self.open(CONTRACT, tmp_path)
        assert isinstance(store, PostgresStore)
        await Desk(store).add("things", *({"label": f"thing {key}"} for key in range(1, 51)))
        await leave_at_random(store, 300, random.Random(20260131))
        async with asyncio.timeout(10):
            while store.load().busy:  # noqa: ASYNC110  # the last ones end by themselves
                await asyncio.sleep(0.01)
        assert len(await Desk(store).labels()) == 50
        assert await store.read(asking(store, "SELECT current_setting('statement_timeout') AS found")) == [
            ("found",),
            ("950ms",),
        ]
        await store.stop()
        # Straight at the pooler, nothing of ours is set.
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(store.url, statement_cache_size=0)
        for _ in range(5):
            assert await connection.fetchval("SELECT current_setting('statement_timeout')") == "0"
        await connection.close()


async def test_a_store_that_was_told_of_no_pooler_says_what_none_would_bear(server: Postgres) -> None:
    with linked(server.port) as link:
        store = PostgresStore(CONTRACT, server.database().replace(str(server.port), str(link.port)))
        await Desk(store).labels()
        await store.stop()
    with pytest.raises(AssertionError):
        [judge(bytes(said)) for said in link.sent]
