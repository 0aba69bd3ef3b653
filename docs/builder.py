"""Builds the documentation as a site, or shows it while it is written.

Takes the pages of this folder, gives `site/`. What builds them is not ours: it is brought into `.tools/docs`, as
`requirements.txt` locks it, and stands apart from the environment, where nothing else needs it.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PLACE = ROOT / ".tools" / "docs"
MARKER = PLACE / "brought-for"
LIST = HERE / "requirements.txt"


def wanted() -> str:
    """Give a word for exactly what is to be brought."""
    return hashlib.sha256(sys.version.encode() + LIST.read_bytes()).hexdigest()


def brought() -> bool:
    """Whether everything is there."""
    return MARKER.exists() and MARKER.read_text(encoding="utf-8") == wanted()


def bring(uv: str) -> int:
    """Bring what builds the site.

    Args:
        uv: The program that installs packages of Python.

    Returns:
        Its status, which is 0 where all went well.
    """
    if brought():
        return 0
    shutil.rmtree(PLACE, ignore_errors=True)
    apart = ["--quiet", "--python", sys.executable, "--target", str(PLACE)]
    code = subprocess.call([uv, "pip", "install", *apart, "--require-hashes", "-r", str(LIST)], stdout=sys.stderr)
    if code == 0:
        MARKER.write_text(wanted(), encoding="utf-8")
    return code


def variables() -> dict[str, str]:
    """Give the environment that the builder runs in: its own packages, and this checkout, which it reads the reference from."""
    path = os.pathsep.join([str(PLACE), str(ROOT / "src"), str(ROOT)])
    # Its authors' notice on what a later version of it may do is no business of who writes a page.
    return os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "NO_MKDOCS_2_WARNING": "1"}


def command(*arguments: str) -> list[str]:
    """Give the command that runs the builder; whatever it would only warn of is a failure."""
    return [sys.executable, "-m", "mkdocs", *arguments, "--strict", "--config-file", str(ROOT / "mkdocs.yml")]


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python3 dev.py docs", allow_abbrev=False)
    parser.add_argument("--serve", action="store_true", help="show the site, and what is changed in it as it is saved")
    parser.add_argument("--port", type=int, default=8001, help="where to show it (8001 by default)")
    parser.add_argument("--bring", metavar="UV", help="only bring what builds it, with this program")
    options = parser.parse_args()
    if options.bring:
        return bring(options.bring)
    if not brought():
        print("What builds the site is not there: is there a network? `python3 dev.py docs` tries again", file=sys.stderr)
        return 1
    if options.serve:
        print(f"== the documentation at http://127.0.0.1:{options.port} (Ctrl-C to stop)", flush=True)
        serve = command("serve", "--dev-addr", f"127.0.0.1:{options.port}")
        if os.name != "nt":  # there, replacing a process would detach it from the keyboard
            os.execve(serve[0], serve, variables())  # noqa: S606 - it takes this one's place, so that every signal reaches it
        return subprocess.call(serve, env=variables())
    code = subprocess.call(command("build", "--clean"), cwd=ROOT, env=variables())
    if code == 0:
        print(f"== the documentation is in {ROOT / 'site'}: open index.html", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
