"""What others wrote to judge OpenAPI and HTTP finds nothing wrong, and clients made from the document alone work."""

import shutil
from pathlib import Path

import pytest

from examples.blog.app import app as blog
from kingpost import App
from kingpost.testing import Client
from tests.cli.process import serving
from tests.surface.rest.desk import DRESS, desk
from tests.surface.rest.scene import BASE, ask, become, gallery, join
from tests.surface.rest.tools.install import HERE
from tests.surface.rest.tools.judge import judge, lint, program, python, write

APPS = pytest.mark.parametrize("app", [gallery(), blog, desk(), desk(DRESS)], ids=["gallery", "blog", "desk", "dressed"])


@APPS
def test_Redocly_has_nothing_to_say(tmp_path: Path, app: App) -> None:
    document = write(app, tmp_path / "openapi.json")
    ended = judge(tmp_path, program("redocly"), "lint", document, "--config", HERE / "redocly.yaml", "--format", "stylish")
    assert (ended.returncode, "Your API description is valid" in ended.stderr + ended.stdout) == (0, True), ended
    assert " warning " not in ended.stdout + ended.stderr


@APPS
def test_Spectral_has_nothing_to_say(tmp_path: Path, app: App) -> None:
    document = write(app, tmp_path / "openapi.json")
    ended = judge(tmp_path, program("spectral"), "lint", document, "--ruleset", HERE / "spectral.yaml", "-F", "hint")
    assert (ended.returncode, ended.stdout.strip()) == (0, "No results with a severity of 'hint' or higher found!"), ended


def typed(folder: Path, app: App) -> None:
    """Make types for TypeScript."""
    document = write(app, folder / "openapi.json")
    # What has a default need not be sent.
    ended = judge(folder, program("openapi-typescript"), document, "-o", "made.ts", "--default-non-nullable=false")
    assert ended.returncode == 0 and (folder / "made.ts").exists(), ended


STRICT = ("--strict", "--noEmit", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler")


@APPS
def test_types_made_for_TypeScript_are_sound(tmp_path: Path, app: App) -> None:
    typed(tmp_path, app)
    ended = judge(tmp_path, program("tsc"), *STRICT, "made.ts")
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stdout


def test_types_made_for_TypeScript_take_what_is_right_and_nothing_else(tmp_path: Path) -> None:
    typed(tmp_path, blog)
    shutil.copy(HERE / "use.ts", tmp_path)
    ended = judge(tmp_path, program("tsc"), *STRICT, "use.ts")
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stdout


def made(folder: Path, app: App) -> None:
    """Make a client for Python."""
    document = write(app, folder / "openapi.json")
    arguments = ["--path", str(document), "--meta", "none", "--output-path", str(folder / "made"), "--fail-on-warning"]
    ended = judge(folder, python("openapi-python-client"), "generate", *arguments)
    assert ended.returncode == 0 and "arning" not in ended.stdout + ended.stderr, ended


@APPS
def test_a_client_made_for_Python_has_no_warnings(tmp_path: Path, app: App) -> None:
    made(tmp_path, app)
    every = "import made, pkgutil; [__import__(each.name) for each in pkgutil.walk_packages(made.__path__, 'made.')]"
    ended = judge(tmp_path, python("python"), "-W", "error", "-c", every)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_client_made_for_Python_works_against_a_server(tmp_path: Path) -> None:
    made(tmp_path, blog)
    shutil.copy(HERE / "use.py", tmp_path)
    with serving(tmp_path) as server:
        ended = judge(tmp_path, python("python"), "use.py", server.address)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_httplint_finds_no_answer_wrong(tmp_path: Path) -> None:
    said: list[object] = []

    def tell(client: Client, method: str, path: str, *headers: tuple[bytes, bytes]) -> str:
        reply = ask(client, method, f"{BASE}{path}".encode(), b"", headers)
        pairs = [*reply.headers, ("date", "Mon, 23 Nov 2026 01:00:00 GMT")]  # which the server adds
        said.append((method, f"http://testserver{BASE}{path}", reply.status, pairs, reply.body.decode()))
        return dict(reply.headers).get("etag", "")

    with Client(gallery()) as client:
        join(client, "ada")
        become(client, "ada").post(f"{BASE}/paintings", {"title": "Blank", "width": 1, "sold_at": "2026-01-31T10:30:00Z"})
        token = (b"authorization", f"Bearer {client.token}".encode())
        for path in ("/paintings/1", "/paintings", "/members/1/paintings", "/paintings/9", "/nothing"):
            for each in ((), (token,)):
                tag = tell(client, "GET", path, *each)
                tell(client, "HEAD", path, *each)
                if tag:
                    tell(client, "GET", path, *each, (b"if-none-match", tag.encode()))
        tell(client, "PUT", "/paintings")
        tell(client, "POST", "/paintings")
        tell(client, "OPTIONS", "/paintings")
        tell(client, "DELETE", "/paintings/1")
        tell(client, "DELETE", "/paintings/1", token)
    said.append(("GET", "http://testserver/wrong", 200, [("etag", "no quotes"), ("date", "yesterday")], ""))
    ended = lint(tmp_path, HERE / "lint.py", said)
    assert (ended.returncode, ended.stderr) == (0, "")
    wrong = [line for line in ended.stdout.splitlines() if line.startswith(("BAD", "WARN"))]
    assert wrong and [line for line in wrong if "/wrong" not in line] == []
