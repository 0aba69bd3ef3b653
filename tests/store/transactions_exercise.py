"""What every store must do with a transaction that stays open while code thinks, and with many at once.

It is all of it or nothing, seen by no one before, over when its time is up, and as if it had been alone.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from kingpost.contract.expr import ALWAYS, Fixed, Hole, Test
from kingpost.contract.model import Key
from kingpost.plan.query import Branch, Find, Page, Raw, Set, Table, Total, Value
from kingpost.store.protocol import MOST_SECONDS, Busy, Clash, Conflict, Held, Program, Slow, Store
from tests.store.desk import CONTRACT, Desk, Opened, Wrong

T = TypeVar("T")
SHORT = 0.1
ENDLESS = Raw("WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k) SELECT count(*) FROM k", 1)
BY_KEY = Find(Table("things", (Value("size"),)), Test(("id",), "=", Hole("key")))
ON_CALL = Total(Table("things", (Value("id"),)), (Branch(Test(("open",), "=", Fixed(1))),), 100)
OVER = "The transaction is over"
MANY = 64


def stumble() -> None:
    """Raise in the midst of a program."""
    raise Wrong


async def endless(held: Held) -> None:
    """Look for something for ever."""
    await Desk(held).ask(ENDLESS)


async def add_one(held: Held, key: int = 1) -> None:
    """Read a number and write the next, which is right only if no one else does so between."""
    desk = Desk(held)
    ((size,),) = await desk.ask(BY_KEY, key=key)
    await asyncio.sleep(0)  # lets every other task go on, as code does that asks for something else
    await desk.do(Set("things", "size"), key=key, value=int(size or 0) + 1)


class Again:
    """Does what is asked until there is room for it; blocks that have met others come again, one after another."""

    def __init__(self, store: Store) -> None:
        self.store, self.turn = store, asyncio.Lock()

    async def once(self, block: Callable[[Held], Awaitable[T]]) -> T:
        async with self.store.transaction(MOST_SECONDS) as held:
            return await block(held)

    async def do(self, block: Callable[[Held], Awaitable[T]]) -> T:
        try:
            return await self.once(block)
        except Busy:
            async with self.turn:
                return await self.insist(lambda: self.once(block))

    async def insist(self, work: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await work()
            except Busy:
                await asyncio.sleep(SHORT)  # as whoever is told to come again does


class TransactionsExercise(Opened):
    """The promises of a store about transactions."""

    @asynccontextmanager
    async def store(self, folder: Path) -> AsyncIterator[Store]:
        """Open a store for a while."""
        async with self.desk(folder) as desk:
            yield desk.store

    # One of them

    async def test_what_a_block_does_is_seen_within_and_there_when_it_has_ended(self, tmp_path: Path) -> None:
        async with self.store(tmp_path) as store:
            async with store.transaction() as held:
                desk = Desk(held)
                await desk.add("things", {"label": "a"})
                assert await desk.labels() == ["a"]
                await desk.add("things", {"label": "b"})
                assert await desk.labels() == ["a", "b"]
            assert await Desk(store).labels() == ["a", "b"]

    async def test_others_see_nothing_of_it_until_it_has_ended(self, tmp_path: Path) -> None:
        async with self.store(tmp_path) as store:
            await Desk(store).add("things", {"label": "before"})
            async with store.transaction() as held:
                await Desk(held).add("things", {"label": "a"})
                reading = asyncio.create_task(Desk(store).labels())
                if self.beside:
                    assert await reading == ["before"] == await Desk(store.first).labels()
                    assert await store.healthy() and store.load().busy == 1
                await asyncio.sleep(0)
                await Desk(held).add("things", {"label": "b"})
                assert reading.done() == self.beside
            assert await reading == ["before"] if self.beside else ["before", "a", "b"]
            assert await Desk(store).labels() == ["before", "a", "b"]

    async def test_a_second_store_beside_it_sees_no_half(self, tmp_path: Path) -> None:
        if not self.lasting:
            return  # there is no second one that holds the same
        async with self.store(tmp_path) as first, self.store(tmp_path) as second:
            async with first.transaction() as held:
                await Desk(held).add("things", {"label": "a"})
                assert await Desk(second).labels() == []
                await Desk(held).add("things", {"label": "b"})
                assert await Desk(second).labels() == []
            assert await Desk(second).labels() == ["a", "b"]

    async def test_a_block_that_raises_leaves_nothing(self, tmp_path: Path) -> None:
        async with self.store(tmp_path) as store:
            with pytest.raises(Wrong):
                async with store.transaction() as held:
                    await Desk(held).add("things", {"label": "a"})
                    raise Wrong
            assert await Desk(store).labels() == []
            await Desk(store).add("things", {"label": "later"})
            assert await Desk(store).labels() == ["later"]

    async def test_a_block_that_is_cancelled_leaves_nothing_and_holds_no_one_up(self, tmp_path: Path) -> None:
        async def block() -> None:
            async with store.transaction(MOST_SECONDS) as held:
                await Desk(held).do(Set("things", "label"), key=1, value="never")
                await Desk(held).add("things", {"label": "nor this"})
                within.set()
                await asyncio.Event().wait()

        async with self.store(tmp_path) as store:
            await Desk(store).add("things", {"label": "a"})
            within = asyncio.Event()
            asker = asyncio.create_task(block())
            await within.wait()
            asker.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asker
            async with asyncio.timeout(1.5):
                await Desk(store).do(Set("things", "label"), key=1, value="later")
            assert await Desk(store).labels() == ["later"]

    async def test_a_block_cancelled_in_the_midst_of_a_long_statement_stops_it(self, tmp_path: Path) -> None:
        if not self.beside:
            return  # what runs in the loop can not be cancelled, but by its time

        async def block() -> None:
            async with store.transaction(MOST_SECONDS) as held:
                await Desk(held).do(Set("things", "label"), key=1, value="never")
                asking.set()
                await endless(held)

        async with self.store(tmp_path) as store:
            await Desk(store).add("things", {"label": "a"})
            asking = asyncio.Event()
            asker = asyncio.create_task(block())
            await asking.wait()
            for _ in range(5):
                await Desk(store).labels()  # so that the statement has begun
            asker.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asker
            async with asyncio.timeout(1.5):
                await Desk(store).do(Set("things", "label"), key=1, value="later")
            assert await Desk(store).labels() == ["later"]

    async def test_a_program_that_raises_is_undone_alone(self, tmp_path: Path) -> None:
        async with self.store(tmp_path) as store:
            async with store.transaction() as held:
                desk = Desk(held)
                await desk.add("things", {"label": "a", "contact": "a@b.c", "contact_key": "a@b.c"})
                with pytest.raises(Wrong):
                    await held.write(desk.adding("things", {"label": "b"}, then=stumble))
                with pytest.raises(Conflict):
                    await desk.add("things", {"label": "c"}, {"label": "d", "contact": "A@b.c", "contact_key": "a@b.c"})
                await desk.add("things", {"label": "e"})
            assert await Desk(store).labels() == ["a", "e"]

    # Its time

    async def test_when_its_time_is_up_nothing_is_done_and_both_the_next_program_and_the_end_say_so(
        self, tmp_path: Path
    ) -> None:
        async with self.store(tmp_path) as store:
            with pytest.raises(Slow):
                async with store.transaction(SHORT) as held:
                    await Desk(held).add("things", {"label": "a"})
                    await asyncio.sleep(SHORT)  # it is its time that is waited for
                    with pytest.raises(Slow):
                        await Desk(held).add("things", {"label": "b"})
                    with pytest.raises(Slow):
                        async with held.transaction() as inner:
                            await Desk(inner).add("things", {"label": "c"})
            assert await Desk(store).labels() == []

    async def test_a_block_that_thinks_for_too_long_and_asks_nothing_more_is_not_committed(self, tmp_path: Path) -> None:
        async with self.store(tmp_path) as store:
            with pytest.raises(Slow):
                async with store.transaction(SHORT) as held:
                    await Desk(held).add("things", {"label": "a"})
                    await asyncio.sleep(SHORT)
            assert await Desk(store).labels() == []

    async def test_nor_is_one_that_holds_up_its_whole_process_for_so_long(self, tmp_path: Path) -> None:
        async with self.store(tmp_path) as store:
            with pytest.raises(Slow):
                async with store.transaction(SHORT) as held:
                    await Desk(held).add("things", {"label": "a"})
                    time.sleep(SHORT)  # noqa: ASYNC251  # nothing else runs, as with code that computes for long
            assert await Desk(store).labels() == []

    async def test_a_statement_that_takes_longer_than_the_transaction_may_is_stopped(self, tmp_path: Path) -> None:
        async with self.store(tmp_path) as store:
            with pytest.raises(Slow):
                async with store.transaction(SHORT) as held:
                    await Desk(held).add("things", {"label": "a"})
                    await endless(held)
            assert await Desk(store).labels() == []
            await Desk(store).add("things", {"label": "later"})
            assert await Desk(store).labels() == ["later"]

    async def test_a_read_that_takes_longer_than_any_may_is_stopped_and_the_next_goes_on(self, tmp_path: Path) -> None:
        async with self.store(tmp_path) as store:
            await Desk(store).add("things", {"label": "a"})
            with pytest.raises(Slow):
                await endless(store)
            assert await Desk(store).labels() == ["a"]

    @pytest.mark.parametrize("seconds", [0, -1, 10.5, float("nan"), float("inf")])
    async def test_one_that_asks_for_more_time_than_any_may_have_is_refused(self, tmp_path: Path, seconds: float) -> None:
        async with self.store(tmp_path) as store:
            with pytest.raises(ValueError, match="more than no and at most 10 seconds"):
                async with store.transaction(seconds):
                    raise AssertionError("it began")

    # Those within

    async def test_a_transaction_within_is_kept_or_undone_alone(self, tmp_path: Path) -> None:
        async with self.store(tmp_path) as store:
            async with store.transaction() as held:
                await Desk(held).add("things", {"label": "a"})
                async with held.transaction() as inner:
                    await Desk(inner).add("things", {"label": "b"})
                    with pytest.raises(Wrong):
                        async with inner.transaction() as innermost:
                            await Desk(innermost).add("things", {"label": "c"})
                            assert await Desk(innermost).labels() == ["a", "b", "c"]
                            raise Wrong
                    assert await Desk(inner).labels() == ["a", "b"]
                with pytest.raises(Wrong):
                    async with held.transaction() as inner:
                        await Desk(inner).add("things", {"label": "d"})
                        async with inner.transaction() as innermost:
                            await Desk(innermost).add("things", {"label": "e"})
                        raise Wrong
                await Desk(held).add("things", {"label": "f"})
            assert await Desk(store).labels() == ["a", "b", "f"]

    async def test_what_waits_for_a_transaction_within_waits_no_longer_than_the_whole_may_take(self, tmp_path: Path) -> None:
        async with self.store(tmp_path) as store:
            with pytest.raises(Slow):
                async with store.transaction(SHORT) as held, held.transaction(10) as inner:
                    await Desk(inner).add("things", {"label": "a"})
                    await Desk(held).add("things", {"label": "outside of it"})
            assert await Desk(store).labels() == []

    async def test_two_transactions_within_one_come_one_after_the_other(self, tmp_path: Path) -> None:
        async def inside(held: Held, label: str, fails: bool) -> None:
            async with held.transaction() as inner:
                for _ in range(3):
                    await Desk(inner).add("things", {"label": label})
                    await asyncio.sleep(0)
                if fails:
                    raise Wrong

        async with self.store(tmp_path) as store:
            async with store.transaction(MOST_SECONDS) as held:
                asked = [inside(held, f"{at}", at % 2 == 1) for at in range(6)]
                answers = await asyncio.gather(*asked, return_exceptions=True)
                assert [type(answer) for answer in answers] == [type(None), Wrong] * 3
            assert await Desk(store).labels() == [label for label in "024" for _ in range(3)]

    async def test_programs_asked_at_once_within_one_are_all_done(self, tmp_path: Path) -> None:
        async with self.store(tmp_path) as store:
            async with store.transaction(MOST_SECONDS) as held:
                await asyncio.gather(*(Desk(held).add("things", {"label": f"{at:02}"}) for at in range(40)))
            assert sorted(map(str, await Desk(store).labels())) == [f"{at:02}" for at in range(40)]

    # Many of them

    async def test_of_two_who_read_and_change_one_row_neither_is_lost(self, tmp_path: Path) -> None:
        async def block(held: Held) -> None:
            await add_one(held)
            await add_one(held)

        async with self.store(tmp_path) as store:
            await Desk(store).add("things", {"size": 0})
            again = Again(store)
            other = Desk(store).do(Set("things", "label"), key=1, value="after")
            await asyncio.gather(again.do(block), again.do(block), other)
            assert [(row["size"], row["label"]) for row in await Desk(store).listed("things")] == [(4, "after")]

    async def test_two_who_each_rest_on_what_the_other_changes_are_not_both_done(self, tmp_path: Path) -> None:
        """A rule about several rows is kept by whoever reads them: one of two is on call, and both wish to leave."""
        meeting = asyncio.Barrier(min(2, self.room))

        async def leave(key: int) -> bool:
            async with store.transaction(MOST_SECONDS) as held:
                ((there,),) = await Desk(held).ask(ON_CALL)
                await meeting.wait()  # each has read before the other writes, where two can be open
                if int(there or 0) > 1:
                    await Desk(held).do(Set("things", "open"), key=key, value=0)
                return int(there or 0) > 1

        async with self.store(tmp_path) as store:
            await Desk(store).add("things", {"open": 1}, {"open": 1})
            answers = await asyncio.gather(leave(1), leave(2), return_exceptions=True)
            assert answers.count(True) == 1
            assert [type(each) for each in answers if each is not True] == [bool if self.room == 1 else Clash]
            assert await Desk(store).ask(ON_CALL) == [(1,)]

    async def test_nor_are_two_writes_that_do(self, tmp_path: Path) -> None:
        def leave(key: int) -> Callable[[], Program[bool]]:
            def program() -> Program[bool]:
                ((there,),) = yield count, {}
                if int(there or 0) > 1:
                    yield change, {"key": key, "value": 0}
                return int(there or 0) > 1

            return program

        async with self.store(tmp_path) as store:
            await Desk(store).add("things", *({"open": 1} for _ in range(8)))
            count, change = store.prepare(ON_CALL), store.prepare(Set("things", "open"))
            answers = await asyncio.gather(*(store.write(leave(key)) for key in range(1, 9)))
            assert sorted(answers) == [False, *[True] * 7]
            assert await Desk(store).ask(ON_CALL) == [(1,)]

    async def test_of_many_at_once_none_is_lost(self, tmp_path: Path) -> None:
        async with self.store(tmp_path) as store:
            await Desk(store).add("things", {"size": 0})
            again = Again(store)
            plain = (again.insist(lambda: Desk(store).add("things", {"label": "plain"})) for _ in range(MANY))
            await asyncio.gather(*(again.do(add_one) for _ in range(MANY)), *plain)
            rows = await Desk(store).listed("things")
            assert rows[0]["size"] == MANY and len(rows) == MANY + 1

    async def test_readers_never_see_a_half_of_many(self, tmp_path: Path) -> None:
        page = Page(Table("things", (Value("id"),)), (Branch(ALWAYS),), (Key("id"),), (0,))

        async def pair(held: Held) -> None:
            await Desk(held).add("things", {"label": "one"})
            await asyncio.sleep(0)
            await Desk(held).add("things", {"label": "two"})

        async with self.store(tmp_path) as store:
            again = Again(store)
            writing = asyncio.gather(*(again.do(pair) for _ in range(MANY)))
            seen = []
            while not writing.done():
                seen.append(len(await again.insist(lambda: Desk(store).ask(page, limit=1_000))))
                await asyncio.sleep(0)
            await writing
            assert all(count % 2 == 0 for count in seen), seen
            assert seen
            assert len(await Desk(store).ask(page, limit=1_000)) == 2 * MANY

    async def test_where_there_is_no_room_for_one_more_it_is_busy_and_holds_no_one_up(self, tmp_path: Path) -> None:
        async def block() -> None:
            async with store.transaction(MOST_SECONDS) as late:
                await Desk(late).add("things", {"label": "never"})

        async with self.store(tmp_path) as store:
            async with AsyncExitStack() as stack:
                several = [await stack.enter_async_context(store.transaction(MOST_SECONDS)) for _ in range(self.room)]
                with pytest.raises(Busy):
                    async with store.transaction(SHORT):
                        raise AssertionError("it began")
                asker = asyncio.create_task(block())
                await asyncio.sleep(0)
                asker.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await asker
                await Desk(several[-1]).add("things", {"label": "a"})
                assert await store.healthy() and store.load().busy == (self.room if self.beside else 0)
            async with store.transaction() as held:
                await Desk(held).add("things", {"label": "b"})
            await Desk(store).add("things", {"label": "c"})
            assert await Desk(store).labels() == ["a", "b", "c"]

    # The end

    async def test_what_comes_after_the_end_is_refused(self, tmp_path: Path) -> None:
        async with self.store(tmp_path) as store:
            async with store.transaction() as held, held.transaction() as inner:
                pass
            with pytest.raises(Wrong):
                async with store.transaction() as undone:
                    raise Wrong
            for over in (held, inner, undone):
                with pytest.raises(RuntimeError, match=OVER):
                    await Desk(over).add("things", {"label": "a"})
                with pytest.raises(RuntimeError, match=OVER):
                    async with over.transaction():
                        raise AssertionError("it began")
            assert await Desk(store).labels() == []

    async def test_stopping_lets_the_one_that_is_open_end_and_begins_no_other(self, tmp_path: Path) -> None:
        async with asyncio.timeout(self.patience):
            store = self.open(CONTRACT, tmp_path)
            async with store.transaction(MOST_SECONDS) as held:
                await Desk(held).add("things", {"label": "a"})
                stopping = asyncio.create_task(store.stop())
                await asyncio.sleep(0)
                with pytest.raises(Busy):
                    async with store.transaction():
                        raise AssertionError("it began")
                await Desk(held).add("things", {"label": "b"})
                assert await Desk(held).labels() == ["a", "b"]
            await stopping
        if self.lasting:
            async with self.desk(tmp_path) as desk:
                assert await desk.labels() == ["a", "b"]
