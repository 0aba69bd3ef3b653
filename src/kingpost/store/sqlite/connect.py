"""SQLite inside the process: one connection that reads on the event loop and one that writes on a thread.

Short indexed reads cost less than handing them to a thread. Writes are gathered: whatever waits is done in one transaction,
each in a savepoint of its own, and acknowledged only after the commit has reached the disk. Stands on the catalog,
the SQL and the store's protocol.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import apsw

from kingpost.contract.codec import Row
from kingpost.contract.model import Contract
from kingpost.plan.query import Query
from kingpost.store.protocol import Busy, Conflict, Full, Program, Slow, Statement
from kingpost.store.sql import render
from kingpost.store.sqlite.catalog import META, indexes, kept, schema
from kingpost.store.sqlite.dialect import SqliteDialect

T = TypeVar("T")
MOST_WAITING = 1_000
MOST_TOGETHER = 64
PATIENCE = 2_000
LONGEST_READ = 0.95
STEPS = 10_000
MEMORY = ":memory:"


class OtherContract(Exception):
    """The database was made for another contract."""


class SqliteStore:
    """Rows in one SQLite file, or in memory."""

    def __init__(self, contract: Contract, path: str) -> None:
        """Open the database, making it when it is new.

        Args:
            contract: What it holds.
            path: A file's path, or `:memory:`.

        Raises:
            OtherContract: The file was made for another contract.
        """
        self.contract = contract
        self.dialect = SqliteDialect()
        if path != MEMORY:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.writer = connect(path)
        fit(self.writer, contract, path)
        # A database in memory belongs to its connection, so there reads and writes share it and no thread is needed.
        self.reader = self.writer if path == MEMORY else connect(path)
        self.deadline = float("inf")
        # Reads run on the event loop, so none may hold it for long, whatever its rule has to look through.
        self.reader.set_progress_handler(lambda: time.monotonic() > self.deadline, STEPS)
        self.waiting: queue.Queue[tuple[Callable[[], Program[Any]], Future[Any]] | None] = queue.Queue(MOST_WAITING)
        self.thread: threading.Thread | None = None
        self.stopping = False
        if path != MEMORY:
            self.thread = threading.Thread(target=self.work, name="kingpost-writer", daemon=True)
            self.thread.start()

    def prepare(self, query: Query) -> Statement:
        """Turn a query into a statement."""
        return render(self.contract, self.dialect, query)

    async def read(self, program: Callable[[], Program[T]]) -> T:
        """Run a program of reads on one snapshot, within `LONGEST_READ` seconds."""
        self.reader.execute("SAVEPOINT reading")
        self.deadline = time.monotonic() + LONGEST_READ
        try:
            return drive(self.reader, program)
        except apsw.Error as error:
            raise plain(error) from error
        finally:
            self.deadline = float("inf")
            self.reader.execute("RELEASE reading")

    async def write(self, program: Callable[[], Program[T]]) -> T:
        """Run a program in a transaction of its own."""
        if self.stopping:
            raise Busy("the store has stopped")
        done: Future[T] = Future()
        if self.thread is None:
            together(self.writer, [(program, done)])
            return done.result()
        try:
            self.waiting.put_nowait((program, done))
        except queue.Full as error:
            raise Busy("too many writes are waiting") from error
        # The commit goes on even if whoever asked has gone: what is half acknowledged must still be whole.
        return await asyncio.shield(asyncio.wrap_future(done))

    async def stop(self) -> None:
        """Finish the writes that wait and close; whatever comes later is refused."""
        self.stopping = True
        if self.thread is not None:
            await asyncio.to_thread(self.waiting.put, None)
            await asyncio.to_thread(self.thread.join)
            self.reader.close()
        self.writer.close()

    def work(self) -> None:
        """Write, on the thread, whatever waits, together."""
        going = True
        while going:
            batch = [self.waiting.get()]
            while len(batch) < MOST_TOGETHER and batch[-1] is not None:
                try:
                    batch.append(self.waiting.get_nowait())
                except queue.Empty:
                    break
            going = batch[-1] is not None
            together(self.writer, [each for each in batch if each is not None])


def connect(path: str) -> apsw.Connection:
    """Open a connection with the settings that keep promises."""
    connection = apsw.Connection(path, statementcachesize=500)
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
    connection.limit(apsw.SQLITE_LIMIT_ATTACHED, 0)
    return connection


def fit(connection: apsw.Connection, contract: Contract, path: str) -> None:
    """Make an empty database fit the contract; refuse one whose rows were made for another.

    Indexes that rules and lists ask for are added and dropped as they change; nothing in a row depends on them.
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


def drive(connection: apsw.Connection, program: Callable[[], Program[T]]) -> T:
    """Run a program's statements and send it their rows."""
    generator = program()
    try:
        statement, values = next(generator)
        while True:
            found = connection.execute(statement.text, [values.get(name) for name in statement.names]).fetchall()
            # The tables are STRICT and the contract has no real numbers, so every value is one that can be stored.
            statement, values = generator.send(cast("list[Row]", found))
    except StopIteration as stop:
        answer: T = stop.value
        return answer
    finally:
        generator.close()


def together(connection: apsw.Connection, batch: list[tuple[Callable[[], Program[Any]], Future[Any]]]) -> None:
    """Run programs in one transaction, each undone alone if it fails, and answer when the commit is on disk."""
    outcomes: list[tuple[Future[Any], object, BaseException | None]] = []
    try:
        connection.execute("BEGIN IMMEDIATE")
        for program, done in batch:
            connection.execute("SAVEPOINT one")
            try:
                outcomes.append((done, drive(connection, program), None))
            except BaseException as error:
                if not connection.in_transaction:  # a full disk ends the whole transaction
                    raise
                connection.execute("ROLLBACK TO one")
                outcomes.append((done, None, plain(error)))
            connection.execute("RELEASE one")
        connection.execute("COMMIT")
    except BaseException as error:
        # A full disk or a broken commit undoes every program of the batch, whatever each of them thought. If even that
        # fails, the next batch can not begin and tries again.
        if connection.in_transaction:
            with suppress(apsw.Error):
                connection.execute("ROLLBACK")
        outcomes = [(done, None, plain(error)) for _, done in batch]
    for done, value, failure in outcomes:
        if failure is None:
            done.set_result(value)
        else:
            done.set_exception(failure)


def plain(error: BaseException) -> BaseException:
    """Say a database's error in the store's words."""
    match error:
        case apsw.ConstraintError():
            text = str(error)
            if "UNIQUE constraint failed: " in text:
                columns = text.partition("UNIQUE constraint failed: ")[2].split(", ")
                return Conflict(columns[0].partition(".")[0], tuple(column.partition(".")[2] for column in columns))
            if "FOREIGN KEY" in text:
                return Conflict("", ())
            return error
        case apsw.BusyError() | apsw.LockedError():
            return Busy(str(error))
        case apsw.InterruptError():
            return Slow(str(error))
        case apsw.FullError():
            return Full(str(error))
        case _:
            return error
