"""What a schema says of a value is what is enforced: neither takes what the other refuses."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # the library brings no types

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
    Invalid,
    Json,
    Password,
    Text,
    TextList,
    Uuid,
)
from kingpost.surface.rest.document.samples import sample
from kingpost.surface.rest.document.schemas import schema

SCALARS: list[AnyScalar] = [
    Text(), Text(min=2, max=5), Integer(), Integer(min=-1, max=3), Decimal(), Decimal(precision=5, scale=0),
    Decimal(precision=4, scale=4), Decimal(precision=18, scale=18), Decimal(precision=3, scale=1), Boolean(), Date(),
    Datetime(), Uuid(), Choice(options=("oil", "ink")), TextList(max=2, each=3),
]  # fmt: skip
IN_WORDS: list[AnyScalar] = [Email(), Json(), Password(), Password(min=8, lower=2, upper=30, digit=1), Email(max=20)]
"""The scalars of which a schema can not say everything: it takes all that is enforced to be taken, and perhaps more."""

digits = st.text("0123456789-.+e ", max_size=24)
numbers = st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", fullmatch=True)
moments = st.from_regex(
    r"[0-9]{4}-[01][0-9]-[0-3][0-9]([Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,7})?([Zz]|[+-][0-2][0-9]:[0-9]{2})?)?",
    fullmatch=True,
)
identities = st.uuids().map(str) | st.uuids().map(lambda each: str(each).upper()) | st.uuids().map(lambda each: each.hex)
texts = st.text(max_size=8) | st.sampled_from(["oil", "ink", "Oil", "a\0", "\0", "", "a\n", "éé", "😀😀"])
values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.integers(-(2**64), 2**64) | st.floats(allow_nan=False)
    | texts | digits | numbers | moments | identities,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


def fits(found: dict[str, Any], value: object) -> bool:
    """Whether a value is one that a schema takes."""
    checker = Draft202012Validator(found, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return bool(checker.is_valid(value))


def taken(field: Field, value: object) -> bool:
    """Whether a value is one that is taken as the input of a field."""
    if value is None:
        return field.optional
    try:
        field.scalar.read(value)
    except Invalid:
        return False
    return True


@pytest.mark.parametrize("optional", [True, False], ids=["optional", "required"])
@pytest.mark.parametrize("scalar", SCALARS, ids=repr)
@example(value="2026-01-31T10:30:60Z")
@example(value="2026-01-31t10:30:00.123456z")
@example(value="2026-01-31T24:00:00Z")
@example(value="2026-01-31T10:60:00Z")
@example(value="2026-01-31T10:30:00-00:60")
@example(value="2026-01-31T10:30:00+23:59")
@example(value="2026-01-31T10:30:00+24:00")
@example(value="20260131")
@example(value="-0.500000000000000000")
@example(value="12.50000000000000000000")
@example(value="0000-01-01")
@given(value=values)
def test_what_fits_the_schema_is_taken_and_nothing_else(scalar: AnyScalar, optional: bool, value: object) -> None:
    if isinstance(value, float) and value.is_integer():
        return  # JSON Schema takes 1.0 for a whole number, and no writer of JSON writes one so
    if isinstance(value, str) and value[:10] in ("0001-01-01", "9999-12-31"):
        return  # a schema can not say that a zone moves a moment out of the years that there are
    field = Field("field", scalar, optional)
    assert fits(schema(field, written=True), value) == taken(field, value)


@pytest.mark.parametrize("scalar", IN_WORDS, ids=repr)
@example(value="ada@example.com")
@given(value=values)
def test_what_is_taken_fits_the_schema(scalar: AnyScalar, value: object) -> None:
    field = Field("field", scalar)
    assert not taken(field, value) or fits(schema(field, written=True), value)


@pytest.mark.parametrize("scalar", SCALARS + IN_WORDS, ids=repr)
def test_an_example_is_taken_and_what_is_answered_for_it_fits(scalar: AnyScalar) -> None:
    field = Field("field", scalar)
    shown = sample(field)
    assert taken(field, shown) and fits(schema(field, written=True), shown)
    if not isinstance(scalar, Password):
        assert fits(schema(field), scalar.write(scalar.read(shown)))
