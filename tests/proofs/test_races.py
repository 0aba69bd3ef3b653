"""Many who ask for the same at once, over a real network, are told apart: one effect, and every other one is told so."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any, NamedTuple, TypeAlias

import httpx2
import pytest

from tests.cli.process import SECRET, Server, serving, spacious
from tests.proofs.blog import LOGIN, PASSWORD, POSTS, USERS

MANY = 50
SIGN_UP = {"email": "ann@example.com", "password": PASSWORD, "name": "Ann"}


class Heard(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: Any


Ask: TypeAlias = Callable[[int], tuple[str, str, Any, dict[str, str]]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("races")
    with serving(folder, "serve", spacious(folder), SECRET_KEY=SECRET) as made:
        yield made


@pytest.fixture(scope="module")
def me(server: Server) -> dict[str, str]:
    """Sign up and in; gives the headers to send."""
    with httpx2.Client(base_url=server.address, timeout=30) as client:
        assert client.post(USERS, json=SIGN_UP).status_code == 201
        token = client.post(LOGIN, json={"email": SIGN_UP["email"], "password": PASSWORD})
    return {"authorization": f"Bearer {token.json()['access_token']}", "content-type": "application/json"}


def race(server: Server, ask: Ask) -> list[Heard]:
    """Ask many times at once: every request is ready on its own connection before the first is sent."""
    start = threading.Barrier(MANY)

    def one(number: int) -> Heard:
        method, path, body, headers = ask(number)
        connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.connect()
        try:
            start.wait(30)
            while True:
                connection.request(method, path, json.dumps(body), headers)
                answer = connection.getresponse()
                heard = answer.read()
                if answer.status != 503:
                    found = {name.lower(): text for name, text in answer.getheaders()}
                    return Heard(answer.status, found, json.loads(heard) if heard else None)
                assert answer.headers["retry-after"] == "1"  # too many passwords to hash: asking again is what it says to do
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as threads:
        return list(threads.map(one, range(MANY)))


def posting(title: str, headers: dict[str, str]) -> Ask:
    """Make one post, each time under the same name."""
    return lambda _: ("POST", POSTS, {"title": title}, {**headers, "idempotency-key": title})


def changing(path: str, title: str, headers: dict[str, str]) -> Ask:
    """Change one post, each time to something else."""
    return lambda at: ("PATCH", path, {"title": f"{title} by {at}"}, headers)


def count(server: Server, me: dict[str, str], title: str) -> int:
    """Give how many of one's posts have a title."""
    found, after = [], ""
    while True:
        answer = httpx2.get(f"{server.address}{POSTS}?limit=100{after}", headers=me).json()
        found += [row["title"] for row in answer["items"]]
        if answer["next"] is None:
            return found.count(title)
        after = f"&after={answer['next']}"


def test_a_post_that_is_sent_many_times_at_once_under_one_name_is_made_once(server: Server, me: dict[str, str]) -> None:
    """R-ONCE: one effect, and one answer for all."""
    for title in ("One", "Two", "Three", "Four", "Five"):
        heard = race(server, posting(title, me))
        assert Counter(each.status for each in heard) == {201: MANY}
        assert len({json.dumps(each.body) for each in heard}) == 1
        assert sum("idempotency-replayed" not in each.headers for each in heard) == 1
        assert count(server, me, title) == 1


def test_of_many_who_change_the_version_they_read_exactly_one_does(server: Server, me: dict[str, str]) -> None:
    """A lost update is none: one 200, and 412 for every other one."""
    with httpx2.Client(base_url=server.address, headers=me) as client:
        made = client.post(POSTS, json={"title": "At first"})
        path, tag = made.headers["location"], made.headers["etag"]
        for round in range(5):
            heard = race(server, changing(path, f"Round {round}", {**me, "if-match": tag}))
            assert Counter(each.status for each in heard) == {200: 1, 412: MANY - 1}
            (won,) = (each for each in heard if each.status == 200)
            assert {each.body["error"]["code"] for each in heard if each.status == 412} == {"PRECONDITION_FAILED"}
            now = client.get(path)
            assert now.json() == won.body
            assert won.headers["etag"] != tag
            tag = now.headers["etag"]


def test_of_many_who_sign_up_with_one_address_exactly_one_does(server: Server, me: dict[str, str]) -> None:
    spelled = ["Bob@Example.com", "bob@example.com", "BOB@EXAMPLE.COM"]
    body = {"password": PASSWORD, "name": "Bob"}
    heard = race(server, lambda at: ("POST", USERS, {**body, "email": spelled[at % 3]}, {"content-type": "application/json"}))
    assert Counter(each.status for each in heard) == {201: 1, 409: MANY - 1}
    assert {each.body["error"]["code"] for each in heard if each.status == 409} == {"CONFLICT"}


def test_of_many_who_take_one_address_exactly_one_does(server: Server) -> None:
    """The same where no password slows the race down: every one of them is someone who changes theirs."""
    with httpx2.Client(base_url=server.address, timeout=30) as client:
        people = []
        for at in range(4):
            body = {"email": f"many{at}@example.com", "password": PASSWORD}
            key = client.post(USERS, json={**body, "name": "Many"}).json()["id"]
            token = client.post(LOGIN, json=body).json()["access_token"]
            people.append((f"{USERS}/{key}", {"authorization": f"Bearer {token}", "content-type": "application/json"}))
        heard = race(server, lambda at: ("PATCH", people[at % 4][0], {"email": "wanted@example.com"}, people[at % 4][1]))
        # Whoever has it may take it again; the others never do.
        winners = {each.body["id"] for each in heard if each.status == 200}
        assert len(winners) == 1
        assert {each.status for each in heard} == {200, 409}
        assert sum(each.status == 409 for each in heard) >= MANY * 3 // 4 - 1
        mine = [client.get(path, headers=headers).json()["email"] for path, headers in people]
        assert mine.count("wanted@example.com") == 1
