"""Pages of a list, begun anywhere, together are the list: each row once, in order."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from tests.plan.worlds import FIRST_ID, World, a_blog, a_tracker


@pytest.fixture(scope="module")
def blog() -> Iterator[World]:
    made = a_blog()
    yield made
    made.client.close()


@pytest.fixture(scope="module")
def tracker() -> Iterator[World]:
    made = a_tracker()
    yield made
    made.client.close()


def rows(world: World, url: str, after: str | None = None) -> list[dict[str, Any]]:
    """Follow a list to its end."""
    found: list[dict[str, Any]] = []
    while True:
        answer = world.client.get(f"{url}&after={after}" if after else url)
        assert answer.status == 200, answer
        found += answer.body["items"]
        after = answer.body["next"]
        if after is None:
            return found


def in_order(items: list[dict[str, Any]], sort: str) -> list[dict[str, Any]]:
    """Sort as declared: the id breaks ties in the last key's direction, and null is the smallest value."""
    words = sort.split(",")
    tie = "-id" if words[-1].startswith("-") else "id"
    for word in reversed([*words, tie]):
        name = word.removeprefix("-")
        items = sorted(items, key=lambda item: (item[name] is not None, item[name] or 0), reverse=word.startswith("-"))
    return items


@pytest.mark.parametrize("role", ["anonymous", "owner", "other", "admin"])
@pytest.mark.parametrize(
    ("narrowed", "sort"),
    [
        ("", "-created_at"),
        ("", "created_at"),
        ("", "-published_at"),
        ("", "published_at"),
        ("user_id=2&", "-created_at"),
        ("user_id=2&", "created_at"),
    ],
)
def test_pages_of_any_length_together_are_the_list_of_posts(narrowed: str, sort: str, role: str, blog: World) -> None:
    blog.restore()
    blog.sign_in(role)
    whole = rows(blog, f"/api/v1/posts?{narrowed}sort={sort}")
    assert len(whole) >= 2
    assert in_order(whole, sort) == whole
    assert [rows(blog, f"/api/v1/posts?{narrowed}sort={sort}&limit={limit}") for limit in (1, 2, 3)] == [whole] * 3


@pytest.mark.parametrize("role", ["owner", "other"])
@pytest.mark.parametrize(
    ("narrowed", "sort"),
    [("", "-priority,due"), ("", "priority,-due"), ("state=open&", "-created_at"), ("state=open&", "created_at")],
)
def test_pages_of_any_length_together_are_the_list_of_tasks(narrowed: str, sort: str, role: str, tracker: World) -> None:
    """The sort runs both ways and one of its keys may be null."""
    tracker.restore()
    tracker.sign_in(role)
    whole = rows(tracker, f"/tracker/tasks?{narrowed}sort={sort}&limit=50")
    assert len(whole) >= 3
    assert in_order(whole, sort) == whole
    assert [rows(tracker, f"/tracker/tasks?{narrowed}sort={sort}&limit={limit}") for limit in (1, 2, 3)] == [whole] * 3


@pytest.mark.parametrize(("above", "number"), [("projects", 6), ("tags", 4)])
def test_rows_that_come_with_another_go_on_as_the_list_under_it(above: str, number: int, tracker: World) -> None:
    tracker.restore()
    tracker.sign_in("owner")
    bridge, bug = (str(UUID(int=FIRST_ID + at)) for at in (6, 4))
    for title in ("Paint", "Open", "Mend"):
        tracker.make("/tasks", project_id=bridge, title=title, tag_ids=[bug])
    url = f"/tracker/{above}/{UUID(int=FIRST_ID + number)}"
    first = tracker.client.get(f"{url}?include=tasks").body["tasks"]
    assert len(first["items"]) == 3, "as many as a page of tasks has"
    assert first["items"] + rows(tracker, f"{url}/tasks?limit=50", first["next"]) == rows(tracker, f"{url}/tasks?limit=50")
