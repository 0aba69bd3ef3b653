"""A client keeps rows in memory, or in a schema of its own on the PostgreSQL server that the environment names."""

import gc
import os
import subprocess
import sys
from typing import Any

import pytest

from examples.blog.app import Post, User, app
from kingpost.store.protocol import Unopened
from kingpost.testing import Client, Clock, created, deleted, updated
from tests.cli.process import ROOT
from tests.servers.postgres import Postgres, free_port
from tests.surface.rest.scene import Member, Painting, Style, gallery

POSTS = "/api/v1/posts"


@pytest.fixture
def database(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> str:
    """Have clients keep their rows in a database that is empty, and give its name."""
    url = server.database()
    monkeypatch.setenv("TEST_DATABASE_URL", url)
    return url.rpartition("/")[2]


def schemas(server: Postgres, database: str) -> list[str]:
    """Give the schemas of clients."""
    found = server.ask(r"SELECT nspname FROM pg_namespace WHERE nspname LIKE 'kingpost\_%' ORDER BY 1", database)
    return found.split()


def test_each_client_has_an_empty_schema_that_goes_when_it_is_closed(server: Postgres, database: str) -> None:
    with Client(app) as one, Client(app) as other:
        assert one.make(User).id == one.make(User).id - 1 == other.make(User).id == 1
        assert len(schemas(server, database)) == 2
        assert len(one.snapshot()["users"]) == 2 and len(other.snapshot()["users"]) == 1
        twin = one.as_("user1@example.com")
        twin.close()
        assert twin.get("/api/v1/users/2").body["name"] == "Name 2"
    assert schemas(server, database) == []
    assert Client(app).get(POSTS).status == 200
    gc.collect()
    assert schemas(server, database) == []


def test_a_script_that_closes_nothing_leaves_nothing(server: Postgres, database: str) -> None:
    lines = ("from examples.blog.app import app", "from kingpost.testing import Client", "client = Client(app)")
    script = "\n".join([*lines, f"print(client.get({POSTS!r}))"])
    for url in (server.of(database), f"postgresql://postgres@localhost:{server.port}/{database}"):
        ended = subprocess.run(
            [sys.executable, "-X", "dev", "-W", "error", "-c", script], cwd=ROOT, capture_output=True, text=True,
            env=os.environ | {"TEST_DATABASE_URL": url}, timeout=60, check=False,
        )  # fmt: skip
        assert (ended.returncode, ended.stderr) == (0, "") and ended.stdout.startswith("<200")
        assert schemas(server, database) == []


def test_an_app_that_can_not_be_opened_leaves_nothing(server: Postgres, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kingpost.store.postgres.connect.indexes", lambda _: {"broken": "CREATE INDEX ON nothing (x)"})
    with pytest.raises(Unopened, match=r'It says: relation "nothing" does not exist'):
        Client(app)
    assert schemas(server, database) == []


def test_a_server_that_is_not_there_or_no_server_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", f"postgresql://postgres@127.0.0.1:{free_port()}/postgres")
    with pytest.raises(Unopened, match=r"It can not be reached: \[Errno \d+\] Connect call failed"):
        Client(app)
    monkeypatch.setenv("TEST_DATABASE_URL", "sqlite:///app.db")
    with pytest.raises(AssertionError, match=r"TEST_DATABASE_URL must be postgresql://USER:PASSWORD@HOST:PORT/NAME"):
        Client(app)
    monkeypatch.setenv("TEST_DATABASE_URL", "")
    with Client(app) as client:
        assert client.get(POSTS).status == 200


def lived() -> list[Any]:
    """Do one of everything that writes, and give all that a test sees of it."""
    seen: list[Any] = []
    with Client(app, clock=Clock()) as client:
        ada, bob = client.make_many(User, 2)
        with client.changes(created(Post, title="One", user=ada)):
            client.as_(ada).post(POSTS, {"title": "One"})
        post = client.as_(ada).get(f"{POSTS}/1").body
        with client.changes(updated(Post, id=post["id"], title="Two")):
            client.as_(ada).patch(f"{POSTS}/1", {"title": "Two"})
        for browser in (client.as_(bob), client.as_(ada)):
            for watched in (client.unchanged(), client.changes(updated(Post, id=1, title="Three"), deleted(User, id=bob.id))):
                try:
                    with watched:
                        seen.append(browser.delete(f"{POSTS}/1").status)
                except AssertionError as error:
                    seen.append(str(error))
        client.make_admin("user1@example.com")
        seen.append(client.snapshot())
    with Client(gallery(), clock=Clock()) as client:
        client.make(Painting, member=client.make(Member), styles=[client.make(Style)])
        seen.append([{**pair, "style_id": len(str(pair["style_id"]))} for pair in client.snapshot()["paintings_styles"]])
    for row in seen[-2]["users"]:
        row["password"] = len(row["password"])  # salted
    del seen[-2]["kingpost_meta"]  # written in the database's own words
    return seen


def test_a_test_sees_the_same_on_every_store(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    there = lived()
    monkeypatch.delenv("TEST_DATABASE_URL")
    here = lived()
    assert there == here
    assert [row["key"] for row in here[-2]["kingpost_changes"]] == [1, 2, 1, 1, 1]
    assert [row["actor"] for row in there[-2]["kingpost_changes"]] == [None, None, 1, 1, 1]
    assert here[-1] == [{"painting_id": 1, "style_id": 36}]
