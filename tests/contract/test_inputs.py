"""Inputs: everything that is wrong is said at once, and nothing is taken that was not asked for (row Z6)."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kingpost import (
    Access,
    Account,
    Resource,
    actor,
    anyone,
    back,
    count,
    created,
    email,
    many,
    number,
    ref,
    serial,
    text,
    value,
)
from kingpost.contract.inputs import Unfit, read, slots
from kingpost.contract.model import Verb
from kingpost.declare.build import build


class Person(Account, table="people"):
    id: int = serial()
    name: str = text(min=2, max=5)
    notes: "list[Note]" = back("author")
    access = Access(create=anyone)


class Label(Resource):
    id: int = serial()
    access = Access(read=anyone)


class Note(Resource):
    title: str = text(min=1, max=5)
    size: int = number(min=0, max=9, default=4)
    contact: str | None = email(unique=True)
    public: bool = value(default=False)
    author: Person = ref(default=actor)
    editor: Person | None = ref(on_delete="null")
    labels: "list[Label]" = many()
    parts: "list[Part]" = back("note")
    part_count: int = count("parts")
    made_at: datetime = created()
    access = Access(create=anyone)


class Part(Resource):
    note: Note = ref(on_delete="cascade")
    access = Access(create=anyone)


CONTRACT = build([Person, Label, Note, Part]).contract
NOTE, PERSON = CONTRACT.resource["notes"], CONTRACT.resource["people"]
PASSWORD = "correct horse battery"


def problems(resource: Any, verb: Verb, sent: object) -> dict[str, str]:
    with pytest.raises(Unfit) as caught:
        read(resource, verb, sent, CONTRACT.resource)
    found = {field: message for field, message, _ in caught.value.problems}
    assert len(found) == len(caught.value.problems)  # each field is named once
    return found


def test_every_problem_is_named_at_once() -> None:
    sent = {
        "title": "",
        "size": "4",
        "contact": "nobody",
        "public": 1,
        "author_id": "1",
        "editor_id": True,
        "label_ids": [1, "2"],
        "id": "01890a5d-ac96-774b-bcce-b302099a8057",
        "made_at": "2026-01-31T10:30:00Z",
        "part_count": 3,
        "author": {"id": 1},
        "contact_key": "a@b.de",
        "admin": True,
        "x" * 1_000: 1,
    }
    assert problems(NOTE, "create", sent) == {
        "title": "Must have at least 1 character",
        "size": "Must be a whole number",
        "contact": "Invalid email format",
        "public": "Must be true or false",
        "author_id": "Must be a whole number",
        "editor_id": "Must be a whole number",
        "label_ids": "Must be a whole number",
        "id": "Is read-only",
        "made_at": "Is read-only",
        "part_count": "Is read-only",
        "author": "Is a link: send author_id",
        "contact_key": "Is not a field",
        "admin": "Is not a field",
        "x" * 100: "Is not a field",
    }


def test_no_one_makes_an_admin_or_sets_what_the_server_keeps() -> None:
    # Z6: mass assignment.
    sent = {"email": "a@b.de", "password": PASSWORD, "name": "Ada", "admin": True, "epoch": 9, "email_key": "x", "id": 1}
    assert set(problems(PERSON, "create", sent)) == {"admin", "epoch", "email_key", "id"}
    for verb in ("create", "replace", "merge"):
        assert [slot.name for slot in slots(PERSON, verb)] == ["email", "password", "name"]


def test_what_is_left_out_of_a_new_row_is_required_unless_something_stands_in() -> None:
    assert problems(PERSON, "create", {}) == dict.fromkeys(["email", "password", "name"], "Is required")
    assert problems(NOTE, "create", {}) == {"title": "Is required"}
    assert read(NOTE, "create", {"title": "a"}, CONTRACT.resource) == {"title": "a"}


def test_a_replacement_states_the_whole_row_but_keeps_its_owner_and_what_no_answer_carries() -> None:
    assert read(NOTE, "replace", {"title": "a"}, CONTRACT.resource) == {
        "title": "a",
        "size": 4,
        "contact": None,
        "contact_key": None,
        "public": 0,
        "editor_id": None,
    }
    kept = read(PERSON, "replace", {"email": "A@b.de", "name": "Ada"}, CONTRACT.resource)
    assert kept == {"email": "A@b.de", "email_key": "a@b.de", "name": "Ada"}
    assert problems(NOTE, "replace", {}) == {"title": "Is required"}


def test_a_merge_states_what_changes_alone() -> None:
    assert read(NOTE, "merge", {}, CONTRACT.resource) == {}
    assert read(NOTE, "merge", {"contact": None, "editor_id": None}, CONTRACT.resource) == {
        "contact": None,
        "contact_key": None,
        "editor_id": None,
    }
    assert problems(NOTE, "merge", {"title": None, "author_id": None}) == dict.fromkeys(
        ["title", "author_id"], "Must not be null"
    )


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (None, "Must be a list of ids"),
        ("1", "Must be a list of ids"),
        ({"0": 1}, "Must be a list of ids"),
        ([None], "Must be a whole number"),
        ([[1]], "Must be a whole number"),
        ([1, 2, 1], "Must not name an id twice"),
        (list(range(101)), "Must have at most 100 ids"),
    ],
)
def test_the_ids_of_a_link_are_a_short_list_without_repeats(ids: object, said: str) -> None:
    assert problems(NOTE, "merge", {"label_ids": ids}) == {"label_ids": said}
    assert read(NOTE, "merge", {"label_ids": [3, 1, 2]}, CONTRACT.resource) == {"label_ids": [3, 1, 2]}


@pytest.mark.parametrize("sent", [None, 1, "a", True, [], [{"title": "a"}], 1.5])
def test_an_input_is_an_object(sent: object) -> None:
    assert problems(NOTE, "create", sent) == {"": "Must be a JSON object"}


NAMES = st.sampled_from(["title", "size", "contact", "public", "author_id", "editor_id", "label_ids", "id", "x", "admin"])
VALUES = st.none() | st.booleans() | st.integers(-20, 20) | st.text(max_size=7) | st.lists(st.integers(0, 3), max_size=3)


@given(sent=st.dictionaries(NAMES, VALUES), verb=st.sampled_from(["create", "replace", "merge"]))
def test_an_input_is_fit_exactly_where_each_of_its_parts_is(sent: dict[str, Any], verb: Verb) -> None:
    """What is said of one name does not depend on what is said of another."""
    whole = dict.fromkeys([] if verb == "merge" or "title" in sent else ["title"], "Is required")
    for name, each in sent.items():
        try:
            read(NOTE, "merge", {name: each}, CONTRACT.resource)
        except Unfit as problem:
            whole |= {field: message for field, message, _ in problem.problems}
    try:
        values = read(NOTE, verb, sent, CONTRACT.resource)
    except Unfit as problem:
        assert {field: message for field, message, _ in problem.problems} == whole
        return
    assert whole == {}
    assert set(sent) <= set(values)
    stored = [each for value in values.values() for each in (value if isinstance(value, list) else [value])]
    assert {type(each) for each in stored} <= {str, int, type(None)}
