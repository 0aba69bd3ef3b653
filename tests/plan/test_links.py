"""What may not be read of a row is not told by the rows it leads to or is led to from (Z3)."""

from collections.abc import Iterator

import pytest

from kingpost import Access, Account, App, Resource, anyone, back, count, owner, ref, serial, text
from kingpost.testing import Client


class Person(Account, table="people"):
    """Someone who tells things."""

    id: int = serial()
    name: str = text(max=50)
    secrets: "list[Secret]" = back("teller")
    secret_count: int = count("secrets")

    access = Access(create=anyone, read=anyone)


class Secret(Resource, table="secrets"):
    """Something that anyone may read, but not who told it."""

    id: int = serial()
    teller: Person = ref(on_delete="cascade")
    words: str = text(max=50)

    access = Access(create=anyone, read=anyone.fields("id", "words") | owner("teller"))


app = App(Person, Secret)


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(app) as made:
        for name in ("ann", "bob"):
            person = {"email": f"{name}@example.com", "password": "a very long password", "name": name}
            assert made.post("/api/v1/people", person).status == 201
        assert made.post("/api/v1/secrets", {"teller_id": 1, "words": "It was me"}).status == 201
        yield made


def told(client: Client) -> list[tuple[int, list[str]]]:
    """Give for each person how many secrets they are said to have told, and which."""
    items = client.get("/api/v1/people?include=secrets").body["items"]
    return [(item["secret_count"], [each["words"] for each in item["secrets"]["items"]]) for item in items]


def test_a_link_that_may_not_be_read_is_not_told_from_its_other_end(client: Client) -> None:
    assert client.get("/api/v1/secrets/1").body == {"id": 1, "words": "It was me"}
    assert client.get("/api/v1/secrets?teller_id=1").status == 401
    assert client.get("/api/v1/people/1/secrets").status == 401
    assert told(client) == [(0, []), (0, [])]
    assert told(client.sign_in("bob@example.com", "a very long password")) == [(0, []), (0, [])]


def test_a_link_is_told_from_its_other_end_to_who_may_read_it(client: Client) -> None:
    assert told(client.sign_in("ann@example.com", "a very long password")) == [(1, ["It was me"]), (0, [])]


def test_a_linked_row_does_not_come_by_a_link_that_may_not_be_read(client: Client) -> None:
    """The row may be read and so may the person, but not that the one leads to the other."""
    assert "teller" not in client.get("/api/v1/secrets/1?include=teller").body
    assert client.get("/api/v1/secrets/1?fields=id,teller_id").body == {"id": 1}
