"""What becomes of reads when the server that follows is behind, down, silent or another one: they are answered."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable

import pytest

from kingpost.contract.codec import Row
from kingpost.contract.scalars import Stored
from kingpost.plan.query import Raw
from kingpost.store.postgres import replica as module
from kingpost.store.postgres.line import Line
from kingpost.store.protocol import Program
from tests.engine.running import BASE
from tests.servers.postgres import Postgres, replica
from tests.store.ward import POSITION, Ward, resume, still


def test_one_that_is_too_far_behind_is_not_read_until_it_has_caught_up(ward: Ward, follower: Postgres) -> None:
    ward.put("/notes", title="a")
    still(ward, follower)
    ward.replica.behind = 0.5
    ward.put("/notes/1", level=1)
    assert ward.seen("/notes/1")[0].body["level"] == 0
    ward.until(lambda: ward.replica.lag > 0.5)
    answer, there = ward.seen("/notes/1")
    assert (answer.body["level"], there) == (1, 0)
    resume(follower)
    ward.level()
    assert ward.seen("/notes/1")[1] == 1


def test_one_is_not_old_because_nobody_writes(ward: Ward) -> None:
    ward.put("/notes", title="a")
    ward.level()
    for _ in range(10):
        ward.work(ward.looked())
        assert ward.replica.lag < 1


async def load(ward: Ward, story: Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]) -> set[int]:
    """Ask while a story is told.

    Args:
        ward: Whom.
        story: What happens meanwhile; it is given what waits until some more was answered.

    Returns:
        The statuses of all answers.
    """
    statuses: list[int] = []
    over = False

    async def write() -> None:
        level = 0
        while not over:
            level += 1
            wrote = await ward.send("PATCH", f"{BASE}/notes/1", {"level": level})
            read = await ward.send("GET", f"{BASE}/notes/1", headers=[(POSITION, wrote.headers[POSITION])])
            assert read.body["level"] == level
            statuses.extend((wrote.status, read.status))

    async def read() -> None:
        while not over:
            statuses.extend([(await ward.send("GET", f"{BASE}/notes{path}")).status for path in ("", "/1")])

    async def more() -> None:
        begun = len(statuses)
        await ward.become(lambda: len(statuses) > begun + 100)

    asked = asyncio.gather(write(), *(read() for _ in range(8)))
    try:
        await story(more)
    finally:
        over = True
    await asked
    return set(statuses)


def test_one_that_is_stopped_under_load_is_not_missed_and_is_read_again_once_it_is_back(ward: Ward, follower: Postgres) -> None:
    ward.put("/notes", title="a")
    ward.level()

    async def story(more: Callable[[], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        for how in (signal.SIGINT, signal.SIGQUIT):
            await ward.reading()
            await loop.run_in_executor(None, follower.stop, how)
            await ward.become(lambda: not ward.replica.reaches(0))
            await more()
            before = ward.replica.reads
            await more()
            assert ward.replica.reads == before
            assert await ward.engine.database.healthy()
            await loop.run_in_executor(None, follower.start)
        await ward.reading()

    assert ward.work(load(ward, story)) == {200}
    assert ward.replica.failures > 0


def test_connections_that_are_ended_are_not_missed(ward: Ward, follower: Postgres) -> None:
    ward.put("/notes", title="a")
    ward.level()
    end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'kingpost' AND datname = '{}'"

    async def story(more: Callable[[], Awaitable[None]]) -> None:
        for _ in range(3):
            await ward.become(lambda: ward.replica.reaches(0))
            await more()
            assert int(await asyncio.to_thread(follower.ask, end.format(ward.name))) > 1
            await more()

    assert ward.work(load(ward, story)) == {200}


def test_one_that_says_nothing_any_more_keeps_nobody_waiting_for_long(ward: Ward, follower: Postgres) -> None:
    ward.put("/notes", title="a")
    ward.level()

    async def story() -> None:
        between = Between(follower.port)
        async with await asyncio.start_server(between.join, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            other = Ward(ward.url, follower.of(ward.name).replace(str(follower.port), str(port)))
            try:
                await other.become(lambda: other.replica.reaches(0))
                assert (await other.send("GET", f"{BASE}/notes/1")).status == 200
                assert other.replica.reads == 1
                between.silent = True
                began = asyncio.get_running_loop().time()
                answers = await asyncio.gather(*(other.send("GET", f"{BASE}/notes/1") for _ in range(30)))
                assert {each.status for each in answers} == {200}
                assert (await other.send("GET", f"{BASE}/notes/1")).status == 200
                assert asyncio.get_running_loop().time() - began < 5
                between.silent = False
                await other.become(lambda: other.replica.reaches(0))
                assert (await other.send("GET", f"{BASE}/notes/1")).status == 200
                assert other.replica.reads == 2
            finally:
                await other.running.stop()
                assert other.loop is not None
                other.loop.close()
                between.end()

    ward.work(story())


class Between:
    """Stands between a client and a server and hands on what each says, or says nothing to either."""

    def __init__(self, port: int) -> None:
        self.port, self.silent = port, False
        self.tasks: list[asyncio.Task[None]] = []

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a connection."""
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        self.tasks += [asyncio.create_task(self.hand(reader, back)), asyncio.create_task(self.hand(there, writer))]

    async def hand(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        """Hand on what one side says."""
        while said := await source.read(65_536):
            if not self.silent:
                target.write(said)
        target.close()

    def end(self) -> None:
        """Hand nothing on any more."""
        for task in self.tasks:
            task.cancel()


def test_a_read_that_the_replica_gives_up_for_what_it_is_sent_is_answered_by_the_primary(
    ward: Ward, server: Postgres, follower: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    for title in "ab":
        ward.put("/notes", title=title)
    ward.level()
    slow = ward.engine.database.prepare(Raw("SELECT count(*), count(pg_sleep(0.3)) FROM notes", 10))

    def program() -> Program[list[Row]]:
        return (yield slow, {})

    async def story() -> list[Row]:
        asked = asyncio.create_task(ward.replica.read(program))
        asleep = f"SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = '{ward.name}'"
        while int(await asyncio.to_thread(follower.ask, asleep)) == 0:
            pass
        await asyncio.to_thread(server.ask, "DELETE FROM notes WHERE title = 'b'", ward.name)
        await asyncio.to_thread(server.ask, "VACUUM notes", ward.name)
        return await asked

    follower.ask("ALTER SYSTEM SET max_standby_streaming_delay = 0")
    follower.ask("SELECT pg_reload_conf()")
    try:
        with caplog.at_level(logging.WARNING, "kingpost.store"):
            rows = ward.work(story())
    finally:
        follower.ask("ALTER SYSTEM RESET max_standby_streaming_delay")
        follower.ask("SELECT pg_reload_conf()")
    assert rows[1][0] == 1 and ward.replica.failures == 1
    assert any("conflict with recovery" in record.getMessage() for record in caplog.records)


def test_a_server_that_follows_nobody_or_holds_other_data_is_never_read(
    ward: Ward, follower: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward.put("/notes", title="a")
    for place, why in ((ward.url, "it follows no primary"), (follower.of(ward.name), "it holds another database")):
        other = Ward(ward.url, place)
        other.work(refused(other, why))
        assert (other.seen("/notes/1")[0].status, other.replica.reads) == (200, 0)
        other.close()
        monkeypatch.setattr(module, "WHO", module.WHO.replace(", system_identifier FROM", ", system_identifier + 1 FROM"))


def test_a_server_that_follows_the_primary_of_yesterday_is_never_read(ward: Ward, server: Postgres, follower: Postgres) -> None:
    ward.put("/notes", title="a")
    ward.level()
    with replica(server) as promoted:
        promoted.ask("SELECT pg_promote()")
        other = Ward(promoted.of(ward.name), follower.of(ward.name))
        other.work(refused(other, "it is on another timeline"))
        other.put("/notes/1", level=1)
        answer, there = other.seen("/notes/1")
        assert (answer.body["level"], there) == (1, 0)
        other.close()


async def refused(ward: Ward, why: str) -> None:
    """Wait until a replica is not read for a reason."""
    await ward.become(lambda: not ward.replica.reaches(0) and why in ward.replica.state)


def test_of_several_servers_behind_one_name_the_one_that_is_looked_at_is_read(ward: Ward) -> None:
    ward.put("/notes", title="a")
    ward.level()
    known, lives = ward.replica.known, iter(["another life", "yet another"])

    async def strange() -> tuple[Line, str, Stored]:
        line, who, system = await known()
        return line, next(lives, who), system

    ward.replica.known = strange  # type: ignore[method-assign]  # stands for a balancer
    assert ward.seen("/notes/1")[1] == 1
    assert next(lives, "") == ""
    lives = iter(["another life"] * 8)
    assert ward.replica.seats is not None
    for line in ward.replica.seats.pool.free:
        line.drop()
    answer, there = ward.seen("/notes/1")
    assert (answer.status, there, ward.replica.failures) == (200, 0, 1)


def test_the_numbers_tell_of_the_replica(ward: Ward) -> None:
    ward.put("/notes", title="a")
    ward.level()
    reads = sum(ward.seen("/notes/1")[1] for _ in range(7))
    text = ward.work(ward.numbers())
    assert f'kingpost_store_replica_reads_total{{outcome="ok"}} {reads}' in text and reads == 7
    assert 'kingpost_store_replica_reads_total{outcome="failed"} 0' in text
    (lag,) = [line for line in text.splitlines() if line.startswith("kingpost_store_replica_lag_seconds ")]
    assert 0 < float(lag.split()[1]) < 2
