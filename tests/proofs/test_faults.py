"""When the disk refuses the n-th thing that is asked of it, the answer says so and the data are whole (F3, F9).

One database goes through all of it: for each kind of write, every n until the write needs fewer things of the disk than that;
what was refused is done when it is asked once more.
"""

import random
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import cast

import apsw
import pytest

from kingpost.testing import Answer
from tests.engine.running import BASE, Account, Backend, Snapshot
from tests.proofs.blog import MOMENT, endless
from tests.proofs.disk import Disk
from tests.proofs.ledger import sound

FAULTS = {"an error": apsw.IOError, "no room": apsw.FullError}
KINDS = ("create", "change", "remove", "remove with all below")


class Failing:
    """Refuses one thing asked of the disk, or everything from then on, once it is set to."""

    def __init__(self, fault: type[apsw.Error], lasting: bool) -> None:
        self.fault, self.lasting = fault, lasting
        self.left: int | None = None
        self.hit = 0

    def __call__(self, word: str) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left == 0 or (self.left < 0 and self.lasting):
                self.hit += 1
                raise self.fault(f"the disk refuses to {word}")


class Wall:
    """A blog that asks for one write of each kind, over and over."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.ann, self.boss = backend.join("Ann"), backend.promote(backend.join("Boss"))
        self.guests = 0

    def ready(self, kind: str) -> tuple[str, str, object, str]:
        """Make what a write of this kind needs, and give the request."""
        if kind == "create":
            return "POST", f"{BASE}/posts", {"title": "New", "content": "x" * 100, "published_at": MOMENT}, self.ann.token
        if kind == "remove with all below":
            self.guests += 1
            guest = self.backend.join(f"Guest {self.guests}", f"guest{self.guests}@example.com")
            for _ in range(2):
                self.post(guest)
            return "DELETE", f"{BASE}/users/{guest.id}", None, self.boss.token
        post = self.post(self.ann)
        body = {"content": "y" * 100, "published_at": None} if kind == "change" else None
        return ("PATCH" if body else "DELETE"), f"{BASE}/posts/{post}", body, self.ann.token

    def post(self, who: Account) -> int:
        """Make a post."""
        answer = self.backend.ask("POST", f"{BASE}/posts", {"title": "Old", "published_at": MOMENT}, who.token)
        assert answer.status == 201, answer
        key: int = answer.body["id"]
        return key


def looked_at(folder: Path) -> Snapshot:
    """Read every row through a connection of its own, and assert that they fit together."""
    connection = apsw.Connection(str(folder / "app.db"), vfs="unix")
    with closing(connection):
        sound(connection)
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")]
        found = {str(name): connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
        return cast("Snapshot", found)  # the tables are STRICT, and none has real numbers


@pytest.mark.parametrize(("fault", "lasting"), [("an error", False), ("no room", True)])
def test_every_fault_of_the_disk_is_answered_cleanly_and_leaves_the_data_whole(
    fault: str, lasting: bool, tmp_path: Path
) -> None:
    refused: Counter[int] = Counter()
    failing = Failing(FAULTS[fault], lasting)
    with Disk(failing) as disk:
        wall = Wall(Backend(endless(), str(tmp_path / "app.db")))
        # What fails while the log goes back into the database is another test's: SQLite tells no one of it.
        wall.backend.store.writer.execute("PRAGMA wal_autocheckpoint = 0").fetchall()
        for kind in KINDS:
            n = 0
            while n == 0 or failing.hit:
                n += 1
                refused[attempt(wall, kind, failing, n, fault, tmp_path)] += 1
            assert n > 3, "nothing was asked of the disk"
        last, kept = looked_at(tmp_path), disk.cut(random.Random(0))
        wall.backend.close()
    # What a sync that failed left unwritten was not taken for written afterwards.
    assert again(kept, tmp_path / "cut") == looked_at(tmp_path) == last
    assert refused[507 if fault == "no room" else 503] > 20, refused


def attempt(wall: Wall, kind: str, failing: Failing, n: int, fault: str, folder: Path) -> int:
    """Make one write while the disk refuses the n-th thing, and once more when it does not; gives the first status."""
    method, url, body, token = wall.ready(kind)
    before = looked_at(folder)
    failing.left, failing.hit = n, 0
    answer = wall.backend.ask(method, url, body, token)
    reading = wall.backend.ask("GET", f"{BASE}/posts", None, token)
    failing.left = None
    assert reading.status == 200, reading
    judge(answer, before, looked_at(folder), fault)
    if answer.status >= 500:
        assert wall.backend.ask(method, url, body, token).status in (200, 201, 204), (kind, n)
        assert looked_at(folder) != before
    return answer.status


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_while_the_log_goes_back_into_the_database_changes_nothing(fault: str, tmp_path: Path) -> None:
    failing = Failing(FAULTS[fault], lasting=False)
    with Disk(failing) as disk:
        wall = Wall(Backend(endless(), str(tmp_path / "app.db")))
        writer = wall.backend.store.writer
        writer.execute("PRAGMA wal_autocheckpoint = 0").fetchall()
        n = 0
        while n == 0 or failing.hit:
            n += 1
            wall.post(wall.ann)
            before = looked_at(tmp_path)
            failing.left, failing.hit = n, 0
            with suppress(apsw.Error):
                writer.execute("PRAGMA wal_checkpoint").fetchall()
            failing.left = None
            kept = disk.cut(random.Random(n))
            assert looked_at(tmp_path) == again(kept, tmp_path / f"cut {n}") == before
        assert n > 3, "nothing was asked of the disk"
        wall.backend.close()


def again(kept: dict[str, bytes], folder: Path) -> Snapshot:
    """Start a database again from what a cut left, and give what is in it."""
    folder.mkdir()
    for name, content in kept.items():
        (folder / name).write_bytes(content)
    return looked_at(folder)


def judge(answer: Answer, before: Snapshot, after: Snapshot, fault: str) -> None:
    """Assert that a write was refused in the one form for it and did nothing, or was done."""
    if answer.status < 400:
        assert after != before
        return
    status, code = (507, "STORAGE_FULL") if fault == "no room" else (503, "UNAVAILABLE")
    assert (answer.status, answer.error["code"]) == (status, code), answer
    assert ("retry-after" in answer.headers) == (status == 503)
    assert after == before
