"""The commands that make accounts, and admins of them."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from kingpost.cli.main import main
from tests.cli.process import BLOG, kingpost

WEAK = "Must have at least 8 characters, at least 1 upper-case letter and at least 1 digit"


def accounts(folder: Path) -> list[tuple[object, ...]]:
    """Look into the database."""
    connection = sqlite3.connect(folder / "data" / "app.db")
    try:
        return connection.execute("SELECT email, name, admin FROM users ORDER BY id").fetchall()
    finally:
        connection.close()


def test_an_account_is_made_with_a_password_that_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["user", "create", "ada@example.com", str(BLOG), "--set", "name=Ada = Lovelace"]
    typed = "SecurePass123!\nSecurePass123!\n"
    ended = CliRunner().invoke(
        main, arguments, input=typed, env={"KINGPOST_ENV": None, "SECRET_KEY": None, "DATABASE_URL": None}
    )
    assert ended.exit_code == 0, ended.output
    assert ended.output.splitlines()[-1] == "ada@example.com has an account"
    assert "SecurePass123!" not in ended.output
    assert accounts(tmp_path) == [("ada@example.com", "Ada = Lovelace", 0)]


def test_an_account_is_made_where_no_one_may_sign_up_and_its_fields_are_of_their_kinds(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "from datetime import date\nfrom kingpost import Access, Account, App, number, owner, serial\n"
        "class User(Account):\n    id: int = serial()\n    level: int = number(max=9)\n    active: bool\n    born: date\n"
        "    access = Access(read=owner())\napp = App(User)\n"
    )
    fields = ["--set", "level=7", "--set", "active=true", "--set", "born=2001-02-03", "--password", "a long enough password"]
    ended = kingpost(tmp_path, "user", "create", "ada@example.com", *fields)
    assert (ended.returncode, ended.stdout) == (0, "ada@example.com has an account\n"), ended.stderr
    with closing(sqlite3.connect(tmp_path / "data" / "app.db")) as connection:
        found = connection.execute("SELECT email, level, active, born, admin FROM users").fetchall()
    assert found == [("ada@example.com", 7, 1, "2001-02-03", 0)]
    ended = kingpost(tmp_path, "user", "create", "b@example.com", *fields[:1], "level=many", *fields[2:])
    assert (ended.returncode, "level: Must be a whole number" in ended.stderr) == (1, True)


def test_an_admin_is_made_made_no_longer_and_made_again(tmp_path: Path) -> None:
    password = ["--password", "SecurePass123!"]
    ended = kingpost(tmp_path, "user", "create", "ada@example.com", str(BLOG), "--set", "name=Ada", "--admin", *password)
    assert (ended.returncode, ended.stdout) == (0, "ada@example.com has an account, as an admin\n")
    assert accounts(tmp_path) == [("ada@example.com", "Ada", 1)]
    ended = kingpost(tmp_path, "user", "promote", "ADA@example.com", str(BLOG), "--remove")
    assert (ended.returncode, ended.stdout) == (0, "ADA@example.com is no longer an admin\n")
    assert accounts(tmp_path) == [("ada@example.com", "Ada", 0)]
    ended = kingpost(tmp_path, "user", "promote", "ada@example.com", str(BLOG))
    assert (ended.returncode, ended.stdout) == (0, "ada@example.com is now an admin\n")
    assert accounts(tmp_path) == [("ada@example.com", "Ada", 1)]


def test_an_account_that_does_not_fit_is_refused_with_every_reason(tmp_path: Path) -> None:
    ended = kingpost(tmp_path, "user", "create", "invalid-email", str(BLOG), "--password", "weak", "--set", "nickname=Ada")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.splitlines() == [
        "Invalid input data",
        "  email: Invalid email format",
        f"  password: {WEAK}",
        "  name: Is required",
        "  nickname: Is not a field",
        "Give other fields with --set FIELD=TEXT",
    ]
    assert accounts(tmp_path) == []


def test_an_account_whose_address_is_taken_is_refused(tmp_path: Path) -> None:
    arguments = ["user", "create", "ada@example.com", str(BLOG), "--password", "SecurePass123!", "--set", "name=Ada"]
    assert kingpost(tmp_path, *arguments).returncode == 0
    ended = kingpost(tmp_path, *arguments, "--admin")
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[:2] == ["Another user has this email", "  email: Is already taken"]
    assert accounts(tmp_path) == [("ada@example.com", "Ada", 0)]


def test_a_field_without_a_value_is_refused(tmp_path: Path) -> None:
    ended = kingpost(tmp_path, "user", "create", "a@b.example", str(BLOG), "--password", "SecurePass123!", "--set", "name")
    assert ended.returncode == 2 and "'name' is not FIELD=TEXT, such as --set name=Ada" in ended.stderr


@pytest.mark.parametrize("email", ["nobody@example.com", "nonsense", "a@-.b"])
def test_an_admin_can_not_be_made_of_no_one(tmp_path: Path, email: str) -> None:
    ended = kingpost(tmp_path, "user", "promote", email, str(BLOG))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"There is no account {email}. Make it first: kingpost user create {email}\n"


def test_an_app_without_accounts_says_how_to_have_them(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "from kingpost import Access, App, Resource, anyone, text\n\n\n"
        'class Note(Resource, table="notes"):\n    title: str = text()\n    access = Access(read=anyone)\n\n\napp = App(Note)\n'
    )
    ended = kingpost(tmp_path, "user", "promote", "a@b.example")
    assert (ended.returncode, ended.stderr) == (1, "This app has no accounts: derive a resource from Account\n")
    assert not (tmp_path / "data").exists()
