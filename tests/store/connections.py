"""What is seen of a store's connections, from within and from its server, and people who ask and go at random moments."""

import asyncio
import math
import random
import time
from collections.abc import Callable
from typing import Any

from kingpost.contract.expr import Hole, Test
from kingpost.plan.query import Find, Raw, Set, Table, Value
from kingpost.store.postgres.connect import PostgresStore
from kingpost.store.postgres.line import SETTINGS
from kingpost.store.protocol import Busy, Program, Slow
from tests.servers.postgres import Postgres
from tests.store.desk import Desk

BY_KEY = Find(Table("things", (Value("id"), Value("label"))), Test(("id",), "=", Hole("key")))


def asking(store: PostgresStore, text: str, **values: int) -> Callable[[], Program[Any]]:
    """Make a program of one statement in the database's own words."""
    statement = store.prepare(Raw(text, 10))

    def program() -> Program[Any]:
        return (yield statement, values)

    return program


def states(server: Postgres, url: str) -> list[str]:
    """Give what each connection of ours does, as the server sees it."""
    name = url.rpartition("/")[2].partition("?")[0]
    found = f"SELECT state FROM pg_stat_activity WHERE application_name = 'kingpost' AND datname = '{name}'"
    return server.ask(found).splitlines()


async def until(true: Callable[[], bool]) -> None:
    """Wait for what another process does."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110  # another process sets no event
            await asyncio.sleep(0.01)


async def clean(store: PostgresStore, server: Postgres, url: str) -> None:
    """Assert that all connections are free, idle as the server sees them, and have the settings they were opened with."""
    pools = (store.pool, store.reserved.pool)
    await until(lambda: not any(pool.busy or pool.waiting or pool.opening for pool in pools))
    await until(lambda: states(server, url) == ["idle"] * store.load().connections)
    for line in [line for pool in pools for line in pool.lines if not line.closed]:
        assert line.clean and not line.dirty and not line.free
        for name, value in SETTINGS.items():
            (told,) = await line.connection.fetchrow("SELECT setting FROM pg_settings WHERE name = $1", name) or ("",)
            assert told == value, name


async def leave_at_random(store: PostgresStore, many: int, chance: random.Random, end: float = math.inf) -> int:
    """Ask in many ways at once, each for something of one's own, and go at random moments; gives how many did.

    No one hears another's answer.
    """

    async def ask(number: int) -> None:
        key = number % 50 + 1
        match number % 6:
            case 0 | 1:
                assert await Desk(store).ask(BY_KEY, key=key) == [(key, f"thing {key}")]
            case 2:
                assert await store.first.read(asking(store, "SELECT CAST(:k AS bigint) AS found", k=number)) == [
                    ("found",),
                    (number,),
                ]
            case 3:
                assert await store.read(asking(store, "SELECT CAST(:k AS bigint) AS found FROM pg_sleep(0.005)", k=number)) == [
                    ("found",),
                    (number,),
                ]
            case 4:
                assert len(await Desk(store).do(Set("things", "size"), key=key, value=number)) <= 1
            case _:
                async with store.transaction() as held:
                    assert await Desk(held).ask(BY_KEY, key=key) == [(key, f"thing {key}")]
                    async with held.transaction() as inner:
                        await Desk(inner).do(Set("things", "size"), key=key, value=-number)
                    raise KeyError

    asked = left = 0
    while left < many and time.monotonic() < end:
        tasks = [asyncio.create_task(ask(asked + at)) for at in range(60)]
        asked += len(tasks)
        loop = asyncio.get_running_loop()
        for task in tasks:
            if chance.random() < 0.9:
                loop.call_later(chance.choice((0, 0.001, 0.005, 0.02, 0.05)) * chance.random(), task.cancel)
        for answer in await asyncio.gather(*tasks, return_exceptions=True):
            left += isinstance(answer, asyncio.CancelledError)
            assert answer is None or isinstance(answer, asyncio.CancelledError | KeyError | Busy | Slow), answer
    return left
