"""Runs the judges that `install.py` installed."""

import json
import os
import subprocess
import sys
from pathlib import Path

from kingpost import App
from kingpost.testing import Client
from tests.surface.rest.tools.install import HERE, PLACE, installed, node, variables

PATIENCE = 100
QUIET = {"NO_COLOR": "1", "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def judge(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run one to its end in a folder; one that is not there is a failure, not a reason to leave a proof out."""
    assert installed(), f"the judges are not installed: run `python3 dev.py test`, or {HERE / 'install.py'} with the path of uv"
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder, env=here(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


def here() -> dict[str, str]:
    """Give the environment that a judge runs in: with our programs, and without our modules."""
    found = {name: text for name, text in variables().items() if name != "PYTHONPATH"}
    return found | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), found["PATH"]]), **QUIET}


def program(name: str) -> Path:
    """Give a program of node by its name."""
    return PLACE / "node" / "node_modules" / ".bin" / name


def python(name: str) -> Path:
    """Give a program of the environment by its name."""
    return Path(sys.executable).with_name(name)


def script(folder: Path, source: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script of node that stands beside this file, with what is installed for it to import."""
    (folder / "node_modules").symlink_to(PLACE / "node" / "node_modules")
    (folder / source.name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    return judge(folder, node(), source.name, *arguments)


def lint(folder: Path, source: Path, sent: object) -> subprocess.CompletedProcess[str]:
    """Run a script of Python with the judges that stand apart from the environment, on what is sent as JSON."""
    assert installed(), f"the judges are not installed: run `python3 dev.py test`, or {HERE / 'install.py'} with the path of uv"
    return subprocess.run(
        [sys.executable, "-I", str(source), str(PLACE / "lint")],
        cwd=folder, env=dict(os.environ), input=json.dumps(sent), capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


def write(app: App, path: Path) -> Path:
    """Write the document that an app serves."""
    with Client(app) as client:
        path.write_text(client.get("/openapi.json").text, encoding="utf-8")
    return path
