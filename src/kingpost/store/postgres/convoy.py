"""New rows of different callers, written in one transaction: whoever comes while one is under way goes with the next.

Takes statements that are all of a write, gives the row of each. Stands on the pool and the line.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import asyncpg

from kingpost.contract.codec import Row
from kingpost.store.postgres.line import Line, gone, plain
from kingpost.store.postgres.pool import MOST_WAITING, Pool
from kingpost.store.protocol import USUAL_SECONDS, Busy, Statement, Values

Passengers: TypeAlias = list[tuple[list[object], asyncio.Future[Row | None]]]
"""Who waits for one statement: each one's values, and what tells of its row."""

MOST_TOGETHER = 64
LONG = 0.02
WRITE = "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL statement_timeout = {}"
"""Nothing that a program has read may have changed when it is committed (Cahill, Roehm and Fekete: Serializable isolation for
snapshot databases, 2008)."""
BRIEF = f"{WRITE.format(round(USUAL_SECONDS * 1_000))}; SET LOCAL lock_timeout = 50"
"""What one of them alone would have to wait for is not for all to wait for."""


class Convoy:
    """The statements that wait to be written together, by their text."""

    def __init__(
        self,
        pool: Pool,
        keep: Callable[["asyncio.Task[Any]"], object],
        note: Callable[[Line], Awaitable[None]],
    ) -> None:
        """Begin with none.

        Args:
            pool: The connections.
            keep: Holds on to what is under way.
            note: Is told of a connection on which a write has ended.
        """
        self.pool, self.keep, self.note = pool, keep, note
        self.waiting: dict[str, Passengers] = {}

    def join(self, statement: Statement, values: Values) -> "asyncio.Future[Row | None]":
        """Go with the next transaction.

        Args:
            statement: All of a write.
            values: What it is for.

        Returns:
            What tells of its row, or of None where nothing was done and it is to be tried alone.

        Raises:
            Busy: Too many wait.
        """
        loop = asyncio.get_running_loop()
        waiting = self.waiting.get(statement.text)
        if waiting is None:
            waiting = self.start(statement.text, [])
        elif len(waiting) >= MOST_WAITING:
            raise Busy("too many wait to write")
        done: asyncio.Future[Row | None] = loop.create_future()
        waiting.append(([values.get(name) for name in statement.names], done))
        return done

    def start(self, text: str, waiting: Passengers) -> Passengers:
        """Let those who wait for a statement, and whoever joins them, go as soon as there is a connection."""
        self.waiting[text] = waiting
        self.keep(asyncio.get_running_loop().create_task(self.go(text, waiting)))
        return waiting

    def overtake(self, text: str, waiting: Passengers) -> None:
        """Let those who wait for a transaction that takes long go without it, on another connection."""
        if self.waiting.get(text) is waiting:
            del self.waiting[text]
            if waiting:
                self.start(text, [*waiting])
                waiting.clear()

    async def go(self, text: str, waiting: Passengers) -> None:
        """Take along whoever waits until nobody does."""
        try:
            while waiting:
                line = await self.pool.take()
                those = waiting[:MOST_TOGETHER]
                del waiting[:MOST_TOGETHER]
                timer = asyncio.get_running_loop().call_later(LONG, self.overtake, text, waiting)
                try:
                    await self.carry(line, text, those)
                finally:
                    timer.cancel()
                    self.pool.give(line)
                    tell(those, Busy("stopped"))  # where it has come to nothing else
        except Busy as error:
            tell(waiting, error)
        finally:
            if self.waiting.get(text) is waiting:
                del self.waiting[text]
            tell(waiting, Busy("stopped"))

    @property
    def behind(self) -> int:
        """How many wait for those under way."""
        return sum(map(len, self.waiting.values()))

    async def carry(self, line: Line, text: str, those: Passengers) -> None:
        """Write for some in one transaction, and tell each when it has ended and is noted."""
        problem: BaseException | None = None
        found: list[Row] | list[None] = [None] * len(those)
        try:
            await line.begin(BRIEF)
            rows = await line.many(text, [values for values, _ in those])
            await line.end()
            found = rows
        except Exception as error:
            if line.within and not line.closed:
                await line.undo()
            problem = None if refused(error, len(those)) else plain(error, line.uniques)
        except BaseException:
            line.drop()
            raise
        await self.note(line)
        if problem is not None:
            tell(those, problem)
            return
        for (_, done), row in zip(those, found, strict=True):
            if not done.done():
                done.set_result(row)


def refused(error: Exception, many: int) -> bool:
    """Whether the server has said that nothing is done, for a reason that might not hold for one of many, or another time."""
    if gone(error) or not isinstance(error, asyncpg.PostgresError):
        return False
    brief = asyncpg.SerializationError | asyncpg.DeadlockDetectedError | asyncpg.LockNotAvailableError
    return many > 1 or isinstance(error, brief)


def tell(those: Passengers, error: BaseException) -> None:
    """Tell all who wait still why nothing came of it."""
    for _, done in those:
        if not done.done():
            done.set_exception(error)
