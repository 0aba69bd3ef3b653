"""Each example is tested as its user would test it: its own tests, in its own folder, with nothing of ours around."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.process import ROOT, kingpost

EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/app.py"))
once = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, with every warning an error."""
    return subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", *arguments],
        cwd=folder, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def written(folder: Path, start: str) -> int:
    """Count the tests in an example's file."""
    return len(re.findall(rf"^{start}def test_", (folder / "test_app.py").read_text(), re.MULTILINE))


@pytest.fixture(params=EXAMPLES, ids=lambda folder: folder.name)
def example(request: pytest.FixtureRequest) -> Path:
    """Each example in turn."""
    folder: Path = request.param
    return folder


@pytest.fixture
def copy(example: Path, tmp_path: Path) -> Path:
    """The example as a user has it: two files in a folder of their own, without our settings anywhere above."""
    for name in ("app.py", "test_app.py"):
        text = (example / name).read_text()
        (tmp_path / name).write_text(text.replace(f"from examples.{example.name}.app import", "from app import"))
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    return tmp_path


@once
def test_there_are_examples_and_each_has_tests() -> None:
    assert EXAMPLES != []
    assert [folder.name for folder in EXAMPLES if not (folder / "test_app.py").is_file()] == []


@once
def test_an_example_has_no_mistakes(example: Path) -> None:
    ended = kingpost(example, "check")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_tests_of_an_example_pass_from_this_checkout(example: Path) -> None:
    ended = run(ROOT, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"examples/{example.name}/test_app.py")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"{written(example, ' *')} passed in" in ended.stdout and ended.stderr == ""


@once
def test_the_tests_of_an_example_pass_beside_a_users_own_app(example: Path, copy: Path) -> None:
    ended = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"{written(example, ' *')} passed in" in ended.stdout and ended.stderr == ""
    assert sorted(path.name for path in copy.iterdir()) == ["app.py", "pytest.ini", "test_app.py"]  # nothing is left behind


@once
def test_the_tests_of_an_example_that_are_classes_pass_with_unittest(example: Path, copy: Path) -> None:
    ended = run(copy, "-m", "unittest", "test_app")
    assert ended.returncode == 0, ended.stderr
    found = re.search(r"Ran (\d+) tests in .*\n\nOK\n", ended.stderr)
    assert found and int(found[1]) == written(example, " +")
    assert "Warning" not in ended.stderr


def test_what_the_README_shows_is_what_is_here() -> None:
    """The tests it shows pass, and the app it shows is the example."""
    code = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    shown = next(text for text in code if "class User(" in text)
    kept = (ROOT / "examples" / "blog" / "app.py").read_text()
    assert shown.partition("published = ")[2] == kept.partition("published = ")[2]
    scope: dict[str, object] = {}
    tests = next(text for text in code if "def test_" in text).replace(
        "from app import app", "from examples.blog.app import app"
    )
    exec(compile(tests, "README.md", "exec"), scope)  # noqa: S102  # it is our own README
    for name, each in list(scope.items()):
        if name.startswith("test_") and callable(each):
            each()
    assert sum(name.startswith("test_") for name in scope) == 2
