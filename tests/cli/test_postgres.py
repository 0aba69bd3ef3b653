"""Every command on a PostgreSQL server, as a user runs it; and what is said when it can not be reached or lets nobody in."""

import json
import os
import re
import time
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest

from tests.cli.process import BLOG, SECRET, kingpost, serving
from tests.cli.test_dev import KEPT, SEED, blog, developing
from tests.servers.postgres import Postgres, free_port

POSTS = "/api/v1/posts"
PASSWORD = ("--password", "SecurePass123!")
SHADOW = "hunter2"
MOVED = re.compile(r"^  Moved  the old database to the schema (public_old_\d{8}_\d{6})$", re.MULTILINE)


@pytest.fixture
def url(server: Postgres) -> str:
    """Give the address of an empty database."""
    return server.database()


def name(url: str) -> str:
    """Give the name of the database at an address."""
    return url.rpartition("/")[2]


def test_dev_makes_and_fills_a_database_and_says_a_curl_that_works(tmp_path: Path, url: str, server: Postgres) -> None:
    with developing(tmp_path, seed=SEED, DATABASE_URL=url) as dev:
        assert "  Seed   2 in users, 2 in posts\n" in dev.hello
        token, address = re.findall(r"curl -H 'Authorization: Bearer (\S+)' (\S+)", dev.hello)[0]
        told = httpx2.get(address, headers={"authorization": f"Bearer {token}"}).json()
        assert {each["title"] for each in told["items"]} == {"A draft", "Hello"}
        dev.write(blog("Second"))
        dev.until("Reloaded after")
        assert dev.title() == "Second"
        dev.stop()
    assert server.ask("SELECT count(*) FROM posts", name(url)) == "2"
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["dev.secret"]
    with developing(tmp_path, seed=SEED, DATABASE_URL=url) as dev:
        assert "Seed" not in dev.hello


def test_other_fields_are_refused_until_fresh_moves_the_old_tables_aside(tmp_path: Path, url: str, server: Postgres) -> None:
    with developing(tmp_path, seed=SEED, DATABASE_URL=url) as dev:
        dev.write(blog("Blog").replace("max=255", "max=200"))
        told = dev.until(KEPT)
        assert told.startswith("The database was made for other fields than this app has now.")
        assert "Or let Kingpost do it: kingpost dev --fresh moves it aside" in told
        dev.stop()
    server.ask("CREATE TABLE others (id int)", name(url))
    with developing(tmp_path, "--fresh", seed={"users": SEED["users"]}, DATABASE_URL=url) as dev:
        first = MOVED.findall(dev.hello)
        assert len(first) == 1 and "  Seed   2 in users\n" in dev.hello
        time.sleep(1)  # the next one is named by another second
        dev.write(blog("Blog").replace("max=255", "max=100"))
        moved = MOVED.findall(dev.until("Reloaded after"))
        assert len(moved) == 1 and moved != first
        dev.stop()
    counted = f"SELECT (SELECT count(*) FROM {first[0]}.posts), (SELECT count(*) FROM {moved[0]}.posts), count(*) FROM users"
    assert server.ask(counted, name(url)) == "2|0|2"
    assert server.ask("SELECT count(*) FROM others", name(url)) == "0"  # what an app has not made stays where it is


def test_fresh_moves_nothing_that_somebody_else_serves(tmp_path: Path, url: str, server: Postgres) -> None:
    with serving(tmp_path, "serve", str(BLOG), DATABASE_URL=url, SECRET_KEY=SECRET) as running:
        assert httpx2.get(running.address + POSTS).status_code == 200
        (tmp_path / "app.py").write_text(blog("Blog"))
        ended = kingpost(tmp_path, "dev", "--fresh", "--no-reload", "--port", "0", DATABASE_URL=url)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr == (
            f"Can not move the database {url} aside (it is in use). End whatever else has it open, and try again\n"
        )
        assert httpx2.get(running.address + POSTS).status_code == 200
    assert server.ask("SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%_old_%'", name(url)) == "0"


def test_several_workers_serve_one_database_each_with_so_many_connections(tmp_path: Path, url: str, server: Postgres) -> None:
    more = {"DATABASE_URL": url, "SECRET_KEY": SECRET, "DATABASE_CONNECTIONS": "4"}
    with serving(tmp_path, "serve", str(BLOG), "--workers", "2", **more) as running:
        user = {"email": "ada@example.com", "password": PASSWORD[1], "name": "Ada"}
        assert httpx2.post(running.address + "/api/v1/users", json=user).status_code == 201
        for _ in range(20):
            assert httpx2.get(running.address + "/api/v1/users/1").json()["name"] == "Ada"
        held = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name(url)}' AND application_name = 'kingpost'"
        assert 1 <= int(server.ask(held)) <= 8
        assert running.stop()[0] == 0


def test_accounts_are_made_and_the_shell_and_show_and_check_work_as_on_any_store(tmp_path: Path, url: str) -> None:
    ended = kingpost(tmp_path, "user", "create", "ada@example.com", str(BLOG), "--set", "name=Ada", *PASSWORD, DATABASE_URL=url)
    assert (ended.returncode, ended.stdout) == (0, "ada@example.com has an account\n"), ended.stderr
    ended = kingpost(tmp_path, "user", "create", "ada@example.com", str(BLOG), "--set", "name=A B", *PASSWORD, DATABASE_URL=url)
    assert (ended.returncode, "email: Is already taken" in ended.stderr) == (1, True)
    ended = kingpost(tmp_path, "user", "promote", "ada@example.com", str(BLOG), "--json", DATABASE_URL=url)
    assert json.loads(ended.stdout) == {"ok": True, "email": "ada@example.com", "admin": True}
    secret = url.replace("postgres@", f"postgres:{SHADOW}@")
    typed = "page = await context.users.list()\n[each.email for each in page.items]\nclient.get('/api/v1/users/1').status\n"
    ended = kingpost(tmp_path, "shell", str(BLOG), "--as", "ada@example.com", typed=typed, DATABASE_URL=secret)
    assert "['ada@example.com']" in ended.stdout and "200" in ended.stdout, ended.stderr
    assert f"Blog on {url}, as ada@example.com." in ended.stderr and SHADOW not in ended.stdout + ended.stderr
    assert kingpost(tmp_path, "check", str(BLOG), DATABASE_URL=url).returncode == 0
    assert kingpost(tmp_path, "show", "posts.list", str(BLOG), DATABASE_URL=url).returncode == 0


def said(folder: Path, url: str, **more: str) -> str:
    """Give the one line with which every command ends that opens a database."""
    lines = set()
    for command in (["serve", str(BLOG)], ["dev", "--no-reload", str(BLOG)], ["user", "promote", "a@b.example", str(BLOG)]):
        ended = kingpost(folder, *command, DATABASE_URL=url, SECRET_KEY=SECRET, **more)
        assert (ended.returncode, ended.stdout, SHADOW in ended.stderr) == (1, "", False), ended.stderr
        lines.add(ended.stderr)
    (line,) = lines
    assert line.count("\n") == 1
    return line.rstrip("\n")


def test_a_server_that_is_not_there_is_named_with_what_to_do(tmp_path: Path) -> None:
    place = f"127.0.0.1:{free_port()}/blog"
    assert said(tmp_path, f"postgresql://ada:{SHADOW}@{place}") == (
        f"Can not open the database postgresql://ada@{place}. It can not be reached: [Errno 111] Connect call failed "
        f"('127.0.0.1', {place[10:-5]}). Start it, or set DATABASE_URL to where it is"
    )


def test_who_is_not_let_in_is_told_why_and_never_shown_the_password(tmp_path: Path, server: Postgres) -> None:
    guarded = server.guarded()
    server.ask(f"CREATE ROLE r{guarded} LOGIN PASSWORD 'right'")
    place, user = f"127.0.0.1:{server.port}", f"r{guarded}"
    for database, password, told in (
        (guarded, SHADOW, f'It says: password authentication failed for user "{user}". '
                          "Set a user and a password that it knows"),
        ("nowhere", SHADOW, 'It says: database "nowhere" does not exist. Make it: createdb NAME, or CREATE DATABASE in psql'),
        (guarded, "right", "It says: permission denied for schema public. "
                           "Let the user own the database: ALTER DATABASE name OWNER TO user"),
    ):  # fmt: skip
        url = f"postgresql://{user}:{password}@{place}/{database}"
        assert said(tmp_path, url) == f"Can not open the database postgresql://{user}@{place}/{database}. {told}"


def test_a_database_that_can_not_hold_our_rows_is_refused(tmp_path: Path, server: Postgres, url: str) -> None:
    server.ask("CREATE TABLE users (id int)", name(url))
    assert said(tmp_path, url) == (
        f'Can not open the database {url}. It says: relation "users" already exists. '
        "Other tables are there: set DATABASE_URL to an empty database"
    )
    latin = f"l{name(url)}"
    server.ask(f"CREATE DATABASE {latin} ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0")
    assert said(tmp_path, server.of(latin)).endswith(
        "It keeps text as LATIN1. Make another: CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0"
    )
    assert said(tmp_path, f"{url}?sslmode=require").endswith("Set ssl=on there, or ask for sslmode=disable")
    assert "DATABASE_URL asks for what can not be: `sslmode` parameter must be one of" in said(
        tmp_path, f"{url}?sslmode=perhaps"
    )
    assert said(tmp_path, f"{url}?schema=blog").endswith('It says: unrecognized configuration parameter "schema"')


def test_where_the_extra_is_missing_it_is_named(tmp_path: Path, url: str) -> None:
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "asyncpg.py").write_text("raise ModuleNotFoundError(\"No module named 'asyncpg'\", name='asyncpg')")
    path = os.pathsep.join([str(tmp_path / "hidden"), os.environ.get("PYTHONPATH", "")])
    assert said(tmp_path, url, PYTHONPATH=path) == (
        "The settings name PostgreSQL, and asyncpg is missing: pip install kingpost[postgres]"
    )


def test_an_address_with_a_schema_keeps_an_app_apart(tmp_path: Path, url: str, server: Postgres) -> None:
    there = f"{url}?search_path={quote('blog')}"
    assert said(tmp_path, there).endswith("Make the schema that the search_path names (CREATE SCHEMA)")
    server.ask("CREATE SCHEMA blog", name(url))
    ended = kingpost(tmp_path, "user", "create", "a@b.example", str(BLOG), "--set", "name=Ada", *PASSWORD, DATABASE_URL=there)
    assert ended.returncode == 0, ended.stderr
    assert server.ask("SELECT count(*) FROM blog.users", name(url)) == "1"
