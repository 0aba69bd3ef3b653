"""One call is answered whole or not at all, whatever breaks on the way; and every way to fail is told."""

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, get_args

import pytest

from kingpost.call import Call, Failure, Kind, Refused, Result
from kingpost.contract.inputs import Unfit
from kingpost.engine.engine import Engine
from kingpost.engine.failures import failure
from kingpost.engine.run import run
from kingpost.store.protocol import Ask, Busy, Conflict, Full, Program
from kingpost.surface.rest.encode import encode
from kingpost.surface.rest.refusals import CODES
from tests.engine.running import BASE, PASSWORD, Account, Backend, Snapshot

SECRETS = ("Canary1Canary", "canary@example.com")


@pytest.fixture
def backend() -> Iterator[Backend]:
    made = Backend()
    with closing(made):
        yield made


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Backend]:
    """Give a backend on a file, which writes on its thread."""
    made = Backend(path=str(tmp_path / "app.db"))
    yield made
    await made.running.stop()


async def member(backend: Backend, name: str = "Ann") -> Account:
    body = {"name": name, "email": f"{name}@example.com", "password": PASSWORD}
    answer = await backend.send("POST", f"{BASE}/users", body)
    return Account(answer.body["id"], body["email"], backend.identity.token(answer.body["id"], 0))


def test_every_kind_of_failure_has_a_status_and_a_code(backend: Backend) -> None:
    call = Call("posts.list", request_id="req_1")
    told = {kind: encode(backend.engine.contract, BASE, call, Failure(kind, "No")) for kind in get_args(Kind)}
    assert set(CODES) == set(get_args(Kind))
    for kind, response in told.items():
        error = json.loads(response.body)["error"]
        assert (response.status, error["code"], error["message"]) == (*CODES[kind], "No")
        assert 400 <= response.status < 600


def test_every_refusal_of_the_engine_and_the_store_becomes_a_failure(backend: Backend) -> None:
    engine = backend.engine
    address = next(field.name for field in engine.contract.resource["users"].fields if field.origin == "folded")
    taken = failure(engine.contract, Conflict("users", (address,)))
    assert (taken.kind, taken.message, [(each.field, each.message) for each in taken.details]) == (
        "conflict", "Another user has this email", [("email", "Is already taken")],
    )  # fmt: skip
    assert failure(engine.contract, Conflict("", ())).kind == "conflict"
    assert failure(engine.contract, Full()).kind == "full"
    assert (failure(engine.contract, Busy()).kind, failure(engine.contract, Busy()).retry_after) == ("unavailable", 1)
    unfit = failure(engine.contract, Unfit([("title", "Is required", "required")]))
    assert (unfit.kind, unfit.details[0].field) == ("invalid", "title")
    assert failure(engine.contract, Refused("forbidden", "No")) == Failure("forbidden", "No")


class Broken(Exception):
    """Nobody foresaw this one; its text holds what was sent."""


def broken(*_: object, **__: object) -> Any:
    raise Broken(*SECRETS)


PLACES: list[Callable[[Engine], tuple[object, str]]] = [
    lambda engine: (engine.store, "read"), lambda engine: (engine.store, "write"), lambda engine: (engine.store, "prepare"),
    lambda engine: (engine, "now"), lambda engine: (engine, "ready"), lambda engine: (engine.identity, "find"),
    lambda engine: (engine.identity, "sign_in"), lambda engine: (engine.identity.passwords, "hash"),
    lambda engine: (engine.identity.passwords, "matches"), lambda engine: (engine.marks, "write"),
]  # fmt: skip


@pytest.mark.parametrize("place", range(len(PLACES)))
def test_what_no_one_foresaw_is_told_as_internal_without_its_text_and_the_next_call_is_answered(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, place: int
) -> None:
    """E1, E2, H9."""
    caplog.set_level(logging.DEBUG)
    ann = backend.join("Ann")
    for _ in range(2):
        assert backend.ask("POST", f"{BASE}/posts", {"title": "x"}, ann.token).status == 201
    asked: list[tuple[str, str, object, str]] = [
        ("GET", "posts?limit=1", None, ann.token), ("GET", "posts/1", None, ann.token),
        ("PATCH", "posts/1", {"title": "y"}, ann.token),
        ("POST", "posts", {"title": "y"}, ann.token), ("DELETE", "posts/1", None, ann.token),
        ("POST", "users", {"name": "Eve", "email": SECRETS[1], "password": SECRETS[0]}, ""),
        ("POST", "auth/login", {"email": ann.email, "password": PASSWORD}, ""),
    ]  # fmt: skip
    failed = []
    with monkeypatch.context() as patch:
        patch.setattr(*PLACES[place](backend.engine), broken)
        backend.engine.plans.kept.clear()
        for method, url, body, token in asked:
            before = backend.snapshot()
            answer = backend.ask(method, f"{BASE}/{url}", body, token)
            if answer.status == 500:
                assert backend.snapshot() == before
                assert (answer.error["code"], answer.message) == ("INTERNAL", "Something went wrong on the server")
                assert "details" not in answer.error
                failed.append(answer)
    assert failed
    lines = [record.getMessage() for record in caplog.records if record.name == "kingpost"]
    causes = [json.loads(line) for line in lines if "cause" in line]
    assert len(causes) == len(failed)
    assert {cause["requestId"] for cause in causes} == {answer.error["requestId"] for answer in failed}
    assert all(cause["cause"].startswith("Broken at ") for cause in causes)
    assert not [line for line in lines for secret in (*SECRETS, PASSWORD, ann.token) if secret in line]
    for method, url, body, token in asked[:4]:
        assert backend.ask(method, f"{BASE}/{url}", body, token).status in (200, 201, 404)


def test_a_write_that_breaks_at_any_of_its_statements_leaves_nothing_behind(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E3 for errors: the n-th statement fails, for n = 1 until none does; the store undoes what went before it."""
    ann, cid = backend.join("Ann"), backend.promote(backend.join("Cid"))
    for number in range(3):
        body = {"title": f"{number}", "published_at": "2026-01-31T10:30:00Z"}
        assert backend.ask("POST", f"{BASE}/posts", body, ann.token).status == 201
    write = backend.store.write
    for method, url, body_, token in (
        ("POST", "posts", {"title": "new", "published_at": "2026-01-31T10:30:00Z"}, ann.token),
        ("PATCH", "posts/1", {"user_id": cid.id}, cid.token), ("DELETE", f"users/{ann.id}", None, cid.token),
    ):  # fmt: skip
        before = backend.snapshot()
        for fails_at in range(1, 50):
            asked = 0

            def some(program: Program[Any], most: int = fails_at) -> Program[Any]:
                nonlocal asked
                ask: Ask = next(program)
                while True:
                    asked += 1
                    if asked == most:
                        raise Broken("at this statement")
                    try:
                        ask = program.send((yield ask))
                    except StopIteration as stop:
                        return stop.value

            with monkeypatch.context() as patch:
                patch.setattr(backend.store, "write", lambda program, some=some: write(lambda: some(program())))
                answer = backend.ask(method, f"{BASE}/{url}", body_, token)
            if answer.status != 500:
                assert answer.status in (200, 201, 204)
                break
            assert backend.snapshot() == before
        assert asked >= 3
        assert backend.snapshot() != before


async def test_of_many_who_sign_up_at_once_with_one_address_exactly_one_succeeds(served: Backend) -> None:
    served.identity.passwords.most = 1_000
    for round_ in range(5):
        spellings = [f"Ann{round_}@example.com", f"ann{round_}@EXAMPLE.com", f"ANN{round_}@example.com"]
        bodies = [{"name": f"Ann {each}", "email": spellings[each % 3], "password": PASSWORD} for each in range(24)]
        told = len(served.changes())
        answers = await asyncio.gather(*(served.send("POST", f"{BASE}/users", body) for body in bodies))
        assert sorted(answer.status for answer in answers) == [201] + [409] * 23
        won = next(answer for answer in answers if answer.status == 201)
        assert [(change["key"], change["kind"]) for change in served.changes(told)] == [(won.body["id"], "created")]
        kept = served.rows("SELECT id, name FROM users WHERE name LIKE 'Ann%' ORDER BY id")
        assert kept[round_:] == [(won.body["id"], won.body["name"])]


class Gate:
    """Holds the writer thread until it is opened."""

    def __init__(self, backend: Backend) -> None:
        self.reached, self.open = threading.Event(), threading.Event()
        self.backend = backend

    def program(self) -> Program[None]:
        self.reached.set()
        assert self.open.wait(30)
        yield self.backend.engine.append, {"resource": "gate", "key": 0, "kind": "held", "at": 0}

    async def close(self) -> "asyncio.Task[None]":
        task = asyncio.create_task(self.backend.store.write(self.program))
        await asyncio.to_thread(self.reached.wait, 30)
        return task


async def test_a_write_whose_caller_goes_away_while_it_waits_is_still_committed_whole(
    served: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E3, F30: what was handed to the store is done, Change and count included, though no one is left to hear of it."""
    ann = await member(served)
    gate = Gate(served)
    held = await gate.close()
    told = len(served.changes())
    handed, put = asyncio.Event(), served.store.waiting.put_nowait

    def hand(item: Any) -> None:
        put(item)
        handed.set()

    monkeypatch.setattr(served.store.waiting, "put_nowait", hand)
    body = {"title": "new", "published_at": "2026-01-31T10:30:00Z"}
    asking = asyncio.create_task(served.send("POST", f"{BASE}/posts", body, ann.token))
    await handed.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    gate.open.set()
    await held
    # Writes are done in the order they came, so after one more everything before it is done.
    assert (await served.send("PATCH", f"{BASE}/users/{ann.id}", {"name": "After"}, ann.token)).status == 200
    assert [(each["resource"], each["kind"]) for each in served.changes(told)] == [
        ("gate", "held"), ("posts", "created"), ("users", "updated"),
    ]  # fmt: skip
    assert served.rows("SELECT title FROM posts") == [("new",)]
    assert served.rows("SELECT post_count FROM users") == [(1,)]


async def test_a_call_that_is_cancelled_at_any_step_leaves_all_of_its_write_or_none(served: Backend) -> None:
    """E3: cancelled at its n-th step, for n = 0 until it is answered."""
    ann = await member(served)
    whole = 0
    for steps in range(400):
        before = counts(served.snapshot())
        body = {"name": "Eve", "email": f"eve{steps}@example.com", "password": PASSWORD}
        asking = asyncio.create_task(served.send("POST", f"{BASE}/users", body))
        for _ in range(steps):
            if asking.done():
                break
            await asyncio.sleep(0)
        done = asking.done()
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking
        answer = await served.send("PATCH", f"{BASE}/users/{ann.id}", {"name": f"After {steps}"}, ann.token)
        assert answer.status == 200
        users, told = (now - was for now, was in zip(counts(served.snapshot()), before, strict=True))
        assert (users, told) in ((0, 1), (1, 2))
        whole += users
        if done and users:
            break
    assert whole
    assert served.identity.passwords.under_way == 0


def counts(snapshot: Snapshot) -> tuple[int, int]:
    return len(snapshot["users"]), len(snapshot["kingpost_changes"])


async def test_a_cancelled_call_is_written_down_as_such(backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "kingpost")
    begun = asyncio.Event()

    async def wait(*_: object) -> Any:
        begun.set()
        await asyncio.Event().wait()

    backend.engine.code = {"accounts.login": wait}
    call = Call("auth.login", input={"email": "a@example.com", "password": PASSWORD}, request_id="req_1")
    task = asyncio.create_task(run(backend.engine, call))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [json.loads(record.getMessage())["outcome"] for record in caplog.records] == ["cancelled"]


async def test_no_line_is_written_for_those_who_do_not_listen(backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "kingpost")
    assert isinstance(await run(backend.engine, Call("posts.list")), Result)
    assert caplog.records == []


async def test_what_two_people_ask_at_once_is_never_mixed_up(served: Backend) -> None:
    """E4: answers, and errors too, hold only what their own caller sent."""
    served.identity.passwords.most = 1_000
    people = [await member(served, name) for name in ("Ann", "Bob", "Cid", "Dan")]

    async def talk(person: Account) -> None:
        mark = f"mark-{person.id}"
        others = {f"mark-{other.id}" for other in people} - {mark}
        for turn in range(40):
            made = await served.send("POST", f"{BASE}/posts", {"title": f"{mark} {turn}"}, person.token)
            wrong = await served.send("POST", f"{BASE}/posts", {"title": "x", mark: 1}, person.token)
            mine = await served.send("GET", f"{BASE}/posts?user_id={person.id}&limit=5", None, person.token)
            assert (made.status, made.body["user_id"]) == (201, person.id)
            assert wrong.details == {mark: "Is not a field"}
            assert not [other for answer in (made, wrong, mine) for other in others if other in answer.text]
            assert {each["user_id"] for each in mine.body["items"]} == {person.id}

    await asyncio.gather(*map(talk, people))


def test_an_operation_nobody_offers_is_an_internal_error_and_no_crash(backend: Backend) -> None:
    answer = asyncio.run(run(backend.engine, Call("posts.nothing")))
    assert isinstance(answer, Failure)
    assert answer.kind == "internal"
