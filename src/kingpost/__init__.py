"""Kingpost: a backend you declare.

The names that an app is written with, which `__init__.pyi` lists; each is loaded when it is first asked for, so that the
command line answers at once.
"""

import ast
from importlib import import_module
from pathlib import Path

__version__ = "0.1.0"

LISTED = ast.parse(Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
PLACES = {name.name: each.module or "" for each in LISTED.body if isinstance(each, ast.ImportFrom) for name in each.names}
__all__ = [*PLACES]  # noqa: PLE0604  # they are texts


def __getattr__(name: str) -> object:
    """Load one of the names."""
    if name not in PLACES:
        raise AttributeError(f"module 'kingpost' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(PLACES[name]), name)
    return found
