"""What a shape may not ask for is refused by name, and the refusal says what there is."""

import pytest

from examples.blog.app import app as blog
from kingpost import Access, App, Resource, anyone, back, ref, text
from kingpost.call import Detail, Include, Refused, Shape
from kingpost.contract.expr import Standing
from kingpost.contract.model import Contract, Key
from kingpost.plan.planner import plan
from kingpost.plan.query import Find, Page, Plan
from kingpost.plan.text import text as said
from tests.plan.test_links import app as secrets
from tests.plan.tracker import app as tracker


class Box(Resource, table="boxes"):
    """What letters are put into."""

    name: str = text(max=50)
    letters: "list[Letter]" = back("box")

    access = Access(create=anyone, read=anyone)


class Letter(Resource, table="letters"):
    """Something that may be put in and that no one takes out again."""

    box: Box = ref()

    access = Access(create=anyone)


boxes = App(Box, Letter)


def made(contract: Contract, name: str, shape: Shape, of: Standing = "anonymous") -> Plan:
    return plan(contract, contract.operation[name], shape, of)


def refusal(contract: Contract, name: str, shape: Shape) -> Detail:
    with pytest.raises(Refused) as caught:
        made(contract, name, shape)
    assert caught.value.failure.kind == "invalid"
    (detail,) = caught.value.failure.details
    return detail


def chain(*names: str) -> tuple[Include, ...]:
    return (Include(names[0], chain(*names[1:])),) if names else ()


@pytest.mark.parametrize(
    ("name", "shape", "field", "message"),
    [
        ("users.get", Shape(fields=("id", "password")), "fields", "User has no field 'password'; it has id, email, name,"),
        ("users.get", Shape(fields=("email_key",)), "fields", "User has no field 'email_key'; it has id, email, name,"),
        ("posts.get", Shape(include=chain("author")), "include", "Post has no link 'author'; it has user"),
        ("posts.get", Shape(include=chain("user", "password")), "include", "User has no link 'password'; it has posts"),
        ("posts.list", Shape(include=chain("user", "posts", "user", "posts")), "include", "May go at most 3 links deep"),
        ("posts.list", Shape(sort=(Key("title"),)), "sort", "Is not offered here. Lists of posts: sort by -created_at; "),
        ("posts.list", Shape(sort=(Key("published_at"), Key("id"))), "sort", "Is not offered here. Lists of posts:"),
        ("posts.list", Shape(filters=("title",)), "title", "Is not offered here. Lists of posts:"),
        ("posts.list", Shape(filters=("title", "user_id")), "title", "Is not offered here. Lists of posts:"),
        ("users.list", Shape(filters=("email_key",)), "email_key", "Is not offered here. Lists of users: sort by -post_count"),
    ],
)
def test_the_blog_refuses_what_it_does_not_offer(name: str, shape: Shape, field: str, message: str) -> None:
    """Hidden fields are refused as fields that do not exist (Z3)."""
    detail = refusal(blog.contract, name, shape)
    assert detail.field == field
    assert detail.message.startswith(message)


def test_a_list_through_pairs_is_sorted_by_id_alone() -> None:
    shape = Shape(filters=("tags.tasks",), sort=(Key("created_at"),))
    assert refusal(tracker.contract, "tasks.list", shape).field == "sort"
    assert refusal(tracker.contract, "tasks.list", Shape(filters=("state", "tags.tasks"))).field == "tags.tasks"
    falling = made(tracker.contract, "tasks.list", Shape(filters=("tags.tasks",), sort=(Key("id", True),)), "signed_in")
    assert isinstance(falling.root, Page)
    assert falling.root.order == (Key("id", True),)


def test_rows_that_no_one_reads_can_not_be_included() -> None:
    detail = refusal(boxes.contract, "boxes.list", Shape(include=chain("letters")))
    assert detail == Detail("include", "letters can not be included")


def test_a_call_names_a_bounded_number_of_links_to_many() -> None:
    """The links of a tree, not of one level, are counted: each costs a statement."""
    many = tuple(Include(name, (Include("tags"), Include("project", (Include("tasks"),)))) for name in ("tasks",))
    made(tracker.contract, "projects.list", Shape(include=many), "signed_in")
    wide = (Include("lead", (Include("tasks", (Include("tags"),)),)), Include("tasks", (Include("tags"),))) * 3
    assert refusal(tracker.contract, "projects.list", Shape(include=wide)) == Detail(
        "include", "May name at most 8 to-many links"
    )


def test_what_no_row_shows_costs_no_column() -> None:
    found = made(blog.contract, "users.get", Shape(fields=("id", "email")))
    assert isinstance(found.root, Find)
    # The name is there for the version, of which every field is part that the caller may see.
    assert [getattr(item, "field", "a rule") for item in found.root.table.items] == ["id", "name"]


def test_a_link_that_leads_to_nothing_for_anyone_is_said_to_have_no_rows() -> None:
    found = made(secrets.contract, "people.list", Shape(include=chain("secrets")))
    assert "branch 1 of 1: no rows\n" in said(found)
