"""A running app to ask: its clock is in the test's hand, its hashes are cheap, and all its data can be compared.

What a refusal leaves behind is judged by the data and not by the status: `snapshot` gives every row of every table.
"""

import asyncio
import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

import apsw
from argon2 import PasswordHasher

from examples.blog.app import app as blog
from kingpost.app import App
from kingpost.contract.scalars import Stored
from kingpost.settings import Settings
from kingpost.store.sqlite.connect import MEMORY, SqliteStore
from kingpost.surface.rest.serve import INSIDE, Message
from kingpost.testing import Answer

SECRET = b"a secret of the tests, and of nobody else"
PASSWORD = "SecurePass123!"
START = 1_800_000_000.0
BASE = "/api/v1"

Snapshot: TypeAlias = dict[str, list[tuple[Stored, ...]]]
Headers: TypeAlias = Iterable[tuple[str, str]]
Bare: TypeAlias = tuple[int, tuple[tuple[str, str], ...], str]


class Account(NamedTuple):
    """Someone with an account, and a token that is good as long as the clock is not moved far."""

    id: Any
    email: str
    token: str


NOBODY = Account(None, "", "")


class Backend:
    """An app with a database of its own."""

    def __init__(self, app: App = blog, path: str = MEMORY) -> None:
        """Open an app; on a file, writes go through the thread as they do when it is served."""
        self.now = START
        self.app = app
        self.running = app.open(Settings(path, SECRET), lambda: self.now)
        self.engine = self.running.engine
        self.identity = self.engine.identity
        self.identity.passwords.hasher = cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        self.identity.passwords.nobody = cheap.hash("nobody")
        self.loop: asyncio.AbstractEventLoop | None = None
        self.kept: apsw.Connection | None = None

    @property
    def store(self) -> SqliteStore:
        """The rows, where SQLite holds them."""
        assert isinstance(self.engine.store, SqliteStore)
        return self.engine.store

    def close(self) -> None:
        """Let go of the database and of the loop."""
        loop = self.loop or asyncio.new_event_loop()
        loop.run_until_complete(self.running.stop())
        loop.close()

    def ask(self, method: str, url: str, body: object = None, token: str = "", headers: Headers = ()) -> Answer:
        """Ask from outside of any loop."""
        self.loop = self.loop or asyncio.new_event_loop()
        return self.loop.run_until_complete(self.send(method, url, body, token, headers))

    async def send(self, method: str, url: str, body: object = None, token: str = "", headers: Headers = ()) -> Answer:
        """Ask as a client over the network would; a header may come twice, and a body of bytes goes as it is."""
        path, _, query = url.partition("?")
        raw = body if isinstance(body, bytes) else json.dumps(body).encode() if method in ("POST", "PUT", "PATCH") else b""
        told = [("host", "testserver"), *([("content-type", "application/json")] if raw else [])]
        told += [("authorization", f"Bearer {token}")] if token else []
        scope: Message = {
            "type": "http",
            "extensions": {INSIDE: {}},
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), text.encode("latin-1")) for name, text in [*told, *headers]],
        }
        sent: list[Message] = []

        bodies = [raw]

        async def receive() -> Message:
            if not bodies:
                await asyncio.get_running_loop().create_future()  # this client never goes away before it has its answer
            return {"type": "http.request", "body": bodies.pop(), "more_body": False}

        async def take(message: Message) -> None:
            sent.append(message)

        await self.running.rest.serve(scope, receive, take)
        found = {name.decode(): text.decode("latin-1") for name, text in sent[0]["headers"]}
        return Answer(sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:]))

    def join(self, name: str, email: str = "", password: str = PASSWORD) -> Account:
        """Make an account."""
        email = email or f"{name.lower()}@example.com"
        answer = self.ask("POST", f"{BASE}/users", {"name": name, "email": email, "password": password})
        assert answer.status == 201, answer
        return Account(answer.body["id"], email, self.identity.token(answer.body["id"], 0))

    def promote(self, account: Account, admin: bool = True) -> Account:
        """Make an account an admin, or no longer."""
        self.loop = self.loop or asyncio.new_event_loop()
        assert self.loop.run_until_complete(self.identity.promote(account.email, admin))
        return account

    def rows(self, text: str, *values: Stored) -> list[tuple[Any, ...]]:
        """Read from the database itself."""
        return self.store.reader.execute(text, values).fetchall()

    def snapshot(self) -> Snapshot:
        """Give every row of every table, those the database keeps for itself included."""
        names = [str(name) for (name,) in self.rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        return {name: self.rows(f'SELECT * FROM "{name}"') for name in ["sqlite_schema", *names]}

    def changes(self, since: int = 0) -> list[dict[str, Any]]:
        """Give the Changes that were written down after so many."""
        names = ("resource", "key", "kind", "actor", "at", "before", "after")
        found = self.rows("SELECT resource, key, kind, actor, at, before, after FROM kingpost_changes ORDER BY id")
        changes = [dict(zip(names, row, strict=True)) for row in found[since:]]
        for change in changes:
            change |= {name: json.loads(change[name]) for name in ("before", "after") if change[name] is not None}
        return changes

    def keep(self) -> None:
        """Remember the data as they are now."""
        self.kept = apsw.Connection(":memory:")
        with self.kept.backup("main", self.store.writer, "main") as copy:
            copy.step()

    def restore(self) -> None:
        """Make the data what they were when they were kept."""
        assert self.kept is not None
        with self.store.writer.backup("main", self.kept, "main") as copy:
            copy.step()


MASKED = re.compile(r'"(timestamp|requestId)":"[^"]*"')


def bare(answer: Answer) -> Bare:
    """Give an answer without what differs from one request to the next by design."""
    headers = tuple((name, text) for name, text in answer.headers.items() if name not in ("x-request-id", "date"))
    return answer.status, headers, MASKED.sub(r'"\1":""', answer.text)
