"""What a request costs in steps of Python, which are the same on any machine however busy: `python -m bench.cost` prints them.

Takes the workloads of `bench.way`, gives a number for each: how many steps (opcodes) a request takes, in hundredths of what a
yardstick of plain Python takes in the same run, so that a version of Python with other opcodes changes little. What C does is
not seen: `python3 dev.py bench instructions` counts that too.
"""

import re
import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import msgspec

from bench.way import WORKLOADS, Way

REQUESTS = 20
MARGIN = 1.10
ELSEWHERE = 1.30
"""With another Python than the one that the costs were written with."""


class Costs(msgspec.Struct, frozen=True):
    """The cost of each workload, with the version of Python that they were counted with."""

    python: str
    costs: dict[str, float]


def costs() -> Costs:
    """Count every workload once it is warm."""
    way, found = Way(), {}
    yard = steps(yardstick)
    for workload in WORKLOADS:
        asked = way.requests(workload, 5 * REQUESTS)
        for answer in way.ask(asked):
            assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")), answer
        taken = steps(partial(way.ask, asked[:REQUESTS]))
        found[workload] = round(100 * taken / REQUESTS / yard, 1)
    return Costs("{}.{}".format(*sys.version_info), found)


def steps(work: Callable[[], object]) -> int:
    """Count the steps that some work takes."""
    count = 0

    def local(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "opcode"
        return local

    def trace(frame: FrameType, _event: str, _argument: Any) -> Any:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return local

    before = sys.gettrace()  # whoever measures coverage goes on where it was
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


class Word:
    """Something with attributes and methods, as most code has."""

    def __init__(self, text: str, places: list[int]) -> None:
        self.text, self.places = text, places

    def told(self, *, loud: bool = False) -> str:
        """Tell of it."""
        return f"{self.text.upper() if loud else self.text}: {len(self.places)}"


def yardstick() -> dict[str, str]:
    """Do what never changes: calls, attributes, branches, loops, dicts and texts, as they come in a request."""
    places: dict[str, list[int]] = {}
    for number, text in enumerate(re.findall(r"\w+", "a request is answered as it was asked, and an answer is what was asked")):
        places.setdefault(text, []).append(number)
    found = {}
    for word in [Word(text, at) for text, at in places.items() if text]:
        try:
            loud = word.places[1] > 0
        except IndexError:
            loud = False
        if loud and word.text not in found:
            found[word.text] = word.told(loud=loud)
        elif word.text:
            found[word.text] = word.told()
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def grown(before: Costs, now: Costs) -> list[str]:
    """Say which workloads cost too much more than they did.

    Args:
        before: What was accepted.
        now: What was counted.

    Returns:
        A line for each, with both numbers; none where all is well.
    """
    most = MARGIN if before.python == now.python else ELSEWHERE
    return [
        f"{name}: {now.costs[name]} where {was} was accepted, {now.costs[name] / was - 1:+.1%}"
        for name, was in before.costs.items()
        if now.costs[name] > was * most
    ]


if __name__ == "__main__":
    print(msgspec.json.format(msgspec.json.encode(costs()), indent=2).decode())
