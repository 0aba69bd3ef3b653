"""Where a call stands in a trace: what W3C Trace Context says must be ignored is ignored, and what is passed on is right."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kingpost.contract.trace import MOST_MEMBERS, MOST_STATE, child, headers, names, read

WHOLE, PLACE = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{WHOLE}-{PLACE}-01"


@pytest.mark.parametrize(
    ("parent", "kept"),
    [
        (PARENT, PARENT),
        (f"00-{WHOLE}-{PLACE}-00", f"00-{WHOLE}-{PLACE}-00"),
        (f"00-{WHOLE}-{PLACE}-03", f"00-{WHOLE}-{PLACE}-03"),
        (f"00-{WHOLE}-{PLACE}-ff", f"00-{WHOLE}-{PLACE}-03"),  # flags that nobody knows are not passed on
        (f"01-{WHOLE}-{PLACE}-01", PARENT),  # a later version is read as far as this one goes
        (f"cc-{WHOLE}-{PLACE}-01-what-may-come", PARENT),
        (f"fe-{WHOLE}-{PLACE}-01-", PARENT),
    ],
)
def test_a_trace_is_read_and_passed_on_in_the_version_that_is_known(parent: str, kept: str) -> None:
    assert read(parent) == kept


@pytest.mark.parametrize(
    "parent",
    [
        "", "00", PARENT[:-1], f"{PARENT}-", f"{PARENT}-what-may-come", f"{PARENT}.", f" {PARENT}", f"{PARENT} ", f"{PARENT}\n",
        f"ff-{WHOLE}-{PLACE}-01", f"0-{WHOLE}-{PLACE}-01", f"000-{WHOLE}-{PLACE}-01", f"cc-{WHOLE}-{PLACE}-01.x",
        f"00-{'0' * 32}-{PLACE}-01", f"00-{WHOLE}-{'0' * 16}-01", f"00-{WHOLE.upper()}-{PLACE}-01",
        f"00-{WHOLE}-{PLACE.upper()}-01", f"00-{WHOLE}-{PLACE}-0A", f"0A-{WHOLE}-{PLACE}-01", f"00-{WHOLE[:-1]}-{PLACE}-01",
        f"00-{WHOLE}0-{PLACE}-01", f"00-{WHOLE}-{PLACE[:-1]}-01", f"00-{WHOLE[:-1]}g-{PLACE}-01", f"00_{WHOLE}_{PLACE}_01",
        f"00-{WHOLE}-{PLACE}-1", f"{PARENT}, {PARENT}", f"00-{WHOLE[:-1]}\u0661-{PLACE}-01",
    ],
)  # fmt: skip
def test_a_trace_that_breaks_a_rule_is_ignored_and_its_state_with_it(parent: str) -> None:
    assert read(parent) == ""
    assert read(parent, "vendor=1") == ""


@pytest.mark.parametrize(
    "state",
    [
        "vendor=1", "a=1,b=2", "a=1 , b=2", "a=1,,b=2,", "tenant@vendor=x", "0tenant@vendor=x", "a_-*/=!~ x",
        "0a=1", "a@b@c=1", f"{'k' * 256}=1", f"k={'v' * 256}", ",".join(f"k{each}=1" for each in range(MOST_MEMBERS)),
    ],
)  # fmt: skip
def test_a_state_that_keeps_to_its_grammar_is_passed_on_as_it_came(state: str) -> None:
    assert read(PARENT, state) == f"{PARENT} {state}"
    assert headers(read(PARENT, state)) == {"traceparent": PARENT, "tracestate": state}


@pytest.mark.parametrize(
    "state",
    [
        "", ",", " ", "vendor", "=1", "vendor=", "Vendor=1", "a b=1", "a=1=2", "a=1;b=2\x00", "a=\x1b[31m", "a=\u00e9",
        "a=1,a=2", "@vendor=1", f"{'k' * 257}=1", f"k={'v' * 257}", f"a={'v' * 250},b={'v' * (MOST_STATE - 250)}",
        ",".join(f"k{each}=1" for each in range(MOST_MEMBERS + 1)), "a=1\r\nx-evil: 1",
    ],
)  # fmt: skip
def test_a_state_that_breaks_a_rule_is_left_out_and_the_trace_goes_on(state: str) -> None:
    assert read(PARENT, state) == PARENT
    assert headers(PARENT) == {"traceparent": PARENT}


def test_a_child_keeps_the_trace_and_its_state_and_has_an_id_of_its_own() -> None:
    first, second = child(f"{PARENT} a=1"), child(f"{PARENT} a=1")
    for made in (first, second):
        assert re.fullmatch(rf"00-{WHOLE}-[0-9a-f]{{16}}-01 a=1", made)
        assert read(made[:55], "a=1") == made
    assert len({names(made)[1] for made in (PARENT, first, second)}) == 3
    assert names(PARENT) == (WHOLE, PLACE)
    assert headers("") == {}


@given(st.text(max_size=80), st.text(max_size=600))
def test_whatever_comes_what_is_kept_can_be_read_again_and_holds_no_line_break(parent: str, state: str) -> None:
    for trace in (read(parent, state), read(PARENT, state)):
        told = headers(trace)
        assert read(told.get("traceparent", ""), told.get("tracestate", "")) == trace
        assert trace.isascii() and (trace == "" or trace.isprintable()) and len(trace) <= 56 + MOST_STATE
