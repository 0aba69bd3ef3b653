"""The page about testing: its tests pass in a user's own folder, and what it shows of a failure is what is said."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.process import ROOT

PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r'^```python title="([^"]+)"\n(.*?)^```$', PAGE, re.MULTILINE | re.DOTALL))
SHOWN = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of someone who has done all that the page says."""
    place = tmp_path_factory.mktemp("page")
    for name, text in FILES.items():
        (place / name).write_text(text, encoding="utf-8")
    (place / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n", encoding="utf-8")
    return place


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, with every warning an error."""
    return subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", *arguments],
        cwd=folder, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_every_test_of_the_page_passes_with_pytest(folder: Path) -> None:
    ended = python(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error")
    written = sum(len(re.findall(r"^ *def test_", text, re.MULTILINE)) for text in FILES.values())
    assert (ended.returncode, f"{written} passed in" in ended.stdout) == (0, True), ended.stdout + ended.stderr
    assert written > 10 and ended.stderr == ""


def test_the_class_of_the_page_passes_with_unittest(folder: Path) -> None:
    ended = python(folder, "-m", "unittest", "test_class")
    assert re.fullmatch(r"\.\n-+\nRan 1 test in [\d.]+s\n\nOK\n", ended.stderr), ended.stderr


def test_a_script_that_is_wrong_says_what_the_page_shows(folder: Path) -> None:
    ended = python(folder, "wrong.py")
    (shown,) = SHOWN
    assert ended.returncode == 1
    assert ended.stderr.endswith(shown.replace("'...'", re.findall(r"created_at=('[^']+')", ended.stderr)[0])), ended.stderr


@pytest.mark.parametrize("checker", [("mypy", "--strict"), ("basedpyright", "--outputjson")])
def test_a_type_checker_accepts_the_page(folder: Path, checker: tuple[str, ...]) -> None:
    (folder / "pyrightconfig.json").write_text(
        f'{{"typeCheckingMode": "strict", "extraPaths": ["{ROOT / "src"}"], "venvPath": "{Path(sys.prefix).parent}", '
        f'"venv": "{Path(sys.prefix).name}"}}',
        encoding="utf-8",
    )
    ended = subprocess.run(
        [sys.executable, "-m", *checker, "."], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
