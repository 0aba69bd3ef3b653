"""Kingpost beside what people would use instead: on the same rows, with the same protections, asked the same.

`python3 dev.py bench peers` proves that all answer alike, measures them in rounds, keeps what came of it in
`bench/results.json` and writes `docs/performance.md` from that. Names measure some of the candidates alone, and write nothing.
"""

import argparse
import signal
from collections.abc import Sequence

import msgspec

from bench import page, profile, results
from bench.candidates import CANDIDATES, Candidate
from bench.results import Results
from bench.rounds import Options, Wrong, measure


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says."""
    names = [each.name for each in CANDIDATES]
    parser = argparse.ArgumentParser(prog="python3 dev.py bench peers", allow_abbrev=False)
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help=f"whom to measure, of {', '.join(names)}; all unless named")
    add("--rounds", type=int, default=5, help="how many (5 by default); with 0, only prove that all answer alike")
    add("--seconds", type=float, default=3, help="how long each is measured under each workload (3 by default)")
    add("--page", action="store_true", help="only write the page anew, from what was measured last")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(names))
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(names)}")
    if options.page:
        page.write(results.read())
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that every server is stopped, however this ends
    chosen = [each for each in CANDIDATES if not options.names or each.name in options.names]
    try:
        found = tell(chosen, Options(options.rounds, options.seconds))
    except Wrong as wrong:
        print(f"Not measured, as not all do the work:\n{wrong}")
        return 1
    if options.rounds and not options.names:
        results.write(found)
        page.write(results.read())  # from what is kept, digits and all
        print(f"kept in {results.PATH} and {page.PATH}")
    elif options.rounds:
        print("\n".join(page.tables(found)))
    return 0


def tell(chosen: Sequence[Candidate], options: Options) -> Results:
    """Measure, and say how it goes."""
    for each in measure(chosen, options):
        if isinstance(each, Results):
            return msgspec.structs.replace(each, profile=profile.parts())
        print(each, flush=True)
    raise AssertionError("a measurement ends with its results")
