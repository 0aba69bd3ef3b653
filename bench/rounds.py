"""Measures candidates in rounds: all servers stand ready with fresh data, and each workload is put to one after another.

So what else the machine does falls on all of them. Load and database have a core, the server under load has the other.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from random import Random

from bench import checker, load, machine
from bench.blog import WORKLOADS, Question, Workload
from bench.candidates import CANDIDATES, Candidate, Database, Kind
from bench.databases import Databases, databases
from bench.install import install, versions
from bench.results import Results, Run, Stay
from bench.serving import Server, serving
from bench.spelling import Spelling
from bench.tokens import tokens

CONNECTIONS = 32
REQUESTS = 20_000
WARM = 3.0
"""Seconds for which every server is asked before anything is measured, so that what compiles as it runs has done so."""
PART = 0.6
"""Of what a server can do at most, how much it is asked for at a fixed rate."""


class Wrong(Exception):
    """A server that does not do the work; says in what."""


@dataclass(frozen=True)
class Options:
    """How many rounds, and for how many seconds each server is measured under each workload."""

    rounds: int
    seconds: float


def prove(candidates: Sequence[Candidate], made: Databases) -> Iterator[str]:
    """Check every candidate; raises `Wrong` for those that fail."""
    failed = []
    for candidate in candidates:
        with made.fresh(candidate) as url:
            with serving(candidate, url, made.folder) as server:
                found = list(checker.check(server, tokens(candidate, url)))
            with serving(candidate, url, made.folder, checker.FEW) as server:
                found += checker.unlimited(server)
        yield f"{candidate.title:28} {'answers as all do' if not found else 'differs'}"
        failed += [f"{candidate.title}: {each}" for each in found]
    if failed:
        raise Wrong("\n".join(failed))


def measure(candidates: Sequence[Candidate], options: Options) -> Iterator[str | Results]:
    """Prove and measure, telling how it goes; the results come last."""
    for candidate in candidates:
        install(candidate)
    runs: dict[str, dict[str, list[Run]]] = {each.name: {work.name: [] for work in WORKLOADS} for each in candidates}
    stays: dict[str, list[Stay]] = {each.name: [] for each in candidates}
    with machine.pinned(machine.cores()[1]), databases() as made:
        yield from prove(candidates, made)
        for number in range(options.rounds):
            turn = number % len(candidates)
            order = [*candidates[turn:], *candidates[:turn]]
            for name, workload, run in one_round(order, made, options.seconds, number, stays):
                runs[name][workload].append(run)
                yield f"{number + 1}/{options.rounds} {workload} {name:20}{told(run)}"
    yield Results(
        datetime.now(UTC).date().isoformat(), machine.described(), options.rounds, options.seconds, CONNECTIONS,
        {each.name: versions(each) for each in candidates}, runs, stays,
    )  # fmt: skip


def one_round(
    candidates: Sequence[Candidate], made: Databases, seconds: float, number: int, stays: dict[str, list[Stay]]
) -> Iterator[tuple[str, str, Run]]:
    """Measure all candidates under all workloads once."""
    with ExitStack() as stack:
        servers = []
        for candidate in candidates:
            url = stack.enter_context(made.fresh(candidate))
            servers.append(stack.enter_context(serving(candidate, url, made.folder)))
        before = [machine.memory(server.process) for server in servers]
        for server in servers:
            load.run(server.port, prepare(server, WORKLOADS[0], number), WARM, CONNECTIONS)
        for workload in WORKLOADS:
            for server in servers:
                yield server.candidate.name, workload.name, one_run(server, made, workload, seconds, number)
        for server, bytes_before in zip(servers, before, strict=True):
            stays[server.candidate.name].append(Stay(server.started, bytes_before, machine.memory(server.process)))


def one_run(server: Server, made: Databases, workload: Workload, seconds: float, number: int) -> Run:
    """Warm a server up, measure it as fast as it answers, then at a part of that."""
    requests = prepare(server, workload, number)
    load.run(server.port, requests, seconds / 2, CONNECTIONS)
    calibration = machine.calibrate()
    began = seen(server, made)
    fast = load.run(server.port, requests, seconds, CONNECTIONS, first=REQUESTS // 2)
    used, database, everyone, took = (after - before for before, after in zip(began, seen(server, made), strict=True))
    steady = load.run(server.port, requests, seconds, CONNECTIONS, rate=fast.rate * PART)
    count, ours = len(fast.times), used + fast.used
    asked = server.candidate.database is Database.POSTGRES
    others = max(0.0, everyone - ours - database) / took / machine.count()
    fast_times, steady_times = (tuple(each.percentile(part) for part in (0.5, 0.95, 0.99)) for each in (fast, steady))
    return Run(
        rate=fast.rate,
        server=used / count * 1e6,
        database=database / count * 1e6 if asked else 0.0,
        times=fast_times,
        load=fast.used / fast.seconds,
        others=others,
        steady_rate=steady.rate,
        steady_times=steady_times,
        late=steady.late * 1e3,
        calibration=calibration,
    )


def seen(server: Server, made: Databases) -> tuple[float, float, float, float]:
    """Read what the server, the database and everyone have used by now, and when that was."""
    return machine.processor(server.process), machine.processor(made.process), machine.everyone(), time.monotonic()


def told(run: Run) -> str:
    """Say in a line what came of a run."""
    return (
        f"{run.rate:9,.0f}/s  server {run.server:7.1f} us  database {run.database:7.1f} us  p95 {run.times[1]:7.2f} ms, "
        f"at {run.steady_rate:,.0f}/s {run.steady_times[1]:.2f} ms"
    )


def prepare(server: Server, workload: Workload, number: int) -> tuple[bytes, ...]:
    """Make all requests before anything is timed, and show Kingpost each token once: it remembers whom it has seen."""
    spelling = server.candidate.spelling
    if not workload.signed_in:
        return spelled(spelling, workload, number)
    known = tokens(server.candidate, server.url)
    if server.candidate.kind is Kind.OURS:
        load.once(server.port, [spelling.request(Question("post", key=1), token) for token in known[1:]], CONNECTIONS)
    return tuple(spelling.request(each, known[each.user]) for each in asked(workload, number))


@lru_cache(len(CANDIDATES))
def spelled(spelling: Spelling, workload: Workload, number: int) -> tuple[bytes, ...]:
    """Make the requests of a workload in a round, once for all who are asked in the same way."""
    return tuple(map(spelling.request, asked(workload, number)))


@lru_cache(1)
def asked(workload: Workload, number: int) -> tuple[Question, ...]:
    """Choose what is asked in a round: the same for all."""
    return tuple(islice(workload.questions(Random(f"{workload.name} {number}")), REQUESTS))
