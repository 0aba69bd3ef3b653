"""The connections of one event loop: few, kept open, and taken in the order in which they were asked for.

asyncpg's own pool asks the server to reset a connection at every return, which costs more than a read does; here a connection
that was not left clean is closed. Stands on the line.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

from kingpost.store.postgres.line import Line
from kingpost.store.protocol import Busy

logger = logging.getLogger("kingpost.store")
PATIENCE = 2.0
MOST_WAITING = 1_000
STUCK = 0.5
LONGEST_USE = 4.0
IDLE = 30.0
SWEEP = 0.5


class Pool:
    """Connections that are free, and whoever waits for one."""

    def __init__(self, connect: Callable[[], Awaitable[Line]], most: int) -> None:
        """Begin with none.

        Args:
            connect: Opens one, within a time of its own.
            most: How many there may be.
        """
        self.connect, self.most = connect, most
        self.free: list[Line] = []
        self.lines: set[Line] = set()
        self.asked = 0
        self.waiting: deque[tuple[float, asyncio.Future[Line]]] = deque()  # since when, and what tells of a connection
        self.opening: set[asyncio.Task[None]] = set()
        self.closing: set[asyncio.Task[None]] = set()
        self.sweeper: asyncio.TimerHandle | None = None
        self.given = asyncio.Event()
        self.lost = self.stopped = False

    @property
    def busy(self) -> int:
        """How many are in use."""
        return len(self.lines) - len(self.free)

    @property
    def done(self) -> int:
        """How many statements were asked."""
        return self.asked + sum(line.done for line in self.lines)

    async def take(self, seconds: float = LONGEST_USE) -> Line:
        """Give a connection, which whoever takes it gives back.

        Args:
            seconds: For how long; then it is closed, whatever is being done, as if the server had gone.

        Returns:
            One that nobody else has.

        Raises:
            Busy: None was free in time, or the server can not be reached.
        """
        while self.free:
            line = self.free.pop()
            if not line.closed:
                line.age, line.most = 0.0, seconds
                return line
            self.forget(line)
        line = await self.wait()
        line.most = seconds
        return line

    async def wait(self) -> Line:
        """Wait for a turn: whoever came first is handed the next connection that is given back, or that is opened."""
        if self.stopped:
            raise Busy("the store has stopped")
        loop = asyncio.get_running_loop()
        self.admit()
        since = loop.time()
        turn: asyncio.Future[Line] = loop.create_future()
        self.waiting.append((since, turn))
        timer = loop.call_later(PATIENCE, self.deny, turn)
        self.grow()
        try:
            return await turn
        except BaseException:
            self.given.set()
            if not turn.cancelled() and turn.exception() is None:
                self.give(turn.result())  # it was handed over at the moment in which whoever waited left
            else:
                with suppress(ValueError):  # or it was passed over already
                    self.waiting.remove((since, turn))
            raise
        finally:
            timer.cancel()

    def admit(self, behind: int = 0) -> None:
        """Let one more wait, behind so many who go with those in the queue; raises `Busy` where there are enough.

        Where who is first has waited for long, and none is being opened, connections are not given back soon: then only few
        more may wait, so that whoever needs none of them finds room in this process.
        """
        now = asyncio.get_running_loop().time()
        stuck = self.waiting and not self.opening and now - self.waiting[0][0] >= STUCK
        if len(self.waiting) + behind >= (self.most if stuck else MOST_WAITING):
            raise Busy("too many wait for a connection")

    def deny(self, turn: "asyncio.Future[Line]") -> None:
        """Tell whoever has waited for too long."""
        if not turn.done():
            turn.set_exception(Busy("no connection was free in time"))

    def grow(self) -> None:
        """Open connections for those who wait, if there may be more."""
        while len(self.opening) < min(len(self.waiting), self.most - len(self.lines)):
            task = asyncio.get_running_loop().create_task(self.open())
            self.opening.add(task)
            task.add_done_callback(self.opening.discard)

    async def open(self) -> None:
        """Open one more; it is for whoever is first when it is there, and not lost if the one who came for it has gone."""
        task = asyncio.current_task()
        assert task is not None
        try:
            line = await self.connect()
        except Exception as error:
            self.opening.discard(task)
            self.refuse(error)
            return
        if self.lost:
            logger.warning("The database can be reached again")
        self.lost = False
        self.opening.discard(task)
        self.lines.add(line)
        self.give(line)

    def refuse(self, error: Exception) -> None:
        """Tell those who wait that no connection can be opened; while there are others they wait for those."""
        if not self.lost:
            logger.warning("No connection to the database: %s", str(error) or type(error).__name__)
        self.lost = True
        while self.waiting and not self.lines and not self.opening:
            _, turn = self.waiting.popleft()
            if not turn.done():
                turn.set_exception(Busy("the database can not be reached"))

    def give(self, line: Line) -> None:
        """Take a connection back; one that was left within a transaction is closed."""
        self.given.set()
        if not line.clean:
            line.drop()
        if line.closed:
            self.forget(line)
            self.grow()
            return
        line.age, line.most = 0.0, LONGEST_USE
        while self.waiting:
            _, turn = self.waiting.popleft()
            if not turn.done():
                turn.set_result(line)
                return
        self.free.append(line)
        if self.sweeper is None:
            self.sweeper = asyncio.get_running_loop().call_later(SWEEP, self.tick)

    def forget(self, line: Line) -> None:
        """Count a connection no longer."""
        if line in self.lines:
            self.lines.discard(line)
            self.asked += line.done

    def tick(self) -> None:
        """Look at all connections now and then, as long as there are any."""
        self.sweep(SWEEP)
        self.sweeper = asyncio.get_running_loop().call_later(SWEEP, self.tick) if self.lines else None

    def sweep(self, seconds: float) -> None:
        """Close what nobody has used for a while, and what has been in use for too long.

        Args:
            seconds: How much time has passed: an event loop that was held up has not let it pass.
        """
        free = {*self.free}
        for line in [*self.lines]:
            line.age += seconds
            if line not in free and line.age >= line.most:
                line.drop()  # whoever has it gives it back
            elif line in free and (line.age >= IDLE or line.closed):
                self.free.remove(line)
                self.forget(line)
                task = asyncio.get_running_loop().create_task(line.leave())
                self.closing.add(task)
                task.add_done_callback(self.closing.discard)

    async def stop(self) -> None:
        """Wait until nobody uses a connection or waits for one, and close all."""
        while self.busy or self.waiting:
            self.given.clear()
            await self.given.wait()
        self.stopped = True
        if self.sweeper is not None:
            self.sweeper.cancel()
        for task in self.opening:
            task.cancel()
        lines = [*self.lines]
        self.free = []
        for line in lines:
            self.forget(line)
        await asyncio.gather(*(line.leave() for line in lines), *self.closing, *self.opening, return_exceptions=True)
