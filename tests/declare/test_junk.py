"""Whatever stands in the place of a word, a build gives a contract or says what is wrong: never anything else."""

import types
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

import kingpost
from kingpost import Access, Lists, Mistakes, Resource, Unique, anyone, ref
from kingpost.declare.build import build
from kingpost.declare.fields import Declared

JUNK: list[Any] = [
    None,
    True,
    -1,
    5,
    1.5,
    "x",
    "",
    b"x",
    [],
    ["a"],
    {},
    {"a": 1},
    (),
    int,
    object(),
    anyone,
    Decimal("NaN"),
    datetime.max,
]
OPTIONS: dict[str, tuple[object, list[str]]] = {
    "text": (str, ["min", "max", "default", "unique", "doc"]),
    "email": (str, ["unique", "doc"]),
    "number": (int, ["min", "max", "default", "unique"]),
    "decimal": (Decimal, ["precision", "scale", "default"]),
    "json": (Any, ["max", "default"]),
    "texts": (list[str], ["max", "each", "default"]),
    "value": (UUID, ["default", "unique"]),
    "index": (int, ["where", "default", "unique"]),
    "ref": ("Post", ["on_delete", "default"]),
    "back": ("list[Post]", ["link"]),
    "many": ("list[Post]", ["of"]),
    "count": (int, ["of", "where", "stored"]),
}
CASES = [(name, option) for name, (_, options) in OPTIONS.items() for option in options]


def outcome(**names: Any) -> str:
    """Build a class with these names beside its links, and say how that ended."""
    annotations = {"other": "Post | None", "others": "list[Post]", **names.pop("annotations", {})}
    body = {"other": ref(), "others": kingpost.back("other"), "access": Access(read=anyone), **names}
    body |= {"__annotations__": annotations, "__module__": __name__}
    post = types.new_class("Post", (Resource,), {}, lambda space: space.update(body))
    try:
        build([post])
    except Mistakes as mistakes:
        assert all(mistake.problem and mistake.remedy for mistake in mistakes.mistakes)
        return "mistakes"
    return "contract"


@pytest.mark.parametrize(("name", "option"), CASES)
def test_junk_for_an_option_is_a_mistake_or_fits(name: str, option: str) -> None:
    function, annotation = getattr(kingpost, name), OPTIONS[name][0]
    required = {"back": {"link": "other"}, "count": {"of": "others"}}.get(name, {})
    for junk in JUNK:
        declared = function(**{**required, option: junk})
        assert isinstance(declared, Declared)
        assert outcome(field=declared, annotations={"field": annotation}) in ("contract", "mistakes"), junk


@pytest.mark.parametrize("junk", JUNK, ids=lambda junk: type(junk).__name__)
def test_junk_for_a_word_of_the_class_is_a_mistake_or_fits(junk: Any) -> None:
    for names in (
        {"access": junk},
        {"access": Access(read=junk)},
        {"lists": junk},
        {"lists": Lists(junk)},
        {"lists": Lists("id", page=junk)},
        {"lists": Lists("id", most=junk)},
        {"unique": junk},
        {"unique": Unique(junk)},
        {"unique": (junk,)},
        {"unique": Unique("other", where=junk)},
        {"access": Access(read=kingpost.where(other=junk))},
        {"access": Access(read=kingpost.where(other=kingpost.one_of(junk)))},
        {"field": junk, "annotations": {"field": int}},
        {"annotations": {"field": junk}},
    ):
        assert outcome(**names) in ("contract", "mistakes"), names


@pytest.mark.parametrize(
    "annotation", ["int |", "Missing", "list[", "1 / 0", "int[str]", "'", "", "lambda: x", "Post.nothing", "*"]
)
def test_an_annotation_that_can_not_be_read_is_a_mistake(annotation: str) -> None:
    assert outcome(annotations={"field": annotation}) == "mistakes"


@pytest.mark.parametrize("junk", JUNK, ids=lambda junk: type(junk).__name__)
def test_junk_among_the_classes_of_an_app_is_a_mistake(junk: Any) -> None:
    with pytest.raises(Mistakes):
        kingpost.App(junk)
