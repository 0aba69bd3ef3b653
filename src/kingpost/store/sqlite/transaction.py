"""Transactions that stay open while code thinks: the connection that writes is theirs until they end or their time is up.

A session does the work on the connection, one piece after another: on the thread that writes, or in memory wherever it is
asked. Around it stands what programs are run on. Stands on the connection and the store's protocol.
"""

import asyncio
import queue
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias, TypeVar

import apsw

from kingpost.plan.query import Query
from kingpost.store.place import Place
from kingpost.store.protocol import USUAL_SECONDS, Held, Program, Slow, Statement
from kingpost.store.sqlite.line import Line, alone, plain
from kingpost.store.sqlite.turn import Turn

T = TypeVar("T")
Work: TypeAlias = Callable[[Line], tuple[Any, BaseException | None]]
"""Gives an answer or why there is none; what it raises ends the whole transaction."""

STEPS = 10_000
LIMIT = "transaction"
ENDED = "The transaction is over"


class Session:
    """The work of one transaction on its connection."""

    def __init__(self, line: Line, turn: Turn, seconds: float, *, threaded: bool) -> None:
        """Prepare.

        Args:
            line: The connection that writes.
            turn: Whose turn it is to write.
            seconds: How long the transaction may take.
            threaded: Whether a thread has the connection and is to `serve` this; else the work is done where it is asked.
        """
        self.line, self.turn, self.seconds, self.threaded = line, turn, seconds, threaded
        self.began: Future[None] = Future()
        self.asked: queue.SimpleQueue[tuple[Work, Future[Any]]] = queue.SimpleQueue()
        self.until = float("inf")
        self.reason: BaseException = Slow("The transaction took too long")
        self.over: BaseException | None = None
        self.open = False

    def begin(self) -> None:
        """Begin, unless whoever asked has gone."""
        try:
            self.turn.take()
            self.line.execute("BEGIN IMMEDIATE")
            self.open = True
            self.line.set_progress_handler(lambda: time.monotonic() >= self.until, STEPS, id=LIMIT)
        except BaseException as error:
            self.end(plain(error))
        if not self.began.set_running_or_notify_cancel():
            self.end(RuntimeError(ENDED))
        elif self.over is not None:
            self.began.set_exception(self.over)
        else:
            self.until = time.monotonic() + self.seconds
            self.began.set_result(None)

    def ask(self, work: Work) -> Future[Any]:
        """Have work done after all that was asked before."""
        done: Future[Any] = Future()
        if not self.threaded:
            self.perform(work, done)
            return done
        self.asked.put((work, done))
        if self.over is not None:
            self.refuse()
        return done

    def perform(self, work: Work, done: Future[Any]) -> None:
        """Do one piece of work, unless the transaction is over or whoever asked has gone."""
        if not done.set_running_or_notify_cancel():
            return
        try:
            if self.over is None and time.monotonic() >= self.until:
                self.end(self.reason)
            if self.over is not None:
                raise self.over
            value, failure = work(self.line)
        except BaseException as error:
            failure = plain(error)
            if self.over is None:
                self.end(failure)
        if failure is None:
            done.set_result(value)
        else:
            done.set_exception(failure)

    def end(self, reason: BaseException) -> None:
        """Let go of the connection for a reason that whoever asks from now on is told; what is not committed is undone."""
        self.over = reason
        if self.open:  # before that, the connection is someone else's
            self.line.set_progress_handler(None, id=LIMIT)
            if self.line.in_transaction:
                with suppress(apsw.Error):  # if even that fails, the next transaction can not begin and tries again
                    self.line.execute("ROLLBACK")
        self.turn.give()

    def commit(self) -> Future[Any]:
        """Have everything committed."""
        return self.ask(self.committed)

    def committed(self, line: Line) -> tuple[None, None]:
        """Commit."""
        line.execute("COMMIT")
        self.end(RuntimeError(ENDED))
        return None, None

    def leave(self) -> None:
        """Have everything undone, what is being done at this moment included."""
        self.reason = RuntimeError(ENDED)
        self.expire()

    def expire(self) -> None:
        """Let the time be up."""
        self.until = 0.0
        self.ask(lambda line: (None, None))

    def serve(self) -> None:
        """Do the work on the thread that the connection belongs to, until the transaction has ended."""
        self.begin()
        while self.over is None:
            try:
                work, done = self.asked.get(timeout=max(0.0, self.until - time.monotonic()))
            except queue.Empty:
                self.end(self.reason)
            else:
                self.perform(work, done)
        self.refuse()

    def refuse(self) -> None:
        """Tell those whose work was asked too late; whichever thread comes first does."""
        with suppress(queue.Empty):
            while True:
                self.perform(*self.asked.get_nowait())


class Transaction(Place):
    """Runs programs in one transaction, or in one savepoint of it."""

    def __init__(self, session: Session, prepare: Callable[[Query], Statement]) -> None:
        """Stand around a session that has begun or is about to."""
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
        await self.free()
        if self.closed:
            raise RuntimeError(ENDED)
        return await answer(self.session.ask(lambda line: alone(line, program)))

    @asynccontextmanager
    async def transaction(self, seconds: float = USUAL_SECONDS) -> AsyncIterator[Held]:
        """Open a savepoint for a block; its time is that of the whole."""
        await self.free()
        if self.closed:
            raise RuntimeError(ENDED)
        inner = self.inside = Transaction(self.session, self.prepared)
        try:
            opened = self.session.ask(savepoint)
            try:
                await settled(opened)
                yield inner
                await inner.free()
            except BaseException:
                self.session.ask(undone)  # in its order, so there is no need to wait for it
                raise
            await settled(self.session.ask(kept))
        finally:
            inner.close()
            if self.inside is inner:
                self.inside = None

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


async def answer(done: Future[T]) -> T:
    """Wait for work, which is not begun any more if whoever asked has gone; in memory it is done already."""
    return done.result() if done.done() else await asyncio.wrap_future(done)


async def settled(done: Future[T]) -> T:
    """Wait for work that goes on even if whoever asked has gone."""
    if done.done():
        return done.result()
    waiting = asyncio.wrap_future(done)
    waiting.add_done_callback(lambda each: each.cancelled() or each.exception())  # or asyncio logs it with its text
    return await asyncio.shield(waiting)


def savepoint(line: Line) -> tuple[None, None]:
    """Open a savepoint."""
    line.execute("SAVEPOINT held")
    return None, None


def kept(line: Line) -> tuple[None, None]:
    """Keep what was done since the savepoint."""
    line.execute("RELEASE held")
    return None, None


def undone(line: Line) -> tuple[None, None]:
    """Undo what was done since the savepoint."""
    line.execute("ROLLBACK TO held")
    return kept(line)
