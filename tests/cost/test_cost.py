"""What a request costs in steps of Python stays what it is: counted, not timed, so that it is the same on a busy machine.

With KINGPOST_GOLDEN=write the accepted costs are written anew; what changed is then read in the difference.
"""

import os
import subprocess
import sys
from pathlib import Path

import msgspec

from bench.cost import Costs, grown, steps

ACCEPTED = Path(__file__).parent / "accepted.json"
ROOT = Path(__file__).parent.parent.parent


def counted() -> bytes:
    """Count in a process of its own, which nothing else traces: neither coverage nor a debugger."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("COVERAGE_")}
    command = [sys.executable, "-m", "bench.cost"]
    return subprocess.run(command, cwd=ROOT, env=kept, capture_output=True, check=True, timeout=100).stdout


def test_no_request_costs_a_tenth_more_than_was_accepted() -> None:
    told = counted()
    if os.environ.get("KINGPOST_GOLDEN") == "write":
        ACCEPTED.write_bytes(told)
    accepted = msgspec.json.decode(ACCEPTED.read_bytes(), type=Costs)
    found = grown(accepted, msgspec.json.decode(told, type=Costs))
    assert not found, "\n".join([*found, "If it is worth that, accept it: `python3 dev.py golden`, and say why in the commit"])


def test_what_costs_a_tenth_more_is_named_with_both_numbers() -> None:
    before = Costs("3.11", {"get by id": 100.0, "hello": 50.0})
    assert grown(before, Costs("3.11", {"get by id": 110.0, "hello": 50.0})) == []
    said = ["get by id: 111.0 where 100.0 was accepted, +11.0%"]
    assert grown(before, Costs("3.11", {"get by id": 111.0, "hello": 20.0})) == said
    assert grown(before, Costs("3.12", {"get by id": 111.0, "hello": 20.0})) == []


def test_steps_are_those_of_all_that_is_called() -> None:
    def inner() -> int:
        return sum([1, 2, 3])

    once = steps(inner)
    assert once == steps(inner) > 0
    assert steps(lambda: [inner() for _ in range(10)]) > 10 * once
