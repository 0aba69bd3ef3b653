"""An app on a server and on one that follows it: what all may read, and what only some may, by what they are to a row."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, TypeVar

from argon2 import PasswordHasher

from kingpost import (
    Access,
    Account,
    App,
    Budget,
    Context,
    Lists,
    PasswordPolicy,
    Resource,
    admin,
    anyone,
    is_set,
    number,
    operation,
    owner,
    ref,
    serial,
    signed_in,
    text,
    value,
    where,
)
from kingpost.engine.metrics import metrics
from kingpost.settings import Settings
from kingpost.store.postgres.replica import PostgresReplica
from kingpost.testing import Answer
from tests.engine.running import BASE, NOBODY, SECRET, START, Backend
from tests.engine.running import Account as Someone
from tests.servers.postgres import Postgres

T = TypeVar("T")
POSITION = "kingpost-position"
PATIENCE = 20.0


class Nurse(Account, table="users"):
    """Someone who works here."""

    id: int = serial()
    name: str = text()
    password = PasswordPolicy(min=8)
    access = Access(create=anyone, read=anyone.fields("id", "name") | owner() | admin, update=owner(), delete=owner() | admin)
    lists = Lists("id")


class Note(Resource, table="notes"):
    """What hangs on the wall."""

    id: int = serial()
    title: str = text(unique=True)
    level: int = number(default=0)
    access = Access(create=anyone, read=anyone, update=anyone, delete=anyone)
    lists = Lists("id")

    @operation(access=anyone, method="GET")
    async def look(self, context: Context) -> int:
        """Say what code sees."""
        return (await context[Note].get(self.id)).level


class Report(Resource, table="reports"):
    """What all may read once it is out."""

    id: int = serial()
    out_at: datetime | None = value()
    access = Access(create=anyone, read=where(out_at=is_set) | admin, update=anyone)
    lists = Lists("id")


class Room(Resource, table="rooms"):
    """A room and who is in charge of it."""

    id: int = serial()
    nurse: Nurse | None = ref(on_delete="null")
    access = Access(create=signed_in, read=owner("nurse"), update=signed_in)
    lists = Lists("id")


class Secret(Resource, table="secrets"):
    """What admins alone may read."""

    id: int = serial()
    access = Access(create=anyone, read=admin)
    lists = Lists("id")


ward = App(Nurse, Note, Report, Room, Secret, budget=Budget(1_000_000, 60))


class Ward(Backend):
    """The app as it is served by one process, and what it knows of the replica."""

    def __init__(self, url: str, replica: str) -> None:
        """Open the app.

        Args:
            url: Where its database is.
            replica: Where the server is that follows.
        """
        self.now, self.url, self.name = START, url, url.rpartition("/")[2]
        self.app = ward
        self.running = ward.open(Settings(url, SECRET, replica=replica), lambda: self.now)
        self.engine = self.running.engine
        self.identity = self.engine.identity
        self.identity.passwords.hasher = cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        self.identity.passwords.nobody = cheap.hash("nobody")
        self.loop = asyncio.new_event_loop()
        found = self.engine.database.replica
        assert isinstance(found, PostgresReplica)
        self.replica = found

    def work(self, task: Coroutine[Any, Any, T]) -> T:
        """Do something in the app's own loop."""
        assert self.loop is not None
        return self.loop.run_until_complete(task)

    async def numbers(self) -> str:
        """Give what is counted."""
        return await metrics(self.engine, "")

    def until(self, so: Callable[[], bool]) -> None:
        """Wait until something is so."""
        self.work(self.become(so))

    async def become(self, so: Callable[[], bool]) -> None:
        """Wait until something is so."""
        end = time.monotonic() + PATIENCE
        while not so():
            assert time.monotonic() < end, f"it is not so; the replica is {self.replica.state}, {self.replica.lag:.1f} s behind"
            await asyncio.sleep(0.01)

    def level(self) -> None:
        """Wait until the replica has all that was written here, and is read from."""
        self.until(lambda: self.replica.reaches(self.replica.position))

    async def reading(self) -> None:
        """Wait until the replica has answered some more."""
        before = self.replica.reads
        await self.become(lambda: self.replica.reads > before + 100)

    async def looked(self) -> None:
        """Wait until it was looked at the replica once more."""
        since, replayed = self.replica.since, self.replica.replayed
        await self.become(lambda: self.replica.since > since or replayed < self.replica.position)

    def get(self, path: str, who: Someone = NOBODY, position: str = "") -> Answer:
        """Read, showing a position or none."""
        return self.ask("GET", f"{BASE}{path}", token=who.token, headers=[(POSITION, position)] if position else ())

    def put(self, path: str, who: Someone = NOBODY, **values: object) -> Answer:
        """Make a row where the path is that of a list, change one where it is that of a row."""
        alone = path.rpartition("/")[2].isdigit()
        answer = self.ask("PATCH" if alone else "POST", f"{BASE}{path}", values, who.token)
        assert answer.status in (200, 201), answer
        return answer

    def seen(self, path: str, who: Someone = NOBODY) -> tuple[Answer, int]:
        """Read without a position; gives how many of the reads were the replica's as well."""
        before = self.replica.reads
        answer = self.get(path, who)
        return answer, self.replica.reads - before


def pause(server: Postgres) -> None:
    """Let a replica stay as it is; what it is sent is kept until it goes on."""
    server.ask("SELECT pg_wal_replay_pause()")
    end = time.monotonic() + PATIENCE
    while server.ask("SELECT pg_get_wal_replay_pause_state()") != "paused":
        assert time.monotonic() < end, "it does not pause"


def resume(server: Postgres) -> None:
    """Let a replica go on."""
    server.ask("SELECT pg_wal_replay_resume()")


def still(ward: Ward, server: Postgres) -> None:
    """Let a replica have all that was written so far, and no more."""
    ward.level()
    pause(server)
