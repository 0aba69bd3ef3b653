"""Whether a back link has any row: for each viewer, of what the viewer may read, in the statement that reads the row."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from kingpost import (
    Access,
    Account,
    App,
    Lists,
    Resource,
    actor,
    admin,
    anyone,
    back,
    count,
    exists,
    owner,
    ref,
    serial,
    signed_in,
    text,
    value,
    where,
)
from tests.engine.running import NOBODY, Backend
from tests.engine.running import Account as Someone

BASE = "/api/v1"


class Reader(Account, table="readers"):
    id: int = serial()
    name: str = text()
    likes: "list[Like]" = back("reader")
    active: bool = exists("likes")
    access = Access(create=anyone, read=anyone.fields("id", "name", "active") | owner() | admin)


class Book(Resource, table="books"):
    id: int = serial()
    title: str = text()
    likes: "list[Like]" = back("book")
    liked: bool = exists("likes", where=owner("reader"))
    wanted: bool = exists("likes")
    loud: bool = exists("likes", where=where(loud=True))
    shown: bool = exists("likes", where=signed_in)
    like_count: int = count("likes", where=signed_in)
    likes_of_mine: int = count("likes", where=owner("reader"))
    access = Access(create=admin, read=anyone)
    lists = Lists("id")


class Like(Resource, table="likes"):
    """A quiet one is seen by its reader alone."""

    id: int = serial()
    reader: Reader = ref(default=actor)
    book: Book = ref()
    loud: bool = value(default=False)
    access = Access(create=owner("reader"), read=where(loud=True) | owner("reader"), delete=owner("reader"))


app = App(Reader, Book, Like)


@pytest.fixture
def backend() -> Iterator[Backend]:
    made = Backend(app)
    with closing(made):
        yield made


def joined(backend: Backend, name: str) -> Someone:
    body = {"email": f"{name}@example.com", "password": "a very long password", "name": name}
    answer = backend.ask("POST", f"{BASE}/readers", body)
    assert answer.status == 201, answer
    return Someone(answer.body["id"], body["email"], backend.identity.token(answer.body["id"], 0))


def liked(backend: Backend, who: Someone, book: int, loud: bool = False) -> int:
    answer = backend.ask("POST", f"{BASE}/likes", {"book_id": book, "loud": loud}, who.token)
    assert answer.status == 201, answer
    return int(answer.body["id"])


def seen(backend: Backend, who: Someone, book: int) -> tuple[Any, ...]:
    """Give what a book says to a viewer, the same by itself and in a list."""
    alone = backend.ask("GET", f"{BASE}/books/{book}", token=who.token).body
    listed = backend.ask("GET", f"{BASE}/books", token=who.token).body["items"]
    assert alone in listed
    return tuple(alone[name] for name in ("liked", "wanted", "loud", "shown", "like_count", "likes_of_mine"))


def test_each_viewer_is_told_of_the_rows_that_they_may_read(backend: Backend) -> None:
    ann, bob = joined(backend, "ann"), joined(backend, "bob")
    backend.promote(ann)
    one, two = (backend.ask("POST", f"{BASE}/books", {"title": title}, ann.token).body["id"] for title in ("One", "Two"))
    backend.promote(ann, admin=False)
    nothing = (False, False, False, False, 0, 0)
    for who in (NOBODY, ann, bob):
        assert seen(backend, who, one) == seen(backend, who, two) == nothing
    quiet = liked(backend, bob, one)
    assert seen(backend, bob, one) == (True, True, False, True, 1, 1)
    for who in (NOBODY, ann):
        assert seen(backend, who, one) == nothing
    liked(backend, ann, one, loud=True)
    assert seen(backend, NOBODY, one) == (False, True, True, False, 0, 0)
    assert seen(backend, ann, one) == (True, True, True, True, 1, 1)
    assert seen(backend, bob, one) == (True, True, True, True, 2, 1)
    assert backend.ask("DELETE", f"{BASE}/likes/{quiet}", token=bob.token).status == 204
    assert seen(backend, bob, one) == (False, True, True, True, 1, 0)
    for who in (NOBODY, ann, bob):
        assert seen(backend, who, two) == nothing
    included = backend.ask("GET", f"{BASE}/likes?include=book,reader", token=ann.token).body["items"][0]
    assert (included["book"]["liked"], included["reader"]["active"]) == (True, True)


def test_no_one_sends_it_sorts_by_it_or_narrows_by_it(backend: Backend) -> None:
    ann = backend.promote(joined(backend, "ann"))
    sent = backend.ask("POST", f"{BASE}/books", {"title": "One", "liked": True}, ann.token)
    assert (sent.status, sent.body["error"]["details"][0]["field"]) == (400, "liked")
    for query in ("sort=liked", "liked=true", "wanted[gte]=true"):
        assert backend.ask("GET", f"{BASE}/books?{query}").status == 400


def test_the_document_says_that_it_is_a_boolean_and_only_read(backend: Backend) -> None:
    document = backend.ask("GET", "/openapi.json").body
    book = document["components"]["schemas"]["Book"]["properties"]
    assert (book["liked"]["type"], book["liked"]["readOnly"]) == ("boolean", True)
    assert (book["like_count"]["type"], book["like_count"]["readOnly"]) == ("integer", True)
    assert "liked" not in document["components"]["schemas"]["BookCreate"]["properties"]
    assert '"liked":true' in str(backend.ask("GET", "/openapi.json").text).replace(" ", "")
