"""A server that follows the database's log a little behind: how far it has come, and reads from it.

Takes programs of reads; whatever keeps the replica from answering one, the database itself does. Stands on the seats and the
store's protocol.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import asyncpg

from kingpost.contract.scalars import Stored
from kingpost.plan.query import Query
from kingpost.store.postgres.line import Line, PostgresStatement
from kingpost.store.postgres.log import WRITTEN, Log
from kingpost.store.postgres.pool import Pool
from kingpost.store.postgres.seats import Seats
from kingpost.store.protocol import Busy, Full, Program, Slow, Statement

T = TypeVar("T")
MOST_BEHIND = 10.0
LOOK = 0.1
PAUSE = 1.0
PATIENCE = 1.5
ATTEMPTS = 8
WHO = "SELECT CONCAT_WS(' ', system_identifier, pg_postmaster_start_time()), system_identifier FROM pg_control_system()"
PLACES = PostgresStatement(
    f"{WRITTEN}, system_identifier, CAST('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8) AS bit(32))::bigint "
    "FROM pg_control_system()",
    (),
)
REPLAYED = (
    "SELECT CAST(pg_last_wal_replay_lsn() - '0/0' AS bigint), timeline_id "
    "FROM pg_control_checkpoint() WHERE pg_is_in_recovery()"
)
"""Both tell their timeline: where another server has become the primary, places in the log of one that follows the one before
mean nothing, and one that follows the new primary is told apart once it has written down that it does."""
FAILURES = (Busy, Slow, Full, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)

logger = logging.getLogger("kingpost.store")


class PostgresReplica:
    """The rows as one server has them that follows the primary."""

    def __init__(
        self,
        primary: Seats,
        watch: Seats,
        connect: Callable[[], Awaitable[Line]],
        most: int,
        prepare: Callable[[Query], Statement],
        *,
        pooled: bool,
    ) -> None:
        """Begin without looking; the first who would read lets it begin.

        Args:
            primary: The database itself.
            watch: Connections to it that are kept for what must always work.
            connect: Opens a connection to the replica.
            most: How many there may be for reads.
            prepare: Turns a query into a statement.
            pooled: Whether another pool stands before the server.
        """
        self.primary, self.watch, self.connect = primary, watch, connect
        self.most, self.prepare, self.pooled = most, prepare, pooled
        self.log = Log()
        self.seats: Seats | None = None
        self.who = self.state = ""
        self.system: Stored = None
        self.timeline: Stored = None
        self.eye: Line | None = None
        self.replayed = -1
        self.behind = MOST_BEHIND
        self.since = self.until = float("-inf")
        # Where the primary's log was when. The clock is this process's, so no two need to agree, and nothing has to be written
        # for it; a server that has come so far has all that was committed before then.
        self.places: deque[tuple[float, int]] = deque(maxlen=round(MOST_BEHIND / LOOK))
        self.reads = self.failures = 0
        self.task: asyncio.Task[None] | None = None

    @property
    def noted(self) -> int:
        """How many writes of this process have ended."""
        return self.log.noted

    @property
    def position(self) -> int:
        """How far a replica has to have come to show all that was written here."""
        return self.log.position

    @property
    def lag(self) -> float:
        """How many seconds ago was the last moment whose every commit is there."""
        return time.monotonic() - self.since

    def reaches(self, position: int) -> bool:
        """Whether it can be read just now by whoever has to see so much."""
        if self.task is None:
            self.task = asyncio.get_running_loop().create_task(self.follow())
        if position > self.replayed or self.eye is None or self.eye.closed:
            return False
        now = time.monotonic()
        return now - self.since < self.behind and now >= self.until

    async def read(self, program: Callable[[], Program[T]]) -> T:
        """Run a program of reads on one snapshot; on the primary's, if this one fails to give it."""
        seats = self.seats
        try:
            if seats is not None:
                async with asyncio.timeout(PATIENCE):
                    value = await seats.read(program)
                self.reads += 1
                return value
        except FAILURES as error:
            self.failures += 1
            self.leave(error)
        return await self.primary.read(program)

    def leave(self, error: Exception) -> None:
        """Leave it alone for a while; connections that hang are closed."""
        self.until = time.monotonic() + PAUSE
        self.say(logging.WARNING, f"left alone: {error or type(error).__name__}")
        if isinstance(error, TimeoutError):
            self.close()

    def say(self, level: int, state: str) -> None:
        """Write down how it is, where that is news."""
        if state != self.state:
            self.state = state
            logger.log(level, "The replica is %s", state)

    def close(self) -> None:
        """Close every connection; what is read on them is read from the primary."""
        self.replayed, self.who = -1, ""
        seats, self.seats = self.seats, None
        for line in [*([self.eye] if self.eye else []), *(seats.pool.lines if seats else ())]:
            line.drop()

    async def follow(self) -> None:
        """Look how far it has come, again and again."""
        while True:
            try:
                async with asyncio.timeout(PATIENCE):
                    await self.place()
                async with asyncio.timeout(PATIENCE):
                    await self.look()
            except Exception as error:  # whatever it is: nobody else looks again, and reads are the primary's meanwhile
                self.leave(error)
                await asyncio.sleep(PAUSE - LOOK)
            await asyncio.sleep(LOOK)

    async def place(self) -> None:
        """Look how far the primary's log has come; where it does not say, the replica is read for as long as it may be."""
        began = time.monotonic()
        with suppress(Exception):
            ((place, self.system, self.timeline),) = await self.watch.once(PLACES, {})
            self.places.append((began, int(place or 0)))

    async def look(self) -> None:
        """Look how far the replica has come."""
        if self.eye is None or self.eye.closed:
            self.replayed = -1
            self.eye = await self.open()
        found = await self.eye.fetch(REPLAYED, ())
        if not found or found[0][0] is None:
            self.close()
            raise Busy("it follows no primary")
        if found[0][1] != self.timeline:
            self.close()
            raise Busy("it is on another timeline")
        self.replayed = int(found[0][0])
        while self.places and self.places[0][1] <= self.replayed:
            self.since = self.places.popleft()[0]
        if time.monotonic() >= self.until:
            self.say(logging.INFO, "read from")

    async def open(self) -> Line:
        """Open the connection that looks; where another server answers now, those to the one before are closed."""
        line, who, system = await self.known()
        if system != self.system:
            line.drop()
            raise Busy("it holds another database")
        if who != self.who:
            self.close()
            self.who, self.seats = who, Seats(Pool(lambda: self.same(who), self.most), self.prepare, pooled=self.pooled)
        return line

    async def same(self, who: str) -> Line:
        """Open a connection to read on, which leads to the very server that is looked at; a name may lead to several."""
        for _ in range(ATTEMPTS):
            line, found, _ = await self.known()
            if found == who and self.eye is not None and not self.eye.closed:
                return line
            line.drop()
        raise Busy("another server answers")

    async def known(self) -> tuple[Line, str, Stored]:
        """Open a connection; gives it with the name of the server's life, which ends when it does, and of its database."""
        line = await self.connect()
        try:
            ((who, system),) = await line.fetch(WHO, ())
        except BaseException:
            line.drop()
            raise
        return line, str(who), system

    async def stop(self) -> None:
        """Look no more, finish what was begun and close every connection."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait([self.task])
        if self.seats is not None:
            await self.seats.stop()
        self.close()
