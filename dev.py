#!/usr/bin/env python3
"""Sets this checkout up on a machine that has only Python 3.11 or newer, and runs, checks and tests it.

Only the standard library is used. `uv` is brought into `.tools` by pip, so neither a virtual environment nor a right to
install anything is needed; `uv` then fills `.venv` with exactly what `uv.lock` names.
"""

from __future__ import annotations  # so that an older Python reads this file far enough to say what it needs

import argparse
import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
MARKER = VENV / "set-up-for"  # what the environment was made from; a warm start only compares it
UV_REQUIREMENT = "uv>=0.13,<0.14"  # one minor version, because the next may write the lock in another way
JUDGES = ROOT / "tests" / "surface" / "rest" / "tools"  # what judges the answers from outside, and how to install it
DOCS = ROOT / "docs"  # the documentation, and what builds it
NO_TESTS = 5  # pytest's own number for "nothing was selected"

USAGE = """usage: python3 dev.py VERB [arguments]

  run     serve the blog example on SQLite at http://127.0.0.1:8000; arguments go to `kingpost dev`
  test    every check and every test, with coverage; with arguments: only pytest, with them
  check   the static checks: lint, format, types, floors
  prove   the long proofs, for --minutes N (20 by default); other arguments go to pytest
  bench   the measurements in bench/cases, by name; `bench peers` is Kingpost beside what people would use instead
  docs    build the documentation into site/, or show it: --serve, --port N (8001 by default)
  golden  write the expected plans and costs (tests/plan, tests/cost) anew; read the difference before you commit it
  help    this text
"""


class Stop(Exception):
    """Something that the person at the keyboard has to mend; its text says what and how."""


# ------------------------------------------------------------------------------------------------------------- set up


def environment() -> dict[str, str]:
    """Give the variables for every tool: ours, and none that would lead a tool to another environment."""
    variables = dict(os.environ)
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "UV_LOCKED", "UV_NO_SYNC", "UV_PYTHON", "UV_SYSTEM_PYTHON"):
        variables.pop(name, None)
    variables["UV_PYTHON_DOWNLOADS"] = "never"
    variables["UV_PROJECT_ENVIRONMENT"] = str(VENV)
    variables.setdefault("UV_LINK_MODE", "copy")  # the cache may be on another file system
    if "UV_CACHE_DIR" not in variables and not os.access(Path("~").expanduser(), os.W_OK):
        variables["UV_CACHE_DIR"] = str(TOOLS / "cache")
    variables["PIP_REQUIRE_VIRTUALENV"] = "0"  # pip writes into a folder of ours, not into this Python
    return variables


def inside() -> dict[str, str]:
    """Give the variables for what runs in the environment, so that `kingpost` is found by its name."""
    variables = environment()
    variables["VIRTUAL_ENV"] = str(VENV)
    variables["PATH"] = os.pathsep.join([str(BIN), variables.get("PATH", os.defpath)])
    return variables


def program(name: str) -> str:
    """Give the path of a program in the environment."""
    return str(BIN / (name + ".exe" if os.name == "nt" else name))


def find_uv() -> Path | None:
    """Find the uv that was brought before, if it is the one wanted."""
    marker = TOOLS / "requirement"
    if not marker.exists() or marker.read_text(encoding="utf-8") != UV_REQUIREMENT:
        return None
    return next((path for path in (TOOLS / "bin" / "uv", TOOLS / "bin" / "uv.exe") if path.exists()), None)


def bring_uv() -> str:
    """Install uv into a folder of this checkout, and give its path."""
    found = find_uv()
    if found is not None:
        return str(found)
    # A virtual environment may be without pip, where the Python that it was made from has it.
    python = sys.executable if importlib.util.find_spec("pip") else getattr(sys, "_base_executable", sys.executable)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-user"]
    pip += ["--root-user-action=ignore", "--only-binary", ":all:", "--upgrade", "--target", str(TOOLS), UV_REQUIREMENT]
    code = run_child("bring uv", pip, environment())
    if code == 0:
        (TOOLS / "requirement").write_text(UV_REQUIREMENT, encoding="utf-8")
        found = find_uv()
        if found is not None:
            return str(found)
    on_path = shutil.which("uv")
    if on_path is not None:
        print(f"   using {on_path} instead", flush=True)
        return on_path
    raise Stop("uv could not be installed. This needs pip (on Debian: apt install python3-pip) and a package index.")


def fingerprint() -> str:
    """Say in one word what an environment is made from, so that a warm start only compares."""
    parts = [str(ROOT), sys.version, getattr(sys, "_base_executable", sys.executable)]
    digest = hashlib.sha256("\0".join(parts).encode())
    locks = (JUDGES / "package-lock.json", JUDGES / "requirements.txt", DOCS / "requirements.txt")
    for path in (ROOT / "uv.lock", ROOT / "pyproject.toml", *locks):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def set_up(*, development: bool) -> None:
    """Fill the environment with what the lock names, unless that has been done already."""
    wanted = fingerprint()
    had = MARKER.read_text(encoding="utf-8").split() if MARKER.exists() else []
    group = "dev" if development or had[:1] == ["dev"] else "run"  # running never takes the development tools away
    if Path(program("python")).exists() and had == [group, wanted]:
        return
    MARKER.unlink(missing_ok=True)
    groups = ["--group", "dev"] if group == "dev" else ["--no-dev"]
    python = getattr(sys, "_base_executable", sys.executable)  # the environment may be the one that runs this file
    command = [bring_uv(), "sync", "--quiet", "--frozen", *groups, "--python", python]
    if run_child("fill .venv from uv.lock", command, environment()) != 0:
        raise Stop("The environment could not be filled. Is there a network? To start afresh, delete .venv and .tools.")
    if group == "dev":
        judges = [program("python"), str(JUDGES / "install.py"), bring_uv()]
        builder = [program("python"), str(DOCS / "builder.py"), "--bring", bring_uv()]
        codes = [run_child("bring the judges", judges, environment()), run_child("bring the builder", builder, environment())]
        if any(codes):
            print("   the tests that need them will say so; the next start tries again", flush=True)
            return
    MARKER.write_text(f"{group} {wanted}", encoding="utf-8")


# ------------------------------------------------------------------------------------------------------------- stages


def run_child(title: str, command: list[str], variables: dict[str, str], keep: bytearray | None = None) -> int:
    """Run one stage and say how long it took; `keep` collects the end of what it writes."""
    print(f"== {title}", flush=True)
    started = time.monotonic()
    output, errors = (None, None) if keep is None else (subprocess.PIPE, subprocess.STDOUT)
    child = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=output, stderr=errors)
    told_to_end: list[int] = []

    def pass_on(number: int, _frame: object) -> None:
        told_to_end.append(number)
        child.terminate()

    before = signal.signal(signal.SIGTERM, pass_on)
    try:
        if keep is not None and child.stdout is not None:
            relay(child.stdout.fileno(), keep)
        code: int = child.wait()
    except KeyboardInterrupt:  # the keyboard reached the child as well: let it close, then leave
        with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            child.wait(timeout=10)
        if child.poll() is None:
            child.terminate()
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
        if child.stdout is not None:
            child.stdout.close()
    if told_to_end:  # no further stage
        raise SystemExit(128 + told_to_end[0])
    state = "ok" if code == 0 else f"exit {code}"
    print(f"   {title}: {state} in {time.monotonic() - started:.1f} s", flush=True)
    return code


def become(command: list[str]) -> int:
    """Run the last stage in place of this process, so that every signal and the keyboard reach it."""
    os.chdir(ROOT)
    if os.name != "nt":  # there, replacing a process would detach it from the keyboard
        sys.stdout.flush()
        os.execve(command[0], command, inside())  # noqa: S606 - being replaced is the purpose
    return subprocess.call(command, env=inside())


def relay(source: int, keep: bytearray) -> None:
    """Show what a child writes as it comes, and keep the last part of it."""
    while chunk := os.read(source, 65536):
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
        keep += chunk
        del keep[:-20_000]


def static_checks() -> list[tuple[str, list[str]]]:
    """List the checks that run nothing of ours: the name of each, and its command."""
    python = program("python")
    folders = [name for name in ("src", "tests", "examples", "bench", "docs", "dev.py") if has_python(ROOT / name)]
    checks = [
        ("ruff check", [program("ruff"), "check", "--quiet"]),
        ("ruff format --check", [program("ruff"), "format", "--check", "--quiet"]),
        ("mypy --strict", [python, "-m", "mypy", "--strict", *folders]),
        ("lint-imports", [program("lint-imports"), "--no-logo"]),
    ]
    if has_python(ROOT / "examples"):
        checks.append(("basedpyright examples", [program("basedpyright")]))
    return checks


def has_python(path: Path) -> bool:
    """Tell whether there is Python code in a place: mypy refuses a folder without any."""
    return path.is_file() or next(path.glob("**/*.py"), None) is not None


def run_checks() -> list[str]:
    """Run every static check, also after one has failed, and name those that failed."""
    return [title for title, command in static_checks() if run_child(title, command, inside()) != 0]


def count_tests(output: bytes | bytearray) -> dict[str, int]:
    """Read the numbers from the closing line of pytest: passed, failed, skipped and so on."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output.decode("utf-8", "replace"))
    for line in reversed(plain.splitlines()):
        if re.search(r"\bin \d+(\.\d+)?s", line):
            found = re.findall(r"(\d+) (passed|failed|error|skipped|xfailed|xpassed)", line)
            return {word: int(number) for number, word in found}
    return {"error": 1}  # it ended without a closing line, so something went badly wrong


def closing_line(counts: dict[str, int], failed_stages: list[str], seconds: float) -> str:
    """Say how it ended in one line that a tool can read; a stage that failed counts as one failure."""
    failed = counts.get("failed", 0) + counts.get("error", 0) + len(failed_stages)
    others = [f"{number} {word}" for word, number in counts.items() if word not in ("passed", "failed", "error")]
    return ", ".join([f"{counts.get('passed', 0)} passed", f"{failed} failed", *others]) + f" in {seconds:.1f}s"


def pytest_command(*arguments: str, coverage: bool = False) -> list[str]:
    """Give the command for pytest, in colour when somebody looks on."""
    colour = ["--color=yes"] if sys.stdout.isatty() else []
    measure = ["-m", "coverage", "run"] if coverage else []
    return [program("python"), *measure, "-m", "pytest", *colour, *arguments]


# -------------------------------------------------------------------------------------------------------------- verbs


def run(arguments: list[str]) -> int:
    """Serve the blog example."""
    set_up(development=False)
    return become([program("kingpost"), "dev", "examples/blog/app.py", "--port", "8000", *arguments])


def test(arguments: list[str]) -> int:
    """Run every check and every test, or pytest alone with the arguments given."""
    set_up(development=True)
    if arguments:
        return become(pytest_command(*arguments))  # a debugger gets the keyboard, and pytest has the last line
    started = time.monotonic()
    failed_stages = run_checks()
    coverage = [program("python"), "-m", "coverage"]
    subprocess.call([*coverage, "erase"], cwd=ROOT, env=inside())
    output = bytearray()
    code = run_child("pytest", pytest_command("-n", "2", coverage=True), inside(), output)
    counts = count_tests(output)
    if code != 0 and not (counts.get("failed") or counts.get("error")):
        failed_stages.append("pytest")
    for title, verb in (("combine coverage", ["combine", "--quiet"]), ("coverage", ["report"])):
        if run_child(title, [*coverage, *verb], inside()) != 0:
            failed_stages.append(title)
    if failed_stages:
        print("not passed: " + ", ".join(failed_stages))
    print(closing_line(counts, failed_stages, time.monotonic() - started), flush=True)
    return 1 if code != 0 or failed_stages else 0


def check(arguments: list[str]) -> int:
    """Run the static checks."""
    if arguments:
        raise Stop("check takes no arguments.")
    set_up(development=True)
    failed = run_checks()
    print("not passed: " + ", ".join(failed) if failed else "every check passed", flush=True)
    return 1 if failed else 0


def prove(arguments: list[str]) -> int:
    """Run the long proofs within a budget of time."""
    parser = argparse.ArgumentParser(prog="python3 dev.py prove", allow_abbrev=False)
    parser.add_argument("--minutes", type=float, default=20, help="how long all proofs together may take")
    options, others = parser.parse_known_args(arguments)
    set_up(development=True)
    started = time.monotonic()
    seconds = max(1, round(options.minutes * 60))
    # A proof may use the whole budget, so the limit for one test makes room for it; the minute is for ending well.
    limits = [f"--timeout={seconds + 60}", f"--session-timeout={seconds + 60}"]
    output = bytearray()
    variables = {**inside(), "KINGPOST_PROVE_SECONDS": str(seconds)}
    code = run_child("pytest -m prove", pytest_command("-m", "prove", *limits, *others), variables, output)
    counts = count_tests(output)
    if code == NO_TESTS:
        print("no proofs were selected: nothing is proved, and nothing failed")
        code = 0
    failed_stages = ["pytest"] if code != 0 and not (counts.get("failed") or counts.get("error")) else []
    print(closing_line(counts, failed_stages, time.monotonic() - started), flush=True)
    return 1 if code != 0 else 0


def bench(arguments: list[str]) -> int:
    """Run the measurements."""
    if not has_python(ROOT / "bench"):
        print("there is no bench/ yet: nothing to measure")
        return 0
    set_up(development=True)
    return run_child("bench", [program("python"), "-m", "bench", *arguments], inside())


def docs(arguments: list[str]) -> int:
    """Build the documentation, or show it."""
    set_up(development=True)
    return become([program("python"), str(DOCS / "builder.py"), *arguments])


def golden(arguments: list[str]) -> int:
    """Write the expected plans anew."""
    if not has_python(ROOT / "tests" / "plan"):
        print("there is no test in tests/plan yet: nothing to write")
        return 0
    set_up(development=True)
    variables = {**inside(), "KINGPOST_GOLDEN": "write"}
    return run_child("write the goldens", pytest_command("tests/plan", "tests/cost", *arguments), variables)


VERBS: dict[str, Callable[[list[str]], int]] = {
    "run": run,
    "test": test,
    "check": check,
    "prove": prove,
    "bench": bench,
    "docs": docs,
    "golden": golden,
}


def main(arguments: list[str]) -> int:
    """Do what the first argument says."""
    if sys.version_info < (3, 11):
        print("This needs Python 3.11 or newer; this one is " + sys.version.split()[0], file=sys.stderr)
        return 1
    if arguments[:1] in (["help"], ["--help"], ["-h"]):
        print(USAGE, end="")
        return 0
    if not arguments or arguments[0] not in VERBS:
        print(USAGE, end="", file=sys.stderr)
        return 2
    # A shell that starts this in the background makes it deaf to SIGINT, and that would be inherited by the server.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return VERBS[arguments[0]](arguments[1:])
    except Stop as stop:
        print(f"dev.py: {stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
