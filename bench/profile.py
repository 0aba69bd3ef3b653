"""Where the steps of a request go: counted in Python's own steps, by the part of the product that takes them.

Takes the workloads of `bench.way`, which are asked in process on SQLite; gives numbers that are the same on any machine. What C
does in a step (the parser, msgspec, the database, the kernel) is not seen.
"""

import sys
from collections import Counter
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from bench.way import Way

WORKLOADS = {"W1": "get by id", "W2": "list of 20", "W3": "create", "W5": "get by id with a token"}
PARTS = ("server", "surface", "engine", "plan", "contract", "store", "libraries")
REQUESTS, WARM = 20, 100


def parts() -> dict[str, dict[str, int]]:
    """Count the steps of a request by workload and part, most of them first."""
    way, found = Way(), {}
    for name, workload in WORKLOADS.items():
        asked = way.requests(workload, WARM)
        way.ask(asked)
        counted = steps(partial(way.ask, asked[:REQUESTS]))
        found[name] = {part: round(counted[part] / REQUESTS) for part in PARTS}
    return found


def steps(work: Any) -> Counter[str]:
    """Count the steps that some work takes, by part."""
    count: Counter[str] = Counter()

    def local(frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "opcode":
            count[part(frame.f_code.co_filename)] += 1
        return local

    def trace(frame: FrameType, _event: str, _argument: Any) -> Any:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return local

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def part(path: str) -> str:
    """Say which part of the product a file belongs to; none for what asks."""
    _, ours, rest = path.rpartition("/kingpost/")
    if ours:
        first = Path(rest).parts[0]
        return first if first in PARTS else "surface"  # the app hands requests to it
    return "" if "/bench/" in path or path.endswith("timeouts.py") else "libraries"
