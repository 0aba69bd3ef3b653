"""Asking as somebody: without a password, on one database, and as far as a token goes."""

import asyncio
import gc
from uuid import UUID

import pytest

from examples.blog.app import Post, User
from examples.blog.app import app as blog
from kingpost import Access, Account, App, Resource, anyone, owner
from kingpost.testing import Client, Clock

POSTS, USERS = "/api/v1/posts", "/api/v1/users"


class Person(Account, table="people"):
    access = Access(create=anyone, read=owner())


class Note(Resource, table="notes"):
    access = Access(read=anyone)


def test_an_account_is_known_by_its_row_by_an_answer_by_its_id_and_by_its_address() -> None:
    with Client(blog) as client:
        ada = client.make(User, email="Ada@Example.com")
        client.make(User)
        body = client.as_(ada).get(f"{USERS}/1").body
        for known in (ada, body, 1, "ada@example.COM"):
            assert client.as_(known).get(f"{USERS}/1").body["email"] == "Ada@Example.com"
            assert "email" not in client.as_(known).get(f"{USERS}/2").body


def test_an_account_whose_id_is_a_uuid_is_known_by_it_and_by_its_text() -> None:
    with Client(App(Person)) as client:
        key = vars(client.make(Person))["id"]
        assert isinstance(key, UUID)
        assert (
            client.as_(key).get(f"/api/v1/people/{key}").status
            == client.as_(str(key)).get(f"/api/v1/people/{key}").status
            == 200
        )


def test_each_client_asks_as_its_own_and_all_see_one_database() -> None:
    with Client(blog) as client:
        ada, eve = client.make_many(User, 2)
        as_ada, as_eve = client.as_(ada), client.as_(eve)
        post = as_ada.post(POSTS, {"title": "Mine"}).headers["location"]
        assert [each.get(post).status for each in (client, as_ada, as_eve, as_ada.as_(None), as_eve.as_(ada))] == [
            404,
            200,
            404,
            404,
            200,
        ]
        as_eve.sign_out()
        assert as_eve.post(POSTS, {"title": "No one's"}).status == 401
        assert client.post(POSTS, {"title": "No one's"}).status == 401
        assert as_ada.get(post).status == 200


def test_closing_the_first_closes_all_and_closing_another_closes_none() -> None:
    client = Client(blog)
    other = client.as_(client.make(User))
    other.close()
    with other:
        pass
    assert client.get(USERS).status == other.get(USERS).status == 200
    client.close()
    for each in (client, other):
        with pytest.raises(AssertionError, match="This client was closed, and with it those that as_ gave"):
            each.get(USERS)
        with pytest.raises(AssertionError, match="This client was closed"):
            each.make(User)


def test_a_client_of_one_that_was_forgotten_keeps_it_until_it_is_forgotten_too() -> None:
    client = Client(blog)
    loop, other = client.loop, client.as_(client.make(User))
    del client
    gc.collect()
    assert other.get(f"{USERS}/1").status == 200
    del other
    gc.collect()
    assert loop.is_closed()


def test_a_token_ends_by_the_clock_with_the_password_and_with_the_account() -> None:
    with Client(blog, clock=(clock := Clock())) as client:
        ada, boss = client.make(User), client.make(User, admin=True)
        browser = client.as_(ada)
        clock.tick(900)
        assert browser.get(USERS).status == 401
        browser = client.as_(ada)
        assert browser.patch(f"{USERS}/1", {"password": "AnotherPass123!"}).status == 200
        assert browser.get(USERS).status == 401
        browser = client.as_(ada)
        assert client.as_(boss).delete(f"{USERS}/1").status == 204
        assert browser.get(USERS).status == 401


@pytest.mark.parametrize("user", [99, "nobody@example.com", "x@", {"id": 99}, "99", UUID(int=1)])
def test_an_account_that_is_not_there_is_told(user: int | str | UUID | dict[str, int]) -> None:
    with Client(blog) as client:
        client.make(User)
        with pytest.raises(AssertionError, match=r"There is no account .*; make it first: client.make\(User\)"):
            client.as_(user)


def test_a_row_of_another_class_is_no_account() -> None:
    with Client(blog) as client:
        with pytest.raises(AssertionError, match="A Post is no account"):
            client.as_(client.make(Post))
        with Client(App(Note)) as other, pytest.raises(AssertionError, match="This app has no accounts"):
            other.as_(1)


def test_in_a_coroutine_everything_says_that_a_test_is_a_plain_function() -> None:
    with Client(blog) as client:
        ada = client.make(User)

        async def inside() -> None:
            for ask in (
                lambda: client.as_(ada),
                lambda: client.make(User),
                lambda: client.make_admin("x"),
                lambda: client.post(USERS),
            ):
                with pytest.raises(AssertionError, match=r"write def test_..., not async def"):
                    ask()

        asyncio.run(inside())
