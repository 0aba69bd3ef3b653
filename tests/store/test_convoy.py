"""New rows of different callers go together into PostgreSQL, and each caller is answered as if alone."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import asyncpg
import pytest

from kingpost.store.postgres import convoy
from kingpost.store.postgres.connect import PostgresStore
from kingpost.store.postgres.line import LONGEST_WAIT
from kingpost.testing import Answer
from tests.engine.running import BASE, Backend
from tests.servers.postgres import Postgres
from tests.store.connections import until
from tests.store.isolation import app

MANY = 24
PERSON = {"email": "ann@example.com", "name": "Ann", "password": "SecurePass123!"}
SLOW = """
    CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.05); RETURN NULL; END $$;
    CREATE TRIGGER slow AFTER INSERT ON notes FOR EACH ROW EXECUTE FUNCTION slow();
"""
HELD = "SELECT 1 FROM nurses WHERE id = 1 FOR UPDATE"


class Clinic:
    """An app with two nurses on PostgreSQL, and a connection past it."""

    def __init__(self, server: Postgres, url: str) -> None:
        self.server, self.name = server, url.rpartition("/")[2]
        self.backend = Backend(app, url)
        store = self.backend.engine.database
        assert isinstance(store, PostgresStore)
        self.store = store

    def look(self, text: str) -> list[str]:
        """Ask the database, past the app."""
        return self.server.ask(text, self.name).splitlines()

    async def begin(self) -> "asyncpg.Connection[asyncpg.Record]":
        """Sign two nurses up, and open the connection."""
        for email in ("ann@example.com", "bob@example.com"):
            answer = await self.backend.send("POST", f"{BASE}/nurses", {**PERSON, "email": email})
            assert answer.status == 201
        return await asyncpg.connect(self.server.of(self.name))

    async def note(self, title: str, by: int = 1, **more: Any) -> Answer:
        """Write a note."""
        token = self.backend.identity.token(by, 0)
        return await self.backend.send("POST", f"{BASE}/notes", {"title": title, **more}, token)


Play = Callable[[Clinic, "asyncpg.Connection[asyncpg.Record]"], Awaitable[None]]


@pytest.fixture
def clinic(server: Postgres) -> Iterator[Clinic]:
    url = server.database()
    yield Clinic(server, url)
    server.free(url)


def play(clinic: Clinic, one: Play) -> None:
    """Let something happen, and let go of everything."""

    async def whole() -> None:
        beside = await clinic.begin()
        try:
            await one(clinic, beside)
        finally:
            await beside.close()
            await clinic.backend.running.stop()

    asyncio.run(whole())


def test_many_who_write_at_once_share_a_transaction_and_each_is_given_the_own_row(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convoy, "LONG", 10.0)  # so that a slow machine is not taken for slow rows

    async def one(clinic: Clinic, beside: object) -> None:
        answers = await asyncio.gather(*(clinic.note(f"{at}", 1 + at % 2, shown=at % 3 > 0) for at in range(MANY)))
        assert [(each.status, each.body["title"], each.body["nurse_id"]) for each in answers] == [
            (201, f"{at}", 1 + at % 2) for at in range(MANY)
        ]
        assert clinic.look("SELECT count(DISTINCT xmin::text) < 12 AND count(*) = 24 FROM notes") == ["t"]
        own = "c.key = n.id::text AND c.xmin = n.xmin AND c.after::json ->> 'title' = n.title AND c.actor = n.nurse_id::text"
        assert clinic.look(f"SELECT count(*) FROM notes n JOIN kingpost_changes c ON c.resource = 'notes' AND {own}") == ["24"]
        counted = "(SELECT count(*) FROM notes WHERE nurse_id = n.id AND shown = 1)"
        assert clinic.look(f"SELECT note_count > 0 AND note_count = {counted} FROM nurses n") == ["t", "t"]

    play(clinic, one)


def test_one_that_is_refused_takes_no_other_along(clinic: Clinic) -> None:
    async def one(clinic: Clinic, beside: object) -> None:
        unlike: list[dict[str, Any]] = [{"slug": "a"}, {"slug": "a"}, {"nurse_id": 2}, {"nurse_id": 9}]
        wrong = (clinic.note("x", **each) for each in unlike)
        answers = await asyncio.gather(*(clinic.note(f"{at}") for at in range(10)), *wrong)
        assert [each.status for each in answers[:10]] == [201] * 10
        assert sorted(each.status for each in answers[10:12]) == [201, 409]
        assert [each.status for each in answers[12:]] == [403, 400]
        taken = next(each for each in answers if each.status == 409)
        assert "slug" in taken.text
        assert clinic.look("SELECT count(*) FROM notes") == ["11"]
        assert clinic.look("SELECT count(*) FROM kingpost_changes WHERE resource = 'notes'") == ["11"]
        assert clinic.look("SELECT note_count FROM nurses ORDER BY id") == ["11", "0"]

    play(clinic, one)


def test_who_needs_a_row_that_somebody_holds_holds_up_no_other(clinic: Clinic) -> None:
    async def one(clinic: Clinic, beside: "asyncpg.Connection[asyncpg.Record]") -> None:
        async with beside.transaction():
            await beside.execute(HELD)
            waiting = asyncio.ensure_future(clinic.note("a", 1))
            async with asyncio.timeout(LONGEST_WAIT / 2):
                others = await asyncio.gather(*(clinic.note("b", 2) for _ in range(5)))
            assert [each.status for each in others] == [201] * 5
            assert not waiting.done()
        assert (await waiting).status == 201
        assert clinic.look("SELECT note_count FROM nurses ORDER BY id") == ["1", "5"]

    play(clinic, one)


def test_those_that_take_long_go_each_by_itself(clinic: Clinic) -> None:
    async def one(clinic: Clinic, beside: "asyncpg.Connection[asyncpg.Record]") -> None:
        await beside.execute(SLOW)
        answers = await asyncio.gather(*(clinic.note(f"{at}") for at in range(8)))
        assert [each.status for each in answers] == [201] * 8
        assert clinic.look("SELECT count(DISTINCT xmin::text), count(*) FROM notes") == ["8|8"]

    play(clinic, one)


def test_what_is_written_goes_on_when_whoever_asked_has_gone(clinic: Clinic) -> None:
    async def one(clinic: Clinic, beside: object) -> None:
        asked = [asyncio.ensure_future(clinic.note(f"{at}")) for at in range(4)]
        while not clinic.store.convoy.waiting:  # noqa: ASYNC110  # nothing is told of it
            await asyncio.sleep(0)
        for each in asked[:2]:
            each.cancel()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [isinstance(each, asyncio.CancelledError) for each in answers] == [True, True, False, False]
        await until(lambda: clinic.look("SELECT count(*), sum(note_count) FROM notes, nurses WHERE nurses.id = 1") == ["4|16"])
        assert clinic.store.load().busy == 0

    play(clinic, one)


def test_one_whose_connection_is_lost_is_not_done_a_second_time(clinic: Clinic) -> None:
    async def one(clinic: Clinic, beside: "asyncpg.Connection[asyncpg.Record]") -> None:
        async def sent(text: str = "COMMIT") -> None:
            """Let the server have done it, and the answer be lost."""
            await commit(text)
            raise ConnectionResetError

        assert (await clinic.note("first")).status == 201
        (line,) = [each for each in clinic.store.pool.free if each.prepared]
        commit, line.end = line.end, sent  # type: ignore[method-assign]  # this connection alone
        clinic.store.pool.free[:] = [line]
        answers = await asyncio.gather(clinic.note("a"), clinic.note("b"))
        assert [each.status for each in answers] == [503, 503]
        assert clinic.look("SELECT title FROM notes ORDER BY id") == ["first", "a", "b"]

    play(clinic, one)


def test_a_new_row_that_rests_on_what_another_changes_is_not_done_beside_it(clinic: Clinic) -> None:
    async def one(clinic: Clinic, beside: "asyncpg.Connection[asyncpg.Record]") -> None:
        # Each reads what the other writes: the note its nurse, and whoever renames the nurse that there are no notes.
        with pytest.raises(asyncpg.SerializationError):
            async with beside.transaction(isolation="serializable"):
                assert await beside.fetch("SELECT 1 FROM notes WHERE nurse_id = 1") == []
                await beside.execute("UPDATE nurses SET name = 'Nobody' WHERE id = 1")
                assert (await clinic.note("a", nurse_id=1, shown=False)).status == 201
        assert clinic.look("SELECT name FROM nurses WHERE id = 1") == ["Ann"]

    play(clinic, one)


def test_a_part_of_a_batch_stays_with_the_others(clinic: Clinic) -> None:
    async def one(clinic: Clinic, beside: object) -> None:
        await clinic.note("a", slug="a")
        before = clinic.look("SELECT * FROM notes, nurses, kingpost_changes")
        parts = [{"do": "create", "data": {"title": "b"}}, {"do": "create", "data": {"title": "c", "slug": "a"}}]
        token = clinic.backend.identity.token(1, 0)
        answer = await clinic.backend.send("POST", f"{BASE}/notes/batch", {"items": parts}, token)
        assert answer.status == 409
        assert clinic.look("SELECT * FROM notes, nurses, kingpost_changes") == before

    play(clinic, one)
