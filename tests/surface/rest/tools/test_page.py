"""The page of the documentation shows every operation of the document, and asks nothing of anyone else."""

import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx2
import pytest

from examples.blog.app import app as blog
from kingpost import App
from kingpost.testing import Client
from tests.cli.process import serving
from tests.surface.rest.desk import DRESS, desk
from tests.surface.rest.scene import BASE, PASSWORD, gallery
from tests.surface.rest.test_document import Document, operations, resolved
from tests.surface.rest.tools.install import HERE
from tests.surface.rest.tools.judge import script

CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)


def opened(folder: Path, app: App) -> tuple[Document, dict[str, Any]]:
    """Give the document, and what the page shows of it."""
    with Client(app) as client:
        for path, name in (("/docs", "docs.html"), ("/docs/docs.js", "docs.js"), ("/openapi.json", "openapi.json")):
            (folder / name).write_text(client.get(path).text, encoding="utf-8")
        document: Document = client.get("/openapi.json").body
    ended = script(folder, HERE / "page.mjs")
    assert (ended.returncode, ended.stderr) == (0, ""), ended
    found: dict[str, Any] = json.loads(ended.stdout)
    return document, found


@pytest.mark.parametrize("app", [gallery(), blog, desk(), desk(DRESS)], ids=["gallery", "blog", "desk", "dressed"])
def test_it_shows_every_operation_with_all_that_the_document_says(tmp_path: Path, app: App) -> None:
    document, found = opened(tmp_path, app)
    assert (found["errors"], found["failure"], found["asked"]) == ([], "", ["/openapi.json"])
    assert found["title"] == f"{app.contract.title} · API reference"
    assert document["info"]["description"].split()[0] in found["intro"]
    # A HEAD is told of beside its GET.
    described = {
        each["operationId"]: (path, method, each) for (path, method), each in operations(document).items() if method != "head"
    }
    assert {shown["id"] for shown in found["operations"]} == set(described) == {unquote(link[1:]) for link in found["links"]}
    for shown in found["operations"]:
        path, method, each = described[shown["id"]]
        assert (shown["path"], shown["title"]) == (path, each["summary"])
        assert shown["method"] == ("DEL" if method == "delete" else method.upper())
        assert ("Also answers HEAD" in shown["access"]) == ("head" in document["paths"][path] and method == "get")
        given = [*document["paths"][path].get("parameters", []), *each.get("parameters", [])]
        assert shown["parameters"] == [resolved(document, one)["name"] for one in given]
        sent = [kind for kind in each.get("requestBody", {}).get("content", {}) if not kind.startswith("multipart/")]
        assert shown["inputs"] == len(given) + bool(sent)
        assert sorted(shown["statuses"]) == sorted(each["responses"])
        assert {"X-Request-Id", "RateLimit"} <= set(shown["headers"])
        assert shown["curl"].startswith("curl ") and path.partition("{")[0] in shown["curl"]
        for body in [each["requestBody"]] if "requestBody" in each else []:
            for media in body["content"].values():
                assert json.dumps(media["example"], indent=2, ensure_ascii=False) in shown["examples"]
    batches = sum(name.endswith(".batch") for name in described)
    assert found["matches"] == f"{batches} of {len(described)} operations"


@pytest.mark.prove
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine; the page is shown without one above")
def test_a_real_browser_shows_it_signs_in_with_it_and_writes_with_it(tmp_path: Path) -> None:
    assert CHROMIUM is not None
    with serving(tmp_path) as server:
        sign_up = {"email": "ada@example.com", "password": PASSWORD, "name": "Ada"}
        assert httpx2.post(f"{server.address}{BASE}/users", json=sign_up).status_code == 201
        document = httpx2.get(f"{server.address}/openapi.json").json()
        ended = script(tmp_path, HERE / "browse.mjs", CHROMIUM, server.address)
    assert (ended.returncode, ended.stderr) == (0, ""), ended
    found = json.loads(ended.stdout)
    assert found["errors"] == [] and found["wide"] and found["narrow"]
    assert {url.removeprefix(server.address) for url in found["asked"]} == {
        "/docs", "/docs/docs.css", "/docs/docs.js", "/openapi.json", f"{BASE}/auth/login", f"{BASE}/posts"
    }  # fmt: skip
    shown = {each["operationId"] for (_, method), each in operations(document).items() if method != "head"}
    assert set(found["operations"]) == shown
    assert found["outcome"].startswith("201") and json.loads(found["answer"])["title"] == "From the page"
