"""Laws of rules: what is decided early is decided rightly, and the logic is SQL's."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kingpost.contract.expr import (
    ALWAYS,
    NEVER,
    STANDINGS,
    Asker,
    Caller,
    Constant,
    Every,
    Expression,
    Fixed,
    Hole,
    Operator,
    Role,
    Some,
    Test,
    Unless,
    beyond,
    every,
    holds,
    negate,
    residual,
    some,
    standing,
    unless,
    words,
)
from kingpost.contract.expr import tests as comparisons_in  # pytest would take its own name for a test
from tests.contract.expressions import ASKERS, MADE, ROWS, RULES, Rows, both, either, reading, turned

MINE = Test(("user_id",), "=", Caller())
PUBLIC = Test(("published_at",), "is set")


@given(rule=RULES, asker=ASKERS, row=ROWS)
def test_what_a_standing_leaves_of_a_rule_lets_through_whom_the_rule_lets_through(
    rule: Expression, asker: Asker, row: Rows
) -> None:
    read = reading(row)
    left = residual(rule, standing(asker))
    assert (holds(left, asker, read) is True) is (holds(rule, asker, read) is True)


@given(rule=RULES)
def test_what_is_left_of_a_rule_asks_no_role_and_nobody_is_asked_for_an_id(rule: Expression) -> None:
    def roles(expression: Expression) -> bool:
        match expression:
            case Role():
                return True
            case Every(parts) | Some(parts):
                return any(map(roles, parts))
            case Unless(part):
                return roles(part)
        return False

    for of in STANDINGS:
        left = residual(rule, of)
        assert not roles(left)
        if of == "anonymous":
            assert not any(isinstance(test.value, Caller) for test in comparisons_in(left))
        assert residual(left, of) == left


@given(rule=RULES, asker=ASKERS, row=ROWS)
def test_the_opposite_of_a_rule_is_its_opposite_and_what_is_unknown_stays_unknown(
    rule: Expression, asker: Asker, row: Rows
) -> None:
    read = reading(row)
    assert holds(negate(rule), asker, read) is turned(holds(rule, asker, read))


@given(rule=RULES, asker=ASKERS, row=ROWS)
def test_unless_holds_exactly_where_the_rule_does_not(rule: Expression, asker: Asker, row: Rows) -> None:
    read = reading(row)
    assert holds(unless(rule), asker, read) is (holds(rule, asker, read) is not True)


@given(parts=st.lists(RULES, max_size=5), asker=ASKERS, row=ROWS)
def test_every_and_some_are_the_and_and_the_or_of_sql(parts: list[Expression], asker: Asker, row: Rows) -> None:
    read = reading(row)
    answers = [holds(part, asker, read) for part in parts]
    true: bool | None = True
    false: bool | None = False
    assert holds(every(*parts), asker, read) is reduce(both, answers, true)
    assert holds(some(*parts), asker, read) is reduce(either, answers, false)
    assert holds(Every(tuple(parts)), asker, read) is reduce(both, answers, true)
    assert holds(Some(tuple(parts)), asker, read) is reduce(either, answers, false)


@given(parts=st.lists(MADE, max_size=5))
def test_every_and_some_are_flat_without_repeats_and_decided_where_they_can_be(parts: list[Expression]) -> None:
    for join, kind, decided in ((every, Every, NEVER), (some, Some, ALWAYS)):
        made = join(*parts)
        assert join(made) == made
        assert join(*parts, *parts) == made
        assert join(*parts, decided) == decided
        if isinstance(made, kind) and made not in parts:
            assert len(made.parts) == len(set(made.parts)) > 1
            assert not any(isinstance(part, Constant) for part in made.parts)


@given(rule=RULES, asker=ASKERS, row=ROWS)
def test_a_rule_asked_beyond_a_link_holds_as_it_does_there(rule: Expression, asker: Asker, row: Rows) -> None:
    there = {("post_id", *path): value for path, value in row.items()}
    assert holds(beyond("post_id", rule), asker, reading(there)) is holds(rule, asker, reading(row))
    assert [test.path for test in comparisons_in(beyond("post_id", rule))] == [
        ("post_id", *test.path) for test in comparisons_in(rule)
    ]


ORDER: list[tuple[Operator, list[bool]]] = [
    # the answers for 1 and 2, 2 and 2, 3 and 2
    ("=", [False, True, False]),
    ("!=", [True, False, True]),
    ("<", [True, False, False]),
    ("<=", [True, True, False]),
    (">", [False, False, True]),
    (">=", [False, True, True]),
]


@pytest.mark.parametrize(("operator", "answers"), ORDER)
def test_values_are_compared_as_in_sql(operator: Operator, answers: list[bool]) -> None:
    test = Test(("a",), operator, Fixed(2))
    assert [holds(test, Asker(), lambda _, left=left: left) for left in (1, 2, 3)] == answers  # type: ignore[misc]  # a lambda's default has no type
    assert holds(test, Asker(), lambda _: None) is None
    assert holds(Test(("a",), operator, Fixed(None)), Asker(), lambda _: 2) is None
    assert holds(Test(("a",), operator, Caller()), Asker(), lambda _: 2) is None
    assert holds(Test(("a",), operator, Caller()), Asker(2, True), lambda _: 2) is answers[1]


def test_text_is_ordered_by_code_point_as_utf_8_bytes_are() -> None:
    # UTF-16 would order these two the other way round.
    test = Test(("a",), "<", Fixed("\U0001f600"))
    assert holds(test, Asker(), lambda _: "\uffff") is True
    assert "\uffff".encode() < "\U0001f600".encode()


def test_among_is_unknown_for_nothing_alone() -> None:
    among = Test(("a",), "in", Fixed((1, 2)))
    assert [holds(among, Asker(), lambda _: 1), holds(among, Asker(), lambda _: 3)] == [True, False]
    assert holds(among, Asker(), lambda _: None) is None
    assert holds(negate(among), Asker(), lambda _: 3) is True
    assert holds(negate(among), Asker(), lambda _: None) is None


def test_nothing_is_among_none_not_even_what_is_unknown() -> None:
    none = Test(("a",), "in", Fixed(()))
    for left in (1, None):
        assert holds(none, Asker(), lambda _, left=left: left) is False  # type: ignore[misc]  # a lambda's default has no type
        assert holds(negate(none), Asker(), lambda _, left=left: left) is True  # type: ignore[misc]  # a lambda's default has no type
    assert residual(none, "anonymous") == NEVER
    assert residual(negate(none), "anonymous") == ALWAYS


def test_a_value_that_comes_with_a_call_can_not_be_guessed() -> None:
    with pytest.raises(ValueError, match="the value of title is not known here"):
        holds(Test(("title",), "=", Hole("title")), Asker(), lambda _: "a")


def test_who_asks_stands_as_nobody_as_someone_or_as_an_admin() -> None:
    # Z11: nobody is no admin by accident.
    assert standing(Asker()) == "anonymous"
    assert standing(Asker(1, True)) == "signed_in"
    assert standing(Asker(1, True, True)) == "admin"
    rule = some(MINE, Role("admin"))
    assert residual(rule, "anonymous") == NEVER
    assert residual(rule, "signed_in") == MINE
    assert residual(rule, "admin") == ALWAYS
    assert residual(Role("signed_in"), "admin") == ALWAYS


def test_a_role_is_turned_round_as_a_whole() -> None:
    assert negate(Role("admin")) == Unless(Role("admin"))
    assert negate(every(Role("admin"), MINE)) == some(Unless(Role("admin")), Test(("user_id",), "!=", Caller()))
    assert unless(ALWAYS) == NEVER


def test_a_rule_can_be_read() -> None:
    said = {
        words(ALWAYS): "anyone",
        words(NEVER): "no one",
        words(Role("signed_in")): "signed in",
        words(MINE): "user_id = caller",
        words(PUBLIC): "published_at is set",
        words(Test(("post_id", "title"), "!=", Fixed("a"))): "post_id.title != 'a'",
        words(Test(("a",), "in", Fixed((1, 2)))): "a in (1, 2)",
        words(Test(("a",), "=", Hole("a"))): "a = :a",
        words(Some((MINE, Every((PUBLIC, Role("admin")))))): "user_id = caller or (published_at is set and admin)",
        words(Every((MINE, Some((PUBLIC, Role("admin")))))): "user_id = caller and (published_at is set or admin)",
        words(Unless(MINE)): "not (user_id = caller)",
    }
    assert {one: two for one, two in said.items() if one != two} == {}


@given(rule=RULES)
def test_every_rule_has_words(rule: Expression) -> None:
    assert words(rule)
    assert words(rule) == words(rule).strip()
