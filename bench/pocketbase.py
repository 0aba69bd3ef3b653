"""What is particular to PocketBase: its own migration makes the file, and each user has a key for tokens.

Ids are texts of fifteen letters there; ours are padded, so that they stand in the same order.
"""

import json
import subprocess
import time
from datetime import datetime
from pathlib import Path

import apsw
import jwt

from bench import blog
from bench.candidates import SETTINGS, Candidate
from bench.install import program
from bench.spelling import padded

LIFETIME = 86_400


def fill(candidate: Candidate, folder: Path) -> None:
    """Fill a file with PocketBase's own tables and all rows."""
    command = [program(candidate), "migrate", "up", "--dir", str(folder), *SETTINGS]
    subprocess.run(command, cwd=candidate.place, check=True, capture_output=True)
    connection = apsw.Connection(str(folder / "data.db"))
    users, posts = blog.rows()
    with connection:
        connection.executemany(
            "INSERT INTO users (id, name, email, tokenKey, post_count, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            ((padded(each.id), each.name, each.email, key(each.id), each.post_count, date(each.created_at)) for each in users),
        )
        trigger = "SELECT sql FROM sqlite_master WHERE name = 'counted'"
        ((text,),) = list(connection.execute(trigger))
        connection.execute("DROP TRIGGER counted")  # the counts are there already
        connection.executemany(
            "INSERT INTO posts (id, user_id, title, content, published_at, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            (
                (
                    padded(each.id),
                    padded(each.user_id),
                    each.title,
                    each.content,
                    date(each.published_at),
                    date(each.created_at),
                )
                for each in posts
            ),
        )
        connection.execute(text)
    connection.execute("ANALYZE")
    connection.close()


def key(user: int) -> str:
    """Give the part of the signing key that is a user's own."""
    return f"key-of-user-{user:038}"


def date(moment: datetime | None) -> str:
    """Spell a point in time as PocketBase stores it; none is an empty text."""
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1_000:03}Z" if moment else ""


def tokens(folder: Path) -> list[str]:
    """Sign a token for each user."""
    connection = apsw.Connection(str(folder / "data.db"), flags=apsw.SQLITE_OPEN_READONLY)
    ((options, collection),) = list(connection.execute("SELECT options, id FROM _collections WHERE name = 'users'"))
    connection.close()
    secret = json.loads(options)["authToken"]["secret"]
    said = {"collectionId": collection, "exp": int(time.time()) + LIFETIME, "refreshable": True, "type": "auth"}
    return ["", *(jwt.encode({**said, "id": padded(user)}, key(user) + secret, "HS256") for user in range(1, blog.USERS + 1))]
