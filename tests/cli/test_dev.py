"""A server that follows the changes of its app: the newest version that works is the one that serves."""

import contextlib
import json
import os
import re
import select
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.cli.process import BLOG, COMMAND, PATIENCE, kingpost, variables

KEPT = "The last good version keeps serving; the next change is tried as well"
SEED: dict[str, list[dict[str, object]]] = {
    "posts": [{"user": "@ada", "title": "A draft"}, {"user": "@ada", "title": "Hello", "published_at": "2026-01-31T10:30:00Z"}],
    "users": [
        {"@": "ada", "email": "Ada@example.com", "password": "SecurePass123!", "name": "Ada"},
        {"email": "bob@example.com", "password": "SecurePass123!", "name": "Bob", "admin": True},
    ],
}
SLOW = """
    @before("create")
    @staticmethod
    async def wait(context: Context, values: dict[str, Any]) -> dict[str, Any]:
        Path("begun").touch()
        while not Path("go").exists():
            await asyncio.sleep(0.01)
        return {**values, "name": "old version"}


class Post("""


class Dev:
    """`kingpost dev` in a folder, and all that it says, on either stream."""

    def __init__(self, folder: Path, *arguments: str, **more: str) -> None:
        self.folder, self.said = folder, b""
        self.process = subprocess.Popen(
            [COMMAND, "dev", "--port", "0", *arguments], cwd=folder, env=variables({"PYTHONUNBUFFERED": "1", **more}),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self.hello = self.until("  Stop   Ctrl-C")
        found = re.search(r"at (http://\S+?)/api/v1 after", self.hello)
        assert found
        self.address = found[1]

    def until(self, words: str) -> str:
        """Wait for a line with these words, and give all that was said up to it since the last time."""
        assert self.process.stdout is not None
        while True:
            at = self.said.find(words.encode())
            end = self.said.find(b"\n", at) if at >= 0 else -1
            if end >= 0:
                told, self.said = self.said[: end + 1], self.said[end + 1 :]
                return told.decode()
            ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
            part = os.read(self.process.stdout.fileno(), 65_536) if ready else b""
            assert part, f"nothing is said of {words!r}: {self.said.decode()}"
            self.said += part

    def rest(self) -> str:
        """Give what else is said until every process that could say something is gone."""
        assert self.process.stdout is not None
        while select.select([self.process.stdout], [], [], PATIENCE)[0]:
            part = os.read(self.process.stdout.fileno(), 65_536)
            if not part:
                return self.said.decode()
            self.said += part
        raise AssertionError("a process is left")

    def write(self, text: str, name: str = "app.py") -> float:
        """Save a file; gives when."""
        (self.folder / name).write_text(text)
        return time.perf_counter()

    def stop(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(PATIENCE) == 0

    def title(self) -> str:
        """Ask which version serves."""
        return str(httpx2.get(f"{self.address}/openapi.json").json()["info"]["title"])


@contextlib.contextmanager
def developing(folder: Path, *arguments: str, seed: object = None, text: str = "", **more: str) -> Iterator[Dev]:
    """Work on the blog for a while; every process is gone afterwards, whatever happened."""
    (folder / "app.py").write_text(text or blog("Blog"))
    if seed is not None:
        (folder / "seed.json").write_text(json.dumps(seed))
    dev = Dev(folder, *arguments, **more)
    try:
        yield dev
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(dev.process.pid, signal.SIGKILL)
        dev.process.wait()
        assert dev.process.stdout is not None
        dev.process.stdout.close()


def blog(title: str) -> str:
    return BLOG.read_text().replace('title="Blog"', f'title="{title}"')


def children(process: int) -> list[int]:
    """Give the processes that a process has made."""
    return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


# -------------------------------------------------------------------------------------------------------------- changes


def test_a_change_is_served_soon_after_it_is_saved(tmp_path: Path) -> None:
    with developing(tmp_path) as dev:
        times = []
        for number in range(3):
            saved = dev.write(blog(f"Blog {number}"))
            assert re.search(r"^Reloaded after \d\.\d\d s: app\.py$", dev.until("Reloaded"), re.MULTILINE)
            assert dev.title() == f"Blog {number}"
            times.append(time.perf_counter() - saved)
        print(f"from the save to an answer of the new version: {', '.join(f'{each:.2f} s' for each in times)}")
        assert max(times) < 10


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("x = (\n", "SyntaxError: '(' was never closed"),
        ("1 / 0\n", "ZeroDivisionError: division by zero"),
        ("import nothing_of_this_name\n", "ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        (blog("Blog").replace('owner("user")', 'owner("usr")'), 'Write "user"'),
        (blog("Blog").replace("max=255", "max=200"), "kingpost dev --fresh"),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", KEPT),
    ],
    ids=["syntax", "error", "import", "mistakes", "fields", "exit", "kill"],
)
def test_after_a_broken_edit_the_last_good_version_serves_until_a_good_one(tmp_path: Path, broken: str, told: str) -> None:
    with developing(tmp_path) as dev:
        dev.write(broken)
        said = dev.until(KEPT)
        assert told in said and dev.title() == "Blog"
        dev.write(blog("Mended"))
        dev.until("Reloaded")
        assert dev.title() == "Mended"


def test_a_version_that_hangs_as_it_is_loaded_gives_way_to_the_next_change_and_to_the_end(tmp_path: Path) -> None:
    with developing(tmp_path) as dev:
        hang = "import os, time\nos.mkfifo('loading')\nopen('loading', 'w')\nwhile True: time.sleep(1)\n"
        dev.write(hang)
        wait_for(tmp_path / "loading")
        assert dev.title() == "Blog"
        dev.write(blog("Mended"))
        dev.until("Reloaded")
        assert dev.title() == "Mended"
        (tmp_path / "loading").unlink()
        dev.write(hang)
        wait_for(tmp_path / "loading")
        began = time.perf_counter()
        dev.process.send_signal(signal.SIGINT)
        assert dev.process.wait(PATIENCE) == 0 and time.perf_counter() - began < 5
        dev.rest()


def wait_for(pipe: Path) -> None:
    """Wait until somebody opens a pipe to write to it."""
    deadline = time.monotonic() + PATIENCE
    while not pipe.exists():
        assert time.monotonic() < deadline
        os.sched_yield()
    with pipe.open("rb"):
        pass


def test_what_is_in_flight_is_finished_by_the_version_that_began_it(tmp_path: Path) -> None:
    slow = "import asyncio\nfrom pathlib import Path\nfrom typing import Any\nfrom kingpost import Context, before\n"
    slow += blog("Blog").replace("class Post(", SLOW.strip("\n"))
    with developing(tmp_path, text=slow) as dev:
        body = {"email": "ada@example.com", "password": "SecurePass123!", "name": "Ada"}
        answers: list[httpx2.Response] = []

        def sign_up() -> None:
            answers.append(httpx2.post(f"{dev.address}/api/v1/users", json=body, timeout=PATIENCE))

        asker = threading.Thread(target=sign_up)
        asker.start()
        deadline = time.monotonic() + PATIENCE
        while not (tmp_path / "begun").exists():
            assert time.monotonic() < deadline
            os.sched_yield()
        dev.write(slow.replace('"Blog"', '"New"').replace("old version", "new version"))
        dev.until("Reloaded")
        assert dev.title() == "New" and answers == []
        (tmp_path / "go").touch()
        asker.join(PATIENCE)
        assert (answers[0].status_code, answers[0].json()["name"]) == (201, "old version")
        again = httpx2.post(f"{dev.address}/api/v1/users", json=body | {"email": "bob@example.com"})
        assert again.json()["name"] == "new version"


def test_files_beside_the_app_are_followed_and_what_others_installed_is_not(tmp_path: Path) -> None:
    for name in (".venv/lib", "node_modules", ".hidden", "env", "package"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "env" / "pyvenv.cfg").touch()
    (tmp_path / "package" / "names.py").write_text('TITLE = "One"\n')
    text = "from package.names import TITLE\n" + BLOG.read_text().replace('title="Blog"', "title=TITLE")
    with developing(tmp_path, text=text) as dev:
        for name in (".venv/lib/x.py", "node_modules/x.py", ".hidden/x.py", "env/x.py", "notes.txt"):
            dev.write("x = 1\n", name)
        dev.write('TITLE = "Two"\n', "package/names.py")
        assert "package/names.py\n" in dev.until("Reloaded")
        assert dev.title() == "Two"
        for name in ("new.py", ".env", "seed.json"):
            dev.write("{}", name)
            assert f": {name}\n" in dev.until("Reloaded")
        (tmp_path / "new.py").unlink()
        assert ": new.py\n" in dev.until("Reloaded")


def test_without_reload_the_app_stays_as_it_was(tmp_path: Path) -> None:
    with developing(tmp_path, "--no-reload") as dev:
        assert children(dev.process.pid) == []
        dev.stop()


# ------------------------------------------------------------------------------------------------------------------ end


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_at_once_with_all_its_processes_even_while_somebody_is_connected(tmp_path: Path, how: signal.Signals) -> None:
    with developing(tmp_path) as dev, httpx2.Client(base_url=dev.address) as client:
        client.get("/api/v1/posts")
        (child,) = children(dev.process.pid)
        began = time.perf_counter()
        os.killpg(dev.process.pid, how)  # as a terminal does
        assert dev.process.wait(PATIENCE) == 0
        assert time.perf_counter() - began < 5
        assert "Traceback" not in dev.rest() and not Path(f"/proc/{child}").exists()


def test_when_it_is_killed_no_process_is_left(tmp_path: Path) -> None:
    with developing(tmp_path) as dev:
        (child,) = children(dev.process.pid)
        life = os.pidfd_open(child)
        dev.process.kill()
        assert select.select([life], [], [], PATIENCE)[0] == [life]
        os.close(life)
        dev.rest()  # ends when the last process that held its end of the pipe has
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", int(dev.address[-5:].strip(":")))):
            pass


def test_a_version_that_ends_by_itself_is_told_and_a_change_starts_the_next(tmp_path: Path) -> None:
    with developing(tmp_path) as dev:
        (child,) = children(dev.process.pid)
        os.kill(child, signal.SIGKILL)
        assert "The server ended by itself, with status -9. Nothing is served until the next change" in dev.until("ended")
        dev.write("x = (\n")
        assert "SyntaxError" in dev.until("Nothing is served until the next change")
        dev.write(blog("Next"))
        dev.until("Reloaded")
        assert dev.title() == "Next"


# ----------------------------------------------------------------------------------------------------------------- seed


def test_an_empty_database_is_filled_once_and_the_curl_has_a_token_that_works(tmp_path: Path) -> None:
    with developing(tmp_path, seed=SEED) as dev:
        assert "\n  Seed   2 in users, 2 in posts\n" in dev.hello
        items = httpx2.get(f"{dev.address}/api/v1/posts").json()["items"]
        assert [each["title"] for each in items] == ["Hello"]
        assert sorted(each["title"] for each in curl(dev)) == ["A draft", "Hello"]
        dev.stop()
    assert rows(tmp_path) == {
        "users": [("Ada@example.com", 0), ("bob@example.com", 1)],
        "posts": [(1, "A draft"), (1, "Hello")],
    }
    with developing(tmp_path, seed=SEED) as dev:
        assert "Seed" not in dev.hello
        assert sorted(each["title"] for each in curl(dev)) == ["A draft", "Hello"]
        dev.stop()
    assert len(rows(tmp_path)["posts"]) == 2


def curl(dev: Dev) -> list[dict[str, str]]:
    """Do what is suggested."""
    found = re.search(r"  Try    curl -H '(\w+): (.+?)' (\S+)\n", dev.hello)
    assert found
    answer = httpx2.get(found[3], headers={found[1]: found[2]})
    assert answer.status_code == 200
    items: list[dict[str, str]] = answer.json()["items"]
    return items


def rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Look into the database."""
    with contextlib.closing(sqlite3.connect(folder / "data" / "app.db")) as connection:
        users = connection.execute("SELECT email, admin FROM users ORDER BY id").fetchall()
        return {"users": users, "posts": connection.execute("SELECT user_id, title FROM posts ORDER BY id").fetchall()}


def test_a_seed_with_mistakes_stops_the_start_and_nothing_is_half_there(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(blog("Blog"))
    (tmp_path / "seed.json").write_text(json.dumps(SEED | {"posts": [{"user": "@ada"}, {"title": 5}]}))
    ended = kingpost(tmp_path, "dev", "--port", "0")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "3 mistakes in seed.json\n  posts[0].title: Is required\n  posts[1].title: Must be text\n"
        "  posts[1].user_id: Is required; nobody is signed in here\n"
    )
    twice = {"users": [*SEED["users"], SEED["users"][0] | {"@": "again", "email": "ADA@example.com"}]}
    (tmp_path / "seed.json").write_text(json.dumps(twice))
    ended = kingpost(tmp_path, "dev", "--port", "0")
    assert ended.stderr == "1 mistake in seed.json\n  users[2].email: Is already taken\n"
    assert rows(tmp_path) == {"users": [], "posts": []}


# ---------------------------------------------------------------------------------------------------------------- fresh


def test_with_fresh_the_old_database_is_moved_aside_whole_and_a_new_one_is_filled(tmp_path: Path) -> None:
    with developing(tmp_path, seed=SEED) as dev:
        dev.stop()
    before = rows(tmp_path)
    with developing(tmp_path, "--fresh", seed={"users": SEED["users"]}) as dev:
        assert "\n  Seed   2 in users\n" in dev.hello
        found = re.search(r"\n  Moved  the old database to (data/app\.db\.old-\d{8}-\d{6})\n", dev.hello)
        assert found
        dev.write(blog("Blog").replace("max=255", "max=200"))
        said = dev.until("Reloaded")
        assert "  Moved  the old database to data/app.db.old-" in said and "  Seed   2 in users\n" in said
        assert httpx2.get(f"{dev.address}/api/v1/users").json()["items"] != []
        dev.stop()
    kept = sorted((tmp_path / "data").glob("app.db.old-*"))
    assert len(kept) == 2 and sorted(path.name for path in (tmp_path / "data").iterdir()) == [
        "app.db", *(path.name for path in kept), "dev.secret"
    ]  # fmt: skip
    (tmp_path / found[1]).rename(tmp_path / "data" / "app.db")
    assert rows(tmp_path) == before


def test_a_database_that_somebody_else_has_open_is_not_moved(tmp_path: Path) -> None:
    with developing(tmp_path, seed=SEED) as dev:
        ended = kingpost(tmp_path, "dev", "--fresh", "--port", "0")
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr == (
            "Can not move the database data/app.db aside (it is in use). End whatever else has it open, and try again\n"
        )
        assert httpx2.get(f"{dev.address}/api/v1/posts").status_code == 200
        assert list((tmp_path / "data").glob("*.old-*")) == []


def test_with_fresh_a_seed_that_does_not_fit_the_new_fields_leaves_the_old_database_serving(tmp_path: Path) -> None:
    with developing(tmp_path, "--fresh", seed=SEED) as dev:
        dev.write(blog("New").replace("title: str = text(min=1, max=255)", "title: str = text(min=1, max=6)"))
        assert "  posts[0].title: Must have at most 6 characters\n" in dev.until(KEPT)
        assert dev.title() == "Blog" and list((tmp_path / "data").glob("*.old-*")) == []
