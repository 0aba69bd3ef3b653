"""Reads the source of this checkout, for the tests that keep its habits."""

import ast
import io
import tokenize
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "kingpost"

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Source:
    """One Python file: its path within the checkout, and its text."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        """The syntax tree of the file."""
        return parse(self.text)

    @property
    def inside(self) -> str:
        """The path within the package, such as `engine/run.py`; empty for a file outside of it."""
        return self.path.removeprefix("src/kingpost/") if self.path.startswith("src/kingpost/") else ""

    def stands_in(self, *places: str) -> bool:
        """Tell whether the file is one of these, or is in one of these folders (which end with a slash)."""
        return any(self.inside.startswith(place) if place.endswith("/") else self.inside == place for place in places)

    def comments(self) -> Iterator[tuple[int, str]]:
        """Give each comment with its line number."""
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


@cache
def parse(text: str) -> ast.Module:
    """Parse a text once, however many rules ask for it."""
    return ast.parse(text)


@cache
def package_sources() -> tuple[Source, ...]:
    """Give every Python file of the package."""
    return read(PACKAGE)


@cache
def all_sources() -> tuple[Source, ...]:
    """Give every Python file that this project keeps."""
    folders = (PACKAGE.parent, ROOT / "tests", ROOT / "examples", ROOT / "bench")
    entry = ROOT / "dev.py"
    return (Source("dev.py", entry.read_text(encoding="utf-8")), *(one for folder in folders for one in read(folder)))


def read(folder: Path) -> tuple[Source, ...]:
    """Read the Python files in a folder; a folder that does not exist yet has none."""
    paths = sorted(folder.rglob("*.py"))
    return tuple(Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in paths)


@cache
def project() -> dict[str, Any]:
    """Give what pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def in_functions(tree: ast.AST) -> Iterator[ast.AST]:
    """Give every node that is inside a function."""
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            for statement in node.body:
                yield from ast.walk(statement)
