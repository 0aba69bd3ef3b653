"""Laws of the split of a rule: no row is read twice, and none is left out."""

from hypothesis import given
from hypothesis import strategies as st

from kingpost.contract.expr import ALWAYS, NEVER, Asker, Expression, Fixed, Test, Unless, every, holds, some
from kingpost.contract.indexes import MOST_ALTERNATIVES, alternatives, conjuncts, cover, equalities, fixed, granted, ordering
from kingpost.contract.model import Entry, Field, Grant, Index, Key, Resource
from kingpost.contract.scalars import Integer
from tests.contract.expressions import ASKERS, ROWS, RULES, Rows, reading

ORS = st.lists(RULES, min_size=2, max_size=6).map(lambda parts: some(*parts))
PINNED = Test(("user_id",), "=", Fixed(1))
POSTED = Test(("published_at",), "is set")
ROW = Resource("rows", "Row", tuple(Field(name, Integer(), optional=True) for name in ("id", "user_id", "title")), {})


@given(rule=ORS | RULES, asker=ASKERS, row=ROWS)
def test_a_row_meets_one_alternative_if_it_meets_the_rule_and_none_if_not(rule: Expression, asker: Asker, row: Rows) -> None:
    read = reading(row)
    met = [holds(each, asker, read) is True for each in alternatives(rule)]
    assert sum(met) == (holds(rule, asker, read) is True)


@given(rule=ORS | RULES)
def test_a_rule_is_split_into_few_parts_or_not_at_all(rule: Expression) -> None:
    found = alternatives(rule)
    assert len(found) <= MOST_ALTERNATIVES
    assert found == (rule,) or rule not in found or NEVER in conjuncts(rule)


def test_an_or_is_split_so_that_each_part_may_read_its_own_index() -> None:
    assert alternatives(some(PINNED, POSTED)) == (PINNED, every(POSTED, Unless(PINNED)))


@given(rule=RULES, asker=ASKERS, row=ROWS)
def test_an_index_holds_every_row_that_its_condition_was_made_for(rule: Expression, asker: Asker, row: Rows) -> None:
    read = reading(row)
    if holds(rule, asker, read) is True:
        assert all(holds(part, asker, read) is True for part in conjuncts(rule))
        assert holds(fixed(ROW, rule), asker, read) is True


def table(*indexes: Index) -> Resource:
    fields = tuple(Field(name, Integer(), name == "published_at") for name in ("id", "user_id", "published_at", "created_at"))
    return Resource("posts", "Post", fields, {}, indexes=indexes)


def index(words: str, where: Expression = ALWAYS) -> Index:
    return Index(tuple(Key(word.lstrip("-"), word.startswith("-")) for word in words.split()), where=where)


def test_an_index_serves_an_order_forwards_and_backwards_but_not_mixed() -> None:
    made = table(index("created_at id"))
    assert cover(made, ALWAYS, (Key("created_at"), Key("id"))) is made.indexes[0]
    assert cover(made, ALWAYS, (Key("created_at", True), Key("id", True))) is made.indexes[0]
    assert cover(made, ALWAYS, (Key("created_at", True), Key("id"))) is None
    assert cover(made, ALWAYS, (Key("id"),)) is None
    assert cover(made, ALWAYS, (Key("created_at"), Key("id"), Key("user_id"))) is None


def test_what_is_pinned_to_one_value_needs_no_order() -> None:
    made = table(index("user_id created_at id"))
    assert equalities(PINNED) == {"user_id"}
    assert equalities(POSTED) == equalities(Test(("user_id", "team_id"), "=", Fixed(1))) == frozenset()
    assert cover(made, PINNED, (Key("created_at"), Key("id"))) is made.indexes[0]
    assert cover(made, PINNED, (Key("user_id"), Key("created_at"), Key("id"))) is made.indexes[0]
    assert cover(made, ALWAYS, (Key("created_at"), Key("id"))) is None


def test_an_index_over_some_rows_serves_those_alone_and_is_preferred_for_them() -> None:
    made = table(index("created_at id"), index("created_at id", POSTED))
    assert cover(made, POSTED, (Key("created_at"), Key("id"))) is made.indexes[1]
    assert cover(made, ALWAYS, (Key("created_at"), Key("id"))) is made.indexes[0]
    assert cover(table(made.indexes[1]), PINNED, (Key("created_at"), Key("id"))) is None


def test_the_id_breaks_ties_in_the_direction_of_the_last_key() -> None:
    assert ordering(Entry()) == (Key("id"),)
    assert ordering(Entry(("user_id",), (Key("created_at", True),))) == (Key("created_at", True), Key("id", True))
    assert ordering(Entry((), (Key("id", True),))) == (Key("id", True),)


def test_a_field_is_granted_by_what_opens_it_alone() -> None:
    grants = (Grant(POSTED, ("title",)), Grant(PINNED))
    assert granted(grants, "anonymous") == some(POSTED, PINNED)
    assert granted(grants, "anonymous", "title") == some(POSTED, PINNED)
    assert granted(grants, "anonymous", "content") == PINNED
