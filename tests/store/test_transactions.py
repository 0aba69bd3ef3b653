"""A transaction that stays open while code thinks: all of it or nothing, seen by no one before, over when its time is up."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Thread

import pytest

from kingpost.contract.expr import ALWAYS, Hole, Test
from kingpost.contract.model import Key
from kingpost.plan.query import Branch, Find, Page, Set, Table, Value
from kingpost.store.protocol import Busy, Conflict, Full, Held, Program, Slow, Statement
from kingpost.store.sqlite.connect import MEMORY, SqliteStore
from tests.store.exercise import CONTRACT, Desk, Wrong

SHORT = 0.05
PATIENCE = 20
ENDLESS = Statement("WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k) SELECT count(*) FROM k", ())
BY_KEY = Find(Table("things", (Value("size"),)), Test(("id",), "=", Hole("key")))


@pytest.fixture(params=["file", "memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """A store, stopped in the end; a test that waits for what never comes has failed."""
    made = SqliteStore(CONTRACT, MEMORY if request.param == "memory" else str(tmp_path / "app.db"))
    async with asyncio.timeout(PATIENCE):
        yield made
        await made.stop()


@pytest.fixture
async def filed(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """A store on a file, where others read meanwhile."""
    made = SqliteStore(CONTRACT, str(tmp_path / "app.db"))
    async with asyncio.timeout(PATIENCE):
        yield made
        await made.stop()


def endless() -> Program[None]:
    """Look for something for ever."""
    yield ENDLESS, {}


def stumble() -> None:
    """Raise in the midst of a program."""
    raise Wrong


async def add_one(held: Held) -> None:
    """Read a number and write the next, which is right only if no one else does so between."""
    desk = Desk(held)
    ((size,),) = await desk.ask(BY_KEY, key=1)
    await asyncio.sleep(0)  # lets every other task go on, as code does that asks for something else
    await desk.do(Set("things", "size"), key=1, value=int(size or 0) + 1)


async def test_what_a_block_does_is_seen_within_and_there_when_it_has_ended(store: SqliteStore) -> None:
    async with store.transaction() as held:
        desk = Desk(held)
        await desk.add("things", {"label": "a"})
        assert await desk.labels() == ["a"]
        await desk.add("things", {"label": "b"})
        assert await desk.labels() == ["a", "b"]
    assert await Desk(store).labels() == ["a", "b"]


async def test_others_see_nothing_of_it_until_it_has_ended(filed: SqliteStore) -> None:
    await Desk(filed).add("things", {"label": "before"})
    async with filed.transaction() as held:
        for label in ("a", "b", "c"):
            await Desk(held).add("things", {"label": label})
            assert await Desk(filed).labels() == ["before"]
        assert await filed.healthy() and filed.load().busy == 1
    assert await Desk(filed).labels() == ["before", "a", "b", "c"]


async def test_in_memory_others_wait_until_it_has_ended(tmp_path: Path) -> None:
    store = SqliteStore(CONTRACT, MEMORY)
    async with store.transaction() as held:
        await Desk(held).add("things", {"label": "a"})
        reading = asyncio.create_task(Desk(store).labels())
        writing = asyncio.create_task(Desk(store).add("things", {"label": "c"}))
        await asyncio.sleep(0)
        await Desk(held).add("things", {"label": "b"})
        assert not reading.done() and not writing.done()
    assert (await reading)[:2] == ["a", "b"]
    await writing
    assert await Desk(store).labels() == ["a", "b", "c"]
    await store.stop()


async def test_a_block_that_raises_leaves_nothing(store: SqliteStore) -> None:
    with pytest.raises(Wrong):
        async with store.transaction() as held:
            await Desk(held).add("things", {"label": "a"})
            raise Wrong
    assert await Desk(store).labels() == []
    await Desk(store).add("things", {"label": "later"})
    assert await Desk(store).labels() == ["later"]


async def test_a_block_that_is_cancelled_leaves_nothing_and_holds_no_one_up(store: SqliteStore) -> None:
    within = asyncio.Event()

    async def block() -> None:
        async with store.transaction() as held:
            await Desk(held).add("things", {"label": "a"})
            within.set()
            await asyncio.Event().wait()

    asker = asyncio.create_task(block())
    await within.wait()
    asker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asker
    await Desk(store).add("things", {"label": "later"})
    assert await Desk(store).labels() == ["later"]


async def test_a_block_cancelled_in_the_midst_of_a_long_statement_stops_it(filed: SqliteStore) -> None:
    async def block() -> None:
        async with filed.transaction(10) as held:
            await Desk(held).add("things", {"label": "a"})
            asking.set()
            await held.read(endless)

    asking = asyncio.Event()
    asker = asyncio.create_task(block())
    await asking.wait()
    asker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asker
    async with asyncio.timeout(5):
        await Desk(filed).add("things", {"label": "later"})
    assert await Desk(filed).labels() == ["later"]


async def test_a_program_that_raises_is_undone_alone(store: SqliteStore) -> None:
    async with store.transaction() as held:
        desk = Desk(held)
        await desk.add("things", {"label": "a", "contact": "a@b.c", "contact_key": "a@b.c"})
        with pytest.raises(Wrong):
            await held.write(desk.adding("things", {"label": "b"}, then=stumble))
        with pytest.raises(Conflict):
            await desk.add("things", {"label": "c"}, {"label": "d", "contact": "A@b.c", "contact_key": "a@b.c"})
        await desk.add("things", {"label": "e"})
    assert await Desk(store).labels() == ["a", "e"]


async def test_when_its_time_is_up_nothing_is_done_and_both_the_next_program_and_the_end_say_so(store: SqliteStore) -> None:
    with pytest.raises(Slow):
        async with store.transaction(SHORT) as held:
            await Desk(held).add("things", {"label": "a"})
            # It asks outside of its own transaction, and would wait for itself for ever.
            await Desk(store).add("things", {"label": "outside"})
            with pytest.raises(Slow):
                await Desk(held).add("things", {"label": "b"})
            with pytest.raises(Slow):
                async with held.transaction() as inner:
                    await Desk(inner).add("things", {"label": "c"})
    assert await Desk(store).labels() == ["outside"]


async def test_a_block_that_thinks_for_too_long_and_asks_nothing_more_is_not_committed(store: SqliteStore) -> None:
    with pytest.raises(Slow):
        async with store.transaction(SHORT) as held:
            await Desk(held).add("things", {"label": "a"})
            await Desk(store).labels() if store.thread is None else await Desk(store).add("shelves", {"name": "outside"})
    assert await Desk(store).labels() == []


def test_code_that_holds_up_its_whole_process_holds_up_no_other_for_longer_than_its_time(tmp_path: Path) -> None:
    first, second = (SqliteStore(CONTRACT, str(tmp_path / "app.db")) for _ in range(2))
    other = Thread(target=lambda: asyncio.run(Desk(second).add("things", {"label": "other"})))

    async def block() -> None:
        async with first.transaction(SHORT) as held:
            await Desk(held).add("things", {"label": "a"})
            other.start()
            other.join(PATIENCE)  # nothing else runs in this process until the other has written
            assert not other.is_alive()

    with pytest.raises(Slow):
        asyncio.run(block())
    assert asyncio.run(Desk(first).labels()) == ["other"]
    for store in (first, second):
        asyncio.run(store.stop())


async def test_a_statement_that_takes_longer_than_the_transaction_may_is_stopped(store: SqliteStore) -> None:
    with pytest.raises(Slow):
        async with store.transaction(SHORT) as held:
            await Desk(held).add("things", {"label": "a"})
            await held.read(endless)
    assert await Desk(store).labels() == []
    await Desk(store).add("things", {"label": "later"})
    assert await Desk(store).labels() == ["later"]


async def test_a_transaction_within_is_kept_or_undone_alone(store: SqliteStore) -> None:
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


async def test_what_waits_for_a_transaction_within_waits_no_longer_than_the_whole_may_take(store: SqliteStore) -> None:
    with pytest.raises(Slow):
        async with store.transaction(SHORT) as held, held.transaction(10) as inner:
            await Desk(inner).add("things", {"label": "a"})
            await Desk(held).add("things", {"label": "outside of it"})
    assert await Desk(store).labels() == []


async def test_two_transactions_within_one_come_one_after_the_other(store: SqliteStore) -> None:
    async def inside(held: Held, label: str, fails: bool) -> None:
        async with held.transaction() as inner:
            for _ in range(3):
                await Desk(inner).add("things", {"label": label})
                await asyncio.sleep(0)
            if fails:
                raise Wrong

    async with store.transaction() as held:
        asked = [inside(held, f"{at}", at % 2 == 1) for at in range(6)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(answer) for answer in answers] == [type(None), Wrong] * 3
    assert await Desk(store).labels() == [label for label in "024" for _ in range(3)]


async def test_programs_asked_at_once_within_one_are_all_done(store: SqliteStore) -> None:
    async with store.transaction() as held:
        await asyncio.gather(*(Desk(held).add("things", {"label": f"{at:02}"}) for at in range(40)))
    assert sorted(map(str, await Desk(store).labels())) == [f"{at:02}" for at in range(40)]


async def test_a_second_writer_waits_and_comes_next(store: SqliteStore) -> None:
    await Desk(store).add("things", {"size": 0})
    async with store.transaction() as held:
        other = asyncio.create_task(Desk(store).do(Set("things", "label"), key=1, value="after"))
        await asyncio.sleep(0)
        await add_one(held)
        assert not other.done()
        await add_one(held)
    await other
    assert [(row["size"], row["label"]) for row in await Desk(store).listed("things")] == [(2, "after")]


async def test_a_second_process_waits_as_well_and_sees_no_half(tmp_path: Path) -> None:
    first, second = (SqliteStore(CONTRACT, str(tmp_path / "app.db")) for _ in range(2))
    async with first.transaction() as held:
        await Desk(held).add("things", {"label": "a"})
        other = asyncio.create_task(Desk(second).add("things", {"label": "c"}))
        assert await Desk(second).labels() == []
        await Desk(held).add("things", {"label": "b"})
        assert not other.done() and await Desk(second).labels() == []
    await other
    assert await Desk(first).labels() == ["a", "b", "c"]
    await first.stop()
    await second.stop()


async def test_sixty_four_at_once_lose_nothing(store: SqliteStore) -> None:
    await Desk(store).add("things", {"size": 0})

    async def one() -> None:
        async with store.transaction() as held:
            await add_one(held)

    await asyncio.gather(*(one() for _ in range(64)), *(Desk(store).add("things", {"label": "plain"}) for _ in range(64)))
    rows = await Desk(store).listed("things")
    assert rows[0]["size"] == 64 and len(rows) == 65


async def test_readers_never_see_a_half_of_many_transactions(filed: SqliteStore) -> None:
    page = Page(Table("things", (Value("id"),)), (Branch(ALWAYS),), (Key("id"),), (0,))

    async def pair() -> None:
        async with filed.transaction() as held:
            await Desk(held).add("things", {"label": "one"})
            await asyncio.sleep(0)
            await Desk(held).add("things", {"label": "two"})

    writing = asyncio.gather(*(pair() for _ in range(64)))
    seen = []
    while not writing.done():
        seen.append(len(await Desk(filed).ask(page, limit=1_000)))
        await asyncio.sleep(0)
    await writing
    assert all(count % 2 == 0 for count in seen) and len(set(seen)) > 2, seen
    assert len(await Desk(filed).ask(page, limit=1_000)) == 128


async def test_one_that_can_not_begin_in_time_is_busy_and_holds_no_one_up(store: SqliteStore) -> None:
    async with store.transaction() as held:
        with pytest.raises(Busy):
            async with store.transaction(SHORT):
                raise AssertionError("it began")
        await Desk(held).add("things", {"label": "a"})
    async with store.transaction() as held:
        await Desk(held).add("things", {"label": "b"})
    assert await Desk(store).labels() == ["a", "b"]


async def test_one_cancelled_while_it_waits_to_begin_holds_no_one_up(store: SqliteStore) -> None:
    async def block() -> None:
        async with store.transaction(10) as late:
            await Desk(late).add("things", {"label": "never"})

    async with store.transaction() as held:
        asker = asyncio.create_task(block())
        await asyncio.sleep(0)
        asker.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asker
        await Desk(held).add("things", {"label": "a"})
    async with asyncio.timeout(5):
        await Desk(store).add("things", {"label": "b"})
    assert await Desk(store).labels() == ["a", "b"]


async def test_what_comes_after_the_end_is_refused(store: SqliteStore) -> None:
    async with store.transaction() as held, held.transaction() as inner:
        pass
    with pytest.raises(Wrong):
        async with store.transaction() as undone:
            raise Wrong
    for over in (held, inner, undone):
        with pytest.raises(RuntimeError, match="The transaction is over"):
            await Desk(over).add("things", {"label": "a"})
        with pytest.raises(RuntimeError, match="The transaction is over"):
            async with over.transaction():
                raise AssertionError("it began")
    assert await Desk(store).labels() == []


@pytest.mark.parametrize("seconds", [0, -1, 10.5, float("nan"), float("inf")])
def test_one_that_asks_for_more_time_than_any_may_have_is_refused(seconds: float) -> None:
    store = SqliteStore(CONTRACT, MEMORY)
    with pytest.raises(ValueError, match="more than no and at most 10 seconds"):
        store.transaction(seconds)
    asyncio.run(store.stop())


async def test_stopping_lets_the_one_that_is_open_end_and_begins_no_other(tmp_path: Path) -> None:
    for path in (MEMORY, str(tmp_path / "app.db")):
        store = SqliteStore(CONTRACT, path)
        async with store.transaction() as held:
            await Desk(held).add("things", {"label": "a"})
            stopping = asyncio.create_task(store.stop())
            await asyncio.sleep(0)
            with pytest.raises(Busy):
                async with store.transaction():
                    raise AssertionError("it began")
            await Desk(held).add("things", {"label": "b"})
            assert await Desk(held).labels() == ["a", "b"]
        await stopping
    again = SqliteStore(CONTRACT, str(tmp_path / "app.db"))
    assert await Desk(again).labels() == ["a", "b"]
    await again.stop()


WRITING = """
import asyncio, sys
from kingpost.store.sqlite.connect import SqliteStore
from tests.store.exercise import CONTRACT, Desk

async def main():
    store = SqliteStore(CONTRACT, sys.argv[1])
    await Desk(store).add("things", {"label": "acknowledged"})
    async with store.transaction(10) as held:
        for _ in range(500):
            await Desk(held).add("things", {"label": "half" * 1_000})
        print("written", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def test_a_process_that_is_killed_within_leaves_nothing_of_it(tmp_path: Path) -> None:
    path = str(tmp_path / "app.db")
    with Popen([sys.executable, "-c", WRITING, path], stdout=PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "written\n"
        process.kill()
    store = SqliteStore(CONTRACT, path)
    assert asyncio.run(Desk(store).labels()) == ["acknowledged"]
    assert store.writer.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    asyncio.run(store.stop())


async def test_a_full_disk_ends_it_whole(store: SqliteStore) -> None:
    await Desk(store).add("things", {"label": "small"})
    ((pages,),) = store.writer.execute("PRAGMA page_count").fetchall()
    assert isinstance(pages, int)
    store.writer.execute(f"PRAGMA max_page_count = {pages + 2}").fetchall()
    with pytest.raises(Full):
        async with store.transaction() as held:
            await Desk(held).add("things", {"label": "first"})
            await Desk(held).add("things", {"label": "x" * 90_000})
    async with store.transaction():
        pass  # what was begun before is undone by now, so the connection may be used here
    store.writer.execute("PRAGMA max_page_count = 1000000").fetchall()
    assert await Desk(store).labels() == ["small"]
    await Desk(store).add("things", {"label": "room again"})
    assert await Desk(store).labels() == ["small", "room again"]
