"""Runs programs on the connections of a pool: reads one by one or together, writes again where two could not both be.

Stands on the pool and the line.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias, TypeVar

from kingpost.contract.codec import Row
from kingpost.plan.query import Query
from kingpost.store.postgres.convoy import Convoy
from kingpost.store.postgres.dialect import together
from kingpost.store.postgres.line import WRITE, Line, PostgresStatement, drive, first, plain
from kingpost.store.postgres.log import Log
from kingpost.store.postgres.pool import MOST_WAITING, PATIENCE, Pool
from kingpost.store.postgres.transaction import ENDED, Session, Transaction, settled
from kingpost.store.protocol import MOST_SECONDS, USUAL_SECONDS, Busy, Clash, Held, Program, Slow, Statement, Values

T = TypeVar("T")
Askers: TypeAlias = list[tuple[Values, asyncio.Future[list[Row]]]]
"""Who asks one statement together: each one's values, and what tells of the answer."""

ATTEMPTS = 8
MOST_TOGETHER = 256
MOST_AWAY = 2
"""How often the same statement is asked at once, each time for several: under load more come together, and each costs less."""
LONG = 0.02
"""Seconds after which those who are away hold up nobody."""
MOST_KNOWN = 10_000
SPARE = 1.0
READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class Seats:
    """A pool, and what is done with it."""

    def __init__(self, pool: Pool, prepare: Callable[[Query], Statement], *, pooled: bool) -> None:
        """Begin.

        Args:
            pool: The connections.
            prepare: Turns a query into a statement.
            pooled: Whether another pool stands before the server, so that only transactions keep their connection.
        """
        self.pool, self.prepared, self.pooled = pool, prepare, pooled
        self.log: Log | None = None  # where the places after writes are noted, if anyone wants to know them
        self.turn = asyncio.Lock()
        self.behind = 0
        self.stopping = False
        # Statements that more statements were asked after, so that all of them need one snapshot.
        self.longer: set[str] = set()
        self.convoy = Convoy(pool, self.keep, self.note)
        self.asked: dict[str, Askers] = {}
        self.away: dict[str, set[object]] = {}
        self.shared: dict[str, str] = {}
        self.tasks: set[asyncio.Task[Any]] = set()

    def prepare(self, query: Query) -> Statement:
        """Turn a query into a statement."""
        return self.prepared(query)

    async def read(self, program: Callable[[], Program[T]]) -> T:
        """Run a program of reads on one snapshot; one that asks a single statement needs no transaction for that."""
        self.going()
        generator = program()
        asks = first(generator)
        if asks is None:
            return await self.within(READ, program)
        statement, values = asks
        assert isinstance(statement, PostgresStatement)
        if statement.free or self.pooled or statement.text in self.longer:
            generator.close()
            return await self.within(READ, program)
        try:
            found = await (self.share(statement, values) if statement.shared else self.once(statement, values))
            generator.send(found)
        except StopIteration as stop:
            answer: T = stop.value
            return answer
        finally:
            generator.close()
        if len(self.longer) >= MOST_KNOWN:
            self.longer.clear()
        self.longer.add(statement.text)
        return await self.within(READ, program)

    async def once(self, statement: PostgresStatement, values: Values) -> list[Row]:
        """Ask one statement, in a transaction of its own."""
        line = await self.pool.take()
        try:
            return await line.ask(statement, values)
        except Exception as error:
            raise plain(error, line.uniques) from error
        except BaseException:
            line.drop()
            raise
        finally:
            self.pool.give(line)

    @property
    def gathered(self) -> int:
        """How many wait to ask together."""
        return sum(map(len, self.asked.values()))

    def share(self, statement: PostgresStatement, values: Values) -> Awaitable[list[Row]]:
        """Ask a statement together with all who ask the same in this turn of the loop, or while enough others are away."""
        loop = asyncio.get_running_loop()
        if self.pool.waiting:
            self.pool.admit(self.gathered)
        done: asyncio.Future[list[Row]] = loop.create_future()
        waiting = self.asked.get(statement.text)
        if waiting is None:
            waiting = self.asked[statement.text] = []
            loop.call_soon(self.leave, statement)
        waiting.append((values, done))
        return done

    def leave(self, statement: PostgresStatement) -> None:
        """Send off those who wait together; while enough are away they wait on, and go with all who come meanwhile."""
        away = self.away.setdefault(statement.text, set())
        if len(away) < MOST_AWAY:
            flight = object()
            away.add(flight)
            self.keep(asyncio.get_running_loop().create_task(self.answer(statement, flight)))

    def back(self, statement: PostgresStatement, flight: object) -> None:
        """Let others go, as some are back, or away for so long that nobody waits for them."""
        away = self.away.get(statement.text, set())
        away.discard(flight)
        if statement.text in self.asked:
            self.leave(statement)
        elif not away:
            self.away.pop(statement.text, None)

    async def answer(self, statement: PostgresStatement, flight: object) -> None:
        """Answer those who wait together as soon as there is a connection, and whoever has come by then."""
        waiting: Askers = []
        timer: asyncio.TimerHandle | None = None
        try:
            line = await self.pool.take()
            waiting = self.board(statement.text)
            timer = asyncio.get_running_loop().call_later(LONG, self.back, statement, flight)
            found = await self.many(line, statement, [values for values, _ in waiting])
            for (_, done), rows in zip(waiting, found, strict=True):
                tell(done, rows)
        except BaseException as error:
            if len(waiting) > 1 and not isinstance(error, Busy | Slow | asyncio.CancelledError):
                for each in waiting:  # one of them has asked for what can not be asked, and is told so alone
                    await self.alone(statement, *each)
            else:
                for _, done in waiting or self.board(statement.text):
                    tell(done, Busy("stopped") if isinstance(error, asyncio.CancelledError) else error)
        finally:
            if timer is not None:
                timer.cancel()
            self.back(statement, flight)

    async def alone(self, statement: PostgresStatement, values: Values, done: "asyncio.Future[list[Row]]") -> None:
        """Answer one of those who went together."""
        try:
            tell(done, await self.once(statement, values))
        except Exception as error:
            tell(done, error)

    def board(self, text: str) -> Askers:
        """Take along those who have waited longest, as many as may go at once; nobody, where others took them all."""
        waiting = self.asked.pop(text, [])
        if len(waiting) > MOST_TOGETHER:
            self.asked[text] = waiting[MOST_TOGETHER:]
        return waiting[:MOST_TOGETHER]

    async def many(self, line: Line, statement: PostgresStatement, asked: list[Values]) -> list[list[Row]]:
        """Ask the same for many, each with its own values, and give what each one is to see; the connection goes back."""
        try:
            if len(asked) <= 1:
                return [await line.ask(statement, values) for values in asked]
            text = self.shared.get(statement.text)
            if text is None:
                if len(self.shared) >= MOST_KNOWN:
                    self.shared.clear()
                types = (await line.prepare(statement.text)).get_parameters()
                text = self.shared[statement.text] = together(statement.shared, [each.name for each in types])
            found = await line.fetch(text, [[values.get(name) for values in asked] for name in statement.names])
        except Exception as error:
            raise plain(error, line.uniques) from error
        except BaseException:
            line.drop()
            raise
        finally:
            self.pool.give(line)
        answers: list[list[Row]] = [[] for _ in asked]
        for row in found:
            answers[int(row[0] or 0) - 1].append(row[1:])
        return answers

    async def write(self, program: Callable[[], Program[T]]) -> T:
        """Run a program in a transaction of its own, which goes on even if whoever asked has gone.

        One that is a single statement may share the transaction with others like it: either all of them are, or this one is
        done again alone, and whatever there is to say of it is said then; to who has gone nothing is, and nothing is written.
        """
        self.going()
        generator = program()
        asks = first(generator)
        if asks is not None and asks[0].sole and not self.pooled:
            row = await self.convoy.join(*asks)
            if row is not None and row[0] is not None:
                try:
                    generator.send([row])
                except StopIteration as stop:
                    answer: T = stop.value
                    return answer
                raise AssertionError("a statement was not the only one")
        generator.close()
        return await settled(self.keep(asyncio.get_running_loop().create_task(self.written(program))))

    async def written(self, program: Callable[[], Program[T]]) -> T:
        """Run a program until it could be committed; those that could not wait for each other."""
        begin = WRITE.format(round(USUAL_SECONDS * 1_000))
        try:
            return await self.within(begin, program)
        except Clash:
            pass
        if self.behind >= MOST_WAITING:
            raise Busy("too many change the same")
        self.behind += 1
        try:
            async with asyncio.timeout(PATIENCE):
                await self.turn.acquire()
        except TimeoutError as error:
            raise Busy("too many change the same") from error
        finally:
            self.behind -= 1
        try:
            for _ in range(ATTEMPTS):
                with suppress(Clash):
                    return await self.within(begin, program)
        finally:
            self.turn.release()
        raise Busy("others were always first")

    async def within(self, begin: str, program: Callable[[], Program[T]]) -> T:
        """Run a program in a transaction."""
        line = await self.pool.take()
        try:
            await line.begin(begin)
            value = await drive(line, program)
            await line.end()
            return value
        except Exception as error:
            if line.within and not line.closed:
                await line.undo()
            raise plain(error, line.uniques) from error
        except BaseException:
            line.drop()
            raise
        finally:
            if begin != READ:
                await self.note(line)
            self.pool.give(line)

    async def note(self, line: Line) -> None:
        """Note the place after what was written, if anyone wants to know it."""
        if self.log is not None:
            await self.log.note(line)

    @asynccontextmanager
    async def transaction(self, seconds: float = USUAL_SECONDS) -> AsyncIterator[Held]:
        """Open a transaction for a block."""
        if not 0 < seconds <= MOST_SECONDS:
            raise ValueError(f"A transaction may take more than no and at most {MOST_SECONDS:g} seconds, not {seconds}")
        self.going()
        try:
            async with asyncio.timeout(seconds):
                line = await self.pool.take(seconds + SPARE)
        except TimeoutError as error:
            raise Busy("no connection was free in time") from error
        session = Session(line, seconds)
        outer = Transaction(session, self.prepared)
        timer = asyncio.get_running_loop().call_later(seconds, outer.expire)
        try:
            try:
                await settled(session.do(lambda line: line.begin(WRITE.format(round(seconds * 1_000)))))
                yield outer
                await outer.free()  # what another task began inside is a part of it
            except BaseException:
                if session.turn.locked():  # nobody waits for what is still being done
                    session.end(RuntimeError(ENDED))
                await self.finish(session)
                raise
            await self.finish(session, commit=True)
        finally:
            timer.cancel()
            outer.close()

    async def finish(self, session: Session, *, commit: bool = False) -> None:
        """End a transaction and give its connection back, even if whoever asked has gone."""

        async def ending() -> None:
            line = session.line
            try:
                if commit:
                    await session.do(session.commit)
            finally:
                if line.within and not line.closed:
                    await line.undo()
                if session.ending or not line.closed:
                    await self.note(line)
                self.pool.give(line)

        await settled(self.keep(asyncio.get_running_loop().create_task(ending())))

    def keep(self, task: "asyncio.Task[T]") -> "asyncio.Task[T]":
        """Hold on to a task until it has ended."""
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def going(self) -> None:
        """Raise `Busy` when the store has stopped, and nothing more begins."""
        if self.stopping:
            raise Busy("the store has stopped")

    async def stop(self) -> None:
        """Finish what was begun, and close every connection."""
        self.stopping = True
        while self.tasks:
            await asyncio.wait(self.tasks)
        await self.pool.stop()


def tell(done: "asyncio.Future[T]", answer: T | BaseException) -> None:
    """Tell whoever waits what has come of it; nobody who has left."""
    if done.done():
        return
    if isinstance(answer, BaseException):
        done.set_exception(answer)
        done.exception()  # seen, so that nothing of it is logged where whoever asked has just gone
    else:
        done.set_result(answer)
