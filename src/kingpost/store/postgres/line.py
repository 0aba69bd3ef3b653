"""One connection and what is done on it: a program's statements, one after another, and the database's errors in plain words.

Takes programs, gives what they return. Stands on the store's protocol.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar, cast

import asyncpg

from kingpost.contract.codec import Row
from kingpost.contract.scalars import Stored
from kingpost.plan.query import Raw
from kingpost.store.own import own
from kingpost.store.protocol import Ask, Busy, Clash, Conflict, Full, Program, Slow, Statement, Values

T = TypeVar("T")
Uniques: TypeAlias = Mapping[str, tuple[str, tuple[str, ...]]]
"""What is unique, a resource and its fields, by the name that an error tells."""

logger = logging.getLogger("kingpost.store")
MOST_PREPARED = 500
LONGEST_READ = 0.95
LONGEST_WAIT = 1.9
LEAVE = 1.0
IDLE = 15
SETTINGS = {
    "statement_timeout": f"{LONGEST_READ * 1_000:.0f}",
    "lock_timeout": f"{LONGEST_WAIT * 1_000:.0f}",
    "idle_in_transaction_session_timeout": f"{IDLE * 1_000}",
    "client_connection_check_interval": "500",  # what is asked by somebody who has gone is stopped, and holds up no one
    "default_transaction_isolation": "repeatable read",
    # A plan is made once, and by the indexes that the contract declares: it hangs neither on values nor on statistics. Each of
    # these is missed by a test if it is left out; how tables are joined is settled by the statements themselves.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_sort": "off",
    "enable_incremental_sort": "off",
    "enable_bitmapscan": "off",
    "enable_memoize": "off",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}
PLANNER = {name: value for name, value in SETTINGS.items() if name.startswith(("enable_", "plan_"))}
FIXED = "; ".join(f"SET LOCAL {name} = {value}" for name, value in {**PLANNER, "cpu_tuple_cost": "DEFAULT"}.items())
FREE = (
    "; ".join(f"SET LOCAL {name} = {'force_custom_plan' if name == 'plan_cache_mode' else 'on'}" for name in PLANNER)
    + "; SET LOCAL cpu_tuple_cost = DEFAULT"
)
"""Lets the planner choose by values and statistics, until the next statement that is not so: for one's own SQL."""
SEARCHING = FREE.replace("cpu_tuple_cost = DEFAULT", "cpu_tuple_cost = 1")
"""The same for searches: a row whose words are looked through costs far more than the planner thinks, so that it asks the index
of words unless it knows that most rows hold them."""
LOCAL = "; ".join(f"SET LOCAL {name} = '{value}'" for name, value in SETTINGS.items() if "isolation" not in name)
WRITE = "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL statement_timeout = {}"
"""Nothing that a program has read may have changed when it is committed (Cahill, Roehm and Fekete: Serializable isolation for
snapshot databases, 2008)."""
CLEAN = "RESET ALL; DISCARD TEMP; SELECT pg_advisory_unlock_all()"
"""Undoes what one's own SQL may have left on a connection."""


class PostgresStatement(Statement, frozen=True):
    """A statement, with what PostgreSQL has to know of it.

    `shared` is the text that answers many askers at once, where there is one. `free` is what is set, in a transaction, so that
    it is planned for its values, where it is; `spelled` says that numbers are written as text.
    """

    shared: str = ""
    free: str = ""
    spelled: bool = False


class Line:
    """A connection, the statements prepared on it, and how many it was asked."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]", uniques: Uniques, pooled: bool) -> None:
        """Take a connection; `pooled` if what stands behind it may change with every transaction, and nothing is prepared."""
        self.connection, self.uniques, self.pooled = connection, uniques, pooled
        self.prepared: dict[str, asyncpg.prepared_stmt.PreparedStatement[asyncpg.Record]] = {}
        self.done = self.named = 0
        self.age = self.most = 0.0  # for how long it has been in use, or free, and may be in use
        self.within = self.dirty = False
        self.free: str | None = ""  # what was set last; None where that may have been undone
        self.met: tuple[Conflict, Values] | None = None
        self.left = ""

    @property
    def closed(self) -> bool:
        """Whether it can not be used any more."""
        return self.connection.is_closed()

    @property
    def clean(self) -> bool:
        """Whether it can be used and no transaction is open on it, as far as we know and as the server has said."""
        return not (self.closed or self.within or self.connection.is_in_transaction())

    async def prepare(self, text: str) -> "asyncpg.prepared_stmt.PreparedStatement[asyncpg.Record]":
        """Prepare a statement, once for as long as it is asked now and then."""
        found = self.known(text)
        if found is None:
            self.named += 1
            # By a name: what has none is parsed and planned again whenever it is asked.
            found = await self.connection.prepare(text, name=f"kingpost_{self.named}")
            if len(self.prepared) >= MOST_PREPARED:
                del self.prepared[next(iter(self.prepared))]
            self.prepared[text] = found
        return found

    def known(self, text: str) -> "asyncpg.prepared_stmt.PreparedStatement[asyncpg.Record] | None":
        """Give a statement that was prepared before, from now on as the last one used; None for any other."""
        found = self.prepared.pop(text, None)
        if found is not None:
            self.prepared[text] = found
        return found

    async def fetch(self, text: str, bound: Sequence[object]) -> list[Row]:
        """Ask one statement."""
        self.done += 1
        if self.pooled:
            return cast("list[Row]", await self.connection.fetch(text, *bound))
        found = self.known(text) or await self.prepare(text)
        return cast("list[Row]", await found.fetch(*bound))

    async def many(self, text: str, each: Sequence[Sequence[object]]) -> list[Row]:
        """Ask one statement, which gives one row, several times in one message: once for each of several values."""
        self.done += len(each)
        found = self.known(text) or await self.prepare(text)
        return cast("list[Row]", await found.fetchmany(each))

    async def ask(self, statement: Statement, values: Values) -> list[Row]:
        """Ask one statement of a program."""
        bound: list[Stored] = [values.get(name) for name in statement.names]
        if isinstance(statement, PostgresStatement):
            if statement.free != self.free:
                await self.connection.execute(statement.free or FIXED)
                self.free = statement.free
            if statement.raw is not None:
                return await self.own(statement.raw, values)
            if statement.spelled:
                bound = [
                    each if name == "at" or each is None else str(each)
                    for name, each in zip(statement.names, bound, strict=True)
                ]
        return await self.fetch(statement.text, bound)

    async def own(self, raw: Raw, values: Values) -> list[Row]:
        """Run a statement that code has written itself.

        Args:
            raw: What was asked.
            values: What its names stand for.

        Returns:
            The names of its columns, then the rows.

        Raises:
            ValueError: It writes and may not, or gives more rows than it may; nothing is done.
        """
        self.dirty = True
        self.done += 1
        names: list[str] = []

        def place(name: str) -> str:
            """Write the place of a value."""
            if name not in names:
                names.append(name)
            return f"${names.index(name) + 1}"

        def asked(name: str) -> str:
            """Write as much of a value as tells whether it is null: from where it stands no type could be told."""
            return "NULL" if values[name] is None else "1"

        try:
            # Without a name: it may never be asked again, and behind a pooler another server might be told to forget it.
            text = own(raw.text, place, asked)
            prepared = await self.connection.prepare(text)
            found = await prepared.fetch(*(values[name] for name in names))
        except asyncpg.ReadOnlySQLTransactionError as error:
            raise ValueError("Writes need context.transaction()") from error
        if len(found) > raw.most:
            raise ValueError(f"Gives more than {raw.most:,} rows; write LIMIT")
        return [tuple(each.name for each in prepared.get_attributes()), *(tuple(map(usual, row)) for row in found)]

    async def begin(self, text: str) -> None:
        """Begin a transaction; behind a pooler it brings the settings along, and what the text sets itself comes after."""
        self.within, self.left = True, ""
        begin, _, more = text.partition("; ")
        await self.connection.execute(f"{begin}; {LOCAL}; {more}" if self.pooled else text)

    async def end(self, text: str = "COMMIT") -> None:
        """End a transaction, and leave nothing of one's own SQL behind; raises `Busy` if the server undid what was to stay."""
        keeps = text == "COMMIT"
        parts = [CLEAN, text] if keeps else [text, CLEAN]
        try:
            # All in one message: a pooler may lend another connection for the next one.
            done = await self.connection.execute("; ".join(parts) if self.dirty else text)
        except asyncpg.InFailedSQLTransactionError:
            done = "ROLLBACK"
        else:
            self.within, self.free, self.dirty = False, "", False
        if keeps and done != text:
            raise Busy("the transaction had failed before it was committed")

    async def save(self, name: str) -> None:
        """Begin a savepoint; one that was left is released on the way, which costs no message of its own."""
        left, self.left = self.left, ""
        await self.connection.execute(f"{left}SAVEPOINT {name}")

    def leave_behind(self, name: str) -> None:
        """Be done with a savepoint: it goes with the next one, or with what is around it."""
        self.left = f"RELEASE {name}; "

    async def keep(self, name: str) -> None:
        """Keep what was done since a savepoint."""
        self.left = ""
        await self.connection.execute(f"RELEASE {name}")

    async def back(self, name: str) -> None:
        """Undo what was done since a savepoint, and what was set for it."""
        self.left, self.free = "", None
        await self.connection.execute(f"ROLLBACK TO {name}; RELEASE {name}")

    async def undo(self) -> None:
        """Undo a transaction, unless the server has; a connection on which even that fails is not used again."""
        if not (self.closed or self.connection.is_in_transaction()):
            self.within, self.free, self.dirty = False, "", False
            return
        try:
            await self.end("ROLLBACK")
        except Exception:  # whatever it is, among it what asyncpg says of itself when the server goes in the midst of an answer
            self.drop()

    def drop(self) -> None:
        """Let go of the connection at once; the server undoes what was not committed."""
        self.connection.terminate()

    async def leave(self) -> None:
        """Take leave of the server and close the connection, which nobody uses."""
        with suppress(Exception):
            await self.connection.close(timeout=LEAVE)
        self.drop()


def usual(value: Any) -> Any:
    """Give a value as every store does: truth as a number, and a whole number as one however the database adds up."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value


async def drive(line: Line, program: Callable[[], Program[T]]) -> T:
    """Run a program's statements and send it their rows."""
    line.met = None
    generator = program()
    try:
        statement, values = next(generator)
        while True:
            try:
                found = await line.ask(statement, values)
            except Exception as error:
                told = plain(error, line.uniques)
                if isinstance(told, Conflict):
                    line.met = told, values
                statement, values = generator.throw(told)  # it may say more of it, and not go on
                continue
            statement, values = generator.send(found)
    except StopIteration as stop:
        answer: T = stop.value
        return answer
    finally:
        generator.close()


def first(program: Program[T]) -> Ask | None:
    """Begin a program; gives what it asks first, or None if it asks nothing."""
    try:
        return next(program)
    except StopIteration:
        return None


def plain(error: BaseException, uniques: Uniques) -> BaseException:
    """Say a database's error in the store's words."""
    match error:
        case asyncpg.UniqueViolationError():
            name = str(error.constraint_name)
            return Conflict(*uniques.get(name, (str(error.table_name), ())))
        case asyncpg.ForeignKeyViolationError() | asyncpg.RestrictViolationError():
            return Conflict("", ())
        case asyncpg.SerializationError() | asyncpg.DeadlockDetectedError():
            return Clash(str(error))
        case asyncpg.QueryCanceledError():
            return Slow(str(error))
        case asyncpg.DiskFullError():
            return Full(str(error))
        case asyncpg.LockNotAvailableError():
            return Busy(str(error))
        case _ if gone(error):
            logger.warning("The database can not be reached: %s", error)
            return Busy(str(error))
        case _:
            return error


def gone(error: BaseException) -> bool:
    """Whether an error says that the connection, or the server, is not there."""
    return isinstance(
        error,
        asyncpg.PostgresConnectionError
        | asyncpg.OperatorInterventionError
        | asyncpg.InsufficientResourcesError
        | asyncpg.IdleInTransactionSessionTimeoutError
        | asyncpg.InterfaceError
        | asyncpg.InternalClientError
        | asyncio.TimeoutError
        | OSError,
    ) and not isinstance(error, asyncpg.QueryCanceledError | asyncpg.DataError)
