"""The store inside the process does what every store must, and what is only its own."""

import asyncio
import gc
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from kingpost.contract.expr import Fixed, Test
from kingpost.contract.model import Contract, Index, Key
from kingpost.store.protocol import Busy, Full, OtherContract, Program, Slow, Statement, Store
from kingpost.store.sqlite import connect
from kingpost.store.sqlite.catalog import indexes
from kingpost.store.sqlite.connect import MEMORY, MOST_WAITING, SqliteStore
from kingpost.store.sqlite.line import drive
from kingpost.store.sqlite.transaction import settled
from tests.rules.things import CONTRACT as ANOTHER
from tests.store.desk import CONTRACT, Desk
from tests.store.exercise import Exercise
from tests.store.mutants import BROKEN, Rewriting, Whole, breaks

T = TypeVar("T")


class TestFile(Exercise):
    def open(self, contract: Contract, folder: Path) -> Store:
        return SqliteStore(contract, str(folder / "app.db"))


class TestMemory(Exercise):
    lasting = beside = False

    def open(self, contract: Contract, folder: Path) -> Store:
        return SqliteStore(contract, MEMORY)


# Stores that are broken on purpose: the exercise notices each.


class Unshielded(SqliteStore):
    """Gives up a write together with whoever asked for it."""

    async def write(self, program: Callable[[], Program[T]]) -> T:
        done: Future[T] = Future()
        self.waiting.put_nowait((program, done))
        return await asyncio.wrap_future(done)


class Hurried(SqliteStore):
    """Stops without finishing what waits."""

    async def stop(self) -> None:
        while not self.waiting.empty():
            left = self.waiting.get_nowait()
            if isinstance(left, tuple):
                left[1].set_exception(Busy("too late"))
        await super().stop()


class Loose(SqliteStore):
    """Holds no link to its promise."""

    def __init__(self, contract: Contract, path: str) -> None:
        super().__init__(contract, path)
        self.writer.execute("PRAGMA foreign_keys = OFF")


class Momentary(SqliteStore):
    """Looks at each statement's own moment."""

    async def read(self, program: Callable[[], Program[T]]) -> T:
        return drive(self.reader, program)


REWRITTEN = [
    ("ORDER BY 2", "ORDER BY 2 COLLATE NOCASE", "text_goes_by_code_point_and_numbers_by_size_with_nulls_first"),
    (" DESC LIMIT", " DESC NULLS FIRST LIMIT", "text_goes_by_code_point_and_numbers_by_size_with_nulls_first"),
    (""" || '"*'""", """ || '"'""", "a_search_finds_every_word_in_the_order_of_ids_wherever_a_write_has_put_it"),
    (" LIMIT 4) AS c", ") AS c", "a_count_goes_no_further_than_one_more_than_its_most"),
    ('"t"."size" = ?2', "?2 IS NOT NULL", "many_who_ask_for_one_row_each_at_once_are_each_given_their_own"),
]
OWN: list[tuple[type[SqliteStore], str]] = [
    (Unshielded, "a_write_whose_asker_has_gone_is_done_whole_or_not_at_all"),
    (Hurried, "stopping_finishes_the_writes_that_wait"),
    (Loose, "a_link_never_dangles"),
    (Momentary, "a_read_of_several_statements_sees_one_moment"),
]


def opened(contract: Contract, folder: Path) -> Store:
    return SqliteStore(contract, str(folder / "app.db"))


@pytest.mark.parametrize(("mutant", "promise"), BROKEN)
async def test_the_exercise_notices_a_broken_store(mutant: type[Whole], promise: str, tmp_path: Path) -> None:
    assert await breaks(lambda contract, folder: mutant(opened(contract, folder)), promise, tmp_path)


@pytest.mark.parametrize(("old", "new", "promise"), REWRITTEN)
async def test_the_exercise_notices_a_statement_that_says_something_else(
    old: str, new: str, promise: str, tmp_path: Path
) -> None:
    broken = await breaks(lambda contract, folder: Rewriting(opened(contract, folder), old, new), promise, tmp_path)
    assert isinstance(broken, AssertionError), "it asks, and is answered something else"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # one of them loses its thread
@pytest.mark.parametrize(("mutant", "promise"), OWN)
async def test_the_exercise_notices_what_only_this_store_can_get_wrong(
    mutant: type[SqliteStore], promise: str, tmp_path: Path
) -> None:
    assert await breaks(lambda contract, folder: mutant(contract, str(folder / "app.db")), promise, tmp_path)


@pytest.mark.parametrize("promise", sorted({str(each[-1]) for each in (*BROKEN, *REWRITTEN)}))
async def test_the_exercise_finds_nothing_wrong_with_the_store_that_the_broken_ones_are_made_of(
    promise: str, tmp_path: Path
) -> None:
    assert not await breaks(lambda contract, folder: Whole(opened(contract, folder)), promise, tmp_path)


# What is only its own.


def test_a_database_of_another_contract_is_not_opened_and_not_touched(tmp_path: Path) -> None:
    asyncio.run(SqliteStore(CONTRACT, str(tmp_path / "app.db")).stop())
    before = (tmp_path / "app.db").read_bytes()
    with pytest.raises(OtherContract, match="made for other fields than this app has now"):
        SqliteStore(ANOTHER, str(tmp_path / "app.db"))
    assert (tmp_path / "app.db").read_bytes() == before
    asyncio.run(SqliteStore(CONTRACT, str(tmp_path / "app.db")).stop())


async def test_rules_and_lists_may_change_and_the_indexes_follow_while_the_rows_stay(tmp_path: Path) -> None:
    path = str(tmp_path / "app.db")
    first = SqliteStore(CONTRACT, path)
    await Desk(first).add("things", {"label": "a"})
    await first.stop()
    things = CONTRACT.resource["things"]
    added = Index((Key("label"), Key("id")), where=Test(("label",), "=", Fixed("a")))
    plain = tuple(index for index in things.indexes if index.unique)
    changed = msgspec.structs.replace(things, doc="Another sentence.", indexes=(*plain, added))
    resources = tuple(changed if each.name == "things" else each for each in CONTRACT.resources)
    for contract in (msgspec.structs.replace(CONTRACT, title="Another", resources=resources), CONTRACT):
        store = SqliteStore(contract, path)
        made = store.reader.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
        assert {str(name): text for name, text in made} == indexes(contract)
        assert await Desk(store).labels() == ["a"]
        await store.stop()
    wider = msgspec.structs.replace(things, indexes=(*things.indexes, Index((Key("label"),), unique=True)))
    resources = tuple(wider if each.name == "things" else each for each in CONTRACT.resources)
    with pytest.raises(OtherContract):  # what is unique is a promise about the rows
        SqliteStore(msgspec.structs.replace(CONTRACT, resources=resources), path)


def test_the_connections_keep_the_settings_that_promises_rest_on(tmp_path: Path) -> None:
    store = SqliteStore(CONTRACT, str(tmp_path / "new folder" / "app.db"))
    for connection in (store.writer, store.reader):
        for pragma, value in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("trusted_schema", 0)):
            assert connection.execute(f"PRAGMA {pragma}").fetchall() == [(value,)]
    asyncio.run(store.stop())


async def test_what_is_acknowledged_is_in_the_files_already(tmp_path: Path) -> None:
    # A process that is killed now leaves exactly these files behind.
    store = SqliteStore(CONTRACT, str(tmp_path / "here" / "app.db"))
    for number in range(20):
        await Desk(store).add("things", {"label": f"{number:02}"})
        shutil.copytree(tmp_path / "here", tmp_path / f"copy {number}")
        found = SqliteStore(CONTRACT, str(tmp_path / f"copy {number}" / "app.db"))
        assert await Desk(found).labels() == [f"{at:02}" for at in range(number + 1)]
        await found.stop()
    await store.stop()


async def test_a_full_disk_refuses_writes_and_goes_on_reading(tmp_path: Path) -> None:
    store = SqliteStore(CONTRACT, str(tmp_path / "app.db"))
    desk = Desk(store)
    await desk.add("things", {"label": "small"})
    pages = store.writer.execute("PRAGMA page_count").fetchall()[0][0]
    assert isinstance(pages, int)
    store.writer.execute(f"PRAGMA max_page_count = {pages + 2}").fetchall()
    with pytest.raises(Full):
        await desk.add("things", {"label": "first half"}, {"label": "x" * 90_000})
    assert await desk.labels() == ["small"]
    answers = await asyncio.gather(*(desk.add("things", {"label": "y" * 90_000}) for _ in range(5)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Full] * 5
    assert await desk.labels() == ["small"]
    store.writer.execute("PRAGMA max_page_count = 1000000").fetchall()
    await desk.add("things", {"label": "room again"})
    assert await desk.labels() == ["small", "room again"]
    assert store.writer.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    await store.stop()


async def test_a_queue_that_is_full_refuses_at_once_and_loses_nothing_of_what_it_took(tmp_path: Path) -> None:
    store = SqliteStore(CONTRACT, str(tmp_path / "app.db"))
    desk = Desk(store)
    began, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        began.set()
        go_on.wait()

    held = asyncio.create_task(store.write(desk.adding("things", {"label": "held"}, then=hold)))
    await asyncio.to_thread(began.wait)
    waiting = [asyncio.create_task(desk.add("things", {"label": "waited"})) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)
    assert await desk.labels() == []  # reads do not wait for the writer
    with pytest.raises(Busy):
        await desk.add("things", {"label": "one too many"})
    go_on.set()
    await asyncio.gather(held, *waiting)
    assert await desk.labels() == ["held", *["waited"] * MOST_WAITING]
    await store.stop()


async def test_a_write_that_was_begun_is_finished_though_its_asker_has_gone(tmp_path: Path) -> None:
    store = SqliteStore(CONTRACT, str(tmp_path / "app.db"))
    desk = Desk(store)
    began, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        began.set()
        go_on.wait()

    asker = asyncio.create_task(store.write(desk.adding("things", {"label": "a"}, {"label": "b"}, then=hold)))
    await asyncio.to_thread(began.wait)
    asker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asker
    go_on.set()
    await desk.add("things", {"label": "c"})
    assert await desk.labels() == ["a", "b", "c"]
    await store.stop()


async def test_another_process_that_holds_the_database_makes_a_write_busy_and_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "PATIENCE", 20)
    store = SqliteStore(CONTRACT, str(tmp_path / "app.db"))
    desk = Desk(store)
    other = connect.connect(str(tmp_path / "app.db"))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy):
        await desk.add("things", {"label": "a"})
    other.execute("ROLLBACK")
    await desk.add("things", {"label": "b"})
    assert await desk.labels() == ["b"]
    other.close()
    await store.stop()


async def test_a_read_that_takes_too_long_is_stopped_and_the_next_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "LONGEST_READ", 0.02)
    store = SqliteStore(CONTRACT, str(tmp_path / "app.db"))
    desk = Desk(store)
    await desk.add("things", {"label": "a"})
    endless = Statement("WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k) SELECT count(*) FROM k", ())

    def program() -> Program[None]:
        yield endless, {}

    with pytest.raises(Slow):
        await store.read(program)
    assert await desk.labels() == ["a"]
    await store.stop()


async def test_what_fails_after_whoever_asked_has_gone_is_told_to_nobody() -> None:
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    done: Future[None] = Future()
    waiting = asyncio.create_task(settled(done))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    done.set_exception(ValueError("a secret"))
    await asyncio.sleep(0)
    del done, waiting
    gc.collect()
    await asyncio.sleep(0)
    assert told == []
