"""The engine runs on a transaction as it does on the store: rules, Changes and counts, all of it or nothing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from kingpost.call import Call, Failure, Result, Shape
from kingpost.engine.engine import Engine
from kingpost.engine.run import run
from kingpost.store.sqlite.connect import MEMORY
from tests.engine.running import Account, Backend


class Enough(Exception):
    """What the code of a block raises."""


@pytest.fixture(params=["file", "memory"])
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Backend]:
    """A blog."""
    made = Backend(path=MEMORY if request.param == "memory" else str(tmp_path / "app.db"))
    async with asyncio.timeout(20):
        yield made
        await made.running.stop()


async def member(backend: Backend, name: str) -> Account:
    body = {"name": name, "email": f"{name}@example.com", "password": "SecurePass123!"}
    answer = await backend.send("POST", "/api/v1/users", body)
    return Account(answer.body["id"], body["email"], backend.identity.token(answer.body["id"], 0))


async def post(engine: Engine, who: Account, **values: Any) -> Result:
    """Write a post that is published."""
    body = {"title": "A title", "published_at": "2026-01-01T00:00:00Z", **values}
    made = await run(engine, Call("posts.create", input=body, token=who.token))
    assert isinstance(made, Result), made
    return made


async def test_calls_within_one_are_committed_together_with_their_changes_and_counts(backend: Backend) -> None:
    ann = await member(backend, "Ann")
    async with backend.engine.store.transaction() as held:
        inside = backend.engine.on(held)
        first, second = await post(inside, ann), await post(inside, ann, title="Another")
        found = await run(inside, Call("posts.get", Shape(among=True), keys=(second.key, first.key), token=ann.token))
        assert isinstance(found, Result) and [row[0] for row in found.rows] == [second.key, first.key]
    assert backend.rows("SELECT title FROM posts ORDER BY id") == [("A title",), ("Another",)]
    assert backend.rows("SELECT post_count FROM users") == [(2,)]
    changed = [(change["resource"], change["kind"]) for change in backend.changes(since=1)]
    assert changed == [("posts", "created"), ("posts", "created")]


async def test_calls_within_one_that_raises_leave_the_data_as_they_were(backend: Backend) -> None:
    ann = await member(backend, "Ann")
    before = backend.snapshot()
    with pytest.raises(Enough):
        async with backend.engine.store.transaction() as held:
            inside = backend.engine.on(held)
            await post(inside, ann)
            gone = await run(inside, Call("users.delete", key=str(ann.id), token=ann.token))
            assert isinstance(gone, Failure) and gone.kind == "forbidden"
            raise Enough
    async with backend.engine.store.transaction():
        pass
    after = backend.snapshot()
    assert after == before


async def test_a_refused_call_is_undone_alone(backend: Backend) -> None:
    ann, bob = await member(backend, "Ann"), await member(backend, "Bob")
    async with backend.engine.store.transaction() as held:
        inside = backend.engine.on(held)
        await post(inside, ann)
        refused = await run(inside, Call("posts.create", input={"title": "As Bob", "user_id": bob.id}, token=ann.token))
        assert isinstance(refused, Failure) and refused.kind == "forbidden"
        await post(inside, bob)
    assert backend.rows("SELECT user_id FROM posts ORDER BY id") == [(ann.id,), (bob.id,)]
    assert backend.rows("SELECT post_count FROM users ORDER BY id") == [(1,), (1,)]


async def test_who_was_made_within_one_signs_in_within_it(backend: Backend) -> None:
    async with backend.engine.store.transaction() as held:
        inside = backend.engine.on(held)
        body = {"name": "Ann", "email": "ann@example.com", "password": "SecurePass123!"}
        made = await run(inside, Call("users.create", input=body))
        assert isinstance(made, Result)
        token = (await inside.identity.sign_in("ann@example.com", "SecurePass123!", ""))["access_token"]
        written = await run(inside, Call("posts.create", input={"title": "At once"}, token=str(token)))
        assert isinstance(written, Result)
    assert backend.rows("SELECT user_id, title FROM posts") == [(made.key, "At once")]
