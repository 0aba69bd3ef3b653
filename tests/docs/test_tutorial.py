"""The tutorial does what it says, from an empty folder, for someone who types it and reads nothing else."""

import ast
import contextlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.cli.process import COMMAND, Server, serving, variables
from tests.docs.pages import DOCS, SERVED, Example, compare, curl, read

TUTORIAL = read(DOCS / "tutorial.md")
MOST_TYPED = 60
QUICK, LEAVES = 60.0, 3.0
ELSEWHERE = ("python3 -m venv", ". .venv", "pip install", "cd ")  # what makes the place that the test itself stands in
SERVE = "kingpost dev"
TOKEN = re.compile(r"^([A-Z]+)=\$\((curl .*?) \| ", re.DOTALL)
IN_CLASS = re.compile(r"at the end of class (\w+)")


def typed(example: Example) -> list[str]:
    """Give the lines that the reader types."""
    if example.language == "python":
        return [line for line in example.text.splitlines() if line.strip()]
    return [line for command, _ in example.commands() for line in command.splitlines()]


def edited(text: str, where: str, new: str) -> str:
    """Write something where the page says."""
    lines = text.rstrip("\n").splitlines(keepends=True)
    if where == "in place of the last line":
        return "".join([*lines[:-1], new])
    if where == "below the first import":
        at = 1 + next(number for number, line in enumerate(lines) if line.startswith(("from ", "import ")))
        return "".join([*lines[:at], "\n", new, *lines[at:], "\n"])
    found = IN_CLASS.fullmatch(where)
    assert found, where
    (end,) = [node.end_lineno for node in ast.parse(text).body if isinstance(node, ast.ClassDef) and node.name == found[1]]
    return "".join([*lines[:end], "\n", new, *lines[end:], "\n"])


class Newcomer:
    """Someone who types the tutorial."""

    def __init__(self, folder: Path, closing: contextlib.ExitStack) -> None:
        self.folder, self.closing = folder, closing
        self.server: Server | None = None
        self.known: dict[str, str] = {}

    def do(self, example: Example) -> None:
        """Do what one example says."""
        if example.language == "python":
            self.edit(example)
            return
        for command, shown in example.commands():
            if command.startswith("kingpost new"):
                self.run(command, shown)
                self.folder /= command.split()[-1]
            elif command.startswith(SERVE):
                self.serve(command)
            elif command.startswith("curl") or TOKEN.match(command):
                self.ask(command, shown)
            elif not command.startswith(ELSEWHERE):
                self.run(command, shown)

    def edit(self, example: Example) -> None:
        """Write a file, or change one where the page says, and wait until the server has followed."""
        name, _, where = example.file.partition(", ")
        path = self.folder / name
        path.write_text(edited(path.read_text(encoding="utf-8"), where, example.text) if where else example.text)
        if self.server is not None and where:
            self.follow("Reloaded")

    def serve(self, command: str) -> None:
        """Start the server in the other terminal."""
        self.server = self.closing.enter_context(serving(self.folder, *command.split()[1:]))

    def follow(self, word: str) -> None:
        """Read what the server says until it says this."""
        assert self.server is not None and self.server.process.stdout is not None
        for line in self.server.process.stdout:
            if line.decode().startswith(word):
                return
        raise AssertionError(f"the server ended: {self.server.log.read_text()}")

    def ask(self, command: str, shown: str) -> None:
        """Make a request over the network, and hold the answer against what the page shows."""
        assert self.server is not None
        kept = TOKEN.match(command)
        asked = curl(kept[2] if kept else command, self.known)
        address, until = self.server.address + asked.address, time.monotonic() + LEAVES
        while True:
            answer = httpx2.request(asked.method, address, content=asked.body, headers=asked.headers, timeout=10)
            # The version before, which does not know the new address, may answer for a moment more.
            if answer.status_code != 404 or time.monotonic() > until:
                break
        if kept:
            self.known[kept[1]] = answer.json()["access_token"]
        else:
            compare(shown, answer.status_code, answer.headers, answer.text, head=asked.head)

    def run(self, command: str, shown: str) -> None:
        """Run a command to its end, which must be a good one."""
        words = command.split()
        words[0] = {"kingpost": COMMAND, "python": sys.executable}[words[0]]
        ended = subprocess.run(
            words, cwd=self.folder, env=variables({}), capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        if shown:
            compare(shown, 200, {}, ended.stdout, head=False)


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    """Someone in an empty folder."""
    with contextlib.ExitStack() as closing:
        yield Newcomer(tmp_path, closing)


def test_all_that_it_says_happens_within_a_minute(newcomer: Newcomer) -> None:
    began = time.monotonic()
    for example in TUTORIAL:
        try:
            newcomer.do(example)
        except Exception as error:
            error.add_note(f"in the example at {example.page}:{example.line}")
            raise
    took = time.monotonic() - began
    print(f"the tutorial took {took:.1f} s without the typing")
    assert took < QUICK
    assert newcomer.server is not None
    assert (newcomer.folder / "test_tasks.py").is_file() and newcomer.known.keys() == {"TOKEN"}


def test_its_reader_types_fewer_than_sixty_lines() -> None:
    lines = [line for example in TUTORIAL for line in typed(example)]
    assert 30 < len(lines) < MOST_TYPED, "\n".join(lines)


def test_it_has_a_rule_an_operation_and_a_test() -> None:
    files = [example for example in TUTORIAL if example.file]
    code = "".join(example.text for example in files)
    assert all(word in code for word in ("access = Access(", "@operation(access=", "def test_", "raise Refused("))
    assert all(SERVED in example.text for example in TUTORIAL if "curl" in example.text)
