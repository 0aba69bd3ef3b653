"""Brings the peers: each into a folder of its own, with exactly the versions that its lists name.

Takes candidates; what is there already is left as it is. Node comes with the environment, as a package of Python.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from importlib import metadata

import dev
from bench import interpreter
from bench.candidates import Candidate, Kind
from tests.surface.rest.tools.install import node, npm, variables

LISTS = ("package-lock.json", "requirements.txt", "uv.lock")
QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")


def install(candidate: Candidate) -> None:
    """Install a candidate and lay its code beside; raises `subprocess.CalledProcessError`."""
    place, marker = candidate.place, candidate.place / "installed-for"
    if not marker.exists() or marker.read_text(encoding="utf-8") != wanted(candidate):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        print(f"== bring {candidate.title}", flush=True)
    if candidate.kind is not Kind.OURS:
        shutil.copytree(candidate.source, place, dirs_exist_ok=True)
    if not marker.exists():
        for command in commands(candidate):
            environment = variables() | {"UV_PROJECT_ENVIRONMENT": str(place / "venv")}
            subprocess.run(command, env=environment, cwd=dev.ROOT, check=True, stdout=sys.stderr)
        marker.write_text(wanted(candidate), encoding="utf-8")
    if (place / "tsconfig.json").exists():
        subprocess.run([node(), place / "node_modules" / "typescript" / "bin" / "tsc", "--project", place], check=True)


def wanted(candidate: Candidate) -> str:
    """Give a word for exactly what is to be installed."""
    digest = hashlib.sha256(interpreter.described().encode())
    folder = dev.ROOT if candidate.kind is Kind.OURS else candidate.source
    for name in LISTS:
        if (folder / name).exists():
            digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def commands(candidate: Candidate) -> list[list[str]]:
    """Give what installs a candidate."""
    place = candidate.place
    if candidate.kind is Kind.NODE:
        return [[str(node()), str(npm()), "ci", "--prefix", str(place), *QUIET]]
    uv, python = dev.bring_uv(), str(place / "venv" / "bin" / "python")
    if candidate.kind is Kind.OURS:
        return [[uv, "sync", "--quiet", "--frozen", "--no-dev", "--extra", "postgres", "--python", interpreter.chosen()]]
    exactly = ("--require-hashes", "-r", str(candidate.source / "requirements.txt"))
    return [
        [uv, "venv", "--quiet", "--python", interpreter.chosen(), str(place / "venv")],
        [uv, "pip", "install", "--quiet", "--python", python, *exactly],
    ]


def program(candidate: Candidate) -> str:
    """Give the program that runs a candidate's code."""
    match candidate.kind:
        case Kind.NODE:
            return str(node())
        case Kind.PYTHON:
            return str(candidate.place / "venv" / "bin" / "python")
        case Kind.POCKETBASE:
            return str(candidate.place / "venv" / "bin" / "pocketbase")
        case Kind.OURS:
            return str(candidate.place / "venv" / "bin" / "kingpost")


def versions(candidate: Candidate) -> str:
    """Say in words what was installed: what a candidate names itself, in the versions that the lists give it."""
    match candidate.kind:
        case Kind.OURS:
            return f"kingpost {metadata.version('kingpost')}, uvicorn {metadata.version('uvicorn')}"
        case Kind.NODE:
            named = json.loads((candidate.source / "package.json").read_text(encoding="utf-8"))["dependencies"]
            return ", ".join(f"{name} {version}" for name, version in named.items())
        case _:
            named = (candidate.source / "requirements.in").read_text(encoding="utf-8").split()
            folders = [str(folder) for folder in (candidate.place / "venv" / "lib").glob("python*/site-packages")]
            found = {each.name.lower().replace("_", "-"): each.version for each in metadata.distributions(path=folders)}
            return ", ".join(f"{name} {found[name]}" for name in (line.partition("[")[0] for line in named))
