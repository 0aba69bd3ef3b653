"""What was written: exactly what is expected, and nothing else; and what a test reads when it is otherwise."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from examples.blog.app import Post, User
from examples.blog.app import app as blog
from kingpost.testing import Client, Clock, Expected, created, deleted, updated
from tests.surface.rest.scene import Member, Painting, Style, gallery

POSTS, USERS = "/api/v1/posts", "/api/v1/users"


def told(client: Client, *expected: Expected, block: Callable[[], object] = lambda: None) -> str:
    """Give what a test reads that expects this of a block; empty where it passes."""
    try:
        with client.changes(*expected):
            block()
    except AssertionError as error:
        return str(error)
    return ""


@pytest.fixture
def scene() -> Any:
    """A clock that stands still, a client, Ada and her draft."""
    with Client(blog, clock=Clock()) as client:
        ada = client.make(User, name="Ada")
        draft = client.make(Post, user=ada, title="Draft")
        yield client, ada, draft


def test_what_is_written_is_what_was_expected_field_by_field(scene: tuple[Client, User, Post]) -> None:
    client, ada, draft = scene
    browser = client.as_(ada)
    with client.changes(created(Post, title="New", user=ada, published_at=None, content=None)):
        browser.post(POSTS, {"title": "New"})
    with client.changes(updated(draft, title="Newer")):
        browser.patch(f"{POSTS}/1", {"title": "Newer"})
    with client.changes(updated(Post, id=1, published_at=datetime(2026, 1, 31, 10, 30, tzinfo=UTC))):
        browser.patch(f"{POSTS}/1", {"published_at": "2026-01-31T11:30:00+01:00"})
    with client.changes(updated(ada)):  # what changes is hidden: a password
        browser.patch(f"{USERS}/1", {"password": "AnotherPass123!"})
    with client.changes(deleted(Post, title="Newer"), deleted(Post, title="New"), deleted(ada, name="Ada")):
        client.as_(client_admin(client)).delete(f"{USERS}/1")


def client_admin(client: Client) -> str:
    """Make the one account there is an admin, which writes no Change."""
    client.make_admin("user1@example.com")
    return "user1@example.com"


def test_values_are_compared_as_the_store_holds_them() -> None:
    with Client(gallery()) as client:
        member, styles = client.make(Member), client.make_many(Style, 2)
        body = {"title": "Sea", "width": 5, "price": "12.50", "tags": ["a"], "extra": {"b": 1, "a": [2]}}
        one = created(
            Painting, price=Decimal("12.5"), tags=["a"], extra={"a": [2], "b": 1}, framed=False, technique="oil", styles=styles
        )
        with client.changes(one):
            answer = client.as_(member).post(
                "/api/v1/paintings", {**body, "style_ids": [str(vars(each)["id"]) for each in styles]}
            )
        assert answer.status == 201


def test_a_change_too_many_one_too_few_and_one_that_is_otherwise_are_told_in_full(scene: tuple[Client, User, Post]) -> None:
    client, ada, draft = scene

    def block() -> None:
        client.as_(ada).patch(f"{POSTS}/1", {"title": "Out", "published_at": "2026-01-31T10:30:00Z"})
        client.as_(ada).post(POSTS, {"title": "More"})
        client.as_(ada).delete(f"{POSTS}/1")

    assert told(client, created(Post, title="Less", user_id=1), deleted(draft), updated(ada, name="Ida"), block=block) == (
        "Expected 3 changes and no other, in this order; there were 3:\n"
        "  unexpected   updated Post id=1 title='Draft' -> 'Out' published_at=None -> '2026-01-31T10:30:00.000000Z'\n"
        "  otherwise    created Post id=2 user_id=1 title='More' created_at='2026-01-31T10:30:00.000000Z'\n"
        "               title='Less' was expected\n"
        "  as expected  deleted Post id=1 user_id=1 title='Out' published_at='2026-01-31T10:30:00.000000Z'"
        " created_at='2026-01-31T10:30:00.000000Z'\n"
        "  missing      updated User id=1 name='Ida'"
    )


@pytest.mark.parametrize(
    ("expected", "says"),
    [
        ((), "Expected no change; there was 1:\n"
         "  unexpected   updated Post id=1 title='Draft' -> 'New'"),
        ((updated(Post, id=2),), "Expected 1 change and no other, in this order; there was 1:\n"
         "  otherwise    updated Post id=1 title='Draft' -> 'New'\n               id=2 was expected"),
        ((updated(Post, content=None),), "Expected 1 change and no other, in this order; there was 1:\n"
         "  otherwise    updated Post id=1 title='Draft' -> 'New'\n               content=None was so before"),
        ((updated(Post), updated(Post)), "Expected 2 changes and no other, in this order; there was 1:\n"
         "  as expected  updated Post id=1 title='Draft' -> 'New'\n  missing      updated Post"),
        ((created(Post, title="New"),), "Expected 1 change and no other, in this order; there was 1:\n"
         "  missing      created Post title='New'\n  unexpected   updated Post id=1 title='Draft' -> 'New'"),
    ],
)  # fmt: skip
def test_each_way_to_be_otherwise_is_told(scene: tuple[Client, User, Post], expected: tuple[Expected, ...], says: str) -> None:
    client, ada, _ = scene
    assert told(client, *expected, block=lambda: client.as_(ada).patch(f"{POSTS}/1", {"title": "New"})) == says


def test_nothing_is_not_enough_where_something_was_expected(scene: tuple[Client, User, Post]) -> None:
    client, _, draft = scene
    assert told(client) == ""
    assert told(client, deleted(draft)) == (
        "Expected 1 change and no other, in this order; there were none:\n  missing      deleted Post id=1"
    )


def test_the_order_counts(scene: tuple[Client, User, Post]) -> None:
    client, ada, _ = scene

    def block() -> None:
        for title in ("One", "Two"):
            client.as_(ada).post(POSTS, {"title": title})

    assert told(client, created(Post, title="One"), created(Post, title="Two"), block=block) == ""
    assert "title='Two' was expected" in told(client, created(Post, title="Two"), created(Post, title="One"), block=block)


@pytest.mark.parametrize(
    ("expected", "says"),
    [
        (created(Post, titel="x"), "Post stores no 'titel'; did you mean 'title'?"),
        (created(Post, zzz="x"), "Post stores no 'zzz'; id, user_id, title, content, published_at, created_at"),
        (updated(User, password="x"), "User stores no 'password'; id, email, name, created_at, updated_at, post_count"),
        (created(Post, published_at="soon"), "Post.published_at is never 'soon': "
         "Must be a date and time with a zone such as 2026-01-31T10:30:00Z"),
        (created(Style), "The app has no Style; it has User, Post"),
    ],
)  # fmt: skip
def test_what_can_never_be_is_refused_before_the_block(expected: Expected, says: str) -> None:
    with Client(blog) as client:
        assert told(client, expected, block=lambda: pytest.fail("the block was begun")) == says


def test_an_error_in_a_block_is_what_is_told(scene: tuple[Client, User, Post]) -> None:
    client, _, draft = scene
    with pytest.raises(ZeroDivisionError), client.changes(deleted(draft)):
        _ = 1 / 0
    with pytest.raises(ZeroDivisionError), client.unchanged():
        client.make(Post)
        _ = 1 / 0


def test_a_refusal_changes_nothing(scene: tuple[Client, User, Post]) -> None:
    client, _, _ = scene
    eve = client.make(User)
    with client.unchanged():
        assert client.as_(eve).delete(f"{POSTS}/1").status == 404
        assert client.as_(eve).post(POSTS, {"title": ""}).status == 400
        assert client.as_(eve).post(POSTS, {"title": "x", "user_id": 1}).status == 403
        assert client.post(USERS, {"email": "user1@example.com", "name": "Twin", "password": "SecurePass123!"}).status == 409
        assert client.post("/api/v1/auth/login", {"email": "user1@example.com", "password": "wrong"}).status == 401


def test_whatever_moves_in_any_table_is_told(scene: tuple[Client, User, Post]) -> None:
    client, ada, _ = scene

    def seen(block: Callable[[], object]) -> str:
        with pytest.raises(AssertionError) as caught, client.unchanged():
            block()
        return str(caught.value)

    first = "Expected no row of any table to change, and there are:\n"
    assert seen(lambda: client.make_admin("user1@example.com")) == first + "  updated      User id=1 admin=False -> True"
    assert seen(lambda: client.as_(ada).post(POSTS, {"title": "New"})) == (
        first + "  created      Post id=2 user_id=1 title='New' created_at='2026-01-31T10:30:00.000000Z'"
    )
    assert seen(lambda: client.as_(ada).patch(f"{USERS}/1", {"password": "AnotherPass123!"})) == (
        first + "  updated      User id=1 password: another epoch=0 -> 1"
    )
    named = {"idempotency-key": "a", "content-type": "application/json"}
    assert client.as_(ada).post(POSTS, {"title": "Once"}, headers=named).status == 201
    with client.unchanged():
        assert client.as_(ada).post(POSTS, {"title": "Once"}, headers=named).status == 201
    assert seen(lambda: client.as_(ada).delete(f"{POSTS}/2")) == (
        first + "  deleted      Post id=2 user_id=1 title='New' created_at='2026-01-31T10:30:00.000000Z'"
    )


def test_pairs_are_told_where_nothing_else_moves() -> None:
    with Client(gallery(), clock=Clock()) as client:
        painting, style = client.make(Painting), client.make(Style)
        with pytest.raises(AssertionError) as caught, client.unchanged():
            ids = [str(vars(style)["id"])]
            assert client.as_(painting.member).patch("/api/v1/paintings/1", {"style_ids": ids}).status == 200
        assert str(caught.value) == (
            "Expected no row of any table to change, and there are:\n"
            "  other rows   in kingpost_changes: 3 before, 4 now\n"
            "  other rows   in paintings_styles: 0 before, 1 now"
        )


def test_a_snapshot_is_every_row_of_every_table(scene: tuple[Client, User, Post]) -> None:
    client, _, _ = scene
    found = client.snapshot()
    assert {"users", "posts", "kingpost_changes", "kingpost_answers", "kingpost_meta"} <= set(found)
    assert found["posts"] == [
        {"id": 1, "user_id": 1, "title": "Draft", "content": None, "published_at": None, "created_at": 1_769_855_400_000_000}
    ]
    assert str(found["users"][0]["password"]).startswith("$argon2id$")
    assert client.snapshot() == found
