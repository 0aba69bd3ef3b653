"""Writers that note down every acknowledged write before they make the next one, and the judgement of what was kept.

Each writer changes only its own posts, so what each post must be is known: as the last acknowledged write left it, or as the
one write whose answer never came would have left it. What is true of the whole file is judged from the file itself.
"""

import http.client
import json
import os
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import apsw

from tests.proofs.blog import MOMENT, POSTS

Row: TypeAlias = dict[str, Any]
COLUMNS = ("id", "user_id", "title", "content", "published_at", "created_at")


@dataclass(frozen=True)
class Asked:
    """One write: of which post (None for a new one), and what it sets (None for a removal)."""

    method: str
    post: int | None
    body: Row | None
    once: str


class Writer(threading.Thread):
    """Writes posts over one connection until the server is gone."""

    def __init__(self, number: int, port: int, token: str, ledger: Path, seed: str, posts: dict[int, Row]) -> None:
        super().__init__(name=f"writer {number}", daemon=True)
        self.number, self.port, self.ledger = number, port, ledger
        self.headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        self.chance = random.Random(seed)
        self.seed = seed
        self.posts = posts
        self.unanswered: Asked | None = None
        self.acknowledged = 0
        self.wrong: list[object] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            with self.ledger.open("a", encoding="utf-8") as ledger:
                while not self.wrong:
                    self.unanswered = asked = self.choose()
                    status, row = self.send(connection, asked)
                    if status not in (200, 201, 204):
                        self.wrong.append((status, asked, row))
                        return
                    self.note(asked, row)
                    ledger.write(json.dumps([self.number, asked.method, asked.post, row]) + "\n")
                    ledger.flush()
                    os.fsync(ledger.fileno())
                    self.unanswered = None
        except (OSError, http.client.HTTPException):
            pass  # the server was killed, which is what this is about
        finally:
            connection.close()

    def choose(self) -> Asked:
        """Decide what to write next."""
        once = f"{self.seed} {self.acknowledged}"
        kind = self.chance.choice(["new", "new", "change", "change", "remove"]) if self.posts else "new"
        body: Row = {"published_at": self.chance.choice([MOMENT, None]), "content": "x" * self.chance.choice([0, 10, 6_000])}
        if kind == "new":
            return Asked("POST", None, {"title": once, **body}, once)
        post = self.chance.choice(list(self.posts))
        return Asked("PATCH", post, body, once) if kind == "change" else Asked("DELETE", post, None, once)

    def send(self, connection: http.client.HTTPConnection, asked: Asked) -> tuple[int, Row]:
        """Make the request and give its answer."""
        path = POSTS if asked.post is None else f"{POSTS}/{asked.post}"
        body = None if asked.body is None else json.dumps(asked.body)
        connection.request(asked.method, path, body, {**self.headers, "idempotency-key": asked.once})
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else {}

    def note(self, asked: Asked, row: Row) -> None:
        """Remember what was acknowledged."""
        self.acknowledged += 1
        if asked.body is None:
            assert asked.post is not None
            del self.posts[asked.post]
        else:
            self.posts[row["id"]] = row


def told(row: Mapping[str, Any]) -> Row:
    """Give what of a post is judged: what its writer set."""
    return {"title": row["title"], "length": len(row["content"] or ""), "published": row["published_at"] is not None}


def judge(path: Path, writers: list[Writer]) -> None:
    """Assert that a file holds every acknowledged write and no half of one, and take over which unanswered ones are in it."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        with connection:  # all of it at one moment
            sound(connection)
            kept = {row["id"]: row for row in rows(connection)}
    finally:
        connection.close()
    assert len({row["title"] for row in kept.values()}) == len(kept), "one request was done twice"
    for writer in writers:
        settle(writer, kept)
    known = {post for writer in writers for post in writer.posts}
    assert set(kept) == known, f"rows that no one wrote: {set(kept) - known}"


def settle(writer: Writer, kept: dict[int, Row]) -> None:
    """Judge one writer's posts, and remember what became of its unanswered write."""
    asked = writer.unanswered
    if asked is not None and asked.method == "POST":
        assert asked.body is not None
        writer.posts |= {key: row for key, row in kept.items() if row["title"] == asked.body["title"]}
    for key, row in list(writer.posts.items()):
        unanswered = asked if asked is not None and asked.post == key else None
        may = [told(row)]
        if unanswered is not None and unanswered.body is not None:
            may.append(told({**row, **unanswered.body}))
        if key not in kept:
            assert unanswered is not None and unanswered.body is None, f"{writer.name} lost {key}: {row}"
            del writer.posts[key]
        else:
            assert told(kept[key]) in may, f"{writer.name}: {key} is {kept[key]}, and must be one of {may}"
            writer.posts[key] = kept[key]


def rows(connection: apsw.Connection) -> list[Row]:
    """Read every post."""
    found = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM posts").fetchall()
    return [dict(zip(COLUMNS, row, strict=True)) for row in found]


def sound(connection: apsw.Connection) -> None:
    """Assert what is true of a file without half transactions: its links, its stored counts, and its Changes, row by row."""
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    miscounted = """SELECT id, post_count FROM users WHERE post_count <>
        (SELECT count(*) FROM posts WHERE user_id = users.id AND published_at IS NOT NULL)"""
    assert connection.execute(miscounted).fetchall() == []
    replayed: dict[int, Row] = {}
    changes = """SELECT "key", kind, "before", "after" FROM kingpost_changes WHERE resource = 'posts' ORDER BY id"""
    for key, kind, before, after in connection.execute(changes):
        assert isinstance(key, int)
        old, new = (json.loads(str(each)) if each is not None else None for each in (before, after))
        assert replayed.pop(key, None) == old, (key, kind)
        assert kind == ("created" if old is None else "deleted" if new is None else "updated")
        if new is not None:
            replayed[key] = new
    assert sorted(replayed.values(), key=lambda row: int(row["id"])) == sorted(rows(connection), key=lambda row: int(row["id"]))
    people = """SELECT "key" FROM kingpost_changes WHERE resource = 'users' AND kind = 'created' EXCEPT
        SELECT "key" FROM kingpost_changes WHERE resource = 'users' AND kind = 'deleted' ORDER BY 1"""
    assert connection.execute(people).fetchall() == connection.execute("SELECT id FROM users ORDER BY 1").fetchall()
