"""What is told of a budget: on every answer that was charged to one, and when it is used up."""

from collections.abc import Iterator

import pytest

from kingpost import Access, Account, App, Budget, PasswordPolicy, Resource, anyone, owner, serial, signed_in, text
from kingpost.testing import Answer, Client
from tests.surface.rest.scene import BASE, PASSWORD, envelope


class Member(Account, table="members"):
    """Someone with an account."""

    id: int = serial()
    name: str = text(max=50)

    password = PasswordPolicy(min=8)
    access = Access(create=anyone, read=anyone.fields("id", "name") | owner(), update=owner())


class Song(Resource, table="songs"):
    """Something with a budget of its own."""

    id: int = serial()
    title: str = text(max=50)

    access = Access(create=signed_in, read=anyone, delete=signed_in)
    budget = Budget(5, per=60)


@pytest.fixture
def client() -> Iterator[Client]:
    """A client that asks from somewhere, of an app with a member; its clock stands still."""
    with Client(App(Member, Song), clock=lambda: 1_800_000_000.0) as made:
        made.post(f"{BASE}/members", {"email": "ann@example.com", "password": PASSWORD, "name": "Ann"})
        made.address = "192.0.2.1"
        yield made


def budget(answer: Answer) -> tuple[str | None, str | None, str | None]:
    """Give what an answer says of a budget."""
    assert not [name for name in answer.headers if name.startswith("x-ratelimit")]
    return tuple(answer.headers.get(name) for name in ("ratelimit-policy", "ratelimit", "retry-after"))  # type: ignore[return-value]  # three names, three texts


def limited(answer: Answer) -> Answer:
    """Assert that an answer is a refusal for want of budget, whole and with nothing else in it."""
    assert (answer.status, answer.error["code"]) == (429, "RATE_LIMITED"), answer
    assert set(answer.error) == {"code", "message", "timestamp", "requestId"}
    assert answer.headers["x-request-id"] == answer.error["requestId"]
    assert answer.headers["content-type"] == "application/json" and answer.headers["cache-control"] == "no-store"
    return answer


def test_a_hundred_calls_in_fifteen_minutes_are_usual_and_counted_down(client: Client) -> None:
    for left in range(99, -1, -1):
        answer = client.get(f"{BASE}/members")
        assert answer.status == 200
        assert budget(answer) == ('"default";q=100;w=900', f'"default";r={left};t=900', None)
    answer = limited(client.get(f"{BASE}/members"))
    assert answer.message == "Too many calls; try again later"
    assert budget(answer) == ('"default";q=100;w=900', '"default";r=0;t=901', "901")


def test_a_resource_has_its_own_budget_when_it_says_so(client: Client) -> None:
    for left in range(4, -1, -1):
        assert budget(client.get(f"{BASE}/songs")) == ('"songs";q=5;w=60', f'"songs";r={left};t=60', None)
    limited(client.get(f"{BASE}/songs"))
    assert client.get(f"{BASE}/members").headers["ratelimit"] == '"default";r=99;t=900'


def test_refusals_and_answers_without_a_body_tell_it_too(client: Client) -> None:
    asked = [
        ("GET", "/members/1", None, 200), ("GET", "/members/99", None, 404), ("GET", "/members?x=1", None, 400),
        ("HEAD", "/members", None, 200), ("POST", "/members", {}, 400), ("PATCH", "/members/1", {}, 401),
        ("POST", "/auth/login", {"email": "ann@example.com", "password": "wrong"}, 401),
    ]  # fmt: skip
    for spent, (method, path, body, status) in enumerate(asked, start=1):
        answer = client.request(method, BASE + path, body)
        assert answer.status == status
        assert budget(answer) == ('"default";q=100;w=900', f'"default";r={100 - spent};t=900', None)
    client.sign_in("ann@example.com", PASSWORD)
    made = client.post(f"{BASE}/songs", {"title": "x"})
    gone = client.delete(f"{BASE}/songs/1")
    assert (made.status, gone.status) == (201, 204)
    assert [each.headers["ratelimit"] for each in (made, gone)] == ['"songs";r=4;t=60', '"songs";r=3;t=60']


def test_what_is_no_call_costs_nothing_and_says_nothing_of_a_budget(client: Client) -> None:
    for _ in range(60):
        for method, path in (
            ("GET", "/docs"), ("GET", "/openapi.json"), ("GET", "/nothing"), ("OPTIONS", f"{BASE}/members"),
            ("PUT", f"{BASE}/members"),
        ):  # fmt: skip
            answer = client.request(method, path, {} if method == "PUT" else None)
            assert answer.status in (200, 204, 404, 405) and budget(answer) == (None, None, None)
    assert client.get(f"{BASE}/members").headers["ratelimit"] == '"default";r=99;t=900'


def test_a_client_of_the_tests_is_not_limited_until_it_asks_from_somewhere(client: Client) -> None:
    client.address = ""
    for _ in range(300):
        answer = client.get(f"{BASE}/songs")
        assert answer.status == 200 and budget(answer) == (None, None, None)


def test_a_used_up_budget_refuses_a_write_and_its_data_stay(client: Client) -> None:
    client.sign_in("ann@example.com", PASSWORD)
    for number in range(5):
        assert client.post(f"{BASE}/songs", {"title": f"{number}"}).status == 201
    limited(client.post(f"{BASE}/songs", {"title": "one more"}))
    limited(client.delete(f"{BASE}/songs/1"))
    limited(client.post(f"{BASE}/songs", b"{ this is not even JSON"))
    client.address = ""
    assert [song["title"] for song in client.get(f"{BASE}/songs").body["items"]] == ["0", "1", "2", "3", "4"]


def test_five_wrong_passwords_close_an_account_whether_or_not_there_is_one(client: Client) -> None:
    answers = {}
    for place, email in enumerate(("ann@example.com", "nobody@example.com"), start=1):
        client.address = f"192.0.2.{place}"
        wrong = {"email": email, "password": "wrong"}
        for _ in range(5):
            envelope(client.post(f"{BASE}/auth/login", wrong), 401, "INVALID_CREDENTIALS")
        refused = limited(client.post(f"{BASE}/auth/login", wrong))
        assert refused.message == "Too many failed attempts to sign in; try again later"
        assert budget(refused) == ('"default";q=100;w=900', '"default";r=94;t=900', "901")
        client.address = f"198.51.100.{place}"
        right = limited(client.post(f"{BASE}/auth/login", wrong | {"password": PASSWORD}))
        answers[email] = [(each.message, {**each.headers, "x-request-id": ""}) for each in (refused, right)]
    assert answers["ann@example.com"] == answers["nobody@example.com"]
