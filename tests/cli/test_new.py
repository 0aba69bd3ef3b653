"""What `kingpost new` makes: an app that is well, typed and tested, and can be served."""

import json
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from kingpost import __version__
from tests.cli.process import ROOT, SECRET, kingpost, serving, variables

FILES = [".gitignore", "AGENTS.md", "Containerfile", "README.md", "app.py", "requirements.txt", "seed.json", "test_app.py"]


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of this Python in a folder."""
    path = variables({"PYTHONPATH": str(ROOT / "src")})
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=folder, env=path, capture_output=True, text=True, timeout=100, check=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as it was made."""
    folder = tmp_path_factory.mktemp("there")
    ended = kingpost(folder, "new", "my-notes")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "Made my-notes with 8 files\nNow type:\n  cd my-notes\n  kingpost dev\nand read app.py\n"
    return folder / "my-notes"


def test_every_file_is_there_and_no_word_was_left_open(made: Path) -> None:
    assert sorted(path.name for path in made.iterdir()) == FILES
    assert [path.name for path in made.iterdir() if "{{" in path.read_text() or stat.S_IMODE(path.stat().st_mode) & 0o111] == []
    assert 'app = App(User, Note, title="My notes")' in (made / "app.py").read_text()
    assert (made / "requirements.txt").read_text() == f"kingpost~={__version__}\n"


def test_the_app_is_well_typed_formatted_and_tested(made: Path) -> None:
    assert kingpost(made, "check").stdout.startswith("All is well: 2 resources, 12 operations")
    plain = ["--isolated", "--no-cache", "--line-length=128", "."]
    for tool in (
        ["mypy", "--strict", "--no-incremental", "."],
        ["ruff", "check", *plain],
        ["ruff", "format", "--check", *plain],
    ):
        ended = python(made, *tool)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    ended = python(made, "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio")
    assert ended.returncode == 0 and "3 passed" in ended.stdout, ended.stdout


def test_every_command_that_the_notes_name_is_one_and_works(made: Path, tmp_path: Path) -> None:
    for name in FILES[:1] + FILES[4:]:
        (tmp_path / name).write_text((made / name).read_text())
    for page in ("AGENTS.md", "README.md"):
        named = re.findall(r"^kingpost ([^#\n]+?) *(?:#.*)?$", (made / page).read_text(), re.MULTILINE)
        assert len(named) >= 2
        for each in named:
            if not each.startswith(("dev", "serve")):
                ended = kingpost(tmp_path, *shlex.split(each))
                assert (ended.returncode, ended.stderr) == (0, ""), each


def test_dev_serves_it_with_rows_to_look_at_and_a_curl_that_works(made: Path, tmp_path: Path) -> None:
    for name in ("app.py", "seed.json"):
        (tmp_path / name).write_text((made / name).read_text())
    with serving(tmp_path, "dev") as server:
        anyone = httpx2.get(f"{server.address}/api/v1/notes").json()["items"]
        assert [each["title"] for each in anyone] == ["Hello"]
        _, said, _ = server.stop()
    assert "  Seed   2 in users, 3 in notes\n" in said and "  Try    curl -H 'Authorization: Bearer " in said


def test_the_container_runs_as_no_one_in_particular_and_its_health_check_asks_the_server(made: Path, tmp_path: Path) -> None:
    text = (made / "Containerfile").read_text()
    assert text.startswith("FROM python:3.13-slim\n") and "\nUSER app\n" in text and "\nVOLUME /app/data\n" in text
    assert 'CMD ["kingpost", "serve", "--host", "0.0.0.0"]' in text
    check = re.search(r"CMD python -c (.+)\n", text)
    assert check is not None
    with serving(tmp_path, "serve", str(made), SECRET_KEY=SECRET) as server:
        (asks,) = shlex.split(check[1].replace(":8000/", f":{server.port}/"))
        assert subprocess.run([sys.executable, "-c", asks], check=False).returncode == 0
        server.stop()
        gone = subprocess.run([sys.executable, "-c", asks], capture_output=True, check=False)
        assert gone.returncode == 1


def test_what_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("there", "file"):
        ended = kingpost(tmp_path, "new", name)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr == f"{name} is there already, and not empty. Choose another name\n"
        told = kingpost(tmp_path, "new", name, "--json")
        assert json.loads(told.stdout) == {"ok": False, "message": ended.stderr.strip()}
    assert [path.name for path in sorted(tmp_path.rglob("*"))] == ["file", "there", "mine.txt"]


@pytest.mark.parametrize("name", ["9lives", "-x", "a b", "ä", "a.b", ".hidden"])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    ended = kingpost(tmp_path, "new", "--", name)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"{name!r} is no name for an app: begin with a letter and go on with letters, digits, _ and -\n"
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_and_a_place_that_can_not_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ended = kingpost(tmp_path / "empty", "new", ".", "--json")
    assert json.loads(ended.stdout) == {"ok": True, "folder": ".", "files": FILES}
    ended = kingpost(tmp_path, "new", "/proc/nothing/app")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Can not write /proc/nothing") and ended.stderr.endswith("Choose another place\n")
