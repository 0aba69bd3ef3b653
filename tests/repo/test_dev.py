"""Keeps the entry script: it needs nothing installed, says what it can do, and counts rightly."""

import subprocess
import sys

import pytest

import dev
from tests.repo.source import ROOT, all_sources
from tests.repo.test_imports import imported_libraries


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "dev.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_it_imports_only_what_python_brings() -> None:
    (entry,) = [source for source in all_sources() if source.path == "dev.py"]
    assert set(imported_libraries(entry)) - sys.stdlib_module_names == set()


@pytest.mark.parametrize("arguments", [(), ("rnu",)])
def test_an_unknown_verb_shows_the_usage(arguments: tuple[str, ...]) -> None:
    done = call(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", dev.USAGE)


def test_help_names_every_verb() -> None:
    done = call("help")
    assert (done.returncode, done.stderr) == (0, "")
    assert [verb for verb in (*dev.VERBS, "help") if f"\n  {verb} " not in done.stdout] == []


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("..\n\x1b[32m== \x1b[1m2 passed\x1b[0m, 1 skipped in 0.50s ==\n", "2 passed, 0 failed, 1 skipped in 3.0s"),
        ("1 failed, 2 passed, 1 error in 70.10s (0:01:10)\n", "2 passed, 2 failed in 3.0s"),
        ("===== 7 deselected in 0.03s =====\n", "0 passed, 0 failed in 3.0s"),
        ("no tests ran in 0.01s\n", "0 passed, 0 failed in 3.0s"),
        ("killed\n", "0 passed, 1 failed in 3.0s"),
    ],
)
def test_the_closing_line_counts_what_pytest_counted(output: str, line: str) -> None:
    assert dev.closing_line(dev.count_tests(output.encode()), [], 3.0) == line


def test_a_stage_that_failed_counts_as_a_failure() -> None:
    assert dev.closing_line({"passed": 5}, ["coverage"], 3.0) == "5 passed, 1 failed in 3.0s"
