"""The connections to a PostgreSQL server: in order, bounded, never dirty, and what becomes of them when things go wrong."""

import asyncio
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import asyncpg
import pytest

from kingpost.contract.expr import Hole, Test
from kingpost.plan.query import Find, Set, Table, Value
from kingpost.store.postgres.connect import PostgresStore
from kingpost.store.postgres.pool import IDLE, LONGEST_USE, MOST_WAITING, PATIENCE, STUCK
from kingpost.store.protocol import Busy, Clash, Program, Slow
from tests.servers.link import linked
from tests.servers.postgres import Postgres, postgres
from tests.store.connections import BY_KEY, asking, clean, states, until
from tests.store.desk import CONTRACT, Desk

SHORT = 0.05
LONG = "SELECT 1 FROM pg_sleep(5)"
BY_LABEL = Find(Table("things", (Value("size"),)), Test(("label",), "=", Hole("label")))


@pytest.fixture
def url(server: Postgres) -> Iterator[str]:
    made = server.database()
    yield made
    server.free(made)


@pytest.fixture
async def store(url: str) -> AsyncIterator[PostgresStore]:
    """A store with six connections, two of them kept; a test that waits for what never comes has failed."""
    made = PostgresStore(CONTRACT, url, 6)
    async with asyncio.timeout(30):
        yield made
        await made.stop()


async def test_whoever_came_first_is_first_and_no_one_who_comes_later_overtakes(store: PostgresStore) -> None:
    pool, order = store.pool, list[int]()
    lines = [await pool.take() for _ in range(pool.most)]

    async def ask(number: int) -> None:
        line = await pool.take()
        order.append(number)
        await asyncio.sleep(0)
        pool.give(line)

    first = [asyncio.create_task(ask(number)) for number in range(10)]
    await asyncio.sleep(0)
    assert len(pool.waiting) == 10 and store.load().waiting == 10
    pool.give(lines.pop())
    later = asyncio.create_task(ask(10))  # it finds one given back, and that is for somebody else
    await asyncio.gather(*first, later)
    assert order == [*range(11)]
    for line in lines:
        pool.give(line)
    assert store.load().busy == 0


async def test_waiting_is_bounded_in_time(store: PostgresStore) -> None:
    lines = [await store.pool.take() for _ in range(store.pool.most)]
    began = time.monotonic()
    with pytest.raises(Busy, match="no connection was free"):
        await Desk(store).labels()
    assert PATIENCE <= time.monotonic() - began < PATIENCE + 1
    assert store.load().waiting == 0
    # Who asks and whether all is well are answered meanwhile.
    assert await store.healthy() and await store.first.read(asking(store, "SELECT 7 AS found")) == [("found",), (7,)]
    for line in lines:
        store.pool.give(line)
    assert await Desk(store).labels() == []


async def test_where_none_is_given_back_only_few_may_wait_and_the_others_are_told_at_once(store: PostgresStore) -> None:
    pool = store.pool
    lines = [await pool.take() for _ in range(pool.most)]
    waiting = [asyncio.create_task(pool.take()) for _ in range(pool.most)]
    await asyncio.sleep(STUCK + SHORT)
    began = time.monotonic()
    with pytest.raises(Busy, match="too many"):
        await pool.take()
    assert time.monotonic() - began < SHORT
    for line in lines:
        pool.give(line)
    for line in await asyncio.gather(*waiting):
        pool.give(line)
    lines = [await pool.take() for _ in range(pool.most)]
    waiting = [asyncio.create_task(pool.take()) for _ in range(MOST_WAITING + 1)]  # all at once, and there is hope for them
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert len(pool.waiting) == MOST_WAITING and isinstance(waiting[-1].exception(), Busy)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert not pool.waiting
    for line in lines:
        pool.give(line)


async def test_who_leaves_while_waiting_takes_no_turn_and_loses_no_connection(store: PostgresStore) -> None:
    pool = store.pool
    (*lines, last) = [await pool.take() for _ in range(pool.most)]
    leaver, stayer = asyncio.create_task(pool.take()), asyncio.create_task(pool.take())
    await asyncio.sleep(0)
    pool.give(last)  # it is the first one's from now on
    leaver.cancel()  # who does not hear of it any more
    assert await stayer is last
    gone = asyncio.create_task(pool.take())
    await asyncio.sleep(0)
    gone.cancel()
    pool.give(last)
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert pool.free == [last] and not pool.waiting
    for line in lines:
        pool.give(line)


async def test_who_leaves_while_a_connection_is_opened_leaves_it_to_others(store: PostgresStore) -> None:
    leaver = asyncio.create_task(Desk(store).labels())
    while not store.pool.opening:  # noqa: ASYNC110  # a turn of the loop is the event
        await asyncio.sleep(0)
    leaver.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaver
    await until(lambda: len(store.pool.free) == 1)
    assert await Desk(store).labels() == [] and len(store.pool.lines) == 1


async def test_a_connection_that_nobody_has_used_for_a_while_is_closed(
    store: PostgresStore, server: Postgres, url: str
) -> None:
    lines = [await store.pool.take() for _ in range(3)]
    for line in lines:
        store.pool.give(line)
    store.pool.sweep(IDLE - 1)
    assert store.load().connections == 3
    used = await store.pool.take()
    store.pool.give(used)
    store.pool.sweep(1)
    assert store.pool.free == [used] and store.load() == store.load().__class__(0, 1, 0, 0)
    await until(lambda: states(server, url) == ["idle"])


async def test_there_are_never_more_than_the_most(store: PostgresStore, server: Postgres, url: str) -> None:
    sleeping = asking(store, "SELECT 1 AS found FROM pg_sleep(0.01)")
    seen = list[int]()

    async def ask(number: int) -> None:
        await (store if number % 2 else store.first).read(sleeping)
        seen.append(store.load().connections)

    await asyncio.gather(*(ask(number) for number in range(60)))
    assert max(seen) == 6
    await clean(store, server, url)


async def test_what_is_in_use_for_too_long_is_closed_and_whoever_has_it_is_told(store: PostgresStore) -> None:
    asked = asyncio.create_task(Desk(store).do(Set("things", "size"), key=1, value=1))
    while store.pool.busy == 0:  # noqa: ASYNC110  # an event would come when all is over
        await asyncio.sleep(0)
    store.pool.sweep(LONGEST_USE)
    with pytest.raises(Busy):
        await asked
    assert await Desk(store).labels() == []
    async with store.transaction(10):  # one that stays open for longer, as it was asked for
        await asyncio.sleep(0)
        store.pool.sweep(LONGEST_USE)
    assert store.load().busy == 0


async def test_a_server_that_says_nothing_any_more_holds_nobody_up(server: Postgres) -> None:
    with linked(server.port) as link:
        url = server.database().replace(str(server.port), str(link.port))
        store = PostgresStore(CONTRACT, url, 6)
        await Desk(store).add("things", {"label": "before"})
        assert await store.healthy()
        link.open.clear()
        began = time.monotonic()
        answers = await asyncio.gather(
            Desk(store).labels(), Desk(store).add("things", {"label": "a"}), store.healthy(), return_exceptions=True
        )
        assert [type(answer) for answer in answers] == [Busy, Busy, bool] and answers[2] is False
        assert time.monotonic() - began < LONGEST_USE + 2
        link.open.set()
        assert await store.healthy() and (await Desk(store).labels())[:1] == ["before"]
        await store.stop()


async def test_connecting_takes_two_seconds_at_most(url: str) -> None:
    store = PostgresStore(CONTRACT, url, 6)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as hole:  # takes connections and never says a word
        store.url = url.replace(url.rpartition(":")[2].partition("/")[0], str(hole.getsockname()[1]))
        began = time.monotonic()
        answers = await asyncio.gather(*(Desk(store).labels() for _ in range(10)), return_exceptions=True)
        assert [type(answer) for answer in answers] == [Busy] * 10
        assert time.monotonic() - began < PATIENCE + 1
        assert not await store.healthy()
    store.url = url
    assert await Desk(store).labels() == []
    await store.stop()


async def test_while_the_server_is_away_all_are_told_at_once_and_then_all_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    with postgres() as server:
        store = PostgresStore(CONTRACT, server.database(), 6)
        await Desk(store).add("things", {"label": "kept"})
        server.stop(signal.SIGQUIT)
        began = time.monotonic()
        for _ in range(3):
            answers = await asyncio.gather(*(Desk(store).labels() for _ in range(50)), return_exceptions=True)
            assert {type(answer) for answer in answers} == {Busy}
            assert not await store.healthy()
        assert time.monotonic() - began < 1
        told = [record for record in caplog.records if "No connection to the database" in record.message]
        assert len(told) == 2  # each pool says it once
        server.start()
        assert await Desk(store).labels() == ["kept"] and await store.healthy()
        assert "The database can be reached again" in caplog.text
        await store.stop()


async def test_connections_that_are_ended_while_they_are_free_are_not_handed_out(
    store: PostgresStore, server: Postgres, url: str
) -> None:
    for _ in range(3):
        await asyncio.gather(*(store.read(asking(store, "SELECT 1 AS found FROM pg_sleep(0.01)")) for _ in range(4)))
        await until(lambda: store.load().busy == 0)
        name = url.rpartition("/")[2]
        ended = server.ask(f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'")
        assert int(ended) == store.load().connections == 4
        await until(lambda: all(line.closed for line in store.pool.free))
        assert await Desk(store).labels() == [] and store.load().connections == 1


async def test_one_that_is_ended_in_the_midst_of_a_transaction_leaves_nothing(
    store: PostgresStore, server: Postgres, url: str
) -> None:
    for inside in (False, True):
        with pytest.raises(Busy):
            async with store.transaction() as held:
                await Desk(held).add("things", {"label": "a"})
                name = url.rpartition("/")[2]
                server.ask(
                    f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND state <> 'idle'"
                )
                if inside:
                    await Desk(held).add("things", {"label": "b"})
    assert await Desk(store).labels() == []
    await clean(store, server, url)


async def test_stopping_under_load_finishes_what_was_begun(url: str) -> None:
    store = PostgresStore(CONTRACT, url, 6)
    sleeping = asking(store, "SELECT 1 AS found FROM pg_sleep(0.1)")
    held = asyncio.Event()

    async def block() -> None:
        async with store.transaction() as inside:
            held.set()
            await asyncio.sleep(SHORT)
            await Desk(inside).add("things", {"label": "block"})

    work: list[Coroutine[Any, Any, Any]] = [block()]
    for number in range(20):
        work += [store.read(sleeping), Desk(store).add("things", {"label": str(number)}), Desk(store).ask(BY_KEY, key=1)]
    tasks = [asyncio.create_task(each) for each in work]
    await held.wait()
    await store.stop()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [answer for answer in answers if isinstance(answer, BaseException)] == []
    for late in (Desk(store).labels(), Desk(store).add("things", {"label": "late"}), Desk(store).ask(BY_KEY, key=1)):
        with pytest.raises(Busy, match="stopped"):
            await late
    with pytest.raises(Busy, match="stopped"):
        await store.pool.take()  # as what has begun before does that asks for something more
    assert not await store.healthy() and store.load().connections == 0
    again = PostgresStore(CONTRACT, url)
    assert sorted(map(str, await Desk(again).labels())) == sorted(["block", *map(str, range(20))])
    await again.stop()


async def test_a_read_that_takes_too_long_is_slow_and_a_write_that_waits_for_a_lock_is_busy(
    store: PostgresStore, server: Postgres, url: str
) -> None:
    await Desk(store).add("things", {"label": "a", "size": 1})
    began = time.monotonic()
    with pytest.raises(Slow):
        await store.read(asking(store, LONG))
    assert 0.9 < time.monotonic() - began < 1.9
    other: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(url)
    async with other.transaction():
        await other.execute("UPDATE things SET size = 2")
        began = time.monotonic()
        with pytest.raises(Busy):
            await Desk(store).do(Set("things", "size"), key=1, value=3)
        assert 1.8 < time.monotonic() - began < 2.8
    await other.close()
    assert await Desk(store).ask(BY_LABEL, label="a") == [(2,)]
    await clean(store, server, url)


async def test_of_two_transactions_that_wait_for_each_other_one_is_told_to_begin_again(
    store: PostgresStore, server: Postgres, url: str
) -> None:
    await Desk(store).add("things", {"label": "a", "size": 0}, {"label": "b", "size": 0})
    locked = [asyncio.Event(), asyncio.Event()]

    async def block(first: int, second: int) -> None:
        async with store.transaction(10) as held:
            await Desk(held).do(Set("things", "size"), key=first, value=first)
            locked[first - 1].set()
            await locked[second - 1].wait()
            await Desk(held).do(Set("things", "size"), key=second, value=first)

    answers = await asyncio.gather(block(1, 2), block(2, 1), return_exceptions=True)
    (clash,) = (answer for answer in answers if answer is not None)
    assert isinstance(clash, Clash) and "deadlock" in str(clash)
    won = answers.index(None) + 1
    assert [row["size"] for row in await Desk(store).listed("things")] == [won, won]
    await clean(store, server, url)


async def test_programs_that_can_not_all_have_been_are_done_again_until_they_were(
    store: PostgresStore, server: Postgres, url: str
) -> None:
    await Desk(store).add("things", {"label": "a", "size": 0}, {"label": "b", "size": 0})
    set_size, find = store.prepare(Set("things", "size")), store.prepare(BY_LABEL)
    begun = 0

    def adding(*keys: int) -> Callable[[], Program[None]]:
        """Add one to each of two, in an order of its own."""

        def program() -> Program[None]:
            nonlocal begun
            begun += 1
            for key in keys:
                ((size,),) = yield find, {"label": "ab"[key - 1]}
                yield set_size, {"key": key, "value": int(size or 0) + 1}

        return program

    await asyncio.gather(*(store.write(adding(1, 2)) for _ in range(24)))
    assert begun > 24
    # Some wait for each other, which the server notices after a second; then not all may be done in time.
    answers = await asyncio.gather(
        *(store.write(adding(*((1, 2) if number % 2 else (2, 1)))) for number in range(12)), return_exceptions=True
    )
    done = answers.count(None)
    assert {type(answer) for answer in answers if answer is not None} <= {Busy, Slow} and done
    assert [row["size"] for row in await Desk(store).listed("things")] == [24 + done, 24 + done]
    await clean(store, server, url)
