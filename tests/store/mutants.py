"""Stores that are broken on purpose, whatever they are made of: the exercise notices each."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from kingpost.contract.model import Contract
from kingpost.plan.query import Query
from kingpost.store.protocol import (
    MOST_SECONDS,
    USUAL_SECONDS,
    Conflict,
    Held,
    Load,
    Program,
    Replica,
    Statement,
    Store,
    Values,
)
from tests.store.exercise import Exercise

T = TypeVar("T")


class Whole:
    """A store as another one is, for others to break."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @property
    def first(self) -> Held:
        return self.store.first

    @property
    def replica(self) -> Replica | None:
        return self.store.replica

    def prepare(self, query: Query) -> Statement:
        return self.store.prepare(query)

    async def read(self, program: Callable[[], Program[T]]) -> T:
        return await self.store.read(program)

    async def write(self, program: Callable[[], Program[T]]) -> T:
        return await self.store.write(program)

    def transaction(self, seconds: float = USUAL_SECONDS) -> AbstractAsyncContextManager[Held]:
        return self.store.transaction(seconds)

    def tables(self) -> Mapping[str, Statement]:
        return self.store.tables()

    async def healthy(self) -> bool:
        return await self.store.healthy()

    def load(self) -> Load:
        return self.store.load()

    async def stop(self) -> None:
        await self.store.stop()


class Forgetful(Whole):
    """Acknowledges what it then throws away."""

    async def write(self, program: Callable[[], Program[T]]) -> T:
        def lost() -> Program[T]:
            answer.append((yield from program()))
            raise KeyError

        answer: list[T] = []
        try:
            return await super().write(lost)
        except KeyError:
            return answer[0]


class Repeating(Whole):
    """Does everything twice."""

    async def write(self, program: Callable[[], Program[T]]) -> T:
        await super().write(program)
        return await super().write(program)


class Piecemeal(Whole):
    """Commits each statement by itself."""

    async def write(self, program: Callable[[], Program[T]]) -> T:
        def one(statement: Statement, values: Values) -> Callable[[], Program[Any]]:
            def alone() -> Program[Any]:
                return (yield statement, values)

            return alone

        generator = program()
        try:
            asked = next(generator)
            while True:
                asked = generator.send(await super().write(one(*asked)))
        except StopIteration as stop:
            answer: T = stop.value
            return answer


class Tactless(Whole):
    """Lets the database's own words out."""

    async def write(self, program: Callable[[], Program[T]]) -> T:
        try:
            return await super().write(program)
        except Conflict as error:
            raise RuntimeError("constraint failed") from error


class Vague(Whole):
    """Says that there is a conflict, and never between what."""

    async def write(self, program: Callable[[], Program[T]]) -> T:
        try:
            return await super().write(program)
        except Conflict as error:
            raise Conflict("things", ()) from error


class Rounding(Whole):
    """Keeps whole numbers as if they were real ones."""

    async def read(self, program: Callable[[], Program[T]]) -> T:
        found: Any = await super().read(program)
        return [tuple(float(each) if isinstance(each, int) else each for each in row) for row in found]  # type: ignore[return-value]  # that is its mistake


class Stale(Whole):
    """Gives what it has once read, for ever."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.known: dict[object, Any] = {}

    async def read(self, program: Callable[[], Program[T]]) -> T:
        generator = program()
        statement, values = next(generator)
        generator.close()
        key = (statement.text, *values.values())
        if key not in self.known:
            self.known[key] = await super().read(program)
        found: T = self.known[key]
        return found


class Unheld(Whole):
    """Opens no transaction at all."""

    @asynccontextmanager
    async def transaction(self, seconds: float = USUAL_SECONDS) -> AsyncIterator[Held]:
        yield self


class Timeless(Whole):
    """Gives every transaction all the time that any may have."""

    def transaction(self, seconds: float = USUAL_SECONDS) -> AbstractAsyncContextManager[Held]:
        return super().transaction(MOST_SECONDS)


class Flat(Whole):
    """Undoes nothing alone that was done in a transaction within another."""

    @asynccontextmanager
    async def transaction(self, seconds: float = USUAL_SECONDS) -> AsyncIterator[Held]:
        async with super().transaction(seconds) as held:
            yield Bare(held)


class Bare:
    """A transaction with none within."""

    def __init__(self, held: Held) -> None:
        self.held = held

    def prepare(self, query: Query) -> Statement:
        return self.held.prepare(query)

    async def read(self, program: Callable[[], Program[T]]) -> T:
        return await self.held.read(program)

    async def write(self, program: Callable[[], Program[T]]) -> T:
        return await self.held.write(program)

    @asynccontextmanager
    async def transaction(self, seconds: float = USUAL_SECONDS) -> AsyncIterator[Held]:
        yield self


class Rewriting(Whole):
    """Says one thing in SQL in another way."""

    def __init__(self, store: Store, old: str, new: str) -> None:
        super().__init__(store)
        self.old, self.new = old, new

    def prepare(self, query: Query) -> Statement:
        made = super().prepare(query)
        return msgspec.structs.replace(made, text=made.text.replace(self.old, self.new))


BROKEN: list[tuple[type[Whole], str]] = [
    (Forgetful, "an_acknowledged_write_is_there_when_the_store_is_opened_again"),
    (Repeating, "an_id_is_never_used_again"),
    (Piecemeal, "a_program_that_raises_leaves_nothing"),
    (Piecemeal, "writes_at_the_same_time_are_each_done_whole_or_not_at_all"),
    (Tactless, "a_refused_write_does_not_take_its_neighbours_with_it"),
    (Vague, "a_conflict_names_the_resource_and_the_fields"),
    (Rounding, "every_kind_of_value_comes_back_as_it_went_in"),
    (Stale, "a_program_that_raises_leaves_nothing"),
    (Unheld, "others_see_nothing_of_it_until_it_has_ended"),
    (Unheld, "a_block_that_raises_leaves_nothing"),
    (Unheld, "two_who_each_rest_on_what_the_other_changes_are_not_both_done"),
    (Timeless, "a_block_that_thinks_for_too_long_and_asks_nothing_more_is_not_committed"),
    (Flat, "a_transaction_within_is_kept_or_undone_alone"),
]
"""Those that are broken alike whatever they are made of, and a promise that each breaks."""


async def breaks(
    opened: Callable[[Contract, Path], Store], promise: str, folder: Path, places: int = 1
) -> BaseException | None:
    """Say how a store breaks a promise.

    Args:
        opened: Opens it.
        promise: The name of one of the exercise's tests.
        folder: An empty one.
        places: How many transactions may be open at once.

    Returns:
        What its test raises; None where it keeps the promise.
    """

    class Mutant(Exercise):
        patience = 5
        room = places

        def open(self, contract: Contract, folder: Path) -> Store:
            return opened(contract, folder)

    try:
        await getattr(Mutant(), f"test_{promise}")(folder)
    except (Exception, asyncio.CancelledError, pytest.fail.Exception) as broken:
        return broken
    return None
