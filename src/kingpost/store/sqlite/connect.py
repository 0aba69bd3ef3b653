"""SQLite inside the process: one connection that reads on the event loop and one that writes on a thread.

Short indexed reads cost less than handing them to a thread. Writes are gathered: whatever waits is done in one transaction,
each in a savepoint of its own, and acknowledged only after the commit has reached the disk. A transaction that stays open has
the thread to itself. Stands on the catalog, the SQL and the store's protocol.
"""

import asyncio
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import apsw

from kingpost.contract.model import Contract, Resource
from kingpost.plan.query import Query
from kingpost.store.examined import Examined
from kingpost.store.look import tables
from kingpost.store.place import Place
from kingpost.store.protocol import (
    MOST_SECONDS,
    USUAL_SECONDS,
    Busy,
    Held,
    Load,
    OtherContract,
    Program,
    Replica,
    Statement,
    Values,
)
from kingpost.store.sql import META, render
from kingpost.store.sqlite.catalog import indexes, kept, schema, searches
from kingpost.store.sqlite.dialect import SqliteDialect, searching
from kingpost.store.sqlite.examine import examine, explain
from kingpost.store.sqlite.line import Line, alone, look, plain
from kingpost.store.sqlite.transaction import STEPS, Session, Transaction, answer, settled
from kingpost.store.sqlite.turn import Turn

T = TypeVar("T")
Writing: TypeAlias = tuple[Callable[[], Program[Any]], Future[Any]]
MOST_WAITING = 1_000
MOST_TOGETHER = 64
PATIENCE = 2_000
LONGEST_READ = 0.95
LARGEST = 16 * 1_048_576
MEMORY = ":memory:"


class SqliteStore(Place):
    """Rows in one SQLite file, or in memory."""

    def __init__(self, contract: Contract, path: str) -> None:
        """Open the database, making it when it is new.

        Args:
            contract: What it holds.
            path: A file's path, or `:memory:`.

        Raises:
            OtherContract: The file was made for another contract.
        """
        super().__init__()
        self.contract = contract
        self.dialect = SqliteDialect()
        if path != MEMORY:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.turn = Turn("" if path == MEMORY else f"{path}-turn")
        self.turn.take()  # of several that start at once, one makes the tables
        try:
            self.writer = connect(path)
            fit(self.writer, contract, path)
        finally:
            self.turn.give()
        # A database in memory belongs to its connection, so there reads and writes share it and no thread is needed.
        self.reader = self.writer if path == MEMORY else connect(path)
        self.deadline = float("inf")
        self.longer: set[str] = set()
        # Reads run on the event loop, so none may hold it for long, whatever its rule has to look through.
        self.reader.set_progress_handler(lambda: time.monotonic() > self.deadline, STEPS)
        self.waiting: queue.Queue[Writing | Session | None] = queue.Queue(MOST_WAITING)
        self.thread: threading.Thread | None = None
        self.stopping = self.writing = False
        if path != MEMORY:
            self.thread = threading.Thread(target=self.work, name="kingpost-writer", daemon=True)
            self.thread.start()

    @property
    def first(self) -> Held:
        """The same: nobody waits for a connection that somebody else has."""
        return self

    @property
    def replica(self) -> Replica | None:
        """None: a file is read where it is."""
        return None

    def prepare(self, query: Query) -> Statement:
        """Turn a query into a statement."""
        return render(self.contract, self.dialect, query)

    def tables(self) -> Mapping[str, Statement]:
        """Give what reads every row of each table."""
        return {name: self.prepare(query) for name, query in tables(self.contract, self.dialect.quote).items()}

    async def read(self, program: Callable[[], Program[T]]) -> T:
        """Run a program of reads on one snapshot, within `LONGEST_READ` seconds."""
        if self.inside is not None:
            await self.free()
        self.deadline = time.monotonic() + LONGEST_READ
        try:
            return look(self.reader, program, self.longer)
        except apsw.Error as error:
            raise plain(error) from error
        finally:
            self.deadline = float("inf")

    async def write(self, program: Callable[[], Program[T]]) -> T:
        """Run a program in a transaction of its own."""
        if self.stopping or self.inside is not None:
            await self.going()
        done: Future[T] = Future()
        if self.thread is None:
            together(self.writer, [(program, done)], self.turn)
            return done.result()
        try:
            self.waiting.put_nowait((program, done))
        except queue.Full as error:
            raise Busy("too many writes are waiting") from error
        # The commit goes on even if whoever asked has gone: what is half acknowledged must still be whole.
        return await settled(done)

    def transaction(self, seconds: float = USUAL_SECONDS) -> AbstractAsyncContextManager[Held]:
        """Open a transaction for a block."""
        if not 0 < seconds <= MOST_SECONDS:
            raise ValueError(f"A transaction may take more than no and at most {MOST_SECONDS:g} seconds, not {seconds}")
        return self.hold(Session(self.writer, self.turn, seconds, threaded=self.thread is not None))

    @asynccontextmanager
    async def hold(self, session: Session) -> AsyncIterator[Held]:
        """Have a session begin, and let it end with the block."""
        outer = Transaction(session, self.prepare)
        await self.begin(session, outer)
        timer = asyncio.get_running_loop().call_later(session.seconds, outer.expire)
        try:
            try:
                yield outer
                await outer.free()  # what another task began inside is a part of it
            except BaseException:
                session.leave()
                raise
            await settled(session.commit())
        finally:
            timer.cancel()
            outer.close()
            if self.inside is outer:
                self.inside = None

    async def begin(self, session: Session, outer: Transaction) -> None:
        """Wait until a session has the connection to itself."""
        try:
            async with asyncio.timeout(session.seconds):
                await self.going()
                if self.thread is None:
                    self.inside = outer
                    session.begin()
                else:
                    self.waiting.put_nowait(session)
                await answer(session.began)
        except (TimeoutError, queue.Full) as error:
            session.leave()
            raise Busy("too many writes are waiting") from error
        except BaseException:
            session.leave()
            raise

    async def going(self) -> None:
        """Wait for what is open in memory; raises `Busy` when the store has stopped, and nothing more begins."""
        if not self.stopping:
            await self.free()
        if self.stopping:
            raise Busy("the store has stopped")

    async def examine(self, query: Query, values: Values) -> Examined:
        """Run a query and measure what it does."""
        return examine(self.reader, self.contract, query, values)

    async def explain(self, query: Query, values: Values) -> tuple[str, ...]:
        """Give SQLite's account of how it would run a query."""
        return explain(self.reader, self.prepare(query), values)

    async def healthy(self) -> bool:
        """Whether it reads within `LONGEST_READ` seconds, is not stopping, and its thread lives."""
        if self.stopping or not (self.thread is None or self.thread.is_alive()):
            return False
        began = time.monotonic()
        try:
            found = self.reader.execute(f"SELECT 1 FROM {META} WHERE name = 'kept'").fetchall()
        except apsw.Error:
            return False
        return bool(found) and time.monotonic() - began < LONGEST_READ

    def load(self) -> Load:
        """Say what it has to do; the one who reads does so on the event loop, and so never while somebody looks."""
        lines = {id(line): line for line in (self.reader, self.writer)}.values()
        return Load(self.waiting.qsize(), len(lines), int(self.writing), sum(line.done for line in lines))

    async def stop(self) -> None:
        """Finish the writes that wait and close; whatever comes later is refused."""
        self.stopping = True
        await self.free()
        if self.thread is not None:
            await asyncio.to_thread(self.waiting.put, None)
            await asyncio.to_thread(self.thread.join)
            self.reader.close()
        self.writer.close()
        self.turn.leave()

    def work(self) -> None:
        """Write, on the thread, whatever waits, together."""
        going = True
        while going:
            batch = [self.waiting.get()]
            while len(batch) < MOST_TOGETHER and isinstance(batch[-1], tuple):
                try:
                    batch.append(self.waiting.get_nowait())
                except queue.Empty:
                    break
            last, programs = batch[-1], [each for each in batch if isinstance(each, tuple)]
            going = last is not None
            self.writing = True
            if programs:
                together(self.writer, programs, self.turn)
            if isinstance(last, Session):
                last.serve()
            self.writing = False


def connect(path: str) -> Line:
    """Open a connection with the settings that keep promises."""
    connection = Line(path, statementcachesize=500)
    connection.set_busy_timeout(PATIENCE)
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "trusted_schema = OFF",
        "temp_store = MEMORY",
        "cell_size_check = ON",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0)
    # No plan may hang on a value. Without this, SQLite looks at values while it plans an order, and prepares anew for others.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    connection.limit(apsw.SQLITE_LIMIT_ATTACHED, 0)
    connection.limit(apsw.SQLITE_LIMIT_LENGTH, LARGEST)  # no time limit is looked at while one function makes a value
    return connection


def fit(connection: apsw.Connection, contract: Contract, path: str) -> None:
    """Make an empty database fit the contract; refuse one whose rows were made for another.

    Indexes that rules and lists ask for, and what searches need, are made and dropped as they change; nothing in a row
    depends on them.
    """
    with connection:
        if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (META,)).fetchall():
            for statement in schema(contract):
                connection.execute(statement)
            connection.execute(f"INSERT INTO {META} VALUES ('kept', ?)", (kept(contract),))
        made = connection.execute(f"SELECT value FROM {META} WHERE name = 'kept'").fetchall()
        if made != [(kept(contract),)]:
            raise OtherContract(
                f"The database {path} was made for other fields than this app has now. "
                "This release does not migrate yet: move the file away (or set DATABASE_URL) and start again."
            )
        text = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
        there, wanted = {str(name): sql for name, sql in connection.execute(text).fetchall()}, indexes(contract)
        for name, made_by in there.items():
            if wanted.get(name) != made_by:
                connection.execute(f'DROP INDEX "{name}"')
        for name, makes in wanted.items():
            if there.get(name) != makes:
                connection.execute(makes)
        for resource in contract.resources:
            fit_search(connection, resource)


def fit_search(connection: apsw.Connection, resource: Resource) -> None:
    """Make what a resource is searched in, anew where its declaration has changed, or drop what is searched no longer."""
    wanted, name = searches(resource), searching(resource)
    text = "SELECT name, sql, type FROM sqlite_schema WHERE tbl_name IN (?, ?) AND type IN ('table', 'trigger') AND name GLOB ?"
    found = connection.execute(text, (name, resource.name, f"{name}*")).fetchall()
    if {str(each): sql for each, sql, _ in found} == wanted:
        return
    for each, _, kind in sorted(found, key=lambda row: row[2] == "table"):
        connection.execute(f'DROP {kind} "{each}"')
    for makes in wanted.values():
        connection.execute(makes)
    if wanted:
        connection.execute(f'INSERT INTO "{name}" ("{name}") VALUES (\'rebuild\')')


def together(connection: Line, batch: list[Writing], turn: Turn) -> None:
    """Run programs in one transaction, each undone alone if it fails, and answer when the commit is on disk."""
    outcomes: list[tuple[Future[Any], object, BaseException | None]] = []
    try:
        turn.take()
        connection.execute("BEGIN IMMEDIATE")
        for program, done in batch:
            outcomes.append((done, *alone(connection, program)))
        connection.execute("COMMIT")
    except BaseException as error:
        # A full disk or a broken commit undoes every program of the batch, whatever each of them thought. If even that
        # fails, the next batch can not begin and tries again.
        if connection.in_transaction:
            with suppress(apsw.Error):
                connection.execute("ROLLBACK")
        outcomes = [(done, None, plain(error)) for _, done in batch]
    turn.give()
    for done, value, failure in outcomes:
        if failure is None:
            done.set_result(value)
        else:
            done.set_exception(failure)
