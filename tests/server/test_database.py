"""A served app on PostgreSQL when all connections are in use, when answers are lost, and when clients go (F12)."""

import asyncio
import random
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.process import ROOT, SECRET, Server, serving
from tests.proofs.blog import LOGIN, PASSWORD, POSTS, USERS
from tests.proofs.budget import until
from tests.proofs.test_restarts import gauge, settled
from tests.server.asking import Asker, Heard
from tests.servers.link import linked
from tests.servers.postgres import Postgres

THINKING = str(ROOT / "tests" / "server" / "thinking.py")
ANN = {"email": "u1@example.com", "password": PASSWORD}
READY, THINK, LOOK, MINE = "/health/ready", "/api/v1/think", "/api/v1/look", "/api/v1/mine"
SOON, PATIENCE = 0.2, 3.0
PEOPLE = 48


@pytest.fixture(scope="module")
def url(server: Postgres) -> str:
    return server.database()


@pytest.fixture(scope="module")
def served(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app that thinks, with an account, and six connections of which two are kept."""
    folder = tmp_path_factory.mktemp("thinking")
    more = {"SECRET_KEY": SECRET, "TRUSTED_PROXIES": "127.0.0.0/8", "DATABASE_CONNECTIONS": "6"}
    with serving(folder, "serve", THINKING, DATABASE_URL=url, **more) as made:
        asyncio.run(sign_up(made, 1))
        yield made


async def sign_up(server: Server, many: int) -> list[str]:
    """Make accounts, each with an address that tells its id, and give their tokens."""
    asker, tokens = Asker(server.port), []
    for key in range(1, many + 1):
        account = {"email": f"u{key}@example.com", "password": PASSWORD}
        assert (await asker.ask("POST", USERS, {**account, "name": "Someone"})).value["id"] == key
        tokens.append((await asker.ask("POST", LOGIN, account)).value["access_token"])
    asker.leave()
    return tokens


def part(times: list[float], share: float) -> float:
    """Give the time within which a share of all came."""
    return sorted(times)[int(len(times) * share)]


async def exhausted(served: Server, server: Postgres, url: str) -> list[asyncio.Task[Heard]]:
    """Have as many think as there are connections, which is four, and as many more wait for one."""
    thinking = [asyncio.create_task(Asker(served.port).ask_once("POST", THINK, {})) for _ in range(8)]
    name = url.rpartition("/")[2]
    think = (
        f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND state LIKE 'idle in %' AND query NOT LIKE 'BEGIN%'"
    )
    async with asyncio.timeout(PATIENCE):
        while server.ask(think) != "4":  # noqa: ASYNC110  # another process sets no event
            await asyncio.sleep(0.01)
    return thinking


async def test_what_needs_no_connection_is_answered_at_once_when_there_is_none(
    served: Server, server: Postgres, url: str
) -> None:
    thinking = await exhausted(served, server, url)
    asker = Asker(served.port)
    statements = statement_count(await asker.ask("GET", "/metrics"))
    expected = [
        (401, await asker.ask("GET", POSTS, authorization="Bearer a.b.c")),
        (401, await asker.ask("POST", POSTS, {"title": "a"}, authorization="Bearer a.b.c")),
        (204, await asker.ask("OPTIONS", POSTS, origin="https://a.example", access_control_request_method="GET")),
        (404, await asker.ask("GET", "/api/v1/nothing")),
        (405, await asker.ask("DELETE", POSTS)),
        (400, await asker.ask("POST", USERS, {"email": 1})),
        (400, await asker.ask("POST", USERS, b"{")),
        (400, await asker.ask("GET", f"{POSTS}?limit=0")),
        (401, await asker.ask("POST", POSTS, {"title": "a"})),
        (200, await asker.ask("GET", "/health/live")),
        (200, await asker.ask("GET", "/openapi.json")),
    ]
    assert [status for status, _ in expected] == [heard.status for _, heard in expected]
    assert statement_count(await asker.ask("GET", "/metrics")) == statements
    assert max(heard.seconds for _, heard in expected) < SOON * 2
    assert not any(task.done() for task in thinking[:4])
    for heard in await asyncio.gather(*thinking):
        assert heard.status in (200, 503)
    asker.leave()


def statement_count(heard: Heard) -> int:
    """Read how many statements the database was asked."""
    (line,) = (line for line in heard.body.decode().splitlines() if line.startswith("kingpost_store_statements_total "))
    return int(float(line.split()[1]))


async def test_ten_times_as_many_slow_calls_as_connections_leave_health_and_sign_in_alone(
    served: Server, server: Postgres, url: str
) -> None:
    asker, end = Asker(served.port), asyncio.Event()
    alone = [(await asker.ask("POST", LOGIN, ANN)).seconds for _ in range(10)]
    heard: list[Heard] = []

    async def slow(number: int) -> None:
        own = Asker(served.port, {"x-forwarded-for": f"10.0.{number}.1"})
        while not end.is_set():
            heard.append(await own.ask("POST", (THINK, LOOK)[number % 2], {}))
            if heard[-1].status == 503:
                await asyncio.sleep(float(heard[-1].headers["retry-after"]) * random.uniform(0.5, 1))
        own.leave()

    tasks = [asyncio.create_task(slow(number)) for number in range(60)]
    health, sign_in = list[Heard](), list[Heard]()
    most = 0
    for _ in range(40):
        health.append(await asker.ask("GET", READY))
        sign_in.append(await asker.ask("POST", LOGIN, ANN))
        most = max(most, gauge_of(await asker.ask("GET", "/metrics"), "in_use"))
    end.set()
    await asyncio.gather(*tasks)
    assert {each.status for each in health} == {each.status for each in sign_in} == {200}
    slowest = [part([each.seconds for each in some], 0.95) for some in (health, sign_in)]
    print(f"\nof 20, 19 within {slowest} s, alone {part(alone, 0.5):.3f} s; {Counter(each.status for each in heard)}")
    assert slowest[0] < SOON and slowest[1] < max(SOON, 4 * part(alone, 0.5))  # a busy machine hashes slowly for anyone
    assert most >= 4 and {each.status for each in heard} == {200, 503}
    refused = [each for each in heard if each.status == 503]
    assert max(each.seconds for each in refused) < PATIENCE and all(each.headers["retry-after"] == "1" for each in refused)
    settled(served, server, url.rpartition("/")[2])
    asker.leave()


def gauge_of(heard: Heard, state: str) -> int:
    """Read how many connections are in a state."""
    return int(heard.body.decode().partition(f'kingpost_store_connections{{state="{state}"}} ')[2].partition("\n")[0])


async def test_the_gauge_says_what_the_server_sees(served: Server, server: Postgres, url: str) -> None:
    thinking = await exhausted(served, server, url)
    name = url.rpartition("/")[2]
    ours = f"FROM pg_stat_activity WHERE datname = '{name}' AND application_name = 'kingpost'"
    in_use, every = (int(server.ask(f"SELECT count({what}) {ours}")) for what in ("xact_start", "*"))
    assert gauge(served) == {"in_use": in_use, "available": every - in_use} and in_use == 4
    await asyncio.gather(*thinking)
    settled(served, server, name)


async def test_a_write_whose_end_was_never_heard_of_is_told_to_come_back_and_then_found_done(
    server: Postgres, tmp_path: Path
) -> None:
    url = server.database()
    with linked(server.port) as link:
        more = {"SECRET_KEY": SECRET, "DATABASE_URL": url.replace(str(server.port), str(link.port))}
        with serving(tmp_path, "serve", THINKING, **more) as served:
            (token,) = await sign_up(served, 1)
            asker = Asker(served.port, {"authorization": f"Bearer {token}"})
            name = url.rpartition("/")[2]
            writes = [
                ("POST", POSTS, "One", 201, "1"), ("POST", POSTS, "Two", 201, "2"), ("PATCH", f"{POSTS}/1", "Three", 200, "2"),
            ]  # fmt: skip
            for number, (method, path, title, status, count) in enumerate(writes):
                link.word = b"COMMIT"
                lost = await asker.ask(method, path, {"title": title}, idempotency_key=f"call {number}")
                assert (lost.status, lost.headers["retry-after"], link.cuts) == (503, "1", number + 1)
                # It is there, and nobody was told so.
                assert server.ask(f"SELECT count(*) FROM posts WHERE title = '{title}'", name) == "1"
                found = await asker.ask(method, path, {"title": title}, idempotency_key=f"call {number}")
                assert (found.status, found.headers.get("idempotency-replayed")) == (status, "true")
                assert found.value["title"] == title and server.ask("SELECT count(*) FROM posts", name) == count
            # The same of an operation with code, in a transaction that stays open.
            link.word = b"COMMIT"
            lost = await asker.ask("POST", THINK, {}, idempotency_key="think")
            assert (lost.status, lost.headers["retry-after"]) == (503, "1")
            found = await asker.ask("POST", THINK, {}, idempotency_key="think")
            assert (found.status, found.headers.get("idempotency-replayed"), found.value) == (200, "true", 2)
            asker.leave()
            settled(served, server, name)


async def leaving(served: Server, tokens: list[str], most: int, end: float, seed: int) -> Counter[str]:
    """Ask as many people at once and go at random moments; whoever stays is told of nobody else."""
    print(f"\nseed {seed}")
    chance, seen = random.Random(seed), Counter[str]()

    async def person(key: int, token: str) -> None:
        asker = Asker(served.port, {"authorization": f"Bearer {token}"})
        while seen["left"] < most and time.monotonic() < end:
            number = chance.randrange(1_000_000)
            method, path, body = chance.choice(
                [
                    ("GET", f"{USERS}/{key}", None),
                    ("GET", f"{POSTS}?user_id={key}&limit=3&include=user", None),
                    ("POST", POSTS, {"title": f"{key} {number}"}),
                    ("GET", f"{MINE}?number={number}", None),
                ]
            )
            if chance.random() < 0.85:
                await asker.send(method, path, body)
                await asyncio.sleep(chance.choice((0, 0.002, 0.01, 0.03)) * chance.random())
                asker.leave()
                seen["left"] += 1
                continue
            heard = await asker.ask(method, path, body)
            seen[str(heard.status)] += 1
            if heard.status == 503:
                continue
            assert heard.status in (200, 201), heard
            if path.startswith(MINE):
                assert heard.value == f"{key} {number}"
            elif path.startswith(USERS):
                assert heard.value["email"] == f"u{key}@example.com"
            elif method == "POST":
                assert (heard.value["user_id"], heard.value["title"]) == (key, f"{key} {number}")
            else:
                assert all(row["user_id"] == key and row["title"].startswith(f"{key} ") for row in heard.value["items"])
        asker.leave()

    await asyncio.gather(*(person(at + 1, token) for at, token in enumerate(tokens)))
    print(dict(seen))
    return seen


def left(server: Postgres, folder: Path, most: int, end: float) -> int:
    """Have so many leave, and judge what is there afterwards; gives how many did."""
    url = server.database()
    with serving(folder, "serve", THINKING, SECRET_KEY=SECRET, DATABASE_URL=url) as served:
        tokens = asyncio.run(sign_up(served, PEOPLE))
        seen = asyncio.run(leaving(served, tokens, most, end, secrets.randbits(32)))
        name = url.rpartition("/")[2]
        settled(served, server, name)
        assert seen["200"] > 10 and seen["201"] > 10
        alien = "SELECT count(*) FROM posts WHERE split_part(title, ' ', 1) <> CAST(user_id AS text)"
        assert server.ask(alien, name) == "0"
        _, _, log = served.stop()
        assert not any('"internal"' in line or "Traceback" in line for line in log), log[-5:]
        return seen["left"]


def test_clients_that_leave_at_any_moment_leave_no_connection_and_nobody_hears_what_is_for_another(
    server: Postgres, tmp_path: Path
) -> None:
    assert left(server, tmp_path, 1_000, until(1)) >= 1_000


@pytest.mark.prove
def test_of_fifty_thousand_clients_that_leave_none_leaves_a_connection_or_hears_what_is_for_another(
    server: Postgres, tmp_path: Path
) -> None:
    assert left(server, tmp_path, 50_000, until(0.04)) > 500
