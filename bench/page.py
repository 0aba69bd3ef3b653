"""Writes `docs/performance.md` and its pictures from what was measured. Nobody writes there by hand."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench import figure, wanted
from bench.blog import WORKLOADS, Workload
from bench.candidates import CANDIDATES, ROOT, Candidate, Kind, ours
from bench.results import Results, Run, Spread, of, ratio, spread

PATH = ROOT / "docs" / "performance.md"
PICTURES = ROOT / "docs" / "performance"
ENOUGH_ROUNDS, ENOUGH_SECONDS, CALM = 5, 1, 0.05
WORDS = Path(__file__).resolve().parent / "page"
"""What the page says in words: `before.md` stands before the numbers, `after.md` after them."""


def write(results: Results) -> None:
    """Write the page and its pictures."""
    PATH.write_text(text(results), encoding="utf-8")
    PICTURES.mkdir(exist_ok=True)
    for name, picture in pictures(results).items():
        (PICTURES / name).write_text(picture, encoding="utf-8")


def text(results: Results) -> str:
    """Give the page."""
    before, after = ((WORDS / name).read_text(encoding="utf-8") for name in ("before.md", "after.md"))
    return "\n".join([before, *measured(results), *tables(results), "", after])


def measured(results: Results) -> Iterator[str]:
    """Say when, where and how it was measured, and whether that was good enough."""
    machine, runs = results.machine, list(every(results))
    rounds = "1 round" if results.rounds == 1 else f"{results.rounds} rounds"
    yield (
        f"Measured on {results.date}: {machine['processor']}, {machine['memory']}, {machine['system']}, "
        f"Python {machine['python']}; {rounds} of {results.seconds:g} s for each cell, {results.connections} connections."
    )
    others = median(run.others for run in runs)
    if results.rounds < ENOUGH_ROUNDS or results.seconds < ENOUGH_SECONDS or others > CALM:
        yield ""
        yield (
            f'!!! warning "A trial"\n    Few or short rounds, or a machine that others used as well ({others:.0%} of it): '
            "these numbers show that the measurement works, and no more."
        )
    yield ""


def every(results: Results) -> Iterator[Run]:
    """Give every run."""
    for workloads in results.runs.values():
        for runs in workloads.values():
            yield from runs


def shown(results: Results) -> list[Candidate]:
    """Give who was measured, in their order."""
    return [each for each in CANDIDATES if any(results.runs.get(each.name, {}).values())]


def tables(results: Results) -> Iterator[str]:
    """Give all tables."""
    yield from ratios(results)
    yield from goals(results)
    yield from profile(results)
    for workload in WORKLOADS:
        yield from one(results, workload)
    yield from stays(results)
    yield from noise(results)


def table(head: list[str], rows: list[list[str]]) -> Iterator[str]:
    """Give a table: the first column is names, all others are numbers."""
    yield "| " + " | ".join(head) + " |"
    yield "|---" + "|--:" * (len(head) - 1) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def ratios(results: Results) -> Iterator[str]:
    """Compare all peers with Kingpost on the same database."""
    yield "## Beside Kingpost\n"
    yield (
        "Processor time of the server for a request, as a multiple of Kingpost's on the same database: the median over the "
        "rounds, and in brackets the least and the greatest. More than 1 means that Kingpost takes less.\n"
    )
    names = sorted(work.name for work in WORKLOADS)
    peers = [each for each in shown(results) if each.kind is not Kind.OURS]
    found = [(each, [ratio(results, each.name, ours(each), name) for name in names]) for each in peers]
    yield from table(["", *names], [[each.title, *map(ranged, cells)] for each, cells in found])


def ranged(cell: Spread | None, digits: int = 2) -> str:
    """Spell a number and its range."""
    if cell is None:
        return ""
    middle, least, most = (f"{value:,.{digits}f}" for value in (cell.middle, cell.least, cell.most))
    return f"{middle} ({least} to {most})"


def goals(results: Results) -> Iterator[str]:
    """Say what was wanted, and what came of it."""
    yield "## What we set out to reach\n"
    yield "The same multiples, and the least of them that we want. **Not yet** stands where that is not reached.\n"
    rows = []
    for each in shown(results):
        cells = [(ratio(results, each.name, ours(each), name), wanted.least(each.name, name)) for name in wanted.WORKLOADS]
        if any(least for _, least in cells):
            rows.append([each.title, *(goal(cell, least) for cell, least in cells)])
    yield from table(["", *wanted.WORKLOADS], rows)
    found = [
        (each.title, work.name, of(results, each.name, work.name, lambda run: run.steady_times[1]))
        for each in shown(results)
        if each.kind is Kind.OURS
        for work in WORKLOADS
    ]
    slow = [
        f"{title} under {name} ({cell.middle:.0f} ms)"
        for title, name, cell in found
        if cell and cell.middle > wanted.MOST_MILLISECONDS
    ]
    yield (
        f"At 60 % of the rate that it can reach, Kingpost is to give 95 of 100 answers within {wanted.MOST_MILLISECONDS} ms. "
        f"{'It does, under every workload.' if not slow else '**Not yet:** ' + ', '.join(slow) + '.'}\n"
    )


def profile(results: Results) -> Iterator[str]:
    """Say which parts of Kingpost take the steps of a request."""
    if not results.profile:
        return
    yield "## Where Kingpost's time goes\n"
    yield (
        "Steps (opcodes) of Python for a request, in process and on SQLite; what C does in a step is not seen. "
        "`python3 dev.py bench profile` counts them.\n"
    )
    names = list(next(iter(results.profile.values())))
    rows = [[work, *(counted[each] for each in names), sum(counted.values())] for work, counted in results.profile.items()]
    yield from table(["", *names, "all"], [[str(name), *(f"{number:,}" for number in numbers)] for name, *numbers in rows])


def goal(cell: Spread | None, least: float | None) -> str:
    """Spell what was reached beside what was wanted."""
    if cell is None or least is None:
        return ""
    return f"{cell.middle:.2f} of {least:g}" + ("" if cell.middle >= least else ", **not yet**")


def one(results: Results, workload: Workload) -> Iterator[str]:
    """Give all numbers of a workload."""
    yield f"## {workload.name}: {workload.words}\n"
    yield f"![Processor time for a request of {workload.name}](performance/{workload.name.lower()}.svg)\n"
    rows = []
    for each in shown(results):
        runs = results.runs[each.name][workload.name]
        if runs:
            numbers = [spread(getattr(run, name) for run in runs) for name in ("rate", "server", "database")]
            times = [percentiles(each) for each in ([run.times for run in runs], [run.steady_times for run in runs])]
            cells = [ranged(number, 0) if number.most else "" for number in numbers]
            rows.append([each.title, *cells, *times, f"{busy(runs):.0%}"])
    head = ["", "requests/s", "server µs", "database µs", "p50, p95, p99 in ms", "the same at 60 % of the rate", "load"]
    yield from table(head, rows)


def percentiles(times: list[tuple[float, ...]]) -> str:
    """Spell the times of some runs: the medians over the rounds."""
    return ", ".join(f"{median(each):.1f}" for each in zip(*times, strict=True))


def busy(runs: list[Run]) -> float:
    """Say which part of its core our own load used."""
    return median(run.load for run in runs)


def stays(results: Results) -> Iterator[str]:
    """Say how long each takes to start, and what memory it holds."""
    yield "## Starting, and memory\n"
    yield "Seconds from the command to the first answer, and MiB held then and after all workloads of a round.\n"
    rows = []
    for each in shown(results):
        found = results.stays[each.name]
        memory = [
            spread(value / 1_048_576 for value in values) for values in zip(*((s.before, s.after) for s in found), strict=True)
        ]
        rows.append([each.title, ranged(spread(stay.start for stay in found)), *(ranged(value, 0) for value in memory)])
    yield from table(["", "start", "memory at first", "memory at the end"], rows)


def noise(results: Results) -> Iterator[str]:
    """Say how steady the machine was."""
    yield "## Noise\n"
    runs = list(every(results))
    yield (
        f"A fixed piece of work before each run took {ranged(spread(run.calibration for run in runs))} ms. Processes that are "
        f"none of ours used {ranged(spread(run.others * 100 for run in runs), 1)} % of the machine. At the fixed rate, the "
        f"latest request went out {ranged(spread(run.late for run in runs), 1)} ms after it should have.\n"
    )
    yield "How far the greatest processor time of a round is from the least, as a part of the median:\n"
    names = sorted(work.name for work in WORKLOADS)
    rows = []
    for each in shown(results):
        cells = [of(results, each.name, name, lambda run: run.server) for name in names]
        rows.append([each.title, *(f"{(cell.most - cell.least) / cell.middle:.0%}" if cell else "" for cell in cells)])
    yield from table(["", *names], rows)
    yield "## What was installed\n"
    yield from (f"- {each.title}: {results.versions[each.name]}." for each in shown(results))


def pictures(results: Results) -> dict[str, str]:
    """Draw the processor time of all under each workload."""
    found = {}
    for workload in WORKLOADS:
        cells = [(each, of(results, each.name, workload.name, lambda run: run.server)) for each in shown(results)]
        rows = [(each.title, cell, each.kind is Kind.OURS) for each, cell in cells if cell]
        if rows:
            title = f"{workload.name}: processor time of the server for a request"
            found[f"{workload.name.lower()}.svg"] = figure.bars(title, "µs", rows)
    return found
