"""A real `kingpost serve` in a process of its own, with a database that has something in it."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import apsw

from examples.blog.app import app
from kingpost.contract.scalars import Stored
from kingpost.store.sqlite.connect import SqliteStore
from tests.cli.process import BLOG, SECRET, Server, serving

USERS, POSTS = 200, 2_000
MOMENT = 1_769_855_400_000_000


def fill(path: Path) -> None:
    """Make a database with users and published posts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    store = SqliteStore(app.contract, str(path))
    assert store.thread is not None
    store.waiting.put(None)
    store.thread.join()
    rows: dict[str, list[dict[str, Stored]]] = {
        "users": [
            {"id": key, "name": "Someone", "email": f"u{key}@example.com", "email_key": f"u{key}@example.com", "password": "x",
             "admin": 0, "epoch": 0, "created_at": MOMENT, "updated_at": MOMENT, "post_count": POSTS // USERS}
            for key in range(1, USERS + 1)
        ],
        "posts": [
            {"id": key, "user_id": key % USERS + 1, "title": "A title", "content": "x" * 500, "published_at": MOMENT + key,
             "created_at": MOMENT + key}
            for key in range(1, POSTS + 1)
        ],
    }  # fmt: skip
    with apsw.Connection(str(path)) as connection:
        for name, found in rows.items():
            columns = ", ".join(f'"{column}"' for column in found[0])
            text = f'INSERT INTO "{name}" ({columns}) VALUES ({", ".join("?" * len(found[0]))})'
            connection.executemany(text, [tuple(row.values()) for row in found])
    connection.close()
    store.reader.close()
    store.writer.close()
    store.turn.leave()


@contextlib.contextmanager
def filled(folder: Path, *arguments: str) -> Iterator[Server]:
    """Serve for real for a while, as if behind a proxy on this machine."""
    fill(folder / "data" / "app.db")
    with serving(folder, "serve", str(BLOG), *arguments, SECRET_KEY=SECRET, TRUSTED_PROXIES="127.0.0.0/8") as server:
        yield server


def memory(process: int) -> int:
    """Give how many bytes of a process are in memory."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
