"""The connections of one event loop: few, kept open, and taken in turns.

asyncpg's own pool asks the server to reset a connection at every return, which costs more than a read does; here a connection
that was not left clean is closed. Stands on the line.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

from kingpost.store.postgres.line import Line, plain
from kingpost.store.protocol import Busy

PATIENCE = 2.0
MOST_WAITING = 1_000
IDLE = 30.0


class Pool:
    """Connections that are free, and whoever waits for one."""

    def __init__(self, connect: Callable[[], Awaitable[Line]], most: int) -> None:
        """Begin with none.

        Args:
            connect: Opens one.
            most: How many there may be.
        """
        self.connect, self.most = connect, most
        self.free: list[Line] = []
        self.lines: set[Line] = set()
        self.opening = 0
        self.asked = 0
        self.waiting: deque[asyncio.Future[None]] = deque()
        self.sweeper: asyncio.TimerHandle | None = None

    @property
    def busy(self) -> int:
        """How many are in use."""
        return len(self.lines) - len(self.free)

    @property
    def done(self) -> int:
        """How many statements were asked."""
        return self.asked + sum(line.done for line in self.lines)

    async def take(self) -> Line:
        """Give a connection, which whoever takes it gives back.

        Returns:
            One that nobody else has.

        Raises:
            Busy: None was free in time, or the server can not be reached.
        """
        while self.free:
            line = self.free.pop()
            if not line.closed:
                return line
            self.forget(line)
        if len(self.lines) + self.opening < self.most:
            return await self.open()
        if len(self.waiting) >= MOST_WAITING:
            raise Busy("too many wait for a connection")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        try:
            async with asyncio.timeout(PATIENCE):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self.wake()  # it was our turn, and somebody else can have it
            else:
                self.waiting.remove(turn)
            if isinstance(error, TimeoutError):
                raise Busy("no connection was free in time") from error
            raise
        return await self.take()

    async def open(self) -> Line:
        """Open one more."""
        self.opening += 1
        try:
            line = await self.connect()
        except Exception as error:
            self.wake()
            raise plain(error, {}) from error
        finally:
            self.opening -= 1
        self.lines.add(line)
        return line

    def give(self, line: Line) -> None:
        """Take a connection back; one that was left within a transaction is closed."""
        if line.within:
            line.drop()
        if line.closed:
            self.forget(line)
        else:
            loop = asyncio.get_running_loop()
            line.since = loop.time()
            self.free.append(line)
            if self.sweeper is None:
                self.sweeper = loop.call_later(IDLE, self.sweep)
        self.wake()

    def forget(self, line: Line) -> None:
        """Count a connection no longer."""
        self.lines.discard(line)
        self.asked += line.done

    def wake(self) -> None:
        """Let the next one go on who waits."""
        while self.waiting:
            turn = self.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def sweep(self) -> None:
        """Close what nobody has used for a while."""
        loop = asyncio.get_running_loop()
        kept = [line for line in self.free if loop.time() - line.since < IDLE and not line.closed]
        for line in {*self.free} - {*kept}:
            self.forget(line)
            line.drop()
        self.free = kept
        self.sweeper = loop.call_later(IDLE, self.sweep) if self.free else None

    async def stop(self) -> None:
        """Close every connection."""
        if self.sweeper is not None:
            self.sweeper.cancel()
        for line in [*self.lines]:
            self.forget(line)
            with suppress(Exception):
                await line.connection.close(timeout=1)
            line.drop()
        self.free = []
