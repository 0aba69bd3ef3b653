"""Budgets by their laws: never more than was declared, and exactly as much by however many processes at once."""

import os
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kingpost.call import Allowance
from kingpost.contract import model
from kingpost.engine.limits import PROBES, SLOT, Limits, payer

SECRET = b"of the tests".ljust(32, b".")
HERE = "192.0.2.1"
QUARTER = model.Budget(100, 900)
FORKS = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # the child does nothing else


class Clock:
    """A clock in the test's hand; it shows milliseconds exactly."""

    def __init__(self) -> None:
        self.milliseconds = 1_800_000_000_123

    def __call__(self) -> float:
        return self.milliseconds / 1_000


def admitted(limits: Limits, budget: model.Budget, times: int, whose: str = "account 1") -> int:
    """Give how many of so many takes were admitted."""
    return sum(not limits.take("", whose, budget).wait for _ in range(times))


# ------------------------------------------------------------------------------------------------------------ the count

takes = st.lists(st.tuples(st.integers(0, 25_000), st.integers(1, 3)), min_size=1, max_size=80)


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 12), st.integers(1, 10), takes)
def test_a_window_admits_no_more_than_its_budget_and_any_stretch_as_long_at_most_twice_as_much(
    calls: int, per: int, steps: list[tuple[int, int]]
) -> None:
    """R2: windows follow each other from the first call on; the bound of any other stretch is that of the approximation."""
    clock, budget = Clock(), model.Budget(calls, per)
    limits = Limits(SECRET, clock, slots=16)
    taken: list[tuple[int, int]] = []
    for step, cost in steps:
        clock.milliseconds += step
        if not limits.take("", "account 1", budget, cost).wait:
            taken.append((clock.milliseconds, cost))
    for since, _ in taken:
        stretch = sum(cost for at, cost in taken if since <= at < since + per * 1_000)
        assert stretch <= 2 * calls


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 12), st.integers(1, 10), takes)
def test_the_count_is_that_of_a_plain_model(calls: int, per: int, steps: list[tuple[int, int]]) -> None:
    clock, budget = Clock(), model.Budget(calls, per)
    limits = Limits(SECRET, clock, slots=16)
    window, begun, counts = per * 1_000, 0, Counter[int]()
    for step, cost in steps:
        clock.milliseconds += step
        now = clock.milliseconds
        if not counts or now - begun >= window * (2 + max(counts)):
            begun, counts = now, Counter()
        place, passed = divmod(now - begun, window)
        left = calls - counts[place] - counts[place - 1] * (window - passed) // window
        outcome = limits.take("", "account 1", budget, cost)
        assert bool(outcome.wait) == (left < cost)
        assert outcome.allowance.remaining == max(0, left - (0 if outcome.wait else cost))
        assert (outcome.allowance.name, outcome.allowance.limit, outcome.allowance.window) == ("default", calls, per)
        if not outcome.wait:
            counts[place] += cost
            assert 0 < outcome.allowance.reset <= per
        assert counts[place] <= calls


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 12), st.integers(1, 10), takes)
def test_whoever_waits_as_long_as_told_is_admitted_and_not_much_sooner(
    calls: int, per: int, steps: list[tuple[int, int]]
) -> None:
    clock, budget = Clock(), model.Budget(calls, per)
    limits = Limits(SECRET, clock, slots=16)
    for step, cost in steps:
        clock.milliseconds += step // 10
        wait = limits.take("", "account 1", budget, cost).wait
        if wait and cost <= calls:
            assert wait <= 2 * per
            began = clock.milliseconds
            clock.milliseconds = began + (wait - 1) * 1_000
            if wait > 1:
                assert limits.take("", "account 1", budget, cost).wait == 1
            clock.milliseconds = began + wait * 1_000
            assert limits.take("", "account 1", budget, cost).wait == 0


def test_a_budget_is_there_again_bit_by_bit_after_its_window() -> None:
    clock = Clock()
    limits = Limits(SECRET, clock)
    assert limits.take("", "account 1", QUARTER).allowance == Allowance("default", 100, 900, 99, 900)
    assert admitted(limits, QUARTER, 150) == 99
    refused = limits.take("", "account 1", QUARTER)
    assert (refused.allowance, refused.wait) == (Allowance("default", 100, 900, 0, 901), 901)
    clock.milliseconds += 900_000
    assert admitted(limits, QUARTER, 10) == 0
    clock.milliseconds += 1
    assert admitted(limits, QUARTER, 10) == 1
    clock.milliseconds += 449_999
    assert admitted(limits, QUARTER, 100) == 49
    clock.milliseconds += 1_800_000
    assert admitted(limits, QUARTER, 150) == 100


def test_all_that_is_asked_is_taken_or_nothing() -> None:
    limits = Limits(SECRET, Clock())
    assert limits.take("", "account 1", QUARTER, 60).allowance.remaining == 40
    refused = limits.take("", "account 1", QUARTER, 41)
    assert (refused.allowance.remaining, refused.wait > 0) == (40, True)
    assert limits.take("", "account 1", QUARTER, 40).allowance.remaining == 0
    assert limits.take("", "account 2", QUARTER, 101).wait == 900  # more than there ever is
    assert limits.take("", "account 2", QUARTER, 100).wait == 0


def test_what_is_given_back_may_be_taken_again_and_no_more_than_that() -> None:
    clock, few = Clock(), model.Budget(2, 10)
    limits = Limits(SECRET, clock)
    limits.give_back("", "account 1", few)
    assert admitted(limits, few, 5) == 2
    limits.give_back("", "account 1", few)
    assert admitted(limits, few, 5) == 1
    clock.milliseconds += 10_000  # it was taken in the window before
    limits.give_back("", "account 1", few)
    assert admitted(limits, few, 5) == 1


def test_budgets_and_payers_are_counted_apart() -> None:
    limits, few = Limits(SECRET, Clock()), model.Budget(2, 10)
    for name in ("", "posts", "sign-in"):
        for whose in ("account 1", "account 11", "address 1", payer(HERE), payer("2001:db8::1")):
            assert [limits.take(name, whose, few).wait > 0 for _ in range(3)] == [False, False, True]
    assert limits.take("", "account 1", model.Budget(3, 10)).wait == 0


def test_an_IPv6_network_of_64_bits_is_one_client_and_an_IPv4_address_is_itself() -> None:
    assert payer("2001:db8::1") == payer("2001:db8:0:0:ffff::2") == "network 20010db800000000"
    assert payer("2001:db8:0:1::1") != payer("2001:db8::1")
    assert payer("192.0.2.1") == "address 192.0.2.1" != payer("192.0.2.2")
    assert payer("a:b") == "address a:b"


def test_a_clock_that_is_set_back_neither_frees_a_client_nor_locks_it_out_for_longer_than_its_window() -> None:
    clock, few = Clock(), model.Budget(3, 10)
    limits = Limits(SECRET, clock)
    assert admitted(limits, few, 5) == 3
    clock.milliseconds -= 5_000
    assert admitted(limits, few, 5) == 0
    clock.milliseconds -= 86_400_000
    assert admitted(limits, few, 5) == 3


# ----------------------------------------------------------------------------------------------------------- the memory


def test_the_memory_never_grows_and_a_flood_of_clients_frees_none_that_used_its_budget_up() -> None:
    limits = Limits(SECRET, Clock(), slots=64)
    spent = [f"account {number}" for number in range(3)]
    for whose in spent:
        assert admitted(limits, QUARTER, 101, whose) == 100
    for number in range(20_000):
        assert limits.take("", f"address {number}", QUARTER).wait == 0
    assert len(limits.memory) == 64 * SLOT.size == 2_048
    assert [admitted(limits, QUARTER, 1, whose) for whose in spent] == [0, 0, 0]


def test_a_client_is_found_wherever_it_was_put_as_long_as_there_is_room() -> None:
    limits = Limits(SECRET, Clock(), slots=1_024)
    names = [f"address {number}" for number in range(300)]
    for _ in range(5):
        remaining = {limits.take("", whose, QUARTER).allowance.remaining for whose in random.sample(names, len(names))}
        assert len(remaining) == 1
    assert PROBES < 1_024


def test_a_place_is_free_again_when_its_client_has_not_called_for_two_windows() -> None:
    clock = Clock()
    limits = Limits(SECRET, clock, slots=1)
    assert admitted(limits, QUARTER, 50, "account 1") == 50
    clock.milliseconds += 1_800_000
    assert limits.take("", "account 2", QUARTER).allowance.remaining == 99
    assert limits.take("", "account 2", QUARTER).allowance.remaining == 98


@FORKS
@pytest.mark.parametrize("processes", [3])
def test_processes_that_were_forked_from_one_admit_exactly_the_budget_between_them(processes: int) -> None:
    """R2: three at once, ten thousand takes each."""
    limits, budget = Limits(SECRET, Clock(), shared=True), model.Budget(20_011, 900)
    gates, results = os.pipe(), os.pipe()
    children = []
    for _ in range(processes):
        child = os.fork()
        if child == 0:
            os.read(gates[0], 1)
            os.write(results[1], admitted(limits, budget, 10_000).to_bytes(4))
            os._exit(0)
        children.append(child)
    os.write(gates[1], b"." * processes)
    statuses = [os.waitpid(child, 0)[1] for child in children]
    counts = [int.from_bytes(os.read(results[0], 4)) for _ in children]
    for end in (*gates, *results):
        os.close(end)
    assert statuses == [0] * processes
    assert sum(counts) == 20_011 and all(count > 0 for count in counts)
    assert limits.take("", "account 1", budget).wait > 0


@FORKS
def test_a_process_that_is_killed_in_its_turn_keeps_no_one_waiting() -> None:
    limits = Limits(SECRET, Clock(), shared=True)
    ready = os.pipe()
    child = os.fork()
    if child == 0:
        limits.turn.__enter__()
        os.write(ready[1], b".")
        signal_wait()
    assert os.read(ready[0], 1) == b"."
    os.kill(child, 9)
    os.waitpid(child, 0)
    for end in ready:
        os.close(end)
    assert limits.take("", "account 1", QUARTER).wait == 0


def signal_wait() -> None:
    """Wait to be killed."""
    while True:
        os.read(os.pipe()[0], 1)
