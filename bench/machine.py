"""What processes use of this machine, and how steady it is: read from /proc, so on Linux alone.

Takes process ids and gives processor seconds and bytes; pins what is started to a core.
"""

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench import interpreter

PROC = Path("/proc")
TICK = 1 / os.sysconf("SC_CLK_TCK")
LOOPS = 200_000


def cores() -> tuple[set[int], set[int]]:
    """Give the core for the server, and those for the load and the database: two different ones where there are two."""
    mine = sorted(os.sched_getaffinity(0))
    return {mine[0]}, {mine[1 if len(mine) > 1 else 0]}


@contextmanager
def pinned(to: set[int]) -> Iterator[None]:
    """Start on these cores whatever is started in the block."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, to)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def stat(process: int) -> list[str]:
    """Read the numbers of a process that stand behind its name (proc(5)); none where it is gone."""
    try:
        return (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def family(process: int) -> list[int]:
    """Give a process and all that it started, and they in turn."""
    parents: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit() and (numbers := stat(int(folder.name))):
            parents.setdefault(int(numbers[1]), []).append(int(folder.name))
    found = [process]
    for each in found:
        found += parents.get(each, [])
    return found


def processor(process: int) -> float:
    """Give the processor seconds that a process and its children have used; those that have ended count with their parent."""
    total = 0.0
    for each in family(process):
        numbers = stat(each)
        total += sum(map(int, numbers[13:15])) * TICK if numbers else 0.0
        with suppress(FileNotFoundError, ProcessLookupError):  # one that ends meanwhile
            for thread in (PROC / str(each) / "task").glob("*/schedstat"):
                total += int(thread.read_text().split()[0]) / 1e9  # to the nanosecond, where stat knows hundredths of a second
    return total


def memory(process: int) -> int:
    """Give the bytes of memory that a process and its children hold; what they share counts once (PSS)."""
    total = 0
    for each in family(process):
        try:
            lines = (PROC / str(each) / "smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total * 1_024


def everyone() -> float:
    """Give the processor seconds that all of this machine has used since it started."""
    user, nice, system, _, _, interrupts, soft, *_ = map(int, (PROC / "stat").read_text().split("\n", 1)[0].split()[1:])
    return (user + nice + system + interrupts + soft) * TICK


def calibrate() -> float:
    """Give the milliseconds that a fixed piece of work takes; on a calm machine, ever the same."""
    began, total = time.perf_counter(), 0
    for number in range(LOOPS):
        total += number * number
    return (time.perf_counter() - began) * 1_000


def count() -> int:
    """Give the number of cores of this machine."""
    return os.cpu_count() or 1


def described() -> dict[str, str]:
    """Say what machine this is."""
    lines = (PROC / "cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
    memory_line = (PROC / "meminfo").read_text().split("\n", 1)[0]
    return {
        "processor": f"{model}, {len(os.sched_getaffinity(0))} cores",
        "memory": f"{int(memory_line.split()[1]) // 1_048_576} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": interpreter.described(),
    }
