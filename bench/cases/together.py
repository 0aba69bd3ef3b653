"""On PostgreSQL: statements with a name and without, rows two at a time and in one turn, creates alone and together."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from random import Random
from typing import Any

import asyncpg

from bench.blog import question
from bench.candidates import CANDIDATES
from bench.databases import databases
from bench.kingpost.app import app
from bench.ratio import compare
from bench.tokens import SECRET
from kingpost.call import Call, Result
from kingpost.engine.run import run
from kingpost.settings import Settings

AT_ONCE = 32
ROW = "SELECT id, title, content, published_at FROM posts WHERE id = $1"


def measure() -> Iterator[str]:
    """Compare on the rows of the comparison with others."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    with databases() as made, made.fresh(CANDIDATES[0]) as url:
        bare = loop.run_until_complete(asyncpg.connect(url, statement_cache_size=0))
        running = app.open(Settings(url, SECRET))
        loop.run_until_complete(running.begin())
        try:
            yield from named(loop, bare)
            yield from gathered(loop, lambda call: run(running.engine, call))
        finally:
            loop.run_until_complete(bare.close())
            loop.run_until_complete(running.stop())
    loop.close()


def named(loop: asyncio.AbstractEventLoop, bare: "asyncpg.Connection[Any]") -> Iterator[str]:
    """Compare statements."""
    nameless = loop.run_until_complete(bare.prepare(ROW))
    known = loop.run_until_complete(bare.prepare(ROW, name="one"))
    keys = count(1)

    def asked(statement: Any) -> Callable[[], object]:
        return lambda: loop.run_until_complete(statement.fetch(next(keys) % 100_000 + 1))

    yield compare("a row, by a statement with a name", asked(nameless), asked(known))


def gathered(loop: asyncio.AbstractEventLoop, ask: Callable[[Call], Awaitable[object]]) -> Iterator[str]:
    """Compare how many go at a time; the numbers are for all of them."""
    keys, chance = count(1), Random(1)

    def gets() -> list[Call]:
        return [Call("posts.get", key=str(next(keys) % 100_000 + 1)) for _ in range(AT_ONCE)]

    def creates() -> list[Call]:
        return [Call("posts.create", input=dict(question("create", chance).body)) for _ in range(AT_ONCE)]

    def at(most: int, calls: Callable[[], list[Call]]) -> Callable[[], object]:
        async def all_of_them() -> None:
            made = calls()
            for begun in range(0, AT_ONCE, most):
                for answer in await asyncio.gather(*map(ask, made[begun : begun + most])):
                    assert isinstance(answer, Result) or not answer, answer

        return lambda: loop.run_until_complete(all_of_them())

    yield compare(f"{AT_ONCE} rows, in one turn and not two at a time", at(2, gets), at(AT_ONCE, gets))
    yield compare(f"{AT_ONCE} new rows, together and not one by one", at(1, creates), at(AT_ONCE, creates))
