"""The pages build without a warning into a site that asks nothing of anyone else."""

import functools
import json
import os
import re
import subprocess
import threading
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from docs import builder
from tests.docs.pages import DOCS, PAGES
from tests.surface.rest.tools.judge import script
from tests.surface.rest.tools.test_page import CHROMIUM

LOADS = {"src", "srcset", "data", "poster", "action"}
ELSEWHERE = re.compile(r"^\s*(?:[a-z]+:)?//", re.IGNORECASE)
# What the theme's script could fetch: diagrams, which no page has; and what browsers of today have.
NEVER_ASKED = {"mermaid", "resize-observer-polyfill"}


class Loaded(HTMLParser):
    """Collects what a page makes a browser load by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.diagrams = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one tag."""
        given = {name: value or "" for name, value in attrs}
        self.diagrams |= "mermaid" in given.get("class", "")
        self.found += [value for name, value in given.items() if name in LOADS]
        if tag == "link" and given.get("rel") != "canonical":
            self.found.append(given.get("href", ""))
        self.found += re.findall(r"url\(['\"]?([^'\")]+)", given.get("style", ""))


def build(folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Build the site into a folder."""
    assert builder.brought(), "what builds the site is not there: run `python3 dev.py test`, or docs/builder.py --bring UV"
    return subprocess.run(
        builder.command("build", "--site-dir", str(folder)),
        cwd=builder.ROOT, env=builder.variables() | more, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built where nothing is known of its reader: with an empty home."""
    folder = tmp_path_factory.mktemp("site")
    ended = build(folder / "site", HOME=str(folder), XDG_CACHE_HOME="")
    assert ended.returncode == 0 and "WARNING" not in ended.stderr, ended.stderr
    return folder / "site"


def test_every_page_is_in_the_site_and_none_of_what_makes_it(site: Path) -> None:
    assert {path.stem for path in PAGES} | {"404"} == {path.stem for path in site.glob("*.html")}
    assert [path for path in site.rglob("*") if path.suffix in (".py", ".txt")] == []


def test_a_page_loads_nothing_from_elsewhere(site: Path) -> None:
    for path in site.rglob("*.html"):
        page = Loaded()
        page.feed(path.read_text(encoding="utf-8"))
        assert page.found != [] and not page.diagrams
        assert [each for each in page.found if ELSEWHERE.match(each)] == [], path


def test_neither_does_a_style_or_a_script(site: Path) -> None:
    styles = [text for path in site.rglob("*.css") for text in re.findall(r"url\(['\"]?([^'\")]+)|@import", path.read_text())]
    assert styles != [] and [each for each in styles if ELSEWHERE.match(each)] == []
    scripts = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.js"))
    asked = set(re.findall(r"https?://(?:unpkg\.com|cdn\.[\w.]+|cdnjs\.[\w.]+|fonts\.[\w.]+)/([\w-]+)", scripts))
    assert asked <= NEVER_ASKED


def test_every_public_name_can_be_linked_to(site: Path) -> None:
    text = (site / "reference.html").read_text(encoding="utf-8")
    assert 'id="resource"' in text and 'id="client"' in text and "generated:" not in text


def test_a_link_that_leads_nowhere_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# A page\n\n[there](nowhere.md)\n")
    (tmp_path / "mkdocs.yml").write_text("site_name: broken\nvalidation: {links: {not_found: warn}}\n")
    command = [*builder.command("build")[:-1], str(tmp_path / "mkdocs.yml")]
    ended = subprocess.run(
        command, cwd=tmp_path, env=os.environ | builder.variables(), capture_output=True, text=True, timeout=100, check=False
    )
    assert ended.returncode == 1 and "nowhere.md" in ended.stderr


class Silent(SimpleHTTPRequestHandler):
    """Serves files and says nothing of it."""

    def log_message(self, format: str, *_: object) -> None:
        """Say nothing."""


@pytest.mark.prove
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine; what pages load is looked at above")
def test_a_real_browser_asks_nothing_of_anyone_else_and_finds_what_is_searched_for(site: Path, tmp_path: Path) -> None:
    assert CHROMIUM is not None
    pages = [f"{path.stem}.html" for path in PAGES]
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Silent, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        ended = script(tmp_path, DOCS.parent / "tests" / "docs" / "visit.mjs", CHROMIUM, address, *pages)
        server.shutdown()
    assert (ended.returncode, ended.stderr) == (0, ""), ended
    found = json.loads(ended.stdout)
    assert [url for url in found["asked"] if not url.startswith((address, "data:", "blob:"))] == []
    assert {f"{address}/{name}" for name in pages} <= set(found["asked"])
    assert (found["errors"], found["wide"]) == ([], [])
    assert any("errors.html" in path for path in found["results"])
