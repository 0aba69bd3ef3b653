"""Keeps the floors: the list of them is complete, and a forbidden import is really found."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.repo.source import PACKAGE, ROOT, project

# importer, imported: one or more for each sentence about who may know whom
FORBIDDEN = [
    ("call", "plan"),
    ("contract", "declare"),
    ("plan", "store.protocol"),
    ("plan", "engine"),
    ("store.protocol", "store.sql"),
    ("store.sqlite", "store.postgres"),
    ("store.postgres", "store.sqlite"),
    ("store.sqlite", "engine"),
    ("engine", "store.sqlite"),
    ("engine", "store.sql"),
    ("engine", "surface.rest"),
    ("engine", "settings"),
    ("declare", "check"),
    ("declare", "plan"),
    ("check", "declare"),
    ("gate", "engine"),
    ("surface.rest", "engine"),
    ("surface.rest", "plan"),
    ("surface.rest", "store.protocol"),
    ("surface.rest", "surface.admin"),
    ("builtin.accounts", "engine"),
    ("builtin.accounts", "surface.rest"),
    ("builtin.accounts", "settings"),
    ("settings", "engine"),
    ("server", "app"),
    ("server", "settings"),
    ("server", "engine"),
    ("surface.rest", "server"),
    ("engine", "app"),
    ("telemetry", "engine"),
    ("telemetry", "surface.rest"),
    ("telemetry", "store.protocol"),
    ("surface.rest", "telemetry"),
    ("engine", "telemetry"),
]
ALLOWED = [
    ("call", "contract"),
    ("plan", "call"),
    ("store.protocol", "plan"),
    ("store.sqlite", "store.sql"),
    ("engine", "store.protocol"),
    ("engine", "plan"),
    ("declare", "contract"),
    ("surface.rest", "call"),
    ("gate", "contract"),
    ("builtin.accounts", "declare"),
    ("settings", "contract"),
    ("app", "settings"),
    ("app", "telemetry"),
    ("telemetry", "call"),
    ("app", "store.sqlite"),
    ("server", "surface.rest"),
    ("cli", "app"),
    ("cli", "server"),
    ("testing", "app"),
]
MODULES = sorted({name for pair in (*FORBIDDEN, *ALLOWED) for name in pair})


def contracts() -> dict[str, dict[str, Any]]:
    return {contract["id"]: contract for contract in project()["tool"]["importlinter"]["contracts"]}


def names_in(contract: dict[str, Any]) -> set[str]:
    return {name for layer in contract["layers"] for name in re.findall(r"\(([\w.]+)\)", layer)}


def children(folder: Path) -> set[str]:
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    return modules | {path.name for path in folder.iterdir() if path.is_dir() and next(path.rglob("*.py"), None)}


@pytest.mark.parametrize(("folder", "contract"), [(PACKAGE, "floors"), (PACKAGE / "store", "stores")])
def test_every_part_that_exists_stands_on_a_floor(folder: Path, contract: str) -> None:
    existing = children(folder) if folder.exists() else set()
    assert existing - names_in(contracts()[contract]) == set()


def test_no_contract_names_a_part_that_has_no_floor() -> None:
    known = {f"kingpost.{name}" for name in names_in(contracts()["floors"])}
    known |= {f"kingpost.store.{name}" for name in names_in(contracts()["stores"])}
    with_full_names = [one for one in contracts().values() if one["type"] == "layers" and "containers" not in one]
    assert {name for one in with_full_names for name in names_in(one)} - known == set()


def test_imports_for_types_count() -> None:
    assert project()["tool"]["importlinter"]["exclude_type_checking_imports"] is False


# One process holds many packages against the contracts, one after the other: starting it costs more than the work does.
LINT = """
import os, sys
from importlinter.cli import lint_imports
for folder in sys.argv[2:]:
    os.chdir(folder)
    sys.path[:] = [folder, *(path for path in sys.path if os.path.basename(path) != os.path.basename(folder))]
    sys.path_importer_cache.clear()
    print("PACKAGE", lint_imports(sys.argv[1], no_cache=True, no_logo=True), flush=True)
"""


def package_with(folder: Path, imports: list[tuple[str, str]]) -> str:
    """Make a package of empty parts which has these imports."""
    for name in MODULES:
        place = folder / "kingpost" / Path(*name.split("."))
        place.mkdir(parents=True, exist_ok=True)
        for package in (place, place.parent):
            (package / "__init__.py").touch()
    for importer, imported in imports:
        file = folder / "kingpost" / Path(*importer.split(".")) / "__init__.py"
        with file.open("a", encoding="utf-8") as text:
            text.write(f"import kingpost.{imported}\n")
    return str(folder)


def lint(folders: list[str]) -> list[tuple[str, str]]:
    """Hold packages against the contracts of this project: what was said, and how it ended, for each."""
    command = [sys.executable, "-c", LINT, str(ROOT / "pyproject.toml"), *folders]
    done = subprocess.run(command, cwd=folders[0], capture_output=True, text=True, check=True)
    parts = re.split(r"^PACKAGE (\w+)\n", done.stdout, flags=re.MULTILINE)
    return list(zip(parts[0:-1:2], parts[1::2], strict=True))


def test_what_is_allowed_passes(tmp_path: Path) -> None:
    ((said, ending),) = lint([package_with(tmp_path / "allowed", ALLOWED)])
    assert ending == "0", said


def test_what_is_forbidden_is_found(tmp_path: Path) -> None:
    folders = [package_with(tmp_path / f"forbidden{number}", [pair]) for number, pair in enumerate(FORBIDDEN)]
    ended = lint(folders)
    assert len(ended) == len(FORBIDDEN)
    for (importer, imported), (said, ending) in zip(FORBIDDEN, ended, strict=True):
        assert (ending, "is not allowed to import" in said) == ("1", True), f"{importer} -> {imported}:\n{said}"
        assert f"kingpost.{importer} -> kingpost.{imported} (l." in said, said
