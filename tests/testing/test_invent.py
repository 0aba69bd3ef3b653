"""What is invented: whatever a scalar's bounds are, it takes what is made for it, and rows differ where there is room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kingpost.contract.model import Field
from kingpost.contract.scalars import (
    AnyScalar,
    Boolean,
    Choice,
    Date,
    Datetime,
    Decimal,
    Email,
    Integer,
    Json,
    Password,
    Text,
    TextList,
    Uuid,
)
from kingpost.testing.invent import invented

BOUNDS = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: (min(pair), max(pair)))
SCALES = st.integers(1, 18).flatmap(lambda whole: st.tuples(st.just(whole), st.integers(0, whole)))
SCALARS: st.SearchStrategy[AnyScalar] = st.one_of(
    BOUNDS.map(lambda pair: Text(*pair)),
    st.tuples(st.integers(), st.integers()).map(lambda pair: Integer(min(pair), max(pair))),
    SCALES.map(lambda pair: Decimal(*pair)),
    st.builds(Password, min=st.integers(0, 60), lower=st.integers(0, 9), upper=st.integers(0, 9), digit=st.integers(0, 9)),
    st.sampled_from([Boolean(), Choice(("one", "two")), Date(), Datetime(), Email(), Json(), TextList(), Uuid()]),
)
NUMBERS = st.integers(1, 100_000)


@given(SCALARS, st.booleans(), NUMBERS)
def test_a_scalar_takes_what_is_invented_for_it(scalar: AnyScalar, unique: bool, number: int) -> None:
    field = Field("some_name", scalar, unique=unique)
    wire = invented("Thing", field, number)
    scalar.read(wire)
    assert wire == invented("Thing", field, number)


ROOMY: list[AnyScalar] = [Text(), Text(max=6), Text(min=30), Integer(), Date(), Datetime(), Email(), Uuid(), Decimal()]


@given(st.sampled_from(ROOMY), NUMBERS, NUMBERS)
def test_two_rows_differ_wherever_there_is_room(scalar: AnyScalar, one: int, other: int) -> None:
    values = [invented("Thing", Field("name", scalar), number) for number in (one, other)]
    assert (values[0] == values[1]) == (one == other)


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        (Field("full_name", Text()), "Full name 3"),
        (Field("user_name", Text(), unique=True), "user-name-3"),
        (Field("slug", Text(pattern="[a-z0-9-]+")), "slug-3"),
        (Field("code", Text(pattern="[a-z0-9]+")), "code3"),
        (Field("year", Text(pattern="[0-9]+")), "3"),
        (Field("hopeless", Text(pattern="x")), "Hopeless 3"),
        (Field("title", Text(max=4)), "Tit3"),
        (Field("contact", Email()), "user3@example.com"),
        (Field("size", Integer(min=1_000)), 1_002),
        (Field("cold", Integer(max=-10)), -12),
        (Field("price", Decimal(12, 2)), "3.00"),
        (Field("password", Password(min=15)), "Correct-7-Horse-Battery"),
    ],
)
def test_it_reads_well(field: Field, shown: object) -> None:
    assert invented("User", field, 3) == shown
