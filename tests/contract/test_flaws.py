"""What is wrong with a value is said in a word from a closed list, so that an app can put it in words of its own."""

from typing import get_args

import pytest

from kingpost.contract.flaws import Flaw, Invalid
from kingpost.contract.inputs import Unfit, read
from kingpost.contract.model import Field, Resource
from kingpost.contract.scalars import AnyScalar, Choice, Decimal, Email, Integer, Json, Password, Text, TextList
from kingpost.contract.types import Anything, Items, Member, Named, Object, Problems, inputs

CASES: list[tuple[AnyScalar, object, Flaw]] = [
    (Text(min=1), "", "blank"),
    (Text(min=2), "a", "too_short"),
    (Text(max=2), "abc", "too_long"),
    (Text(), 5, "invalid"),
    (Text(pattern="[a-z]+"), "a1", "invalid"),
    (Text(min=1, pattern="[a-z]+"), "", "blank"),
    (Text(max=1, pattern="[a-z]+"), "12", "too_long"),
    (Email(), "", "blank"),
    (Email(), "nobody", "invalid"),
    (Email(), "a@b@c.de", "invalid"),
    (Email(), 5, "invalid"),
    (Integer(min=1), 0, "too_small"),
    (Integer(max=1), 2, "too_large"),
    (Integer(), "1", "invalid"),
    (Decimal(precision=3, scale=2), "10.00", "invalid"),
    (Choice(("a",)), "b", "invalid"),
    (Json(max=2), "abc", "too_long"),
    (TextList(max=1), ["a", "b"], "too_long"),
    (TextList(least=2), [""], "blank"),
    (TextList(least=2), ["a"], "too_short"),
    (TextList(each=1), ["ab"], "too_long"),
    (TextList(max=1, distinct=True), ["a", "b", "a"], "too_long"),
    (Password(min=8), "", "blank"),
    (Password(min=8), "short", "too_short"),
    (Password(min=1, digit=1), "letters", "invalid"),
    (Password(min=1, max=3), "four", "too_long"),
]


@pytest.mark.parametrize(("scalar", "wire", "code"), CASES)
def test_a_value_that_is_not_taken_is_refused_with_a_word_for_it(scalar: AnyScalar, wire: object, code: Flaw) -> None:
    with pytest.raises(Invalid) as caught:
        scalar.read(wire)
    assert caught.value.code == code


def test_no_word_is_there_for_nothing() -> None:
    assert {code for _, _, code in CASES} == set(get_args(Flaw)) - {"required", "unknown", "taken"}


def test_text_matches_its_pattern_from_end_to_end() -> None:
    scalar = Text(pattern="[a-z]+")
    assert scalar.read("abc") == "abc"
    for wrong in ("abc\n", " abc", "ab-c", ""):
        with pytest.raises(Invalid, match=r"Must match \[a-z\]\+"):
            scalar.read(wrong)


def test_what_is_given_twice_counts_once_where_items_are_distinct() -> None:
    assert TextList(max=2, distinct=True).read(["b", "a", "b"]) == '["b","a"]'
    assert TextList().read(["b", "a", "b"]) == '["b","a","b"]'


def test_what_is_missing_or_unknown_has_its_words_too() -> None:
    members = (Member("name", Text(min=1)), Member("note", Text(), optional=True), Member("any", Anything()))
    problems: Problems = []
    inputs((*members, Member("more", Object("More", members))), {"name": None, "note": None, "more": {"x": 1}}, problems, "at")
    assert problems == [
        ("at.name", "Must not be null", "required"),
        ("at.any", "Is required", "required"),
        ("at.more.name", "Is required", "required"),
        ("at.more.note", "Is required", "required"),
        ("at.more.any", "Is required", "required"),
        ("at.more.x", "Is not a field", "unknown"),
    ]
    many: Problems = []
    inputs(
        (Member("list", Items(Text())), Member("names", Named(Text()))),
        {"list": [""] * 1_001, "names": {str(number): "" for number in range(1_001)}},
        many,
    )
    assert [code for _, _, code in many] == ["too_long", "too_long"]
    thing = Resource("things", "Thing", (Field("id", Integer(), origin="serial"), Field("name", Text())), {})
    with pytest.raises(Unfit) as caught:
        read(thing, "create", {"id": 1, "odd": 1}, {})
    assert caught.value.problems == [
        ("name", "Is required", "required"), ("id", "Is read-only", "unknown"), ("odd", "Is not a field", "unknown"),
    ]  # fmt: skip
    with pytest.raises(Unfit) as caught:
        read(thing, "create", {"name": None}, {})
    assert caught.value.problems == [("name", "Must not be null", "required")]


def test_of_what_is_partial_there_is_what_was_sent_and_no_more() -> None:
    members = (Member("name", Text(min=1), required=False), Member("note", Text(), optional=True, required=False, default="x"))
    problems: Problems = []
    whole = (Member("whole", Object("Whole", members)), Member("part", Object("Part", members, partial=True)))
    assert inputs(whole, {"whole": {}, "part": {}}, problems) == {"whole": {"name": None, "note": "x"}, "part": {}}
    assert inputs(whole, {"whole": {}, "part": {"note": None}}, problems)["part"] == {"note": None}
    assert problems == []
    inputs(whole, {"whole": {}, "part": {"name": None, "odd": 1}}, problems)
    assert [(field, code) for field, _, code in problems] == [("part.name", "required"), ("part.odd", "unknown")]
