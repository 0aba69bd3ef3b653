"""Whether it lives and whether it is ready, as those who send it calls ask it."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from kingpost.store.sqlite import connect
from kingpost.surface.rest.serve import Message
from tests.engine.running import BASE, PASSWORD, Backend
from tests.surface.rest.scene import envelope, gallery

LIVE, READY = "/health/live", "/health/ready"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Backend]:
    backend = Backend(path=str(tmp_path / "app.db"))
    yield backend
    backend.close()


def not_ready(backend: Backend) -> None:
    """Assert that it says so in the one form of refusals, and that it lives all the same."""
    answer = envelope(backend.ask("GET", READY), 503, "UNAVAILABLE")
    assert (answer.message, answer.headers["retry-after"]) == ("Not ready to answer calls", "1")
    assert backend.ask("GET", LIVE).status == 200


@pytest.mark.parametrize("path", [LIVE, READY])
def test_health_is_told_to_everyone_and_kept_by_no_one(served: Backend, path: str) -> None:
    answer = served.ask("GET", path)
    assert (answer.status, answer.text) == (200, '{"status":"ok"}')
    assert served.ask("GET", path, token="a token that nobody believes").text == answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    head = served.ask("HEAD", path)
    assert (head.status, head.text, head.headers["content-length"]) == (200, "", str(len(answer.text)))
    options = served.ask("OPTIONS", path)
    assert (options.status, options.text, options.headers["allow"]) == (204, "", "GET, HEAD, OPTIONS")
    for method in ("POST", "PUT", "PATCH", "DELETE", "QUERY"):
        refused = envelope(served.ask(method, path), 405, "METHOD_NOT_ALLOWED")
        assert refused.headers["allow"] == "GET, HEAD, OPTIONS"


def test_health_is_at_the_root_alone(served: Backend) -> None:
    for path in (f"{BASE}{LIVE}", f"{BASE}{READY}", "/health", "/health/", f"{LIVE}/", "/health/started"):
        envelope(served.ask("GET", path), 404, "NOT_FOUND")


def test_health_touches_no_data(served: Backend) -> None:
    before = served.snapshot()
    for path in (LIVE, READY):
        served.ask("GET", path)
    assert served.snapshot() == before


def test_it_is_ready_in_memory_too() -> None:
    backend = Backend()
    assert backend.ask("GET", READY).status == 200
    backend.close()


def test_it_is_not_ready_when_its_writer_is_gone(served: Backend) -> None:
    assert served.store.thread is not None
    served.store.waiting.put(None)  # the thread ends as if nothing more were to come
    served.store.thread.join()
    not_ready(served)


def test_it_is_not_ready_when_the_store_does_not_read(served: Backend) -> None:
    served.store.reader.close()
    not_ready(served)
    served.store.reader = type(served.store.reader)(":memory:")  # reads, but not what is ours
    not_ready(served)


def test_it_is_not_ready_when_a_read_takes_too_long(served: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "LONGEST_READ", 0.0)
    not_ready(served)


def test_it_stays_ready_while_another_process_writes(served: Backend, tmp_path: Path) -> None:
    other = apsw.Connection(str(tmp_path / "app.db"))
    other.execute("BEGIN IMMEDIATE")
    assert served.ask("GET", READY).status == 200
    other.execute("ROLLBACK")
    other.close()


async def test_it_stays_ready_while_its_own_writer_is_at_work(served: Backend) -> None:
    held, go_on = threading.Event(), threading.Event()

    def hold() -> bool:
        held.set()
        go_on.wait()
        return False

    served.store.writer.set_progress_handler(hold, 1)
    body = {"name": "Ann", "email": "ann@example.com", "password": PASSWORD}
    writing = asyncio.create_task(served.send("POST", f"{BASE}/users", body))
    await asyncio.to_thread(held.wait)
    assert (await served.send("GET", READY)).status == 200
    go_on.set()
    assert (await writing).status == 201


async def test_it_says_that_it_is_about_to_stop_and_answers_until_it_does(served: Backend) -> None:
    served.running.leave()
    assert (await served.send("GET", READY)).status == 503
    assert (await served.send("GET", LIVE)).status == 200
    assert (await served.send("GET", f"{BASE}/posts")).status == 200


async def test_it_is_not_ready_from_the_moment_the_server_tells_it_to_stop(tmp_path: Path) -> None:
    """The store is still open then: what was begun goes on."""
    backend = Backend(gallery(), str(tmp_path / "app.db"))
    backend.app.running = backend.running
    seen: list[tuple[int, bool]] = []
    stop = backend.store.stop

    async def looked_at() -> None:
        seen.append(((await backend.send("GET", READY)).status, backend.store.stopping))
        await stop()

    backend.store.stop = looked_at  # type: ignore[method-assign]  # the moment before the store closes
    told: list[Message] = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent: list[Message] = []

    async def receive() -> Message:
        return told.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await backend.app({"type": "lifespan"}, receive, send)
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert seen == [(503, False)]
    assert not await backend.store.healthy()


def test_an_app_that_never_started_has_nothing_to_leave() -> None:
    app = gallery()
    app.leave()
    assert app.running is None
