"""What a store is: it prepares queries and runs programs of them, each in one transaction.

A *program* is a generator: it yields a statement with its values and is sent the rows. So what a read or a write does is
written once, and each store drives it in its own way, on a thread or by awaiting. This is ours, not a public interface.
Stands on plan and the ground.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias, TypeVar, runtime_checkable

import msgspec

from kingpost.contract.codec import Row
from kingpost.contract.scalars import Stored
from kingpost.plan.query import Query, Raw
from kingpost.store.examined import Examined


class Statement(msgspec.Struct, frozen=True):
    """Text for the database and the names of its values, in order; no text where the database knows no such statement.

    `raw` is where the text came from, if not from here. A program that begins with a statement that is `sole` asks nothing
    more if it gives a row that begins with an id, and has changed nothing if it does not.
    """

    text: str
    names: tuple[str, ...]
    raw: Raw | None = None
    sole: bool = False


T = TypeVar("T")
Values: TypeAlias = Mapping[str, Stored]
Ask: TypeAlias = tuple[Statement, Values]
Program: TypeAlias = Generator[Ask, list[Row], T]
USUAL_SECONDS = 2.0
MOST_SECONDS = 10.0


def single(statement: Statement, values: Values) -> Program[list[Row]]:
    """Ask one statement, and give its rows."""
    return (yield statement, values)


class Conflict(Exception):
    """A write would break a promise of the schema: these fields together are unique, or a link would dangle."""

    def __init__(self, resource: str, fields: tuple[str, ...]) -> None:
        """Name the resource and its fields; no fields when a link would dangle."""
        super().__init__(resource, fields)
        self.resource = resource
        self.fields = fields


class Busy(Exception):
    """The store can not do it now; nothing was done."""


class Clash(Busy):
    """Two transactions could not both have been; this one was undone, and may well succeed when it is done again."""


class Slow(Exception):
    """A read took longer than any may, or a transaction longer than it was given; it was stopped, and nothing was done."""


class Full(Exception):
    """The store has no room left; nothing was done."""


class OtherContract(Exception):
    """The database was made for another contract."""


class Unopened(Exception):
    """The database can not be opened; says why, and what to do."""


class Load(msgspec.Struct, frozen=True):
    """What a store has to do: the writes that wait, its connections and those in use, and the statements it was asked."""

    waiting: int
    connections: int
    busy: int
    statements: int


class Held(Protocol):
    """Where programs run: the store, or one transaction of it that stays open while code thinks."""

    def prepare(self, query: Query) -> Statement:
        """Turn a query into a statement, once for its shape.

        Args:
            query: What to do.

        Returns:
            The statement to use in programs.
        """

    async def read(self, program: Callable[[], Program[T]]) -> T:
        """Run a program of reads on one snapshot.

        Args:
            program: Makes the generator.

        Returns:
            What the program returns.

        Raises:
            Slow: It took longer than any read may.
        """

    async def write(self, program: Callable[[], Program[T]]) -> T:
        """Run a program in a transaction of its own: all of it or, if it raises, nothing.

        Args:
            program: Makes the generator; it may be made again if the store has to try again.

        Returns:
            What the program returns, once it is committed for good.

        Raises:
            Conflict: A promise of the schema would be broken.
            Busy: It could not begin in time.
            Full: There is no room left.
        """

    def transaction(self, seconds: float = USUAL_SECONDS) -> AbstractAsyncContextManager["Held"]:
        """Open a transaction for a block: what runs on what it gives is committed when the block ends, all of it or nothing.

        Nothing is, if the block raises or is cancelled, or if its time is up. Others that write wait until then, and no one
        sees what is not committed. A program that raises is undone alone. Within a transaction this is a savepoint, which is
        undone alone and has no time but that of the whole; what runs on what is around it waits until its block has ended.

        Args:
            seconds: How long it may take from when it began, and wait before that; at most `MOST_SECONDS`.

        Returns:
            A context manager that gives where to run the programs.

        Raises:
            ValueError: It asks for more time than any may have, or for none.
            Busy: It could not begin in time.
            Slow: The time is up; it is raised by the next program, or by the end of the block.
            Clash: What it has read was changed by somebody else; raised as `Slow` is, and the whole block may be done again.
            RuntimeError: A program came when the block had ended.
        """


class Replica(Protocol):
    """The same rows elsewhere, a little behind; a position says how far it must have come to show certain writes."""

    @property
    def noted(self) -> int:
        """How many writes have ended here, done or undone; what they wrote and read is before `position`."""

    @property
    def position(self) -> int:
        """How far a replica must have come to show all that was written here."""

    @property
    def lag(self) -> float:
        """How many seconds old at most is what it shows."""

    @property
    def reads(self) -> int:
        """How many programs it ran."""

    @property
    def failures(self) -> int:
        """How many it could not run, which the store itself then did."""

    def reaches(self, position: int) -> bool:
        """Whether it is well, not too far behind and has come so far; costs nothing to ask."""

    async def read(self, program: Callable[[], Program[T]]) -> T:
        """Run a program of reads on one snapshot; the store itself does where the replica fails, so nothing is raised for that.

        Args:
            program: Makes the generator; it may be made again.

        Returns:
            What the program returns.

        Raises:
            Slow: It took longer than any read may.
        """


class Store(Held, Protocol):
    """Holds the rows."""

    @property
    def first(self) -> Held:
        """The same rows for what must be answered however many wait: who asks, and whether all is well."""

    @property
    def replica(self) -> Replica | None:
        """The same rows elsewhere, for what may be a little old; None where there is no such place."""

    def tables(self) -> Mapping[str, Statement]:
        """Give what reads every row of each table, by the table's name, for tests; the first row holds the columns' names."""

    async def healthy(self) -> bool:
        """Whether it reads at this moment, soon enough, and has what it needs to write."""

    def load(self) -> Load:
        """Say what it has to do at this moment."""

    async def stop(self) -> None:
        """Finish what was begun and let go of everything."""


@runtime_checkable
class Measurable(Protocol):
    """A store that can say what a query costs it."""

    async def examine(self, query: Query, values: Values) -> Examined:
        """Run a query and measure what it does; what it writes is undone.

        Args:
            query: What to run.
            values: Its values by name.

        Returns:
            The measurements; the time is that of the query as it is served, with preparing it and without counting.
        """

    async def explain(self, query: Query, values: Values) -> tuple[str, ...]:
        """Give the lines of the database's own account of how it would run a query, which it does not."""
