"""Every mistake is told at the user's line, with what to write instead; none comes out as anything else.

Each file in `mistakes` is an app with a mistake in it, on the lines that say so; the text beside it is all that is reported.
KINGPOST_GOLDEN=write writes the texts anew: read the difference before you commit it.
"""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

from kingpost import Mistakes, anyone, ref, signed_in, where

MISTAKES = Path(__file__).parent / "mistakes"
APPS = sorted(MISTAKES.glob("*.py"))


def told(path: Path) -> Mistakes:
    """Load an app as `kingpost serve` does, and give what it is told."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        with pytest.raises(Mistakes) as caught:
            spec.loader.exec_module(module)
    finally:
        del sys.modules[path.stem]
    return caught.value


@pytest.mark.parametrize("path", APPS, ids=[path.stem for path in APPS])
def test_a_mistake_is_told_at_its_line_with_what_to_write_instead(path: Path) -> None:
    mistakes = told(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    wrong = [number for number, line in enumerate(lines, start=1) if line.endswith("this is wrong")]
    assert [mistake.place.line for mistake in mistakes.mistakes] == wrong
    assert {mistake.place.file for mistake in mistakes.mistakes} == {str(path)}
    text = str(mistakes).replace(f"{MISTAKES}{os.sep}", "") + "\n"
    golden = path.with_suffix(".txt")
    if os.environ.get("KINGPOST_GOLDEN") == "write":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_there_are_many_mistakes_and_no_text_without_its_app() -> None:
    assert len(APPS) > 70
    assert sorted(path.stem for path in MISTAKES.glob("*.txt")) == [path.stem for path in APPS]


def test_eight_mistakes_are_told_at_once_in_the_order_of_their_lines() -> None:
    mistakes = told(MISTAKES / "there_are_eight_mistakes.py").mistakes
    assert len(mistakes) == 8
    assert [mistake.place.line for mistake in mistakes] == sorted(mistake.place.line for mistake in mistakes)
    assert len({mistake.problem for mistake in mistakes}) == 8


def test_a_rule_that_python_itself_can_not_make_fails_where_it_is_written() -> None:
    with pytest.raises(ValueError, match=r"put ~ before \.fields\(\)"):
        ~anyone.fields("id")
    with pytest.raises(TypeError, match="write anyone"):
        where()
    owner = ref()
    with pytest.raises(TypeError, match="a field above has the same name as the function called here"):
        owner("user")
    for wrong in (True, "admin", None):
        with pytest.raises(TypeError, match="unsupported operand"):
            signed_in & wrong  # type: ignore[operator]  # this is the mistake
        with pytest.raises(TypeError, match="unsupported operand"):
            signed_in | wrong  # type: ignore[operator]  # this is the mistake
