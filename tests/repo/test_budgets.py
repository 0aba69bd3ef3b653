"""Keeps files and functions short; what is longer is listed here with its reason."""

import ast
from collections.abc import Iterator

from tests.repo.source import FUNCTIONS, Source, all_sources, package_sources

LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 50
OWN_BUDGETS = {"src/kingpost/engine/run.py": 120}  # the file shown to visitors: one call, read downward

# path, or path::function -> why it may be longer
LONGER: dict[str, str] = {}


def too_long(source: Source) -> Iterator[str]:
    budget = OWN_BUDGETS.get(source.path, LINES_OF_A_FILE)
    if len(source.text.splitlines()) > budget:
        yield source.path
    for node in ast.walk(source.tree):
        if isinstance(node, FUNCTIONS) and (node.end_lineno or 0) - node.lineno + 1 > LINES_OF_A_FUNCTION:
            yield f"{source.path}::{node.name}"


def test_files_and_functions_of_the_package_keep_to_their_budget() -> None:
    found = {name for source in package_sources() for name in too_long(source)}
    assert sorted(found - set(LONGER)) == []


def test_the_entry_script_keeps_to_the_same_budget() -> None:
    assert [name for source in all_sources() if source.path == "dev.py" for name in too_long(source)] == []


def test_every_exception_is_still_needed_and_has_a_reason() -> None:
    found = {name for source in package_sources() for name in too_long(source)}
    assert sorted(set(LONGER) - found) == []
    assert [name for name, reason in LONGER.items() if len(reason.split()) < 3] == []


def test_one_line_too_many_is_noticed() -> None:
    function = "def f() -> None:\n" + "    pass\n" * 49
    assert list(too_long(Source("a.py", function))) == []
    assert list(too_long(Source("a.py", function + "    pass\n"))) == ["a.py::f"]
    assert list(too_long(Source("a.py", "x = 1\n" * 401))) == ["a.py"]
    assert list(too_long(Source("src/kingpost/engine/run.py", "x = 1\n" * 121))) == ["src/kingpost/engine/run.py"]
