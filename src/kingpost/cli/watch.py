"""What has changed in an app's folder, by looking at it again and again.

Takes a folder, gives the files that differ. Stands on nothing.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

MOST_FILES = 5_000
BESIDE = ("seed.json", ".env")
SKIPPED = ("__pycache__", "node_modules")
ENVIRONMENT = "pyvenv.cfg"

Look: TypeAlias = dict[str, tuple[int, int, int]]
"""Each file with its time, its size and its number on the disk."""


def look(folder: Path) -> Look:
    """Look at the Python files under a folder, and at what an app reads beside itself; at `MOST_FILES` of them at most."""
    found: Look = {}
    for path in (*(str(folder / name) for name in BESIDE), *sources(str(folder))):
        try:
            seen = os.stat(path)  # noqa: PTH116  # asked some hundred times a second
        except OSError:
            continue
        found[path] = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
        if len(found) >= MOST_FILES:
            break
    return found


def sources(folder: str) -> Iterator[str]:
    """Give the Python files under a folder, but for those that others installed there."""
    for where, folders, files in os.walk(folder):
        if ENVIRONMENT in files:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in SKIPPED)
        yield from (os.path.join(where, name) for name in files if name.endswith(".py"))  # noqa: PTH118  # as above


def differing(one: Look, other: Look) -> list[str]:
    """Name the files that were changed, added or removed between two looks."""
    return sorted(path for path in {*one, *other} if one.get(path) != other.get(path))
