"""What was measured, as it is kept in `results.json`: every run of every round, and how runs are put together.

Gives medians and ranges over rounds. Ratios are taken within a round, between runs that stand close together in time.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median

import msgspec

PATH = Path(__file__).resolve().parent / "results.json"


class Run(msgspec.Struct, frozen=True):
    """One server under one workload in one round: as fast as it answers, and then at 60 % of that.

    `server` and `database` are microseconds of processor time a request; `times` are the milliseconds within which 50, 95 and
    99 of 100 answers came, `steady` is the fixed rate. `load` is the part of its core that our own load used, `others` the part
    of the machine that went to processes that are none of ours. `late` is by how many milliseconds a request at the fixed rate
    was at worst sent too late, and `calibration` how many a fixed piece of work took.
    """

    rate: float
    server: float
    database: float
    times: tuple[float, ...]
    load: float
    others: float
    steady_rate: float
    steady_times: tuple[float, ...]
    late: float
    calibration: float


class Stay(msgspec.Struct, frozen=True):
    """What was seen of a server in one round: seconds until it answered, and bytes of memory then and at the end."""

    start: float
    before: int
    after: int


class Results(msgspec.Struct, frozen=True):
    """All of a measurement; runs stand by candidate, workload and round, steps of Python by workload and part of Kingpost."""

    date: str
    machine: dict[str, str]
    rounds: int
    seconds: float
    connections: int
    versions: dict[str, str]
    runs: dict[str, dict[str, list[Run]]]
    stays: dict[str, list[Stay]]
    profile: dict[str, dict[str, int]] = {}


class Spread(msgspec.Struct, frozen=True):
    """The median of some numbers, and the least and the greatest of them."""

    middle: float
    least: float
    most: float


def read(path: Path = PATH) -> Results:
    """Read what was measured."""
    return msgspec.json.decode(path.read_bytes(), type=Results)


def write(results: Results, path: Path = PATH) -> None:
    """Keep what was measured, in digits that mean something."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(rounded(msgspec.to_builtins(results))), indent=1) + b"\n")


def rounded(value: object) -> object:
    """Give a value with its fractions in four digits after the point."""
    match value:
        case float():
            return round(value, 4)
        case dict():
            return {name: rounded(each) for name, each in value.items()}
        case list():
            return [rounded(each) for each in value]
        case _:
            return value


def spread(numbers: Iterable[float]) -> Spread:
    """Put numbers together."""
    found = list(numbers)
    return Spread(median(found), min(found), max(found))


def of(results: Results, candidate: str, workload: str, number: Callable[[Run], float]) -> Spread | None:
    """Give one number of all runs of a candidate under a workload; None where it was not measured."""
    runs = results.runs.get(candidate, {}).get(workload, [])
    return spread(map(number, runs)) if runs else None


def ratio(results: Results, candidate: str, ours: str, workload: str) -> Spread | None:
    """Give how many times the processor time of ours a candidate takes, round by round; None where either is missing."""
    theirs, own = (results.runs.get(name, {}).get(workload, []) for name in (candidate, ours))
    pairs = list(zip(theirs, own, strict=False))
    return spread(one.server / other.server for one, other in pairs) if pairs else None
