"""Each static check finds what its name forbids, and nothing else."""

import inspect
from pathlib import Path

import msgspec
from hypothesis import given

from examples.blog.app import app
from kingpost import (
    Access,
    Account,
    Lists,
    Resource,
    Unique,
    actor,
    admin,
    anyone,
    back,
    number,
    owner,
    ref,
    signed_in,
    text,
    where,
)
from kingpost.check import (
    CHECKS,
    check,
    every_index_holds_its_longest_entry,
    every_link_can_be_followed,
    every_list_reads_an_index,
    every_required_field_can_be_sent,
)
from kingpost.check.finding import Finding
from kingpost.contract.model import Contract
from kingpost.declare.build import build
from tests.contract.declarations import declarations


class Person(Account, table="people"):
    notes: "list[Note]" = back("author")
    access = Access(create=anyone, read=owner())


class Tag(Resource):
    access = Access(create=anyone)


class Note(Resource):
    author: Person = ref(default=actor)
    tag: Tag = ref()
    size: int = number(default=0)
    title: str = text()
    access = Access(create=signed_in.fields("author_id", "tag_id") | admin.fields("size"), read=where(size=1))


FORBIDDEN = build([Person, Tag, Note]).contract


def bare(contract: Contract) -> Contract:
    """Give the contract without its indexes."""
    resources = tuple(msgspec.structs.replace(resource, indexes=()) for resource in contract.resources)
    return msgspec.structs.replace(contract, resources=resources)


def test_every_check_in_the_folder_is_run() -> None:
    folder = Path(inspect.getfile(every_link_can_be_followed)).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "finding"}
    assert {module.__name__.rpartition(".")[2] for module in CHECKS} == files


def test_a_link_to_what_no_one_may_read_is_found() -> None:
    assert list(every_link_can_be_followed.check(FORBIDDEN)) == [
        Finding("Note.tag", "Tag has no read rule, so no caller may point to one", "Give Tag a read rule")
    ]


def test_a_link_that_the_server_fills_or_no_one_sets_needs_no_reader() -> None:
    class Member(Account):
        access = Access(create=anyone)

    class Stamp(Resource):
        member: Member = ref(default=actor)
        access = Access(create=signed_in, read=anyone)

    class Copy(Resource):
        member: Member = ref()
        access = Access(read=anyone, delete=admin)

    assert list(every_link_can_be_followed.check(build([Member, Stamp, Copy]).contract)) == []


def test_a_required_field_that_no_one_may_send_is_found() -> None:
    (finding,) = every_required_field_can_be_sent.check(FORBIDDEN)
    assert finding.subject == "Note.access"
    assert finding.problem == 'create leaves out "title", which every row needs'
    assert finding.remedy == 'Add "title" to .fields(...), or give it a default'


def test_a_list_without_an_index_is_found() -> None:
    without = bare(app.contract)
    found = list(every_list_reads_an_index.check(without))
    assert {finding.subject for finding in found} == {"User.lists", "Post.lists"}
    assert '"user_id created_at" has no index' in {finding.problem for finding in found}
    assert list(check(without)) == found


def test_an_index_of_more_text_than_it_can_hold_is_found() -> None:
    class Line(Resource):
        one: str = text(max=255)
        two: str = text(max=255)
        three: str = text(max=255)
        slug: str = text(unique=True)
        unique = Unique("one", "two", "three")
        access = Access(read=anyone)
        lists = Lists("one two", "one two three")

    contract = build([Line]).contract
    (finding,) = every_index_holds_its_longest_entry.check(contract)
    assert finding == Finding(
        "Line.one",
        "an index of one, two, three may have to hold 3,132 bytes, and holds 2,600",
        "Write one: str = text(max=122), say, or a list of fewer texts",
    )


def test_nothing_is_found_in_the_blog() -> None:
    assert list(check(app.contract)) == []


@given(declarations())
def test_every_list_of_every_declaration_reads_an_index(classes: list[type[Resource]]) -> None:
    contract = build(classes).contract
    assert list(every_list_reads_an_index.check(contract)) == []


@given(declarations())
def test_checks_run_one_after_the_other_and_say_where(classes: list[type[Resource]]) -> None:
    built = build(classes)
    found = list(check(built.contract))
    assert found == [finding for module in CHECKS for finding in module.check(built.contract)]
    assert all(built.place(finding.subject).line > 0 for finding in found)
