"""Two small backends with fixed rows, a fixed clock and fixed ids, in which every case is asked afresh."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeAlias, cast
from unittest.mock import patch
from uuid import UUID

import apsw

from examples.blog.app import app as blog
from kingpost.app import App
from kingpost.call import Call, Failure, Result, Shape
from kingpost.contract.codec import Row
from kingpost.contract.expr import Standing
from kingpost.contract.model import Operation
from kingpost.engine import prepare
from kingpost.engine.engine import Ready
from kingpost.store.sql import CHANGES
from kingpost.store.sqlite.catalog import quote
from kingpost.store.sqlite.connect import SqliteStore
from kingpost.testing import Answer, Client
from tests.plan.tracker import app as tracker

MIDNIGHT = 1_767_225_600  # 2026-01-01T00:00:00Z
PASSWORD = "Secret-123"
FIRST_ID = 0x019B7600_0000_7000_8000_000000000000


@dataclass
class Seen:
    """What one request led to: its call, and every plan that was made for it."""

    calls: list[Call] = field(default_factory=list)
    plans: list[tuple[Shape, Standing, Ready]] = field(default_factory=list)


Kept: TypeAlias = dict[str, tuple[tuple[str, ...], list[Row], int]]
"""Of each table its columns, its rows and the last number that it gave."""


class World:
    """A backend with rows in it that can be put back as they were."""

    dialect = "sqlite"

    def __init__(self, app: App, accounts: Mapping[str, str]) -> None:
        """Open the app; `accounts` gives the address of each role."""
        self.app, self.accounts = app, accounts
        self.seconds = MIDNIGHT
        self.ids = 0
        self.client = Client(app, clock=lambda: self.seconds)
        assert isinstance(self.client.engine.store, SqliteStore)
        self.database = self.client.engine.store.writer
        self.kept = apsw.Connection(":memory:")

    def next_id(self, _now: int) -> str:
        """Give ids that count up, in place of ids by time and chance."""
        self.ids += 1
        return str(UUID(int=FIRST_ID + self.ids))

    def keep(self) -> None:
        """Remember the rows as they are now."""
        copy(self.database, self.kept)

    def restore(self) -> None:
        """Put back the rows, the clock and the ids; nobody in particular asks."""
        copy(self.kept, self.database)
        self.again()

    def again(self) -> None:
        """Put back the clock and the ids; nobody in particular asks."""
        self.client.token = ""
        self.seconds, self.ids = MIDNIGHT + 86_400, 0x100

    def rows(self) -> Kept:
        """Give the rows of every table that holds some of the app's, as they were in the beginning."""
        last = {str(name): number for name, number in self.kept.execute("SELECT name, seq FROM sqlite_sequence").fetchall()}
        names = [each.name for each in self.app.contract.resources] + [CHANGES]
        names += [many.through for each in self.app.contract.resources for many in each.manys if many.writable]
        found: Kept = {}
        for name in names:
            asked = self.kept.execute("SELECT name FROM pragma_table_info(?) WHERE name <> '_rowid_'", (name,))
            columns = tuple(str(column) for (column,) in asked.fetchall())
            rows = self.kept.execute(f"SELECT {', '.join(map(quote, columns))} FROM {quote(name)}").fetchall()
            found[name] = columns, cast("list[Row]", rows), cast("int", last.get(name, 0))
        return found

    def changes(self) -> list[dict[str, object]]:
        """Give the Changes since the rows were put back: what was made or removed, and of an update each old and new value."""
        names = ("kind", "resource", "key", "actor", "before", "after")
        columns = f"SELECT {', '.join(map(quote, names))} FROM {CHANGES}"
        kept = self.kept.execute(columns).fetchall()
        found = self.database.execute(f"{columns} ORDER BY id").fetchall()[len(kept) :]
        return told([dict(zip(names, row, strict=True)) for row in found])

    def sign_in(self, role: str) -> None:
        """Go on as the account of a role, or as no one."""
        self.client.token = ""
        if role != "anonymous":
            identity = self.client.engine.identity
            row = self.client.loop.run_until_complete(identity.find(identity.by_email, {"email": self.accounts[role]}))
            assert row is not None
            self.client.token = identity.token(row[0], row[1])
            self.client.loop.run_until_complete(identity.believe(self.client.token))  # known, whatever was asked before

    def ask(self, method: str, url: str, body: object = None) -> tuple[Answer, Seen]:
        """Make a request and see what it leads to."""
        seen = Seen()
        with self.watch(seen):
            answer = self.client.request(method, url, body)
        return answer, seen

    @contextmanager
    def watch(self, seen: Seen) -> Iterator[None]:
        """Note calls and plans, and count ids up."""
        engine, rest = self.client.engine, self.client.running.rest
        ready, run = engine.ready, rest.run

        def planned(operation: Operation, shape: Shape, of: Standing) -> Ready:
            made = ready(operation, shape, of)
            seen.plans.append((shape, of, made))
            return made

        async def asked(call: Call) -> Result | Failure:
            seen.calls.append(call)
            return await run(call)

        with ExitStack() as stack:
            stack.enter_context(patch.object(engine, "ready", planned))
            stack.enter_context(patch.object(rest, "run", asked))
            stack.enter_context(patch.object(prepare, "time_ordered", self.next_id))
            yield

    def make(self, path: str, **values: object) -> str:
        """Make a row a minute after the one before; gives its id."""
        self.seconds += 60
        answer, _ = self.ask("POST", f"{self.app.base}{path}", values)
        assert answer.status == 201, answer
        return json.dumps(answer.body["id"]).strip('"')


def told(changes: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    """Say changes: of an update what has changed, and of all what each was of and by whom."""
    found: list[dict[str, object]] = []
    for each in changes:
        change = {name: each[name] for name in ("kind", "resource", "key", "actor")}
        if each["kind"] == "updated":
            old, new = json.loads(str(each["before"])), json.loads(str(each["after"]))
            change["fields"] = {name: [old[name], new[name]] for name in new if old[name] != new[name]}
        found.append(change)
    # Rows that go together go in no promised order; what they are and what goes before what is told.
    runs = groupby(found, key=lambda each: (each["kind"], each["resource"]))
    return [each for _, run in runs for each in sorted(run, key=lambda each: str(each["key"]))]


def copy(source: apsw.Connection, target: apsw.Connection) -> None:
    with target.backup("main", source, "main") as backup:
        while not backup.done:
            backup.step(1_000)


def a_blog() -> World:
    """Ada is an admin; Ben (the owner of most) and Cy write published posts and drafts, two of them at one moment."""
    world = World(blog, {"admin": "ada@example.com", "owner": "ben@example.com", "other": "cy@example.com"})
    for name in ("Ada", "Ben", "Cy"):
        world.make("/users", email=f"{name.lower()}@example.com", password=PASSWORD, name=name)
    world.client.make_admin("ada@example.com")
    for role, title, day in (
        ("owner", "First steps", "2025-12-02"),
        ("owner", "A draft", None),
        ("other", "Hello", "2025-12-03"),
        ("other", "Not yet", None),
        ("owner", "Second steps", "2025-12-04"),
        ("admin", "House rules", "2025-12-04"),
        ("owner", "Another draft", None),
    ):
        world.sign_in(role)
        world.make("/posts", title=title, published_at=day and f"{day}T12:00:00Z")
    world.keep()
    return world


def a_tracker() -> World:
    """Lin (the owner) leads an open and a closed project; Oto (the other) has tasks in both and an own project.

    Ids count up: members from 1 (Ada, Lin, Oto), tags from 4 (bug, secret), projects from 6, tasks from 8, the last project 13.
    """
    world = World(tracker, {"admin": "ada@example.com", "owner": "lin@example.com", "other": "oto@example.com"})
    ada, lin, oto = (
        world.make("/members", email=f"{name.lower()}@example.com", password=PASSWORD, name=name)
        for name in ("Ada", "Lin", "Oto")
    )
    world.client.make_admin("ada@example.com")
    world.sign_in("admin")
    bug, _ = world.make("/tags", word="bug"), world.make("/tags", word="secret", hidden=True)
    world.sign_in("owner")
    bridge = world.make("/projects", name="Bridge", settings={"colour": "red", "weeks": [1, 2]})
    cellar = world.make("/projects", name="Cellar", visibility="closed")
    world.make("/tasks", project_id=bridge, assignee_id=oto, title="Measure", priority=2, due="2026-02-01", effort="1.5")
    world.make("/tasks", project_id=bridge, assignee_id=lin, title="Draw", priority=2, tag_ids=[bug])
    world.make("/tasks", project_id=bridge, title="Build", priority=1, due="2026-03-01", notes=["steel", "wood"], tag_ids=[bug])
    world.make("/tasks", project_id=cellar, assignee_id=oto, title="Dig", priority=3, due="2026-01-15")
    world.make("/tasks", project_id=cellar, assignee_id=ada, title="Hide", state="done", priority=0)
    world.sign_in("other")
    world.make("/projects", name="Garden")
    world.keep()
    return world
