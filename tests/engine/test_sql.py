"""Code may ask the database in its own words: values are bound, reads are bounded, and writes need a transaction."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import apsw
import pytest

from kingpost.call import Failure
from kingpost.engine.engine import Engine
from kingpost.engine.failures import failure
from kingpost.engine.sql import sql
from kingpost.store.protocol import Conflict, Slow
from kingpost.store.sqlite import connect
from kingpost.store.sqlite.connect import MEMORY
from tests.engine.running import Backend

ENDLESS = "WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k) SELECT count(*) AS n FROM k"
NUMBERS = "WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k LIMIT :most) SELECT i FROM k"
ADD = "INSERT INTO posts (user_id, title, created_at) SELECT id, :title, 0 FROM users WHERE name = :name RETURNING id, title"


@pytest.fixture(params=["file", "memory"])
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Backend]:
    """A blog with Ann in it."""
    made = Backend(path=MEMORY if request.param == "memory" else str(tmp_path / "app.db"))
    body = {"name": "Ann", "email": "ann@example.com", "password": "SecurePass123!"}
    assert (await made.send("POST", "/api/v1/users", body)).status == 201
    async with asyncio.timeout(20):
        yield made
        await made.running.stop()


async def ask(engine: Engine, text: str, within: bool = False, /, **values: Any) -> list[dict[str, Any]]:
    return await sql(engine, text, values, within)


async def test_rows_come_by_the_names_of_their_columns(backend: Backend) -> None:
    found = await ask(
        backend.engine, "SELECT id, name AS who, :n + 1 AS n, NULL AS none FROM users WHERE name = :name", n=4, name="Ann"
    )
    assert found == [{"id": 1, "who": "Ann", "n": 5, "none": None}]
    assert await ask(backend.engine, "SELECT id FROM users WHERE name = 'nobody'") == []
    assert await ask(backend.engine, "VALUES (1);") == [{"column1": 1}]


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (None, None), (True, 1), (False, 0), (-(2**63), -(2**63)), ("it's -- ; :x", "it's -- ; :x"), ("", ""), ("é😀", "é😀"),
        (datetime(2026, 1, 31, 10, 30, 0, 5, tzinfo=UTC), 1_769_855_400_000_005),
        (datetime(1960, 1, 1, tzinfo=timezone(timedelta(hours=2))), -315_626_400_000_000),
        (date(2026, 1, 31), "2026-01-31"),
        (UUID("01890A5D-AC96-774B-BCCE-B302099A8057"), "01890a5d-ac96-774b-bcce-b302099a8057"),
    ],
)  # fmt: skip
async def test_every_kind_of_value_is_bound_as_rows_hold_it(backend: Backend, value: Any, stored: Any) -> None:
    assert await ask(backend.engine, "SELECT :value AS value, :value AS again", value=value) == [
        {"value": stored, "again": stored}
    ]


@pytest.mark.parametrize(
    "value", [1.5, b"x", Decimal(1), [1], {"a": 1}, (1,), object(), datetime(2026, 1, 1), "nul\0", "\ud800", timedelta(1)]
)
async def test_what_no_row_holds_is_refused_by_name(backend: Backend, value: Any) -> None:
    with pytest.raises(TypeError, match=":value "):
        await ask(backend.engine, "SELECT :value AS value", value=value)


async def test_a_value_too_many_or_too_few_is_refused_by_name(backend: Backend) -> None:
    for text, values, said in (
        ("SELECT :a AS a", {}, "there is no value for :a"),
        ("SELECT 1 AS a", {"b": 1}, "there is no :b in the statement"),
        ("SELECT ':b' AS a", {"b": 1}, "there is no :b in the statement"),
    ):
        with pytest.raises(TypeError, match=said):
            await ask(backend.engine, text, **values)
    for text in ("SELECT ? AS a", "SELECT ?1 AS a", "SELECT @a AS a", "SELECT $a AS a"):
        with pytest.raises(ValueError, match="Values go by names"):
            await ask(backend.engine, text)


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO posts (user_id, title, created_at) VALUES (1, 'x', 0)", "UPDATE users SET name = 'x' RETURNING id",
        "DELETE FROM users", "REPLACE INTO kingpost_meta VALUES ('kept', '')", "WITH x AS (SELECT 1) DELETE FROM users",
        "/* SELECT */ UPDATE users SET name = 'x'",
    ],
)  # fmt: skip
async def test_outside_a_transaction_nothing_is_written(backend: Backend, text: str) -> None:
    before = backend.snapshot()
    with pytest.raises(ValueError, match=r"Writes need context.transaction\(\)"):
        await ask(backend.engine, text)
    assert backend.snapshot() == before


@pytest.mark.parametrize(
    "text", ["PRAGMA user_version = 5", "ATTACH 'x' AS y", "BEGIN", "COMMIT", "SAVEPOINT x", "VACUUM", "DROP TABLE posts"]
)
async def test_what_is_neither_reading_nor_writing_rows_is_refused_everywhere(backend: Backend, text: str) -> None:
    before = backend.snapshot()
    for wrong in (text, f"SELECT 1; {text}"):
        with pytest.raises(ValueError, match=r"begins with one of|Only one statement"):
            await ask(backend.engine, wrong)
        async with backend.engine.store.transaction() as held:
            with pytest.raises(ValueError, match=r"begins with one of|Only one statement"):
                await ask(backend.engine.on(held), wrong, True)
    assert backend.snapshot() == before


async def test_within_a_transaction_it_writes_and_sees_what_was_written(backend: Backend) -> None:
    async with backend.engine.store.transaction() as held:
        inside = backend.engine.on(held)
        assert await ask(inside, ADD, True, title="One", name="Ann") == [{"id": 1, "title": "One"}]
        assert await ask(inside, "SELECT title FROM posts", True) == [{"title": "One"}]
        assert await ask(inside, "UPDATE posts SET title = :new WHERE id = 1", True, new="Two") == []
    assert await ask(backend.engine, "SELECT title FROM posts") == [{"title": "Two"}]
    with pytest.raises(KeyError):
        async with backend.engine.store.transaction() as held:
            await ask(backend.engine.on(held), "DELETE FROM posts", True)
            raise KeyError
    assert await ask(backend.engine, "SELECT title FROM posts") == [{"title": "Two"}]


async def test_one_that_fails_is_undone_alone(backend: Backend) -> None:
    async with backend.engine.store.transaction() as held:
        inside = backend.engine.on(held)
        await ask(inside, ADD, True, title="One", name="Ann")
        with pytest.raises(Conflict):
            await ask(inside, "INSERT INTO posts (user_id, title, created_at) VALUES (99, 'x', 0)", True)
        with pytest.raises(apsw.SQLError):
            await ask(inside, "SELECT nothing FROM posts", True)
    assert await ask(backend.engine, "SELECT title FROM posts") == [{"title": "One"}]


async def test_a_conflict_with_what_is_no_resource_is_told_as_well(backend: Backend) -> None:
    async with backend.engine.store.transaction() as held:
        with pytest.raises(Conflict) as conflict:
            await ask(backend.engine.on(held), "INSERT INTO kingpost_meta VALUES ('kept', '')", True)
    assert failure(backend.engine.contract, conflict.value) == Failure("conflict", "It is there already")


async def test_it_gives_so_many_rows_and_no_more(backend: Backend) -> None:
    assert len(await ask(backend.engine, NUMBERS, most=25_000)) == 25_000
    with pytest.raises(ValueError, match=r"Gives more than 25,000 rows; write LIMIT"):
        await ask(backend.engine, NUMBERS, most=25_001)


async def test_a_read_takes_no_longer_than_others_and_within_a_transaction_no_longer_than_that(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "LONGEST_READ", 0.05)
    with pytest.raises(Slow):
        await ask(backend.engine, ENDLESS)
    with pytest.raises(Slow):
        async with backend.engine.store.transaction(0.05) as held:
            await ask(backend.engine.on(held), ADD, True, title="One", name="Ann")
            await ask(backend.engine.on(held), ENDLESS, True)
    assert await ask(backend.engine, "SELECT count(*) AS n FROM posts") == [{"n": 0}]


async def test_columns_of_one_name_and_of_kinds_that_no_row_holds_are_refused(backend: Backend) -> None:
    with pytest.raises(ValueError, match="Two columns are named 'id'"):
        await ask(backend.engine, "SELECT id, id FROM users")
    for text, said in (("SELECT 1.5 AS half", "'half' is a float"), ("SELECT x'00' AS raw", "'raw' is a bytes")):
        with pytest.raises(TypeError, match=said):
            await ask(backend.engine, text)
