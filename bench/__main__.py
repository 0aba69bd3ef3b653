"""Runs a measurement by its name: `python3 dev.py bench pages`; without a name, says which there are."""

import importlib
import sys
from pathlib import Path

from bench import comparison

CASES = sorted(path.stem for path in (Path(__file__).parent / "cases").glob("[a-z]*.py"))


def main(names: list[str]) -> int:
    """Measure what is named."""
    if names[:1] == ["peers"]:
        return comparison.main(names[1:])
    unknown = [name for name in names if name not in CASES]
    if unknown or not names:
        for name in CASES:
            case = importlib.import_module(f"bench.cases.{name}")
            print(f"{name:12} {(case.__doc__ or '').splitlines()[0]}")
        print(f"{'peers':12} {(comparison.__doc__ or '').splitlines()[0]}")
        return 1 if unknown else 0
    for name in names:
        for line in importlib.import_module(f"bench.cases.{name}").measure():
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
