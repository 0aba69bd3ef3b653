"""While the database's server comes and goes, nobody is told anything but the truth or to come back soon (F10).

Writers ask again, under the same name, whatever was not answered or was told to come back; each answer they got is held against
the rows in the end.
"""

import http.client
import json
import random
import secrets
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.cli.process import SECRET, Server, serving, spacious
from tests.proofs.blog import LOGIN, PASSWORD, POSTS, USERS
from tests.proofs.budget import until
from tests.proofs.ledger import Asked, Row, Writer, settle
from tests.servers.postgres import Postgres, postgres

WRITERS, READERS = 8, 4
RECOVERED = 2.0
PATIENCE = 30.0
WAYS = ("terminate", "terminate", signal.SIGINT, signal.SIGQUIT)
OURS = "application_name = 'kingpost' AND datname = current_database()"


class Patient(Writer):
    """Writes until it is told to end, and asks again under the same name for as long as it is told to come back."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.end = threading.Event()
        self.statuses: Counter[int] = Counter()
        self.last = time.monotonic()
        self.again = 0

    def send(self, connection: http.client.HTTPConnection, asked: Asked) -> tuple[int, Row]:
        """Make the request until it is done, and give its answer."""
        path = POSTS if asked.post is None else f"{POSTS}/{asked.post}"
        body = None if asked.body is None else json.dumps(asked.body)
        while True:
            connection.request(asked.method, path, body, {**self.headers, "idempotency-key": asked.once})
            answer = connection.getresponse()
            text = answer.read()
            self.statuses[answer.status] += 1
            if answer.status != 503:
                self.last = time.monotonic()
                self.again += answer.headers["idempotency-replayed"] == "true"
                return answer.status, json.loads(text) if text else {}
            if answer.headers["retry-after"] != "1":
                return answer.status, {"headers": answer.headers.as_string()}
            self.end.wait(0.02)  # sooner than it says, so that there is more to go wrong

    def choose(self) -> Asked:
        """Decide what to write next; raises `OSError` when it is to end."""
        if self.end.is_set():
            raise OSError
        return super().choose()


class Reader(threading.Thread):
    """Asks who it is and for a page, over and over."""

    def __init__(self, server: Server, token: str, key: int) -> None:
        super().__init__(name=f"reader {key}", daemon=True)
        self.server, self.key = server, key
        self.headers = {"authorization": f"Bearer {token}"}
        self.end = threading.Event()
        self.statuses: Counter[int] = Counter()
        self.last = time.monotonic()
        self.wrong: list[object] = []

    def run(self) -> None:
        with httpx2.Client(base_url=self.server.address, headers=self.headers, timeout=PATIENCE) as client:
            while not self.end.is_set() and not self.wrong:
                for path in (f"{USERS}/{self.key}", f"{POSTS}?limit=5&include=user"):
                    answer = client.get(path)
                    self.statuses[answer.status_code] += 1
                    if answer.status_code == 200:
                        self.last = time.monotonic()
                        if path.startswith(USERS) and answer.json().get("email") != f"u{self.key}@example.com":
                            self.wrong.append(answer.text)
                    elif answer.status_code != 503 or answer.headers["retry-after"] != "1":
                        self.wrong.append((path, answer.status_code, answer.text))
                    else:
                        self.end.wait(0.02)


def people(server: Server) -> list[tuple[int, str]]:
    """Make a few accounts and give their ids and tokens; one's address says which id one has."""
    found = []
    with httpx2.Client(base_url=server.address, timeout=PATIENCE) as client:
        for key in range(1, 5):
            account = {"email": f"u{key}@example.com", "password": PASSWORD}
            assert client.post(USERS, json={**account, "name": "Someone"}).json()["id"] == key
            found.append((key, client.post(LOGIN, json=account).json()["access_token"]))
    return found


def judge(database: Postgres, name: str, writers: list[Patient]) -> None:
    """Assert that there is every acknowledged write, each once, and nothing by half."""

    def asked(sql: str) -> Any:
        return json.loads(database.ask(f"SELECT coalesce(json_agg(found), '[]') FROM ({sql}) AS found", name))

    kept = {row["id"]: row for row in asked("SELECT * FROM posts")}
    assert len({row["title"] for row in kept.values()}) == len(kept), "one request was done twice"
    for writer in writers:
        settle(writer, kept)
    known = {post for writer in writers for post in writer.posts}
    assert set(kept) == known, f"rows that no one wrote: {set(kept) - known}"
    miscounted = """SELECT id FROM users WHERE post_count <>
        (SELECT count(*) FROM posts WHERE user_id = users.id AND published_at IS NOT NULL)"""
    assert asked(miscounted) == []
    changes = Counter((row["key"], row["kind"]) for row in asked("SELECT * FROM kingpost_changes WHERE resource = 'posts'"))
    created, deleted = ({key for key, kind in changes if kind == which} for which in ("created", "deleted"))
    assert created - deleted == {str(key) for key in kept} or created - deleted == set(kept)
    assert all(count == 1 for (_, kind), count in changes.items() if kind != "updated")


def strike(database: Postgres, name: str, how: str | signal.Signals) -> None:
    """Do something to the server from which it comes back."""
    if isinstance(how, signal.Signals):
        database.restart(how)
        return
    # Those in the midst of a transaction first, then some that are not.
    terminated = f"""SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity WHERE {OURS}
        ORDER BY xact_start IS NULL, random() LIMIT 5) AS struck"""
    assert int(database.ask(terminated, name)) > 0


def gauge(server: Server) -> dict[str, int]:
    """Read how many connections there are said to be."""
    lines = httpx2.get(f"{server.address}/metrics").text.splitlines()
    found = (line.split() for line in lines if line.startswith("kingpost_store_connections{"))
    return {name.split('"')[1]: int(float(number)) for name, number in found}


def settled(server: Server, database: Postgres, name: str) -> None:
    """Assert that all connections are idle, as many as are told, each with the settings it was opened with."""
    deadline = time.monotonic() + 5
    while True:
        states = database.ask(f"SELECT state FROM pg_stat_activity WHERE {OURS}", name).split()
        told = gauge(server)
        if set(states) == {"idle"} and told == {"in_use": 0, "available": len(states)}:
            assert len(states) <= 20
            return
        assert time.monotonic() < deadline, (states, told)


def rounds(folder: Path, most: int, end: float, wait: Callable[[random.Random], float], seed: int) -> None:
    """Strike and wait, over and over, while others write and read."""
    print(f"\nseed {seed}")
    chance = random.Random(seed)
    recovered: list[float] = []
    with postgres() as database:
        url = database.database()
        name = url.rpartition("/")[2]
        with serving(folder, "serve", spacious(folder), SECRET_KEY=SECRET, DATABASE_URL=url) as server:
            known = people(server)
            writers = [
                Patient(at, server.port, known[at % 4][1], folder / "ledger", f"{seed} {at}", {}) for at in range(WRITERS)
            ]
            readers = [Reader(server, token, key) for key, token in known]
            everyone: list[Patient | Reader] = [*writers, *readers]
            for each in everyone:
                each.start()
            while len(recovered) < most and time.monotonic() < end:
                time.sleep(wait(chance))  # the moment is drawn by lot: no event says when it is at its worst
                how = WAYS[len(recovered) % len(WAYS)]
                strike(database, name, how)
                back = time.monotonic()
                while any(each.last < back for each in everyone):
                    assert time.monotonic() < back + PATIENCE, [(each.name, each.statuses, each.wrong) for each in everyone]
                    assert not any(each.wrong for each in everyone), [each.wrong for each in everyone]
                    time.sleep(0.01)
                recovered.append(time.monotonic() - back)
            for each in everyone:
                each.end.set()
            for each in everyone:
                each.join(PATIENCE)
                assert not each.is_alive() and each.wrong == []
            judge(database, name, writers)
            settled(server, database, name)
            assert httpx2.get(f"{server.address}/health/ready").status_code == 200
            status, _, log = server.stop()
            assert status == 0
            assert not any("Traceback" in line or "ERROR" in line for line in log), log[-40:]
    answers = sum((each.statuses for each in everyone), Counter[int]())
    replayed = sum(writer.again for writer in writers)
    print(f"{len(recovered)} strikes; {dict(answers)}; {replayed} were done already; on again within {max(recovered):.2f} s")
    assert set(answers) <= {200, 201, 204, 503}
    assert answers[503] > 0 and len(recovered) > 1
    assert sorted(recovered)[len(recovered) // 2] < RECOVERED


def test_while_the_server_restarts_nothing_acknowledged_is_lost_and_nothing_done_twice(tmp_path: Path) -> None:
    """F10."""
    rounds(tmp_path, 4, until(1), lambda chance: chance.uniform(0.3, 1.5), secrets.randbits(32))


@pytest.mark.prove
def test_while_the_server_restarts_for_minutes_nothing_acknowledged_is_lost_and_nothing_done_twice(tmp_path: Path) -> None:
    """F10: every 5 to 40 seconds for five minutes, where the budget has so much room."""
    end = until(0.125)
    pace = min(1.0, (end - time.monotonic()) / 300)
    rounds(tmp_path, 1_000, end, lambda chance: chance.uniform(5, 40) * pace, secrets.randbits(32))
