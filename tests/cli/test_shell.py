"""An app asked by hand in Python."""

import json
import subprocess
from pathlib import Path

from tests.cli.process import BLOG, COMMAND, PATIENCE, kingpost, serving, variables
from tests.cli.test_dev import SEED


def shell(folder: Path, typed: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Type something into a shell."""
    return subprocess.run(
        [COMMAND, "shell", *arguments], cwd=folder, env=variables({}), input=typed, capture_output=True, text=True,
        timeout=PATIENCE, check=False,
    )  # fmt: skip


def filled(folder: Path) -> None:
    """Write down the blog, and fill its database."""
    (folder / "app.py").write_text(BLOG.read_text())
    (folder / "seed.json").write_text(json.dumps(SEED))
    with serving(folder, "dev") as server:
        server.stop()


def test_rows_and_requests_are_asked_for_on_the_apps_own_database(tmp_path: Path) -> None:
    filled(tmp_path)
    typed = """
found = await context[Post].list()
print([(each.title, each.published_at is None) for each in found.items])
print((await context.posts.create(title="Made here")).user_id)
print(client.get("/api/v1/posts").body["items"][0]["title"])
print(client.post("/api/v1/posts", {"title": "By request"}).status, client.delete("/api/v1/posts/1").status)
for name in ("put", "patch"):
    print(getattr(client, name)("/api/v1/posts/99", {"title": "x"}).status)

print(type(app).__name__, User.__name__)
"""
    ended = shell(tmp_path, typed, "--as", "ADA@example.com")
    assert ended.returncode == 0
    said = [line.replace(">>> ", "").replace("... ", "") for line in ended.stdout.splitlines()]
    assert "[('Hello', False), ('A draft', True)]" in said
    assert [line for line in said if line in ("1", "Made here", "201 204", "404", "App User")] == [
        "1", "Made here", "201 204", "404", "404", "App User"
    ]  # fmt: skip
    assert ended.stderr.startswith(
        "Blog on data/app.db, as ADA@example.com. There are app, context, client, User, Post; one may await. Ctrl-D ends it.\n"
    )
    assert shell(tmp_path, "print(client.get('/api/v1/posts?total=true').body['total'])\n").stdout.endswith(">>> 1\n>>> ")


def test_a_refusal_is_told_in_a_line_and_the_shell_goes_on(tmp_path: Path) -> None:
    filled(tmp_path)
    typed = "await context.posts.get(99)\nawait context.users.create(email='x')\n1/0\nprint('on')\nexit()\nprint('never')\n"
    ended = shell(tmp_path, typed)
    assert ended.returncode == 0 and "on\n" in ended.stdout and "never" not in ended.stdout
    assert "\nRefused: There is no such post\n" in ended.stderr
    assert "  email: Invalid email format\n" in ended.stderr and "ZeroDivisionError" in ended.stderr


def test_whom_there_is_not_one_can_not_be(tmp_path: Path) -> None:
    filled(tmp_path)
    for email in ("nobody@example.com", "nonsense"):
        ended = kingpost(tmp_path, "shell", "--as", email)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr == f"There is no account {email}. Make it first: kingpost user create {email}\n"
    (tmp_path / "app.py").write_text(
        "from kingpost import Access, App, Resource, anyone, text\nclass Note(Resource):\n    title: str = text()\n"
        "    access = Access(read=anyone)\napp = App(Note)\n"
    )
    ended = kingpost(tmp_path, "shell", "--as", "a@b.example", DATABASE_URL="sqlite:///other.db")
    assert (ended.returncode, ended.stderr) == (1, "This app has no accounts: leave --as out\n")
