"""Two ways to do the same, in turns: what else the machine does falls on both."""

from collections.abc import Callable
from statistics import median
from time import perf_counter_ns

ROUNDS, TIMES = 60, 200


def compare(what: str, before: Callable[[], object], now: Callable[[], object]) -> str:
    """Say what each takes, and the ratio of the medians of interleaved rounds.

    Args:
        what: What they do.
        before: The way it was done.
        now: The way it is done.

    Returns:
        A line; the ratio is how many times as long the former way takes.
    """
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for took, work in zip(times, (before, now), strict=True):
            began = perf_counter_ns()
            for _ in range(TIMES):
                work()
            took.append((perf_counter_ns() - began) / TIMES / 1_000)
    first, second = map(median, times)
    return f"{what:44}{first:9.2f} us {second:9.2f} us {first / second:7.2f}"
