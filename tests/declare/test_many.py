"""A rule follows links to one; of a link to many it says so."""

import pytest

from kingpost import Access, Account, App, Resource, anyone, back, owner, ref, serial, via
from kingpost.declare.source import Mistakes
from kingpost.testing import Client


class User(Account, table="users"):
    """Someone with an account."""

    id: int = serial()

    access = Access(create=anyone, read=owner())


class Member(Resource, table="members"):
    """Someone on a project."""

    id: int = serial()
    user: User = ref()
    project: "Project" = ref()

    access = Access(read=owner("user"))


class Project(Resource, table="projects"):
    """Some work."""

    id: int = serial()
    members: "list[Member]" = back("project")

    access = Access(read=owner("members.user"), update=via("members", owner("user")))


def test_a_rule_that_follows_a_link_to_many_is_told_what_to_do_instead() -> None:
    with pytest.raises(Mistakes) as caught:
        App(User, Member, Project)
    (mistake,) = caught.value.mistakes
    assert mistake.subject == "Project.access"
    assert mistake.problem == '"members" leads from Project to many rows, and a rule follows links to one'
    assert mistake.remedy == "Ask for the row among them in the code of an operation"


@pytest.mark.parametrize(
    ("base", "remedy"),
    [("v2", 'Write base="/v2"'), ("/v2/", 'Write base="/v2"'), ("/", 'Write base="" for no path before the others')],
)
def test_a_base_that_is_no_path_is_a_mistake(base: str, remedy: str) -> None:
    with pytest.raises(Mistakes) as caught:
        App(User, base=base)
    (mistake,) = caught.value.mistakes
    assert (mistake.subject, mistake.problem, mistake.remedy) == ("App.base", f'base="{base}" is no path', remedy)
    assert mistake.place.file == __file__


def test_a_base_may_be_empty() -> None:
    assert Client(App(User, base="")).get("/users").status == 401
