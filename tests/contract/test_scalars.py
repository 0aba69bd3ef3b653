"""Laws of the scalars: what goes in comes out the same, and what is not of the kind does not go in."""

import re
import sys
import time
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Context, localcontext
from decimal import Decimal as PythonDecimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kingpost.contract.moments import moment
from kingpost.contract.scalars import (
    JOINED,
    LARGEST,
    SMALLEST,
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

KEPT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
"""Text that every database holds."""
ZONES = st.timezones() | st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(
    lambda delta: timezone(timedelta(minutes=delta // timedelta(minutes=1)))
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | KEPT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEPT, inner, max_size=4),
    max_leaves=8,
)
ANY_JSON = (
    JSON | st.text() | st.floats() | st.sampled_from(["1", "true", "", "NaN", "Infinity", "-Infinity", "1e3", "0x1", "null"])
)
DECIMAL = Decimal(12, 3)

SCALARS: dict[str, tuple[AnyScalar, st.SearchStrategy[Any], st.SearchStrategy[Any]]] = {
    # The scalar, values of the wire, and values of Python code.
    "text": (Text(), KEPT, KEPT),
    "email": (Email(), st.emails(), st.emails()),
    "integer": (Integer(), st.integers(SMALLEST, LARGEST), st.integers(SMALLEST, LARGEST)),
    "decimal": (
        DECIMAL,
        st.decimals(-999_999_999, 999_999_999, places=3).map(lambda number: format(number, "f")),
        st.decimals(-999_999_999, 999_999_999, places=3),
    ),
    "boolean": (Boolean(), st.booleans(), st.booleans()),
    "date": (Date(), st.dates().map(date.isoformat), st.dates()),
    "datetime": (
        Datetime(),
        st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=ZONES)
        .map(datetime.isoformat)
        .filter(lambda text: len(text.rpartition("+")[2]) == 5 or len(text.rpartition("-")[2]) == 5),
        st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=ZONES),
    ),
    "uuid": (Uuid(), st.uuids().map(str) | st.uuids().map(lambda value: str(value).upper()), st.uuids()),
    "json": (Json(), JSON, JSON),
    "choice": (Choice(("draft", "public", "ö")), st.sampled_from(["draft", "public", "ö"]), st.sampled_from(["draft", "ö"])),
    "text_list": (TextList(), st.lists(KEPT, max_size=5), st.lists(KEPT, max_size=5)),
}
WRITTEN = list(SCALARS)


@pytest.mark.parametrize("name", WRITTEN)
@given(data=st.data())
def test_a_wire_value_is_stored_as_text_or_a_number_and_comes_back(name: str, data: st.DataObject) -> None:
    scalar, wires, _ = SCALARS[name]
    stored = scalar.read(data.draw(wires))
    assert type(stored) in (str, int)  # a bool is an int to isinstance, and no database would say so
    wire = scalar.write(stored)
    assert scalar.read(wire) == stored
    # What is written survives real JSON.
    assert scalar.read(msgspec.json.decode(msgspec.json.encode(wire))) == stored


@pytest.mark.parametrize("name", WRITTEN)
@given(data=st.data())
def test_a_stored_value_becomes_a_python_value_and_comes_back(name: str, data: st.DataObject) -> None:
    scalar, _, values = SCALARS[name]
    value = data.draw(values)
    stored = scalar.store(value)
    assert type(stored) in (str, int)
    assert scalar.store(scalar.python(stored)) == stored
    if name not in ("email", "json"):  # an address is put into NFC, and JSON has one kind of list
        # A clock time that a change of the clocks left out equals nothing until it is in UTC.
        assert scalar.python(stored) == (value.astimezone(UTC) if isinstance(value, datetime) else value)


@pytest.mark.parametrize("name", WRITTEN)
def test_nothing_is_written_as_nothing(name: str) -> None:
    scalar = SCALARS[name][0]
    assert scalar.write(None) is None
    assert scalar.python(None) is None


@pytest.mark.parametrize("name", [name for name in WRITTEN if name not in ("json", "text_list")])
@given(data=st.data())
def test_the_text_of_a_query_is_read_as_the_wire_is(name: str, data: st.DataObject) -> None:
    scalar, wires, _ = SCALARS[name]
    stored = scalar.read(data.draw(wires))
    wire = scalar.write(stored)
    text = wire if isinstance(wire, str) else msgspec.json.encode(wire).decode()
    assert scalar.parse(text) == stored


@pytest.mark.parametrize("name", ["json", "text_list"])
@given(text=st.text())
def test_what_has_no_order_is_never_compared(name: str, text: str) -> None:
    with pytest.raises(Invalid, match="can not be compared"):
        SCALARS[name][0].parse(text)


TAKES: dict[str, type | tuple[type, ...]] = {
    "text": str, "email": str, "integer": int, "decimal": str, "boolean": bool, "date": str, "datetime": str, "uuid": str,
    "json": object, "choice": str, "text_list": list,
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
@given(wire=ANY_JSON)
@example(wire="1")
@example(wire=True)
@example(wire=1)
@example(wire=1.0)
@example(wire=float("nan"))
def test_any_json_is_taken_or_refused_and_taken_only_in_its_own_type(name: str, wire: object) -> None:
    """I10: types are strict; I4: nothing but `Invalid` comes out of a bad value."""
    scalar = SCALARS[name][0]
    try:
        stored = scalar.read(wire)
    except Invalid as problem:
        assert re.match(r"(Must|Invalid) ", str(problem))
        return
    assert isinstance(wire, TAKES[name])
    assert not (isinstance(wire, bool) and name == "integer")
    assert type(stored) in (str, int)
    assert scalar.read(scalar.write(stored)) == stored


@pytest.mark.parametrize("name", [*WRITTEN, "password"])
@given(value=ANY_JSON | st.dates() | st.datetimes() | st.datetimes(timezones=ZONES) | st.decimals() | st.uuids() | st.binary())
@example(value=PythonDecimal("1e999999999999"))
@example(value=PythonDecimal("sNaN"))
@example(value=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))))
@example(value=datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-1))))
def test_any_python_value_is_stored_or_refused(name: str, value: object) -> None:
    scalar = Password() if name == "password" else SCALARS[name][0]
    try:
        stored = scalar.store(value)
    except Invalid:
        return
    assert type(stored) in (str, int)


REFUSED: list[tuple[AnyScalar, list[object]]] = [
    (Integer(), ["1", True, False, 1.0, 1.5, None, [1], LARGEST + 1, SMALLEST - 1]),
    (Integer(1, 3), [0, 4]),
    (
        Decimal(),
        ["NaN", "Infinity", "-Infinity", "sNaN", "1e3", "1.", ".5", "+1", "01", "1,5", "1_0", " 1", "\u0661", 1, 1.5, True],
    ),
    (Decimal(5, 2), ["1000", "-1000.00", "1.234", "0.001"]),
    (Boolean(), [0, 1, "true", "false", None, 1.0]),
    (Date(), ["2026-1-1", "2026-02-29", "20260101", "2026-01-01T00:00:00Z", "٢٠٢٦-01-01", "2026-W01-1", 20260101]),
    (
        Datetime(),
        [
            "2026-01-31T10:30:00",  # no zone
            "2026-01-31 10:30:00Z",
            "2026-01-31T10:30Z",
            "2026-01-31",
            "2026-01-31T10:30:00.1234567Z",
            "2026-01-31T10:30:60Z",
            "2026-01-31T24:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-01-31T10:30:00+24:00",
            "2026-01-31T10:30:00+0100",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            1_769_855_400,
        ],
    ),
    (
        Uuid(),
        [
            "01890a5dac96774bbcceb302099a8057",
            "{01890a5d-ac96-774b-bcce-b302099a8057}",
            "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057",
            "01890a5d-ac96-774b-bcce-b302099a805g",
            "01890a5d-ac96-774b-bcceb-302099a8057",
            1,
        ],
    ),
    (Text(min=1, max=3), ["", "abcd", "a\0", "\ud800", 1, None, ["a"]]),
    (Choice(("a", "b")), ["c", "A", "", "a ", 1, None, ["a"]]),
    (TextList(max=2, each=3), [["a", "b", "c"], ["abcd"], ["a", 1], [None], "ab", {"a": 1}, ["\0"], ["\udfff"], None]),
    (Json(max=10), ["x" * 9, {"a": "\ud800"}, ["\udc00"]]),
]


@pytest.mark.parametrize(("scalar", "wire"), [(scalar, wire) for scalar, wires in REFUSED for wire in wires], ids=ascii)
def test_what_is_not_of_the_kind_is_refused(scalar: AnyScalar, wire: object) -> None:
    with pytest.raises(Invalid):
        scalar.read(wire)


@pytest.mark.parametrize(
    "text", ["1.0", "1e3", " 1", "+1", "01", "\u0661", "", "-", "--1", "1_000", "0x1", "9" * 19, "9" * 5_000]
)
def test_an_integer_in_a_query_has_one_spelling(text: str) -> None:
    with pytest.raises(Invalid):
        Integer().parse(text)


@pytest.mark.parametrize("text", ["True", "1", "0", "yes", "", "TRUE", "false "])
def test_a_boolean_in_a_query_is_true_or_false(text: str) -> None:
    with pytest.raises(Invalid):
        Boolean().parse(text)


@given(value=st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=ZONES))
def test_a_moment_is_written_in_utc_with_microseconds_and_z_always(value: datetime) -> None:
    wire = Datetime().write(Datetime().store(value))
    assert isinstance(wire, str)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", wire)
    assert datetime.fromisoformat(wire) == value.astimezone(UTC)


@given(one=st.datetimes(timezones=st.just(UTC)), two=st.datetimes(timezones=st.just(UTC)))
def test_moments_are_stored_in_their_order(one: datetime, two: datetime) -> None:
    first, second = Datetime().store(one), Datetime().store(two)
    assert isinstance(first, int)
    assert isinstance(second, int)
    assert (first < second) is (one < two)
    assert moment(first) == one


@given(one=st.dates(), two=st.dates())
def test_days_are_stored_in_their_order(one: date, two: date) -> None:
    assert (str(Date().store(one)) < str(Date().store(two))) is (one < two)


@given(number=st.decimals(allow_nan=False, allow_infinity=False))
@example(number=PythonDecimal("1234567890123456.000000000000000001"))
@example(number=PythonDecimal("0." + "1" * 60))
@example(number=PythonDecimal("0E+999999999"))
def test_a_decimal_is_kept_exactly_or_not_at_all(number: PythonDecimal) -> None:
    try:
        stored = Decimal().store(number)
    except Invalid:
        return
    assert Decimal().python(stored) == number
    assert abs(int(stored or 0)) < 10**18


@given(number=st.decimals(-(10**15), 10**15, places=2))
def test_a_decimal_does_not_depend_on_the_context_that_user_code_set(number: PythonDecimal) -> None:
    with localcontext(Context(prec=2)):
        stored = Decimal().store(number)
        assert Decimal().python(stored) == number
        assert Decimal().write(stored) == format(number if number else abs(number), "f")


@given(scale=st.integers(0, 18), extra=st.integers(0, 18), data=st.data())
def test_every_decimal_that_its_precision_and_scale_allow_fits_64_bits(scale: int, extra: int, data: st.DataObject) -> None:
    scalar = Decimal(max(1, min(18, scale + extra)), scale if scale else 0)
    unscaled = data.draw(st.integers(-(10**scalar.precision) + 1, 10**scalar.precision - 1))
    wire = scalar.write(unscaled)
    assert scalar.read(wire) == unscaled
    assert SMALLEST <= unscaled <= LARGEST


@given(value=JSON)
def test_json_is_stored_in_one_spelling(value: object) -> None:
    stored = Json().store(value)
    assert isinstance(stored, str)
    assert Json().python(stored) == value
    assert Json().store(msgspec.json.decode(msgspec.json.encode(value))) == stored
    if isinstance(value, dict):
        assert Json().store(dict(reversed(value.items()))) == stored


@given(value=st.uuids())
def test_a_uuid_is_stored_in_lower_case(value: UUID) -> None:
    assert Uuid().read(str(value).upper()) == str(value) == Uuid().write(Uuid().store(value))


def test_a_password_is_never_written() -> None:
    with pytest.raises(AssertionError):
        Password().write("hash")


def test_a_password_says_everything_it_lacks_at_once() -> None:
    policy = Password(min=8, lower=1, upper=1, digit=2)
    with pytest.raises(Invalid) as caught:
        policy.read("!")
    lacks = "at least 8 characters, at least 1 lower-case letter, at least 1 upper-case letter and at least 2 digits"
    assert str(caught.value) == f"Must have {lacks}"
    with pytest.raises(Invalid, match=r"^Must have at least 1 upper-case letter$"):
        policy.read("longenough12")
    assert policy.read("Longenough12") == "Longenough12"


def test_a_password_is_one_in_every_unicode_form_and_has_a_largest_size_in_bytes() -> None:
    # A4: normalised once; A1: 1,024 bytes at most, and an accepted one is never cut.
    composed, decomposed = "p\u00e4ssw\u00f6rd is long", "pa\u0308sswo\u0308rd is long"
    assert Password().read(composed) == Password().read(decomposed) == composed
    assert Password().read("ä" * 512) == "ä" * 512
    with pytest.raises(Invalid, match="at most 1024 bytes"):
        Password().read("ä" * 512 + "a")
    with pytest.raises(Invalid, match="at least 15 characters"):
        Password().read("a" * 14)
    for wrong in (None, 1, ["a" * 20], "a" * 20 + "\0", "a" * 20 + "\ud800"):
        with pytest.raises(Invalid):
            Password().read(wrong)


def test_no_text_is_so_long_that_it_takes_long_to_refuse() -> None:
    """Marks out of order are sorted in a time that grows with the square of their number: these would take minutes."""
    marks = "\u0301" * 250_000 + "\u0327" * 250_000
    for scalar, message in ((Password(), "Must have at most 1024 bytes"), (Email(), "Invalid email format")):
        began = time.process_time()
        with pytest.raises(Invalid, match=message):
            scalar.read(f"a{marks}@example.com")
        assert time.process_time() - began < 1


def test_what_is_cut_off_for_its_length_would_have_been_refused() -> None:
    decomposed = max((len(unicodedata.normalize("NFD", chr(code))) for code in range(sys.maxunicode + 1)), default=0)
    assert decomposed == JOINED
    longest = "\u1f82" * 341  # 1,023 bytes of characters that can each be written as four
    assert Password().read(unicodedata.normalize("NFD", longest)) == longest
    with pytest.raises(Invalid, match="at most 1024 bytes"):
        Password().read("a" * (JOINED * 1_024 + 1))


@given(text=KEPT, least=st.integers(0, 6), spare=st.integers(0, 6))
def test_text_is_measured_in_code_points(text: str, least: int, spare: int) -> None:
    scalar = Text(min=least, max=least + spare)
    if least <= len(text) <= least + spare:
        assert scalar.read(text) == text
    else:
        with pytest.raises(Invalid, match=r"Must have at (least|most) \d+ characters?$"):
            scalar.read(text)
