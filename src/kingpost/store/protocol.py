"""What a store is: it prepares queries and runs programs of them, each in one transaction.

A *program* is a generator: it yields a statement with its values and is sent the rows. So what a read or a write does is
written once, and each store drives it in its own way, on a thread or by awaiting. This is ours, not a public interface.
Stands on plan and the ground.
"""

from collections.abc import Callable, Generator, Mapping
from typing import Protocol, TypeAlias, TypeVar

import msgspec

from kingpost.contract.codec import Row
from kingpost.contract.scalars import Stored
from kingpost.plan.query import Query


class Statement(msgspec.Struct, frozen=True):
    """Text for the database and the names of its values, in order."""

    text: str
    names: tuple[str, ...]


T = TypeVar("T")
Values: TypeAlias = Mapping[str, Stored]
Ask: TypeAlias = tuple[Statement, Values]
Program: TypeAlias = Generator[Ask, list[Row], T]


class Conflict(Exception):
    """A write would break a promise of the schema: these fields together are unique, or a link would dangle."""

    def __init__(self, resource: str, fields: tuple[str, ...]) -> None:
        """Name the resource and its fields; no fields when a link would dangle."""
        super().__init__(resource, fields)
        self.resource = resource
        self.fields = fields


class Busy(Exception):
    """The store could not begin in time; nothing was done."""


class Slow(Exception):
    """A read took longer than any may; it was stopped."""


class Full(Exception):
    """The store has no room left; nothing was done."""


class Store(Protocol):
    """Holds the rows."""

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

    async def stop(self) -> None:
        """Finish what was begun and let go of everything."""
