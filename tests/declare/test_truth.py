"""Where Python would take something for another thing without a word, it is stopped."""

from collections.abc import Callable

import pytest

from kingpost import Access, App, Context, Lists, Refused, Resource, anyone, operation, owner, serial, signed_in, text
from kingpost.declare.rules import Rule
from kingpost.declare.source import Mistakes


@pytest.mark.parametrize(
    "written",
    [
        lambda: signed_in and owner("user"),  # type: ignore[unreachable]  # mypy sees it as well
        lambda: anyone or signed_in,  # type: ignore[unreachable]  # mypy sees it as well
        lambda: not anyone,
        lambda: bool(anyone),
    ],
)
def test_a_rule_is_neither_true_nor_false(written: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match=r"^write & instead of and, \| instead of or, ~ instead of not"):
        written()


def test_rules_are_joined_by_their_own_signs() -> None:
    assert isinstance(signed_in & owner("user") | ~signed_in, Rule)


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        ("notfound", "conflict", "'notfound' is no kind"),
        ("Taken", "conflict", "'Taken' is no"),
        ("TAKEN", "gone", "kind='gone' is no"),
    ],
)
def test_a_refusal_of_no_kind_is_noticed_where_it_is_made(code: str, kind: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Refused(code, "No", kind=kind)  # type: ignore[arg-type]  # the mistake


def test_a_refusal_is_of_a_kind_or_has_a_code_in_capitals() -> None:
    assert Refused("not_found", "No").failure.kind == "not_found"
    assert (Refused("TAKEN_2", "No").failure.kind, Refused("TAKEN_2", "No").failure.code) == ("conflict", "TAKEN_2")


class Cup(Resource, table="cups"):
    """Something to drink from."""

    id: int = serial()
    name: str = text(min=2, max=50)

    access = Access(create=anyone, read=anyone)
    lists = Lists("id")


def test_a_row_does_not_change_by_itself() -> None:
    cup = Cup(name="Mug")
    with pytest.raises(
        AttributeError, match=r"^a row does not change by itself: write context\[Cup\]\.update\(id, name=\.\.\.\)$"
    ):
        cup.name = "Cup"
    assert cup.name == "Mug"


def test_an_operation_on_the_resource_takes_no_self() -> None:
    class Pot(Resource, table="pots"):
        """Something to cook in."""

        id: int = serial()
        access = Access(read=anyone)

        @operation(access=anyone)
        @staticmethod
        async def fill(self: "Pot", context: Context) -> None:  # noqa: PLW0211  # the mistake
            """Fill it."""

    with pytest.raises(Mistakes, match=r"Pot\.fill: it takes self and is a @staticmethod\. Leave one of them out"):
        App(Pot)
