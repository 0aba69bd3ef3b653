"""One connection and what is done on it: a program's statements, one after another, and the database's errors in plain words.

Takes programs, gives what they return. Stands on the store's protocol.
"""

import logging
from collections.abc import Callable
from itertools import islice
from typing import Any, TypeVar, cast

import apsw

from kingpost.contract.codec import Row
from kingpost.contract.scalars import Stored
from kingpost.plan.query import Raw
from kingpost.store.protocol import Busy, Conflict, Full, Program, Slow

T = TypeVar("T")
MOST_LONGER = 2_000
logger = logging.getLogger("kingpost.store")


class Line(apsw.Connection):
    """A connection that counts the statements of the programs it was asked."""

    done = 0


def drive(connection: Line, program: Callable[[], Program[T]]) -> T:
    """Run a program's statements and send it their rows."""
    generator = program()
    try:
        statement, values = next(generator)
        while True:
            connection.done += 1
            try:
                bound = list(map(values.get, statement.names))
                if statement.raw is None:
                    found = connection.execute(statement.text, bound).fetchall()
                else:
                    found = own(connection, statement.raw, statement.text, bound)
            except apsw.Error as error:
                statement, values = generator.throw(plain(error))  # a program may say more of it; it can not go on
                continue
            # The tables are STRICT and the contract has no real numbers, so every value is one that can be stored.
            statement, values = generator.send(cast("list[Row]", found))
    except StopIteration as stop:
        answer: T = stop.value
        return answer
    finally:
        generator.close()


def look(connection: Line, program: Callable[[], Program[T]], longer: set[str]) -> T:
    """Run a program of reads on one snapshot.

    A single statement is that by itself. A program that asks another is begun anew within a savepoint, and its first statement
    is kept in `longer`, so that whatever begins so has its savepoint from the start.
    """
    generator = program()
    try:
        statement, values = next(generator)
        if statement.raw is None and statement.text not in longer:
            connection.done += 1
            found = connection.execute(statement.text, tuple(map(values.get, statement.names))).fetchall()
            generator.send(cast("list[Row]", found))
            if len(longer) >= MOST_LONGER:
                longer.clear()
            longer.add(statement.text)
    except StopIteration as stop:
        answer: T = stop.value
        return answer
    finally:
        generator.close()
    connection.execute("SAVEPOINT reading")
    try:
        return drive(connection, program)
    finally:
        connection.execute("RELEASE reading")


def own(connection: Line, raw: Raw, text: str, bound: list[Stored]) -> list[Any]:
    """Run a statement that code has written itself.

    Args:
        connection: Where to run it.
        raw: What was asked, and whether it may write.
        text: The text for the database.
        bound: The values of its parameters.

    Returns:
        The names of its columns, then the rows.

    Raises:
        ValueError: It writes and may not, or gives more rows than it may; nothing is done.
    """
    names: list[str] = []

    def judge(cursor: apsw.Cursor, _text: str, _bound: object) -> bool:
        """Look at the statement before it is begun."""
        if not raw.writes and not cursor.is_readonly:
            raise ValueError("Writes need context.transaction()")
        names.extend(str(column[0]) for column in cursor.get_description())
        return True

    cursor = connection.cursor()
    try:
        cursor.exec_trace = judge
        found = list(islice(cursor.execute(text, bound), raw.most + 1))
    finally:
        cursor.close(True)
    if len(found) > raw.most:
        raise ValueError(f"Gives more than {raw.most:,} rows; write LIMIT")
    return [tuple(names), *found]


def alone(line: Line, program: Callable[[], Program[T]]) -> tuple[T | None, BaseException | None]:
    """Run a program within a transaction so that it is undone alone if it fails.

    Args:
        line: The connection, in a transaction.
        program: Makes the generator.

    Returns:
        What the program returns, or why it failed; what this raises has ended the whole transaction, or has to.
    """
    value, failure = None, None
    line.execute("SAVEPOINT one")
    try:
        value = drive(line, program)
    except BaseException as error:
        if not line.in_transaction:  # a full disk ends the whole transaction
            raise
        line.execute("ROLLBACK TO one")
        failure = plain(error)
    line.execute("RELEASE one")
    return value, failure


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
        case apsw.IOError() | apsw.CantOpenError():
            logger.error("The disk fails: %s", error)  # the caller can only try again; whoever runs this must know
            return Busy(str(error))
        case _:
            return error
