"""The commands that end: what they do, what they say, and what they say when they can not."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import kingpost as kingpost_package
from kingpost import __version__
from kingpost.cli.main import COMMANDS, main
from tests.cli.process import BLOG, SECRET, kingpost

MISTAKEN = """
from kingpost import Access, App, Lists, Resource, anyone, owner, text


class Note(Resource, table="notes"):
    title: str = text(min=9, max=3)
    body: int = text()
    lists = Lists("-nothing")


class Page(Resource, table="pages"):
    title: str = text()
    access = Access(read=owner("writer"), create=anyone)


app = App(Note, Page)
"""


@pytest.fixture
def mistaken(tmp_path: Path) -> Path:
    """A folder whose app has mistakes."""
    (tmp_path / "app.py").write_text(MISTAKEN)
    return tmp_path


# --------------------------------------------------------------------------------------------------------------- help


def test_the_bare_command_shows_what_there_is(tmp_path: Path) -> None:
    bare, asked = kingpost(tmp_path), kingpost(tmp_path, "--help")
    assert asked.returncode == 0 and asked.stderr == ""
    assert bare.returncode == 2 and bare.stdout + bare.stderr == asked.stdout
    for line in ("kingpost dev", "Serve an app while you work on it", "Find what is wrong", "Make accounts", "--version"):
        assert line in asked.stdout
    assert 'eval "$(kingpost completion bash)"' in asked.stdout


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS), ["user", "create"], ["user", "promote"]])
def test_every_command_explains_itself_and_all_that_it_takes(command: list[str]) -> None:
    for flag in ("--help", "-h"):
        shown = CliRunner().invoke(main, [*command, flag], prog_name="kingpost", terminal_width=120, max_content_width=120)
        assert shown.exit_code == 0
        lines = shown.output.splitlines()
        assert lines[0].startswith(f"Usage: {' '.join(['kingpost', *command])} [OPTIONS]")
        assert len(lines[2].strip()) > 20 and "..." not in "".join(lines[2:])
        for line in lines:
            if line.startswith("  -"):
                assert len(line.split("  ")) > 2, f"nothing is said of {line}"


def test_help_loads_nothing_of_an_app_and_every_public_name_loads_what_it_needs() -> None:
    loads = "import sys, kingpost.cli.main; print(*(each for each in sys.modules if each.startswith('kingpost')))"
    found = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["kingpost", "kingpost.cli", "kingpost.cli.main"]
    stub = ast.parse(Path(kingpost_package.__file__ or "").with_suffix(".pyi").read_text())
    (listed,) = (each.value for each in stub.body if isinstance(each, ast.Assign))
    assert ast.literal_eval(listed) == sorted(kingpost_package.__all__)
    for name in kingpost_package.__all__:
        assert getattr(kingpost_package, name) is not None
    with pytest.raises(AttributeError, match="module 'kingpost' has no attribute 'nothing'"):
        getattr(kingpost_package, "nothing")  # noqa: B009  # a type checker would refuse it, as it should


def test_it_says_its_version(tmp_path: Path) -> None:
    ended = kingpost(tmp_path, "--version")
    assert (ended.returncode, ended.stdout) == (0, f"kingpost, version {__version__}\n")


def test_commands_and_operations_complete_and_an_app_that_is_broken_completes_nothing(tmp_path: Path) -> None:
    for shell, word in (("bash", "complete "), ("zsh", "compdef "), ("fish", "complete ")):
        ended = kingpost(tmp_path, "completion", shell)
        assert ended.returncode == 0 and word in ended.stdout and "_KINGPOST_COMPLETE" in ended.stdout
    words = kingpost(tmp_path, _KINGPOST_COMPLETE="bash_complete", COMP_WORDS="kingpost user ", COMP_CWORD="2")
    assert words.stdout.split() == ["plain,create", "plain,promote"]
    (tmp_path / "app.py").write_text(BLOG.read_text())
    asked = {"_KINGPOST_COMPLETE": "bash_complete", "COMP_WORDS": "kingpost show posts.", "COMP_CWORD": "2"}
    words = kingpost(tmp_path, **asked)
    assert words.stdout.split() == [f"plain,posts.{verb}" for verb in ("list", "get", "create", "replace", "merge", "delete")]
    assert kingpost(tmp_path, **asked | {"COMP_WORDS": "kingpost show us"}).stdout.split()[:2] == [
        "plain,users",
        "plain,users.list",
    ]
    for text in ("x = (", "raise SystemExit(3)", "print('noise')", MISTAKEN):
        (tmp_path / "app.py").write_text(text)
        ended = kingpost(tmp_path, **asked)
        assert (ended.stdout.strip(), ended.stderr) == ("", "")


@pytest.mark.parametrize("arguments", [["nothing"], ["dev", "--nothing"], ["dev", "--port", "x"], ["dev", "--port", "70000"]])
def test_a_word_that_is_not_known_is_refused_with_where_to_look(tmp_path: Path, arguments: list[str]) -> None:
    ended = kingpost(tmp_path, *arguments)
    assert ended.returncode == 2 and ended.stderr.startswith("Usage: kingpost") and "--help" in ended.stderr


# --------------------------------------------------------------------------------------------------------------- check


def test_an_app_without_mistakes_is_well(tmp_path: Path) -> None:
    ended = kingpost(tmp_path, "check", str(BLOG))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("All is well: 2 resources, 13 operations, contract ")
    machine = kingpost(tmp_path, "check", str(BLOG), "--json")
    found = json.loads(machine.stdout)
    assert machine.returncode == 0 and ended.stdout.split()[-1] == found.pop("contract")
    assert found == {"ok": True, "mistakes": [], "resources": 2, "operations": 13}
    assert list(tmp_path.iterdir()) == []  # nothing is started, nothing made


@pytest.mark.parametrize("command", ["dev", "serve", "check"])
def test_an_app_with_mistakes_is_told_all_of_them_with_their_lines(mistaken: Path, command: str) -> None:
    ended = kingpost(mistaken, command, SECRET_KEY=SECRET)
    assert (ended.returncode, ended.stdout) == (1, "")
    first, *lines = ended.stderr.splitlines()
    assert first == f"{len(lines)} mistakes in the declarations" and len(lines) >= 4
    named = {int(line.removeprefix(f"  {mistaken}/app.py:").partition(":")[0]) for line in lines}
    assert {6, 7, 8, 13} <= named
    assert "Traceback" not in ended.stderr and not (mistaken / "data").exists()


def test_mistakes_are_told_to_machines_in_JSON(mistaken: Path) -> None:
    plain, machine = kingpost(mistaken, "check"), kingpost(mistaken, "check", "--json")
    assert (machine.returncode, machine.stderr) == (1, "")
    found = json.loads(machine.stdout)
    assert found["ok"] is False
    told = [
        f"  {each['file']}:{each['line']}: {each['subject']}: {each['problem']}. {each['remedy']}."
        for each in found["mistakes"]
    ]
    assert told == plain.stderr.splitlines()[1:]


# ------------------------------------------------------------------------------------------------------ what can not be


def test_an_app_file_that_is_not_there_is_named_with_how_to_name_it(tmp_path: Path) -> None:
    for command in ("dev", "serve", "check"):
        ended = kingpost(tmp_path, command, SECRET_KEY=SECRET)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr == f"There is no file app.py. Name the app's file: kingpost {command} path/to/app.py\n"
    (tmp_path / "there").mkdir()
    assert "There is no file there/app.py." in kingpost(tmp_path, "check", "there").stderr
    machine = kingpost(tmp_path, "check", "--json")
    assert (machine.returncode, machine.stderr) == (1, "")
    remedy = "Name the app's file: kingpost check path/to/app.py"
    told = {"file": "app.py", "line": 1, "subject": "app", "problem": "There is no such file", "remedy": remedy}
    assert json.loads(machine.stdout) == {"ok": False, "mistakes": [told]}


def test_a_file_without_an_app_is_told_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("application = 1\n")
    assert kingpost(tmp_path, "check").stderr == 'app.py has no app: write "app = App(...)"\n'
    assert kingpost(tmp_path, "check", "app.py:other").stderr == 'app.py has no app: write "other = App(...)"\n'
    (told,) = json.loads(kingpost(tmp_path, "check", "--json").stdout)["mistakes"]
    assert (told["problem"], told["remedy"]) == ("There is no app of this name", 'Write "app = App(...)"')
    (tmp_path / "notes.txt").write_text("x")
    assert kingpost(tmp_path, "check", "notes.txt").stderr == "notes.txt is no Python file\n"


def test_an_app_may_have_another_name_and_stand_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(BLOG.read_text().replace("app = App(", "blog = App("))
    assert kingpost(tmp_path, "check", "app.py:blog").returncode == 0
    assert kingpost(tmp_path, "check", f"{tmp_path}:blog").returncode == 0


@pytest.mark.parametrize(
    ("text", "line", "last"),
    [
        ("import nothing_of_this_name\n", 1, "ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("x = 1\n\n1 / 0\n", 3, "ZeroDivisionError: division by zero"),
        ("x = (\n", 1, "SyntaxError: '(' was never closed"),
    ],
)
def test_an_error_in_the_users_file_is_shown_from_that_file_on(tmp_path: Path, text: str, line: int, last: str) -> None:
    (tmp_path / "app.py").write_text(text)
    ended = kingpost(tmp_path, "check")
    assert (ended.returncode, ended.stdout) == (1, "")
    lines = ended.stderr.splitlines()
    assert lines[-2:] == [last, "app.py can not be loaded; the lines above say where"]
    assert f'File "{tmp_path}/app.py", line {line}' in ended.stderr and "importlib" not in ended.stderr
    machine = kingpost(tmp_path, "check", "--json")
    assert (machine.returncode, machine.stderr) == (1, "")
    (told,) = json.loads(machine.stdout)["mistakes"]
    assert (told["file"], told["line"]) == (f"{tmp_path}/app.py", line)
    assert f"{told['subject']}: {told['problem']}" == last and told["remedy"]


def test_an_error_in_another_file_of_the_users_is_told_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("\n\nraise KeyError('x')\n")
    (tmp_path / "app.py").write_text("import beside\n")
    (told,) = json.loads(kingpost(tmp_path, "check", "--json").stdout)["mistakes"]
    assert (told["file"], told["line"], told["subject"]) == (f"{tmp_path}/beside.py", 3, "KeyError")


def test_a_file_that_ends_the_process_is_told_like_any_error(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import sys\nsys.exit(0)\n")
    ended = kingpost(tmp_path, "check", "--json")
    (told,) = json.loads(ended.stdout)["mistakes"]
    assert (ended.returncode, told["line"], told["subject"]) == (1, 2, "SystemExit")
    assert kingpost(tmp_path, "check").returncode == 1


def test_an_app_may_import_what_stands_beside_it(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text('TITLE = "Beside"\n')
    (tmp_path / "app.py").write_text("from beside import TITLE\n" + BLOG.read_text().replace('title="Blog"', "title=TITLE"))
    assert kingpost(tmp_path.parent, "check", str(tmp_path / "app.py")).returncode == 0


@pytest.mark.parametrize("secret", [None, "x" * 31])
def test_serve_without_a_good_secret_says_how_to_make_one(tmp_path: Path, secret: str | None) -> None:
    """K1."""
    ended = kingpost(tmp_path, "serve", str(BLOG), **({} if secret is None else {"SECRET_KEY": secret}))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "SECRET_KEY must be set to at least 32 random bytes. "
        'Make one with: python3 -c "import secrets; print(secrets.token_urlsafe(48))"\n'
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("command", "url"), [("dev", ""), ("serve", "mysql://localhost/x"), ("dev", "sqlite:///")])
def test_a_database_of_another_kind_is_refused_with_what_to_write(tmp_path: Path, command: str, url: str) -> None:
    ended = kingpost(tmp_path, command, str(BLOG), DATABASE_URL=url, SECRET_KEY=SECRET)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("DATABASE_URL must be sqlite:///PATH, such as sqlite:///data/app.db")


def test_a_database_that_can_not_be_opened_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    (tmp_path / "text.db").write_text("This is no database. " * 100)
    (tmp_path / "file").write_text("x")
    for path in ("folder.db", "text.db", "file/app.db", "/proc/nothing/app.db"):
        for command in (["serve", str(BLOG)], ["user", "promote", "a@b.example", str(BLOG)]):
            ended = kingpost(tmp_path, *command, DATABASE_URL=f"sqlite:///{path}", SECRET_KEY=SECRET)
            assert (ended.returncode, ended.stdout) == (1, ""), path
            assert ended.stderr.startswith(f"Can not open the database {path} (") and len(ended.stderr.splitlines()) == 1
            assert ended.stderr.endswith("Set DATABASE_URL to sqlite:///PATH of another file\n")
    assert (tmp_path / "text.db").read_text() == "This is no database. " * 100


def test_an_environment_that_is_neither_is_refused(tmp_path: Path) -> None:
    ended = kingpost(tmp_path, "dev", str(BLOG), KINGPOST_ENV="staging")
    assert (ended.returncode, ended.stderr) == (1, "KINGPOST_ENV is 'staging': set it to dev or production\n")


def test_colours_are_for_terminals_alone(tmp_path: Path) -> None:
    assert "\x1b" not in kingpost(tmp_path, "check", str(BLOG)).stdout + kingpost(tmp_path, "check").stderr
    runner = CliRunner()
    coloured = runner.invoke(main, ["check", str(BLOG)], color=True)
    assert "\x1b[32m" in coloured.output
    plain = runner.invoke(main, ["check", str(BLOG)], color=True, env={"NO_COLOR": "1"})
    assert "\x1b" not in plain.output and "All is well" in plain.output
