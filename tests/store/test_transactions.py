"""A transaction that stays open while code thinks: all of it or nothing, seen by no one before, over when its time is up."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Thread

import pytest

from kingpost.contract.expr import Hole, Test
from kingpost.plan.query import Find, Set, Table, Value
from kingpost.store.protocol import Full, Held, Slow, Statement
from kingpost.store.sqlite.connect import MEMORY, SqliteStore
from tests.store.desk import CONTRACT, Desk

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


async def add_one(held: Held) -> None:
    """Read a number and write the next, which is right only if no one else does so between."""
    desk = Desk(held)
    ((size,),) = await desk.ask(BY_KEY, key=1)
    await asyncio.sleep(0)  # lets every other task go on, as code does that asks for something else
    await desk.do(Set("things", "size"), key=1, value=int(size or 0) + 1)


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


WRITING = """
import asyncio, sys
from kingpost.store.sqlite.connect import SqliteStore
from tests.store.desk import CONTRACT, Desk

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
