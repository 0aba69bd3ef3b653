"""What a request costs in instructions of the processor, C included, against the commit that this one came from.

Needs valgrind and git. Both versions are counted in this run, by the same workloads (`bench.way`): this checkout as it stands,
and where it left `main`, or the commit before if it is `main` itself. More than a tenth above is a failure.
"""

import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.way import TOKENS, WORKLOADS

ROOT = Path(__file__).parent.parent.parent
MARGIN = 1.10
OPERATOR = "PyNumber_MatrixMultiply"
VALGRIND, GIT = shutil.which("valgrind") or "", shutil.which("git") or ""


def measure() -> Iterator[str]:
    """Count both, and compare."""
    base = before() if VALGRIND and GIT else ""
    if not base:
        yield "not counted: this needs valgrind, git and a commit to compare with"
        return
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder) / "base"
        archive = subprocess.run([GIT, "archive", base, "src", "examples"], cwd=ROOT, capture_output=True, check=True)
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as packed:
            packed.extractall(there, filter="data")
        was, now = counts(there, Path(folder)), counts(ROOT, Path(folder))
    yield f"{'instructions a request':26}{base[:12]:>14}{'now':>14}{'now/then':>10}"
    grown = []
    for name in WORKLOADS:
        ratio = now[name] / was[name]
        grown += [name] if ratio > MARGIN else []
        yield f"{name:26}{was[name]:14,}{now[name]:14,}{ratio:10.3f}"
    if grown:
        raise SystemExit(f"More than a tenth above: {', '.join(grown)}")


def before() -> str:
    """Give the commit to compare with; none where there is no history."""

    def git(*words: str) -> str:
        return subprocess.run([GIT, *words], cwd=ROOT, capture_output=True, check=False, text=True).stdout.strip()

    left = git("merge-base", "HEAD", "main")
    return left if left != git("rev-parse", "HEAD") else git("rev-parse", "--verify", "HEAD~1")


def counts(source: Path, folder: Path) -> dict[str, int]:
    """Count the instructions of a request in each workload, with the code of a folder."""
    path = os.pathsep.join([str(source / "src"), str(source), str(ROOT)])
    variables = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0"}
    told = folder / "counted"
    command = [VALGRIND, "--tool=callgrind", f"--callgrind-out-file={told}", "--collect-atstart=no"]
    command += [f"--toggle-collect={OPERATOR}", f"--dump-after={OPERATOR}", sys.executable, "-m", "bench.way"]
    subprocess.run(command, cwd=source, env=variables, capture_output=True, check=True)
    found = {}
    for number, name in enumerate(WORKLOADS, 1):
        text = told.with_name(f"counted.{number}").read_text(encoding="utf-8")
        total = re.search(r"^totals: (\d+)", text, re.MULTILINE)
        assert total is not None, f"callgrind counted nothing for {name}"
        found[name] = int(total[1]) // TOKENS
    return found
