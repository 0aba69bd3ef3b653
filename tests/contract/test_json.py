"""The one reader of JSON: what two readers could understand differently is not read at all (row I4)."""

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kingpost.contract.json import MOST_DEPTH, MOST_VALUES, Malformed, depth, merge, read

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ORDINARY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


@given(value=ORDINARY, escaped=st.booleans(), indent=st.sampled_from([None, 0, 3]))
def test_ordinary_json_is_read_as_python_reads_it(value: object, escaped: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=escaped, indent=indent)
    found = read(text.encode())
    assert found == json.loads(text) == value
    assert json.dumps(found) == json.dumps(value)  # 1 == 1.0 == True, but they are different values


@given(body=st.binary())
def test_any_bytes_are_read_or_malformed(body: bytes) -> None:
    try:
        value = read(body)
    except Malformed as problem:
        assert str(problem).startswith("The body ")
        return
    assert value == json.loads(body.decode())


SYNTAX = st.lists(
    st.sampled_from(["{", "}", "[", "]", '"', "\\", ",", ":", "a", "1", "-", ".", "e", "\\u0000", "\\ud800", "\\udc00", "\\\\",
                     "null", "NaN", "1e999", " ", "\n", "\0", "\ufeff", "é"]),
    max_size=30,
).map("".join)  # fmt: skip


@given(text=SYNTAX)
def test_whatever_is_read_is_what_a_strict_reader_reads(text: str) -> None:
    try:
        value = read(text.encode())
    except Malformed:
        return
    assert value == json.loads(text)
    again = json.dumps(value, ensure_ascii=False, allow_nan=False)
    assert "\0" not in str(value)
    assert again.encode()  # no half characters
    assert depth(again) <= MOST_DEPTH


def nest(levels: int, inside: str = "") -> bytes:
    return ("[" * levels + inside + "]" * levels).encode()


MALFORMED: list[tuple[bytes, str]] = [
    (b'{"a": 1, "a": 2}', "names a key twice"),
    (b'{"a": 1, "\\u0061": 2}', "names a key twice"),
    (b'[[{"b": [{"a": 1, "c": 3, "a": 1}]}]]', "names a key twice"),
    (b'{"x": {"a": {}, "a": {}}}', "names a key twice"),
    (nest(10_000), "levels deep"),
    (b"[" * 10_000, "levels deep"),
    (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "levels deep"),
    (nest(MOST_DEPTH + 1), "levels deep"),
    (b"\xef\xbb\xbf{}", "not JSON"),
    (b"\xff\xfe{\0}\0", "not UTF-8"),
    (b'"\xc0\x80"', "not UTF-8"),  # an overlong U+0000
    (b'"\xed\xa0\x80"', "not UTF-8"),  # half a character
    (b'"\xff"', "not UTF-8"),
    (b'"\xf4\x90\x80\x80"', "not UTF-8"),  # beyond the last character
    (b"NaN", "NaN"),
    (b"[Infinity]", "Infinity"),
    (b'{"a": -Infinity}', "-Infinity"),
    (b"1e999", "too large"),
    (b"[-1e999]", "too large"),
    (b"1" * 400 + b".0", "too large"),
    (b'"\\u0000"', "U+0000"),
    (b'{"\\u0000": 1}', "U+0000"),
    (b'"a\\\\\\u0000"', "U+0000"),
    (b'"\0"', "not JSON"),
    (b'"\\ud800"', "half a Unicode character"),
    (b'"\\uDFFF a"', "half a Unicode character"),
    (b'{"\\udc00\\ud800": 1}', "half a Unicode character"),
    (b"[" + b"1," * MOST_VALUES + b"1]", "more than 100000 values"),
    (b"[" + b"{}," * MOST_VALUES + b"1]", "more than 100000 values"),
    (b"", "not JSON"),
    (b" ", "not JSON"),
    (b"{} {}", "not JSON"),
    (b"{'a': 1}", "not JSON"),
    (b'{"a": 1,}', "not JSON"),
    (b"[1, // one\n 2]", "not JSON"),
    (b"01", "not JSON"),
    (b"+1", "not JSON"),
    (b".5", "not JSON"),
    (b"5.", "not JSON"),
    (b"0x10", "not JSON"),
    (b'"\t"', "not JSON"),
    (b'"\\x41"', "not JSON"),
    (b"True", "not JSON"),
    (b"\xc2\xa0 1", "not JSON"),
]


@pytest.mark.parametrize(("body", "said"), MALFORMED, ids=[ascii(body[:24]) for body, _ in MALFORMED])
def test_what_could_be_misunderstood_is_refused_in_words(body: bytes, said: str) -> None:
    with pytest.raises(Malformed) as caught:
        read(body)
    assert str(caught.value).startswith("The body ")
    assert said in str(caught.value)


def test_a_place_is_named_where_there_is_one() -> None:
    with pytest.raises(Malformed, match=r"^The body is not JSON \(line 2, column 6\)$"):
        read(b'{\n "a" 1}')


TAKEN: list[tuple[bytes, object]] = [
    (nest(MOST_DEPTH, "1"), json.loads(nest(MOST_DEPTH, "1"))),
    (b'"' + b"[" * 10_000 + b'"', "[" * 10_000),  # brackets in a text are no levels
    (b'["\\"[[[' + b"[" * 100 + b'"]', ['"[[[' + "[" * 100]),
    (b'["' + b"\\\\" * 100 + b'", [1]]', ["\\" * 100, [1]]),
    (b'"\\\\u0000"', "\\u0000"),
    (b'"\\ud83d\\ude00"', "\U0001f600"),
    (b'"\\\\ud800"', "\\ud800"),
    (b"[" + b"1," * (MOST_VALUES - 2) + b"1]", [1] * (MOST_VALUES - 1)),
    (b"9" * 4_300, int("9" * 4_300)),
    (b"1e308", 1e308),
    (b"1e-999", 0.0),
    (b"-0", 0),
    (b'"\xef\xbb\xbf"', "\ufeff"),
    (b'{"": {"a": 1}, "a": {"": 2}}', {"": {"a": 1}, "a": {"": 2}}),
    (b" \t\r\n1\n", 1),
]


@pytest.mark.parametrize(("body", "value"), TAKEN, ids=[ascii(body[:24]) for body, _ in TAKEN])
def test_what_is_unusual_but_clear_is_read(body: bytes, value: object) -> None:
    assert read(body) == value


def test_a_number_of_any_length_is_refused_without_being_reckoned() -> None:
    began = time.perf_counter()
    with pytest.raises(Malformed):
        read(b"9" * 1_000_000)
    assert time.perf_counter() - began < 1


def seconds(body: bytes) -> float:
    """Give the best of five, in time of this process, as only the machine's other work can make one slower."""
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        with suppress(Malformed):
            read(body)
        best = min(best, time.process_time() - began)
    return best


PUMPED: list[tuple[str, Any]] = [
    ("an open text after many quotes", lambda count: b'"a' * count),
    ("backslashes without an end", lambda count: b"[" * 65 + b'"' + b"\\" * count),
    ("escaped quotes", lambda count: b"[" * 65 + b'"' + b'\\"' * count + b'"'),
    ("backslashes before a NUL that is none", lambda count: b'"' + b"\\\\" * count + b'u0000"'),
    ("many backslashes in a text", lambda count: b'"' + b"\\\\" * count + b'"'),
    ("closing brackets", lambda count: b"[" * 65 + b"]" * count),
    ("texts in a list", lambda count: b"[" + b'"a",' * (count // 20) + b'""]'),
    ("keys in an object", lambda count: b"{" + b",".join(b'"%d":1' % at for at in range(count // 20)) + b"}"),
    ("escapes", lambda count: b'"' + b"\\u00e9" * count + b'"'),
    ("half characters", lambda count: b'"' + b"\\ud800" * count + b'"'),
    ("digits", lambda count: b"1" * count),
    ("digits after the point", lambda count: b"0." + b"1" * count),
]


@pytest.mark.parametrize("make", [make for _, make in PUMPED], ids=[name for name, _ in PUMPED])
def test_reading_takes_time_linear_in_the_length(make: Any) -> None:
    # I7: twenty times the length takes about twenty times as long; quadratic would be four hundred times.
    short, long = make(10_000), make(200_000)
    assert seconds(long) < 100 * max(seconds(short), 0.000_1)


@pytest.mark.parametrize(
    ("target", "patch", "merged"),
    # The examples of RFC 7396, appendix A.
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_patch_is_merged_as_the_standard_says(target: object, patch: object, merged: object) -> None:
    before = json.dumps((target, patch))
    assert merge(target, patch) == merged
    assert json.dumps((target, patch)) == before
