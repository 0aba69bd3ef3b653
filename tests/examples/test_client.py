"""The client that users test with: true to a server, kind to who makes a mistake, and leaving nothing behind."""

import asyncio
import gc
import re
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

import kingpost.testing
from examples.blog.app import Post, User, app
from kingpost import App
from kingpost.contract.model import dump
from kingpost.settings import Settings
from kingpost.testing import Client
from tests.cli.process import BLOG, ROOT, SECRET, serving

SIGN_UP = {"email": "test@example.com", "password": "SecurePass123!", "name": "Test User"}
USERS, POSTS = "/api/v1/users", "/api/v1/posts"


def test_what_its_documentation_shows_is_true() -> None:
    shown = re.findall(r"^    (.+)$", kingpost.testing.__doc__ or "", re.MULTILINE)
    assert len(shown) == 3
    exec("\n".join(shown), {"Client": Client, "app": app})  # noqa: S102  # it is our own documentation


def test_an_answer_shows_all_that_one_wants_to_know() -> None:
    with Client(app) as client:
        made = client.post(USERS, SIGN_UP)
        assert repr(made) == '<201 {"id":1,"email":"test@example.com","name":"Test User","post_count":0}>'
        refused = client.post(USERS, {"email": "invalid-email", "password": "SecurePass123!"})
        assert refused.message == "Invalid input data"
        assert refused.details == {"email": "Invalid email format", "name": "Is required"}
        assert (made.message, dict(made.error), made.details) == ("", {}, {})
        head = client.request("HEAD", "/nothing")
        assert (repr(head), head.message, head.details, head.body) == ("<404>", "", {}, None)
        long = client.get("/docs/docs.js")
        assert len(repr(long)) < 2_100 and repr(long).endswith("...>")


def test_it_says_what_to_do_when_it_is_used_wrongly() -> None:
    with Client(app) as client:
        with pytest.raises(AssertionError, match=r"Could not sign in as test@example.com; create the account first.*<401 "):
            client.sign_in("test@example.com", "SecurePass123!")
        with pytest.raises(AssertionError, match=r"There is no account test@example.com to make an admin; create it first"):
            client.make_admin("test@example.com")
        with pytest.raises(
            AssertionError, match=r'Write the path with its first slash, such as "/api/v1/users", not \'users\''
        ):
            client.get("users")

        async def inside() -> None:
            with pytest.raises(AssertionError, match=r"write def test_..., not async def"):
                client.get(USERS)
            with pytest.raises(AssertionError, match=r"write def test_..., not async def"):
                Client(app)

        asyncio.run(inside())
        assert client.get(USERS).status == 200


def test_clients_of_one_app_do_not_disturb_each_other() -> None:
    one, other = Client(app), Client(app)
    assert one.post(USERS, SIGN_UP).status == other.post(USERS, SIGN_UP).status == 201
    one.sign_in("test@example.com", "SecurePass123!")
    assert one.post(POSTS, {"title": "Mine"}).status == 201
    assert other.post(POSTS, {"title": "Mine"}).status == 401
    assert len(one.get(POSTS).body["items"]) == 1 and other.get(POSTS).body["items"] == []
    one.close()
    assert other.get(f"{USERS}/1").status == 200
    third = Client(app)
    assert third.get(f"{USERS}/1").status == 404
    for each in (one, other, third):
        each.close()
        each.close()  # closing what is closed does no harm
    assert app.running is None


def test_an_app_that_serves_may_be_tested_at_the_same_time(tmp_path: Path) -> None:
    serving_too = App(User, Post, title="Blog")
    serving_too.settings = Settings(str(tmp_path / "app.db"), b"x" * 32)
    running = serving_too.start()
    assert serving_too.start() is running
    with Client(serving_too) as client:
        assert client.post(USERS, SIGN_UP).status == 201
        assert client.engine is not running.engine and client.engine.store is not running.engine.store

        async def serve() -> int:
            transport = httpx2.ASGITransport(serving_too)
            async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as network:
                answer = await network.get(f"{USERS}/1")
            await serving_too.stop()
            return answer.status_code

        assert asyncio.run(serve()) == 404  # its own database is as empty as before
        assert client.get(f"{USERS}/1").status == 200


def test_it_answers_as_a_server_does(tmp_path: Path) -> None:
    asked = [
        ("POST", USERS, SIGN_UP), ("POST", USERS, SIGN_UP), ("POST", USERS, {"email": "x"}), ("GET", USERS, None),
        ("GET", f"{USERS}/1", None), ("GET", f"{USERS}/%31", None), ("HEAD", USERS, None), ("OPTIONS", USERS, None),
        ("GET", "/nothing/%C3%A9", None), ("DELETE", f"{USERS}/1", None), ("TRACE", USERS, None),
        ("GET", f"{USERS}?limit=%31", None),
        ("GET", f"{USERS}?x=1", None), ("GET", "/openapi.json", None), ("POST", POSTS, {"title": "x"}), ("GET",
        "/%64ocs", None),
        ("GET", "//api/v1/users", None), ("GET", f"{USERS}//1", None),
    ]  # fmt: skip
    with (
        serving(tmp_path, "serve", str(BLOG), SECRET_KEY=SECRET) as server,
        httpx2.Client(base_url=server.address) as network,
        Client(app) as client,
    ):
        client.address = "127.0.0.1"
        for method, path, body in asked:
            there, here = network.request(method, server.address + path, json=body), client.request(method, path, body)
            assert there.status_code == here.status, path
            masked = [
                re.sub(r'"(timestamp|requestId|created_at|updated_at)":"[^"]+"', "", each) for each in (there.text, here.text)
            ]
            assert masked[0] == masked[1], path
            kept = [{name.lower(): text for name, text in headers.items()} for headers in (there.headers, here.headers)]
            for headers in kept:
                for name in ("date", "x-request-id", "connection"):
                    headers.pop(name, None)
                headers["ratelimit"] = re.sub(";t=[0-9]+", "", headers.get("ratelimit", ""))
            assert kept[0] == kept[1], path


def test_a_clock_may_be_given() -> None:
    with Client(app, clock=lambda: 1_769_855_400.0) as client:
        client.post(USERS, SIGN_UP)
        client.sign_in("test@example.com", "SecurePass123!")
        assert client.get(f"{USERS}/1").body["created_at"] == "2026-01-31T10:30:00.000000Z"


def test_a_client_that_was_forgotten_closes_what_it_had() -> None:
    client = Client(app)
    client.post(USERS, SIGN_UP)
    loop, threads = client.loop, client.engine.identity.passwords.threads
    del client
    gc.collect()
    assert loop.is_closed()
    with pytest.raises(RuntimeError):
        threads.submit(print)


@pytest.mark.parametrize("end", ["", "raise SystemExit(0)", "import os; client.close()", "del client"])
def test_a_script_that_never_closes_its_client_ends_without_a_word(end: str) -> None:
    script = f"""
from examples.blog.app import app
from kingpost.testing import Client
client = Client(app)
kept = [Client(app)]
assert client.post("{USERS}", {SIGN_UP!r}).status == 201
{end}
"""
    ended = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_making_a_client_changes_nothing_in_the_app() -> None:
    before = dump(app.contract), dict(vars(app))
    with Client(app) as client:
        client.post(USERS, SIGN_UP)
    assert (dump(app.contract), dict(vars(app))) == before
