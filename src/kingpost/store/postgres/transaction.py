"""Transactions that stay open while code thinks: each has a connection to itself until it ends or its time is up.

Stands on the line and the store's protocol.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from kingpost.plan.query import Query
from kingpost.store.place import Place
from kingpost.store.postgres.catalog import quote
from kingpost.store.postgres.line import Line, drive, plain
from kingpost.store.protocol import USUAL_SECONDS, Busy, Clash, Conflict, Held, Program, Slow, Statement, Values

T = TypeVar("T")
ENDED = "The transaction is over"


class Session:
    """The work of one transaction on its connection, one piece after another."""

    def __init__(self, line: Line, seconds: float) -> None:
        """Take the connection, for so many seconds from now on."""
        self.line = line
        self.turn = asyncio.Lock()
        self.until = asyncio.get_running_loop().time() + seconds
        self.ending = False
        self.over: BaseException | None = None

    async def do(self, work: Callable[[Line], Awaitable[T]]) -> T:
        """Do a piece of work, after all that was asked before; raises why it is over, if it is."""
        async with self.turn:
            if asyncio.get_running_loop().time() >= self.until:
                self.expire()
            if self.over is not None:
                raise self.over
            try:
                return await work(self.line)
            except Exception as error:
                if self.over is not None:
                    raise self.over from error
                raise plain(error, self.line.uniques) from error

    async def say(self, text: str) -> None:
        """Say something to the server about the transaction itself."""
        await self.do(lambda line: line.connection.execute(text))

    async def commit(self, line: Line) -> None:
        """Commit; from here on the server alone can say whether it was."""
        self.ending = True
        await line.end()

    def expire(self) -> None:
        """Let the time be up, whatever is being done."""
        self.end(Slow("The transaction took too long"))

    def end(self, reason: BaseException) -> None:
        """Let go of the connection for a reason that whoever asks from now on is told; nothing is done.

        One that was to end may be kept, and nobody has said so.
        """
        if self.over is None:
            self.over = Busy("the server has not said whether it is committed") if self.ending else reason
            self.line.drop()


class Transaction(Place):
    """Runs programs in one transaction, or in one savepoint of it."""

    def __init__(self, session: Session, prepare: Callable[[Query], Statement]) -> None:
        """Stand around a session."""
        super().__init__()
        self.session = session
        self.prepared = prepare
        self.closed = False

    def prepare(self, query: Query) -> Statement:
        """Turn a query into a statement."""
        return self.prepared(query)

    async def read(self, program: Callable[[], Program[T]]) -> T:
        """Run a program; it sees what was written."""
        return await self.write(program)

    async def write(self, program: Callable[[], Program[T]]) -> T:
        """Run a program in a savepoint of its own."""
        await self.opened()
        return await settled(self.session.do(lambda line: alone(line, program)))

    @asynccontextmanager
    async def transaction(self, seconds: float = USUAL_SECONDS) -> AsyncIterator[Held]:
        """Open a savepoint for a block; its time is that of the whole."""
        await self.opened()
        inner = self.inside = Transaction(self.session, self.prepared)
        try:
            await settled(self.session.say("SAVEPOINT held"))
            try:
                yield inner
                await inner.free()
            except BaseException:
                self.session.line.free = None
                await settled(self.session.say("ROLLBACK TO held; RELEASE held"))
                raise
            await settled(self.session.say("RELEASE held"))
        finally:
            inner.close()
            if self.inside is inner:
                self.inside = None

    async def opened(self) -> None:
        """Wait until no transaction is open inside; raises `RuntimeError` once the block has ended."""
        await self.free()
        if self.closed:
            raise RuntimeError(ENDED)

    def expire(self) -> None:
        """Let the time be up, and those go on who wait for what is inside."""
        self.session.expire()
        each: Place | None = self
        while each is not None:
            each.over.set()
            each = each.inside

    def close(self) -> None:
        """Take no more programs."""
        self.closed = True
        self.over.set()


async def alone(line: Line, program: Callable[[], Program[T]]) -> T:
    """Run a program within a transaction so that it is undone alone if it fails."""
    await line.connection.execute("SAVEPOINT one")
    try:
        value = await drive(line, program)
    except BaseException:
        if not line.closed:
            line.free = None
            await line.connection.execute("ROLLBACK TO one; RELEASE one")
            if line.met is not None and not await seen(line, *line.met):
                raise Clash("another row has come since the transaction began") from None
        raise
    await line.connection.execute("RELEASE one")
    return value


async def seen(line: Line, conflict: Conflict, values: Values) -> bool:
    """Whether a transaction can see the row that has a new one's unique values; code that looked for it may have missed it."""
    bound = [values.get(f"new.{field}") for field in conflict.fields]
    if not bound or None in bound:
        return True
    same = " AND ".join(f"{quote(field)} = ${at}" for at, field in enumerate(conflict.fields, 1))
    return bool(await line.fetch(f"SELECT 1 FROM {quote(conflict.resource)} WHERE {same} LIMIT 1", bound))


async def settled(work: Awaitable[T]) -> T:
    """Wait for work that goes on even if whoever asked has gone."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda each: each.cancelled() or each.exception())  # or asyncio logs it with its text
    return await asyncio.shield(task)
