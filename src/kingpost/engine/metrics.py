"""The numbers of a running backend, as Prometheus reads them.

Takes the engine, gives text in the exposition format, version 0.0.4. Stands on the engine.
"""

import asyncio
import os
import platform
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from typing import Any

from kingpost.engine.engine import Engine
from kingpost.engine.meter import BOUNDS, Meter
from kingpost.plan.memo import Memo

Sample = tuple[str, float]


async def metrics(engine: Engine, version: str) -> str:
    """Write down every number as it is now.

    Args:
        engine: Whose.
        version: The version of this package.

    Returns:
        The text; its last line is whole, as the format asks.
    """
    late = await lag()
    parts = [*calls(engine.meter), *inside(engine), *process(engine)]
    parts.append(family("kingpost_event_loop_lag_seconds", "gauge", "How late the event loop is just now", [("", late)]))
    told = {"version": version, "python": platform.python_version(), "contract": engine.contract.fingerprint}
    parts.append(family("kingpost_info", "gauge", "What is running", [(labels(**told), 1)]))
    return "".join(parts)


def family(name: str, kind: str, about: str, samples: Iterable[Sample]) -> str:
    """Write one family of numbers: what it is, then each sample, of which the first part is what follows the name."""
    lines = (f"{name}{mark} {number!r}\n" for mark, number in samples)
    return "".join((f"# HELP {name} {about}\n# TYPE {name} {kind}\n", *lines))


def labels(**words: str) -> str:
    """Write the labels of a sample; a word of ours holds nothing that would need an escape, and others are not labels."""
    pairs = ",".join([f'{name}="{word}"' for name, word in words.items()])
    return f"{{{pairs}}}"


def calls(meter: Meter) -> Iterator[str]:
    """Write what was asked and how long it took."""
    outcomes = [(labels(operation=name, outcome=each), count) for (name, each), count in sorted(meter.outcomes.items())]
    yield family("kingpost_calls_total", "counter", "Calls by operation and outcome", outcomes)
    about = "How long calls took, from the engine's door to their result"
    yield family("kingpost_call_seconds", "histogram", about, durations(meter))
    responses = [(labels(surface=name, status=str(each)), count) for (name, each), count in sorted(meter.responses.items())]
    yield family("kingpost_responses_total", "counter", "Responses by surface and status, calls or not", responses)


def durations(meter: Meter) -> Iterator[Sample]:
    """Give the histogram of each operation that was asked for."""
    for name, counts in meter.times.items():
        upward = list(accumulate(counts))
        if upward[-1]:
            for bound, count in zip((*map(str, BOUNDS), "+Inf"), upward, strict=True):
                yield f"_bucket{labels(operation=name, le=bound)}", count
            yield f"_sum{labels(operation=name)}", meter.spent[name]
            yield f"_count{labels(operation=name)}", upward[-1]


def inside(engine: Engine) -> Iterator[str]:
    """Write what the store, the memos and the passwords have to do."""
    load = engine.database.load()
    yield family("kingpost_store_statements_total", "counter", "Statements the store was asked", [("", load.statements)])
    yield family("kingpost_store_writes_waiting", "gauge", "Who waits to write, or for a connection", [("", load.waiting)])
    connections = [(labels(state="in_use"), load.busy), (labels(state="available"), load.connections - load.busy)]
    yield family("kingpost_store_connections", "gauge", "Connections to the store", connections)
    replica = engine.database.replica
    if replica is not None:
        reads = [(labels(outcome="ok"), replica.reads), (labels(outcome="failed"), replica.failures)]
        about = "Reads of the replica; those that failed were then done by the primary"
        yield family("kingpost_store_replica_reads_total", "counter", about, reads)
        yield family("kingpost_store_replica_lag_seconds", "gauge", "How old at most is what it shows", [("", replica.lag)])
    memos: dict[str, Memo[Any, Any]] = {"plans": engine.plans, "tokens": engine.identity.believed}
    sizes = [(labels(memo=name), len(memo.kept)) for name, memo in memos.items()]
    yield family("kingpost_memo_size", "gauge", "What is kept for the next time", sizes)
    found = [(labels(memo=name), memo.hits) for name, memo in memos.items()]
    yield family("kingpost_memo_hits_total", "counter", "What was found kept", found)
    made = [(labels(memo=name), memo.misses) for name, memo in memos.items()]
    yield family("kingpost_memo_misses_total", "counter", "What had to be made", made)
    passwords = engine.identity.passwords
    yield family(
        "kingpost_passwords_under_way", "gauge", "Passwords that are hashed or wait for it", [("", passwords.under_way)]
    )
    yield family("kingpost_passwords_most", "gauge", "How many passwords may be under way", [("", passwords.most)])


def process(engine: Engine) -> Iterator[str]:
    """Write what this process takes of its machine; what the machine does not tell is left out."""
    yield family("process_cpu_seconds_total", "counter", "Time on a processor", [("", time.process_time())])
    yield family("process_start_time_seconds", "gauge", "When it began, since 1970", [("", engine.began)])
    with suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        yield family("process_resident_memory_bytes", "gauge", "Memory in use", [("", pages * os.sysconf("SC_PAGE_SIZE"))])
        files = len(list(Path("/proc/self/fd").iterdir())) - 1  # to look at them opens one more
        yield family("process_open_fds", "gauge", "Open files and sockets", [("", files)])


async def lag() -> float:
    """Give how long whoever is due now waits for the event loop, in seconds: its turn comes once all that is due was done."""
    began = time.perf_counter()
    await asyncio.sleep(0)
    return time.perf_counter() - began
