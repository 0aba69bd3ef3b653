"""Rows for tests: made whatever the rules say, valid, readable, and never two alike."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal, assert_type
from uuid import UUID

import pytest

from examples.blog.app import Post, User
from examples.blog.app import app as blog
from kingpost import (
    Access,
    Account,
    App,
    PasswordPolicy,
    Resource,
    actor,
    admin,
    created,
    decimal,
    email,
    json,
    key,
    many,
    number,
    ref,
    text,
    texts,
    value,
)
from kingpost.testing import Client, Clock
from tests.surface.rest.scene import Member, Painting, Style, gallery


class Person(Account, table="people"):
    """Nobody may do anything with people."""

    password = PasswordPolicy(min=40, lower=2, upper=2, digit=2)
    access = Access(read=admin)


class Tag(Resource, table="tags"):
    name: str = text(max=3, unique=True)
    access = Access(read=admin)


class Thing(Resource, table="things"):
    """Every kind of field, each of them required, each with as little room as there can be."""

    id: UUID = key()
    owner: Person = ref(default=actor)
    other: Person = ref()
    friend: Person | None = ref(on_delete="null")
    word: str = text(min=12, max=12, unique=True)
    letter: str = text(max=1)
    nothing: str = text(max=0)
    big: int = number(min=1_000_000, max=1_000_001)
    low: int = number(min=-9, max=-5)
    code: int = number(unique=True)
    whole: Decimal = decimal(precision=3, scale=0)
    part: Decimal = decimal(precision=2, scale=2)
    price: Decimal = decimal(precision=12, scale=2)
    yes: bool = value()
    day: date = value()
    moment: datetime = value()
    mark: UUID = value(unique=True)
    kind: Literal["one", "two"] = value()
    words: list[str] = texts()
    extra: object = json()
    contact: str = email(unique=True)
    level: int = number(default=7)
    tags: list[Tag] = many()
    made_at: datetime = created()

    access = Access(read=admin)


zoo = App(Person, Tag, Thing)


def test_type_checkers_know_what_is_made() -> None:
    with Client(blog) as client:
        assert_type(client.make(Post), Post)
        assert_type(client.make_many(Post, 2), list[Post])
        assert_type(client.make(Post).user.name, str)


def test_a_row_of_every_kind_of_field_is_made_and_given_back_in_python_values() -> None:
    with Client(zoo, clock=(clock := Clock())) as client:
        thing = client.make(Thing)
        held = vars(thing)
        assert isinstance(held.pop("id"), UUID)
        people = {name: (held.pop(name), held.pop(f"{name}_id")) for name in ("owner", "other")}
        assert [(type(row), row.id == key, row.email) for row, key in people.values()] == [
            (Person, True, "person1@example.com"),
            (Person, True, "person2@example.com"),
        ]
        assert held == {
            "friend": None, "friend_id": None,
            "word": "word-1......", "letter": "1", "nothing": "", "big": 1_000_000, "low": -5, "code": 1,
            "whole": Decimal(1), "part": Decimal("0.01"), "price": Decimal("1.00"), "yes": False, "day": date(2026, 1, 31),
            "moment": datetime(2026, 1, 31, 10, 30, tzinfo=UTC), "mark": UUID("00000000-0000-4000-8000-000000000001"),
            "kind": "one", "words": [], "extra": {}, "contact": "thing1@example.com", "level": 7, "made_at": clock.now,
        }  # fmt: skip


def test_no_two_rows_are_alike_where_they_may_not_be_and_each_run_makes_the_same() -> None:
    def run() -> list[dict[str, Any]]:
        with Client(zoo) as client:
            rows = [vars(each) for each in client.make_many(Thing, 300)]
            assert len({str(row["id"]) for row in rows}) == 300
            strange = ("id", "owner", "other", "owner_id", "other_id", "made_at")
            return [{name: each for name, each in row.items() if name not in strange} for row in rows]

    first = run()
    for name in ("word", "code", "mark", "contact"):
        assert len({row[name] for row in first}) == 300
    assert run() == first


def test_what_is_given_is_taken_in_python_values_and_in_those_of_the_wire() -> None:
    with Client(zoo) as client:
        ada = client.make(Person, email="ada@example.com")
        tags = client.make_many(Tag, 2)
        given = {"price": Decimal("9.5"), "day": date(2030, 1, 1), "moment": datetime(2030, 1, 1, tzinfo=UTC), "yes": True}
        one = client.make(Thing, owner=ada, other={"id": str(vars(ada)["id"])}, friend_id=vars(ada)["id"], tags=tags, **given)
        wire = {"price": "9.5", "day": "2030-01-01", "moment": "2030-01-01T01:00:00+01:00", "yes": True}
        other = client.make(Thing, owner=vars(ada)["id"], other_id=ada, friend=ada, tag_ids=[vars(tags[0])["id"]], **wire)
        for made in (one, other):
            assert {name: vars(made)[name] for name in given} == {**given, "price": Decimal("9.50")}
            assert (made.owner.email, made.other.email, made.friend and made.friend.email) == ("ada@example.com",) * 3
        pairs = client.snapshot()["things_tags"]
        assert sorted(str(row["tag_id"]) for row in pairs if row["thing_id"] == str(one.id)) == sorted(
            str(vars(tag)["id"]) for tag in tags
        )
        assert len(pairs) == 3


def test_a_link_to_who_makes_a_row_leads_to_whom_the_client_asks_as() -> None:
    with Client(blog) as client:
        ada, eve = client.make(User, name="Ada"), client.make(User, password="SecurePass123!", email="eve@example.com")
        assert client.as_(ada).make(Post).user.name == "Ada"
        assert client.sign_in("eve@example.com", "SecurePass123!").make(Post).user.id == eve.id
        assert client.sign_out().make(Post).user.id not in (ada.id, eve.id)
        assert client.as_(ada).make(Post, user=eve).user.id == eve.id


def test_an_account_signs_in_with_the_password_it_was_made_with_and_may_be_an_admin() -> None:
    with Client(blog) as client:
        client.make(User, email="ada@example.com", password="SecurePass123!", admin=True)
        client.make(User, email="eve@example.com", password="SecurePass123!", admin=False)
        assert client.sign_in("eve@example.com", "SecurePass123!").delete("/api/v1/users/1").status == 403
        assert client.sign_in("ada@example.com", "SecurePass123!").delete("/api/v1/users/2").status == 204


def test_rows_that_are_made_are_as_true_as_any() -> None:
    with Client(gallery()) as client:
        member, style = client.make(Member), client.make(Style, name="ink")
        painting = client.make(Painting, member=member, styles=[style], sold_at=datetime(2026, 1, 1, tzinfo=UTC))
        assert (style.name, painting.member.name, painting.technique, painting.price) == ("ink", "Name 1", "oil", None)
        answer = client.get(f"/api/v1/paintings/{painting.id}?include=styles,member").body
        assert (answer["title"], answer["member"]["name"]) == ("Title 1", "Name 1")
        assert [each["name"] for each in answer["styles"]["items"]] == ["ink"]
        assert client.get(f"/api/v1/members/{member.id}").body == {"id": 1, "name": "Name 1"}
        seen = client.as_(member).get(f"/api/v1/members/{member.id}").body
        assert (seen["painting_count"], seen["email"]) == (1, "member1@example.com")
        assert [row["kind"] for row in client.snapshot()["kingpost_changes"]] == ["created"] * 3


class Egg(Resource, table="eggs"):
    hen: "Hen" = ref()
    access = Access(read=admin)


class Hen(Resource, table="hens"):
    egg: Egg = ref()
    access = Access(read=admin)


@pytest.mark.parametrize(
    ("cls", "fields", "says"),
    [
        (User, {"name": "A", "mail": "x"}, "Could not make a User: Invalid input data\n"
         "  name: Must have at least 2 characters\n  mail: Is not a field"),
        (Post, {"user": 99}, "Could not make a Post: Invalid input data\n  user_id: Does not exist"),
        (Post, {"created_at": datetime(2026, 1, 1, tzinfo=UTC)}, "Could not make a Post: Invalid input data\n"
         "  created_at: Is read-only"),
        (Post, {"published_at": "tomorrow"}, "Could not make a Post: Invalid input data\n"
         "  published_at: Must be a date and time with a zone such as 2026-01-31T10:30:00Z"),
        (User, {"email": "taken@example.com"}, "Could not make a User: Another user has this email\n  email: Is already taken"),
        (Thing, {}, "The app has no Thing; it has User, Post"),
    ],
)  # fmt: skip
def test_a_row_that_can_not_be_made_says_why_and_leaves_nothing(cls: type[Resource], fields: Any, says: str) -> None:
    with Client(blog) as client:
        writer = client.make(User, email="taken@example.com")
        fields = {"user": writer, **fields} if cls is Post else fields
        with client.unchanged(), pytest.raises(AssertionError) as caught:
            client.make(cls, **fields)
        assert str(caught.value) == says


def test_rows_that_need_each_other_for_ever_are_told() -> None:
    with Client(App(Egg, Hen)) as client, pytest.raises(AssertionError) as caught:
        client.make(Egg)
    assert str(caught.value) == "Egg can not be made: Egg needs Hen needs Egg"
