"""The rows that a database begins with: what may be written, and every mistake told with its place."""

import json
from pathlib import Path
from typing import Any

import pytest

from kingpost import (
    Access,
    Account,
    App,
    Context,
    Resource,
    actor,
    before,
    email,
    many,
    owner,
    ref,
    serial,
    signed_in,
    text,
)
from kingpost.cli.seed import BadSeed, Seed, read_seed
from kingpost.cli.sow import sow
from kingpost.testing import Client


class User(Account, table="users"):
    id: int = serial()
    name: str = text(min=2)
    contact: str | None = email()
    access = Access(read=owner())


class Tag(Resource, table="tags"):
    name: str = text(unique=True)
    access = Access(read=signed_in)


class Post(Resource, table="posts"):
    id: int = serial()
    user: User = ref(default=actor)
    parent: "Post | None" = ref(on_delete="cascade")
    tags: list[Tag] = many()
    title: str = text(min=1, max=20)
    slug: str = text(unique=True)
    access = Access(read=owner("user"))
    at: str | None = text()

    @before("create", fills=("slug",))
    @staticmethod
    async def slugged(context: Context, values: dict[str, Any]) -> dict[str, Any]:
        if values.get("parent_id"):
            above = await context[Post].get(values["parent_id"])
            return {**values, "slug": f"{above.slug}-{values['title'].lower()}"}
        return {**values, "slug": values["title"].lower()}


APP = App(User, Tag, Post)
ADA = {"@": "ada", "email": "ada@example.com", "password": "correct horse battery", "name": "Ada"}


def reading(folder: Path, rows: object) -> Seed:
    """Read a seed."""
    (folder / "seed.json").write_text(rows if isinstance(rows, str) else json.dumps(rows))
    return read_seed(folder / "seed.json", APP.contract)


def problems(folder: Path, rows: object) -> list[str]:
    """Give what is wrong with a seed."""
    with pytest.raises(BadSeed) as caught:
        reading(folder, rows)
    count, *lines = str(caught.value).splitlines()
    assert count == f"{len(lines)} mistake{'' if len(lines) == 1 else 's'} in seed.json"
    return [line.removeprefix("  ") for line in lines]


def test_rows_may_stand_in_any_order_and_links_take_labels_or_ids_under_either_name(tmp_path: Path) -> None:
    rows = {
        "posts": [
            {"parent": "@first", "user": "@ada", "title": "Second", "tags": ["@b", "@a"]},
            {"@": "first", "user_id": "@ada", "title": "First", "tags": []},
            {"user_id": 1, "title": "@third", "parent": None},
        ],
        "tags": [{"@": "a", "name": "a"}, {"@": "b", "name": "b"}],
        "users": [ADA | {"admin": True}, {"email": "bob@example.com", "password": "correct horse battery", "name": "Bob"}],
    }
    seed = reading(tmp_path, rows)
    assert (seed.counted, seed.first_account) == ("2 in users, 2 in tags, 3 in posts", "ada@example.com")
    with Client(APP) as client:
        assert client.loop.run_until_complete(sow(client.engine, seed)) is True
        assert client.loop.run_until_complete(sow(client.engine, seed)) is False
        client.sign_in("ada@example.com", "correct horse battery")
        posts = {each["title"]: each for each in client.get("/api/v1/posts?include=tags").body["items"]}
        assert sorted(posts) == ["@third", "First", "Second"]
        assert posts["Second"]["parent_id"] == posts["First"]["id"] and posts["Second"]["slug"] == "first-second"
        assert {each["name"] for each in posts["Second"]["tags"]["items"]} == {"a", "b"}
        assert posts["First"]["tags"]["items"] == [] and posts["@third"]["user_id"] == 1


def test_an_app_may_have_no_seed_and_a_seed_no_rows(tmp_path: Path) -> None:
    assert read_seed(tmp_path / "seed.json", APP.contract) == reading(tmp_path, {}) == Seed()
    with Client(APP) as client:
        assert client.loop.run_until_complete(sow(client.engine, Seed())) is False


def test_every_mistake_is_told_with_its_place(tmp_path: Path) -> None:
    rows = {
        "postz": [],
        "tags": {"name": "x"},
        "users": [
            ADA | {"email": "ada", "admin": "yes"},
            5,
            {"@": 7, "email": "b@example.com", "password": "short", "name": "Bob"},
            {"@": "ada", "email": "c@example.com", "password": "correct horse battery", "name": "Cy"},
        ],
        "posts": [
            {"user": "@ada", "user_id": 1, "title": "x"},
            {"user": "@adda", "title": ""},
            {"@": "p", "user": "@ada", "parent": "@ada", "title": "x"},
            {"title": "x", "tags": ["@p"], "id": 7},
        ],
    }
    assert problems(tmp_path, rows) == [
        'postz: Is no resource. Write "posts"',
        "tags: Must be a list of rows",
        "users[1]: Must be an object",
        "users[2].@: Must be text",
        "users[3].@: Is the label of users[0] already",
        "posts[0].user: Is given twice, here and as user_id",
        "users[0].email: Invalid email format",
        "users[0].admin: Is not a field",
        "users[2].password: Must have at least 15 characters",
        'posts[1].user_id: No row has the label @adda. Write "@ada"',
        "posts[1].title: Must have at least 1 character",
        "posts[2].parent_id: @ada is one of users, not of posts",
        "posts[3].tag_ids: @p is one of posts, not of tags",
        "posts[3].id: Is read-only",
        "posts[3].user_id: Is required; nobody is signed in here",
    ]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('{"users": [\n  {"name": "Ada",}]}', "The file is not JSON (line 2, column 18)"),
        ("[]", 'The file must hold an object such as {"posts": [{"title": "Hello"}]}'),
    ],
)
def test_what_is_no_seed_at_all_is_told(tmp_path: Path, written: str, told: str) -> None:
    assert problems(tmp_path, written) == [told]


def test_rows_that_need_each_other_are_told(tmp_path: Path) -> None:
    rows = {
        "users": [ADA],
        "posts": [
            {"@": "a", "user": "@ada", "title": "a", "parent": "@b"},
            {"@": "b", "user": "@ada", "title": "b", "parent": "@a"},
        ],
    }
    (told,) = problems(tmp_path, rows)
    assert told.startswith("posts[") and "Goes in a circle: posts[" in told and told.endswith("Leave one link out")


def test_a_row_that_the_database_or_the_apps_own_code_refuses_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    twice = {"users": [ADA], "posts": [{"user": "@ada", "title": "Same"}, {"user": "@ada", "title": "same"}]}
    missing = {"users": [ADA], "posts": [{"user": 99, "title": "x"}]}
    orphan = {"users": [ADA], "posts": [{"user": "@ada", "title": "x", "parent_id": 99}]}
    for rows, told in (
        (twice, "posts[1].slug: Is already taken"),
        (missing, "posts[0].user_id: Does not exist"),
        (orphan, "posts[0]: There is no such post"),
    ):
        with Client(APP) as client:
            with pytest.raises(BadSeed, match=r"^1 mistake in seed\.json\n") as caught:
                client.loop.run_until_complete(sow(client.engine, reading(tmp_path, rows)))
            assert str(caught.value).splitlines()[1] == f"  {told}"
            assert isinstance(caught.value.__cause__, Exception)
            whole = reading(tmp_path, {"users": [ADA]})
            assert client.loop.run_until_complete(sow(client.engine, whole)) is True  # as it is still empty
