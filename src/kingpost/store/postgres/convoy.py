"""New rows of different callers, written in one transaction: whoever comes while one is under way goes with the next.

Takes statements that are all of a write, gives the row of each. Stands on the pool and the line.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import asyncpg

from kingpost.contract.codec import Row
from kingpost.store.postgres.line import WRITE, Line, gone, plain
from kingpost.store.postgres.pool import PATIENCE, Pool
from kingpost.store.protocol import USUAL_SECONDS, Busy, Statement, Values

Passengers: TypeAlias = list[tuple[float, list[object], asyncio.Future[Row | None]]]
"""Who waits for one statement: since when, with which values, and what tells of its row."""

MOST_TOGETHER = 64
MOST_KNOWN = 10_000
LONG = 0.02
BRIEF = f"{WRITE.format(round(USUAL_SECONDS * 1_000))}; SET LOCAL lock_timeout = 50"
"""What one of them alone would have to wait for is not for all to wait for."""
BRIEFLY = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
)
"""What the server refuses because of others or for want of time, and not for what was asked."""


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
        self.pace: dict[str, int] = {}  # how many of a statement go together, so that none holds the others up for long

    @property
    def behind(self) -> int:
        """How many wait for those under way."""
        return sum(map(len, self.waiting.values()))

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
        self.pool.admit(self.behind)
        waiting = self.waiting.get(statement.text)
        if waiting is None:
            waiting = self.start(statement.text, [])
        done: asyncio.Future[Row | None] = loop.create_future()
        waiting.append((loop.time(), [values.get(name) for name in statement.names], done))
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
                since = asyncio.get_running_loop().time() - PATIENCE
                late = [each for each in waiting if each[0] < since]
                del waiting[: len(late)]
                tell(late, Busy("too many wait to write"))
                many = self.pace.get(text, 1)
                those = waiting[:many]
                del waiting[:many]
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

    async def carry(self, line: Line, text: str, those: Passengers) -> None:
        """Write for some in one transaction, and tell each when it has ended and is noted."""
        each = [values for _, values, _ in those]
        found = await self.attempt(line, text, each)
        if isinstance(found, asyncpg.SerializationError) and len(those) > 1:
            found = await self.attempt(line, text, each)  # together once more costs less than one by one
        await self.note(line)
        if isinstance(found, list):
            settle(those, found)
        elif isinstance(found, BRIEFLY):
            settle(those, [None] * len(those))
        elif len(those) == 1 or gone(found) or not isinstance(found, asyncpg.PostgresError):
            tell(those, plain(found, line.uniques))
        else:  # for one of them, most likely, and nothing is done for any
            half = len(those) // 2
            await self.carry(line, text, those[:half])
            await self.carry(line, text, those[half:])

    async def attempt(self, line: Line, text: str, each: list[list[object]]) -> list[Row] | Exception:
        """Write for some in one transaction; gives the reason where nothing came of it."""
        loop = asyncio.get_running_loop()
        try:
            await line.begin(BRIEF)
            began = loop.time()
            found = await line.many(text, each)
            if len(found) != len(each):
                raise RuntimeError("A statement gave other than one row for each")
            fast = loop.time() - began < LONG
            await line.end()
        except Exception as error:
            if isinstance(error, BRIEFLY) or gone(error):
                self.pace[text] = max(len(each) // 2, 1)
            if line.within and not line.closed:
                await line.undo()
            return error
        except BaseException:
            line.drop()
            raise
        if len(self.pace) >= MOST_KNOWN:
            self.pace.clear()
        many = len(each)
        self.pace[text] = min(max(self.pace.get(text, 1), many * 2), MOST_TOGETHER) if fast else max(many // 2, 1)
        return found


def settle(those: Passengers, rows: Sequence[Row | None]) -> None:
    """Give each the row that came of it, or None where it is to be tried alone."""
    for (_, _, done), row in zip(those, rows, strict=True):
        if not done.done():
            done.set_result(row)


def tell(those: Passengers, error: BaseException) -> None:
    """Tell all who wait still why nothing came of it."""
    for _, _, done in those:
        if not done.done():
            done.set_exception(error)
            done.exception()  # seen, so that nothing of it is logged where whoever asked has just gone
