"""Every example on every page is run, in order, and does what the page says it does."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kingpost.testing import Client
from tests.cli.process import kingpost
from tests.docs.pages import DOCS, PAGES, Example, compare, curl, read

RUN = {"python", "console"}
SHOWN = {"text", "toml", "ini", "json", "nginx", "yaml", "sh"}
ELSEWHERE = {"tutorial.md": "tests/docs/test_tutorial.py", "testing.md": "tests/testing/test_page.py"}  # these do as they say
TOKEN = re.compile(r"^([A-Z]+)=\$\((curl .*?) \| ", re.DOTALL)


class Reader:
    """Someone who does all that a page says, in an empty folder."""

    def __init__(self, folder: Path, closing: ExitStack, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.closing, self.patch = folder, closing, patch
        self.names: dict[str, Any] = {"__name__": "page"}
        self.known: dict[str, str] = {}
        self.client: Client | None = None

    def do(self, example: Example) -> None:
        """Do what one example says."""
        if example.language == "python" and example.file:
            self.write(example)
        elif example.language == "python":
            exec(placed(example, f"{example.page}:{example.line}"), self.names)  # noqa: S102 - running the page is the test
        elif example.language == "console":
            for typed, shown in example.commands():
                self.enter(typed, shown)

    def write(self, example: Example) -> None:
        """Write a file; an app is served from then on, and tests are run."""
        path = self.folder / example.file
        path.write_text(example.text, encoding="utf-8")
        if path.name.startswith("test_"):
            command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", path.name]
            ended = subprocess.run(
                command, cwd=self.folder, env=os.environ, capture_output=True, text=True, timeout=60, check=False
            )
            assert ended.returncode == 0, ended.stdout + ended.stderr
            return
        module = ModuleType(path.stem)
        module.__file__ = str(path)
        self.patch.setitem(sys.modules, path.stem, module)
        exec(placed(example, str(path)), vars(module))  # noqa: S102 - running the page is the test
        if hasattr(module, "app"):
            self.client = self.closing.enter_context(Client(module.app))
        self.names |= {name: each for name, each in vars(module).items() if name[0] != "_"}

    def enter(self, typed: str, shown: str) -> None:
        """Enter one command, and hold what it says against what the page shows."""
        kept = TOKEN.match(typed)
        if typed.startswith("curl") or kept:
            assert self.client is not None, "there is no app on this page as yet"
            asked = curl(kept[2] if kept else typed, self.known)
            answer = self.client.request(asked.method, asked.address, asked.body, asked.headers)
            if kept:
                self.known[kept[1]] = answer.body["access_token"]
            else:
                compare(shown, answer.status, answer.headers, answer.text, head=asked.head)
        elif typed.startswith("kingpost check"):
            ended = kingpost(self.folder, *typed.split()[1:])
            compare(shown, ended.returncode, {}, ended.stdout + ended.stderr, head=False)
        else:
            assert shown == "", f"nothing is known of what {typed!r} says"


def placed(example: Example, name: str) -> Any:
    """Compile an example so that what goes wrong in it is told with a line; of a page, it is the page's own line."""
    above = "" if example.file else "\n" * example.line
    return compile(above + example.text, name, "exec", dont_inherit=True)


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """A reader with an empty folder."""
    with ExitStack() as closing:
        yield Reader(tmp_path, closing, monkeypatch)


@pytest.mark.parametrize("page", [path for path in PAGES if path.name not in ELSEWHERE], ids=lambda path: path.stem)
def test_every_example_of_a_page_does_what_the_page_says(reader: Reader, page: Path) -> None:
    for example in read(page):
        try:
            reader.do(example)
        except Exception as error:
            error.add_note(f"in the example at {example.page}:{example.line}")
            raise


def test_every_fence_says_in_what_language_it_is_and_nothing_is_shown_that_could_be_run() -> None:
    examples = [example for page in PAGES for example in read(page)]
    assert [f"{each.page}:{each.line} {each.language}" for each in examples if each.language not in RUN | SHOWN] == []
    fences = sum(page.read_text(encoding="utf-8").count("\n```") for page in PAGES)
    assert fences == 2 * len(examples)


def test_a_page_that_is_done_elsewhere_is_done_there() -> None:
    for page, test in ELSEWHERE.items():
        assert page.removesuffix(".md") in (DOCS.parent / test).read_text(encoding="utf-8")


def test_the_front_page_shows_the_blog_as_it_is_in_the_examples() -> None:
    (shown,) = [each.text for each in read(DOCS / "index.md") if each.file == "app.py"]
    example = ast.parse((DOCS.parent / "examples" / "blog" / "app.py").read_text(encoding="utf-8"))
    assert ast.dump(ast.parse(shown)) == ast.dump(ast.Module(example.body[1:], []))
