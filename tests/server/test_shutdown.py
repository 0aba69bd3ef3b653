"""Stopping: what is under way is finished, what was acknowledged is there, and no one is refused while workers are replaced."""

import json
import os
import re
import signal
import socket
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx2
import pytest

from tests.cli.process import BLOG, SECRET, kingpost, serving
from tests.server.filled import POSTS, filled
from tests.server.hosted import answers, hosting, one, rest, until
from tests.server.test_overload import processor

USERS = "/api/v1/users"
GET = b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"


def test_what_is_under_way_is_finished_and_idle_connections_are_closed() -> None:
    with hosting() as host:
        idle, asking = host.connect(GET.replace(b"/wait", b"/a")), host.connect(GET)
        half = host.connect(b"PUT /half HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na")
        assert one(idle)[0] == 200 and host.app.waiting.acquire(timeout=10)
        host.server.should_exit = True
        assert idle.recv(1) == b""
        with pytest.raises(ConnectionRefusedError):
            host.connect()
        host.app.gate.set()
        half.sendall(b"bc")
        for connection in (asking, half):
            ((status, headers, _),) = answers(rest(connection))
            assert (status, headers["connection"]) == (200, "close")
        assert sorted(host.app.seen) == ["GET /a", "GET /wait", "PUT /half"]


def test_what_was_answered_before_the_end_is_in_the_database(tmp_path: Path) -> None:
    """SIGTERM comes while many write: every 201 is there afterwards, and the process ends with 0."""
    made: list[int] = []

    def write(number: int, port: int) -> None:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
            for again in range(1_000):
                body = {"email": f"u{number}-{again}@example.com", "password": "SecurePass123!", "name": "Someone"}
                try:
                    answer = client.post(USERS, json=body, headers={"x-forwarded-for": f"10.{number}.{again}.1"})
                except httpx2.TransportError:
                    return
                if answer.status_code == 201:
                    made.append(answer.json()["id"])

    with serving(tmp_path, "serve", str(BLOG), SECRET_KEY=SECRET, TRUSTED_PROXIES="127.0.0.0/8") as server:
        threads = [threading.Thread(target=write, args=(number, server.port)) for number in range(8)]
        for each in threads:
            each.start()
        until(lambda: len(made) > 20)
        assert server.stop()[0] == 0
        for each in threads:
            each.join()
    with serving(tmp_path, "serve", str(BLOG), SECRET_KEY=SECRET, TRUSTED_PROXIES="127.0.0.0/8") as server:
        for key in made:
            found = httpx2.get(f"{server.address}{USERS}/{key}", headers={"x-forwarded-for": f"10.9.{key % 250}.1"})
            assert found.status_code == 200


def children(process: int) -> set[int]:
    """Give the processes that a process has made."""
    return {int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()}


def test_workers_share_a_port_and_a_database_and_end_together(tmp_path: Path) -> None:
    with serving(tmp_path, "serve", str(BLOG), "--workers", "3", SECRET_KEY=SECRET) as server:
        workers = children(server.process.pid)
        assert len(workers) == 3
        for number in range(12):
            body = {"email": f"u{number}@example.com", "password": "SecurePass123!", "name": "Someone"}
            assert httpx2.post(server.address + USERS, json=body).status_code == 201
            assert httpx2.post(server.address + USERS, json=body).status_code == 409
        status, said, _ = server.stop()
        assert (status, said) == (0, "")
    assert not any(Path(f"/proc/{each}").exists() for each in workers)
    assert os.listdir(tmp_path / "data") == ["app.db"]  # noqa: PTH208  # names are what is compared


def test_a_worker_that_dies_is_replaced_and_one_whose_parent_dies_ends(tmp_path: Path) -> None:
    with serving(tmp_path, "serve", str(BLOG), "--workers", "2", SECRET_KEY=SECRET) as server:
        first = children(server.process.pid)
        os.kill(min(first), signal.SIGKILL)
        until(lambda: len(children(server.process.pid)) == 2 and children(server.process.pid) != first)
        assert httpx2.get(f"{server.address}/api/v1/posts").status_code == 200
        workers = children(server.process.pid)
        _, _, lines = server.stop(signal.SIGKILL)
        until(lambda: not any(Path(f"/proc/{each}").exists() for each in workers))
    assert f"worker {min(first)} ended with status -9" in [json.loads(line).get("message") for line in lines]


def test_workers_are_replaced_while_every_connection_is_taken(tmp_path: Path) -> None:
    with filled(tmp_path, "--workers", "2") as server:
        first, stop, statuses = children(server.process.pid), threading.Event(), list[int]()

        def ask(number: int) -> None:
            count = 0
            while not stop.is_set():
                count += 1
                address = f"10.{number}.{count // 250}.{count % 250}"
                with socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
                    raw.sendall(
                        b"GET /api/v1/posts/%d HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: %s\r\nConnection: close\r\n\r\n"
                        % (POSTS, address.encode())
                    )
                    ((status, _, _),) = answers(rest(raw))
                    statuses.append(status)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
        for each in threads:
            each.start()
        until(lambda: len(statuses) > 20)
        os.kill(server.process.pid, signal.SIGHUP)
        until(lambda: len(children(server.process.pid)) == 2 and not first & children(server.process.pid))
        count = len(statuses)
        until(lambda: len(statuses) > count + 20)
        stop.set()
        for each in threads:
            each.join()
        assert set(statuses) == {200}
        assert server.stop()[0] == 0


def test_an_app_that_can_not_start_ends_with_one_reason_and_status_1(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "app.db").write_bytes(b"this is no database" * 100)
    ended = kingpost(tmp_path, "serve", str(BLOG), "--workers", "3", "--port", "0", SECRET_KEY=SECRET)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Can not open the database data/app.db (") and len(ended.stderr.splitlines()) == 1


def test_a_database_in_memory_has_one_worker(tmp_path: Path) -> None:
    ended = kingpost(
        tmp_path, "serve", str(BLOG), "--workers", "2", "--port", "0", SECRET_KEY=SECRET, DATABASE_URL="sqlite:///:memory:"
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "A database in memory belongs to one process: leave --workers out, or set DATABASE_URL to sqlite:///PATH\n"
    )


def test_when_there_are_no_file_descriptors_left_it_waits_for_one_and_does_not_spin(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        f"import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (96, 96))\n{BLOG.read_text()}"
    )
    with serving(tmp_path, "serve", "app.py", SECRET_KEY=SECRET) as server:
        kept = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        with ExitStack() as crowd:
            for _ in range(300):
                # Whom there is no room for is let go of at once, which may be before connecting has returned.
                with suppress(ConnectionResetError):
                    crowd.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=20))
            spent = processor(server.process.pid)
            for _ in range(5):
                kept.sendall(b"GET /api/v1/posts HTTP/1.1\r\nHost: a\r\n\r\n")
                assert one(kept)[0] == 200
                time.sleep(0.2)
            assert processor(server.process.pid) - spent < 0.5
        until(lambda: httpx2.get(f"{server.address}/api/v1/posts").status_code == 200)
        kept.close()
        assert server.stop()[0] == 0


def test_it_allows_itself_the_file_descriptors_that_it_may_have(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        f"import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (64, 512))\n{BLOG.read_text()}"
    )
    with serving(tmp_path, "serve", "app.py", SECRET_KEY=SECRET) as server:
        limits = Path(f"/proc/{server.process.pid}/limits").read_text()
        assert re.search(r"^Max open files +512 +512 ", limits, re.MULTILINE)
