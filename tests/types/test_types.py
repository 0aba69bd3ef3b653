"""What a user's editor says: right apps are accepted by two type checkers, and each typo is refused by one of them.

What no type checker can see, a name in a text, the build refuses. Each checker runs once, over all the typos in one file.
"""

import importlib.util
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from kingpost import Mistakes

ROOT = Path(__file__).resolve().parents[2]
RIGHT = [ROOT / "examples", ROOT / "tests" / "types" / "right.py"]
HEAD = """from datetime import datetime
from kingpost import *

class User(Account, table="users"):
    id: int = serial()
    name: str = text()
    created_at: datetime = created()
    posts: "list[Post]" = back("user")
    access = Access(create=anyone, read=anyone)

class Post(Resource):
    user: User = ref()
    title: str = text()
    access = Access(read=anyone)

def use(user: User, post: Post) -> None: ...

"""


@dataclass(frozen=True)
class Typo:
    """One wrong piece of an app: the line that is wrong, who refuses it, and what stands before and after it."""

    line: str
    by: frozenset[str]
    before: str = ""


BOTH, MYPY, PYRIGHT, BUILD = (
    frozenset({"mypy", "basedpyright"}),
    frozenset({"mypy"}),
    frozenset({"basedpyright"}),
    frozenset({"build"}),
)
FIELD = "class Thing(Resource):\n    id: int = serial()\n    user: User = ref()\n    access = Access(read=anyone)\n"
USE = "def use_it(user: User, post: Post) -> None:\n"

TYPOS = {
    # Words and their kinds.
    "a_wrong_keyword": Typo("    title: str = text(maxx=5)", BOTH, FIELD),
    "a_keyword_of_another_kind": Typo("    size: int = number(scale=5)", BOTH, FIELD),
    "a_bound_that_is_text": Typo('    title: str = text(max="5")', BOTH, FIELD),
    "a_default_of_another_type": Typo("    title: str = text(default=5)", BOTH, FIELD),
    "a_positional_bound": Typo("    title: str = text(5)", BOTH, FIELD),
    "a_wrong_on_delete_word": Typo('    editor: User | None = ref(on_delete="set null")', BOTH, FIELD),
    "a_link_defaulting_to_a_number": Typo("    editor: User = ref(default=1)", BOTH, FIELD),
    "a_plain_default_of_another_type": Typo('    size: int = "big"', BOTH, FIELD),
    "a_type_that_is_not_there": Typo("    title: Strng = text()", BOTH, FIELD),
    "a_function_that_is_not_there": Typo("    title: str = txt()", BOTH, FIELD),
    "an_index_with_a_rule": Typo("    size: int = index(where=where(size=1))", BOTH, FIELD),
    "a_count_with_an_index_condition": Typo('    size: int = count("x", where=is_set)', BOTH, FIELD),
    "a_back_without_its_link": Typo('    posts: "list[Post]" = back()', BOTH, FIELD),
    # Access, lists and rules.
    "a_wrong_verb": Typo("    access = Access(raed=anyone)", BOTH, FIELD.rpartition("    access")[0]),
    "a_rule_that_is_true": Typo("    access = Access(read=True)", BOTH, FIELD.rpartition("    access")[0]),
    "access_that_is_a_rule": Typo("    access = anyone", BOTH, FIELD.rpartition("    access")[0]),
    "lists_that_are_a_list": Typo('    lists = ["-created_at"]', BOTH, FIELD),
    "a_page_that_is_text": Typo('    lists = Lists("title", page="20")', BOTH, FIELD),
    "a_rule_joined_with_text": Typo('rule_1 = anyone | "admin"', BOTH),
    "a_rule_joined_with_and": Typo("rule_2 = anyone & True", BOTH),
    "fields_that_are_a_list": Typo('rule_3 = anyone.fields(["id"])', BOTH),
    "an_owner_that_is_a_class": Typo("rule_4 = owner(User)", BOTH),
    "a_misspelt_rule": Typo("rule_5 = signedin", BOTH),
    "a_password_policy_with_a_wrong_word": Typo("    password = PasswordPolicy(minimum=8)", BOTH, "class Member(Account):\n"),
    # Rows.
    "a_misspelt_attribute": Typo("    print(user.nmae)", BOTH, USE),
    "a_misspelt_attribute_beyond_a_link": Typo("    print(post.user.nmae)", BOTH, USE),
    "a_misspelt_attribute_of_many": Typo("    print(user.posts[0].titel)", BOTH, USE),
    "an_attribute_of_another_type": Typo("    size: int = user.name", BOTH, USE),
    "a_new_row_with_a_wrong_name": Typo('    Post(user=user, titel="a", title="b")', BOTH, USE),
    "a_new_row_with_a_wrong_type": Typo("    Post(user=user, title=5)", BOTH, USE),
    "a_new_row_with_what_the_server_makes": Typo('    User(id=1, email="a@b.de", name="a")', BOTH, USE),
    # The app.
    "an_app_of_text": Typo('app_1 = App("User")', BOTH),
    "an_app_of_another_class": Typo("app_2 = App(int)", BOTH),
    "an_app_with_a_wrong_word": Typo('app_3 = App(User, Post, titel="Blog")', BOTH),
    # What stands in a text, or in an annotation that `Any` fits, is for the build to see.
    "a_wrong_annotation": Typo("    title: int = text()", BUILD, FIELD),
    "a_misspelt_field_in_where": Typo(
        "    access = Access(read=where(titel=is_set))", BUILD, FIELD.rpartition("    access")[0]
    ),
    "a_misspelt_link_in_owner": Typo('    access = Access(read=owner("usr"))', BUILD, FIELD.rpartition("    access")[0]),
    "a_misspelt_field_in_fields": Typo(
        '    access = Access(read=anyone.fields("titel"))', BUILD, FIELD.rpartition("    access")[0]
    ),
    "a_misspelt_field_in_lists": Typo('    lists = Lists("-created")', BUILD, FIELD),
    "a_misspelt_link_in_back": Typo('    posts: "list[Post]" = back("usr")', BUILD, FIELD),
    "a_missing_access": Typo("    id: int = serial()", BUILD, "class Thing(Resource):\n"),
}


@cache
def written(folder: Path) -> tuple[Path, dict[str, int]]:
    """Write every typo into one file, and give the line of each."""
    text, lines = HEAD, {}
    for name, typo in TYPOS.items():
        part = re.sub(r"\b(Thing|Member|use_it)\b", lambda word, name=name: f"{word.group()}_{name}", typo.before)  # type: ignore[misc]  # a lambda's default has no type
        text += part
        lines[name] = text.count("\n") + 1
        text += typo.line + "\n\n"
    path = folder / "typos.py"
    path.write_text(text, encoding="utf-8")
    return path, lines


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("typos")


@pytest.fixture(scope="module")
def refused(folder: Path) -> dict[str, set[int]]:
    """Give the lines that each checker refuses."""
    path, _ = written(folder)
    return {
        "mypy": {int(line) for line in re.findall(rf"{path.name}:(\d+): error", run_mypy(folder, [path])[1])},
        "basedpyright": {line for file, line, _ in run_basedpyright(folder, [path])[1] if Path(file) == path},
    }


def run_mypy(cache_: Path, paths: list[Path]) -> tuple[int, str]:
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(cache_ / "mypy"), *map(str, paths)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.returncode, done.stdout


def run_basedpyright(folder: Path, paths: list[Path]) -> tuple[int, list[tuple[str, int, str]]]:
    settings = {
        "include": [str(path) for path in paths],
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
        "venvPath": str(Path(sys.prefix).parent),
        "venv": Path(sys.prefix).name,
        "extraPaths": [str(ROOT), str(ROOT / "src")],
    }
    file = folder / f"{len(paths)}.pyrightconfig.json"
    file.write_text(json.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--project", str(file)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert said["summary"]["filesAnalyzed"] > 0
    # That a value is not used is no typo: each line here would say so, right or wrong.
    errors = [each for each in said["generalDiagnostics"] if each["severity"] == "error" and "Unused" not in each["rule"]]
    return done.returncode, [(each["file"], each["range"]["start"]["line"] + 1, each["message"]) for each in errors]


def test_right_apps_are_accepted_by_mypy(folder: Path) -> None:
    assert run_mypy(folder, RIGHT) == (0, f"Success: no issues found in {len(list(RIGHT[0].rglob('*.py'))) + 1} source files\n")


def test_right_apps_are_accepted_by_basedpyright(folder: Path) -> None:
    assert run_basedpyright(folder, RIGHT) == (0, [])


@pytest.mark.parametrize("name", TYPOS)
def test_a_typo_is_refused_by_the_checkers_that_can_see_it(name: str, folder: Path, refused: dict[str, set[int]]) -> None:
    line = written(folder)[1][name]
    found = {checker for checker, lines in refused.items() if line in lines}
    assert found == TYPOS[name].by - BUILD


@pytest.mark.parametrize("name", [name for name, typo in TYPOS.items() if typo.by == BUILD])
def test_what_no_checker_can_see_the_build_refuses_at_its_line(name: str, tmp_path: Path) -> None:
    typo = TYPOS[name]
    path = tmp_path / f"{name}.py"
    text = f"{HEAD}{typo.before}{typo.line}\n"
    path.write_text(f"{text}\napp = App(User, Post, Thing)\n", encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.raises(Mistakes) as caught:
        spec.loader.exec_module(module)
    (mistake,) = caught.value.mistakes
    wrong = text.count("\n") - (name == "a_missing_access")  # what is missing is told where the class begins
    assert (mistake.place.file, mistake.place.line) == (str(path), wrong)
