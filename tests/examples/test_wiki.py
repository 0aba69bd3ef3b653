"""Whatever is written into a wiki, nobody's browser runs it; and however many write, nothing is lost."""

import time
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from examples.wiki.app import MOST_LINES, app, difference
from examples.wiki.test_app import joined, save
from kingpost.testing import Answer, Client
from tests.examples.at_once import FORM, at_once, form

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</textarea><script>alert(1)</script>",
    "</title></style><script>alert(1)</script>",
    "[[javascript:alert(1)]] javascript:alert(1)",
    '[[Home"onclick=alert(1)]] https://x.example/"onclick="alert(1)',
    "https://x.example/<script>alert(1)</script>",
    "data:text/html,<script>alert(1)</script>",
    "{title} {0} {main.__class__} &lt;script&gt;",
    "<!--<svg/onload=alert(1)>",
)
TAGS = "html meta title style nav a form input button h1 h2 p hr textarea ul li pre ins del b"
ATTRIBUTES = "lang charset name content href method action type value placeholder maxlength aria-label hidden"


class Looked(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.strange: list[object] = []
        self.texts: list[str] = []
        self.feed(answer.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS.split():
            self.strange.append(tag)
        for name, value in attrs:
            if name not in ATTRIBUTES.split():
                self.strange.append((tag, name))
            if name in ("href", "action") and not str(value).startswith(("/", "https://", "http://")):
                self.strange.append((tag, name, value))

    def handle_comment(self, data: str) -> None:
        self.strange.append(data)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def harmless(answer: Answer) -> Looked:
    """Assert that a page has nothing in it but what it was made with, and may run no script."""
    looked = Looked(answer)
    assert looked.strange == []
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy and "form-action 'self'" in policy
    return looked


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_written_is_shown_as_it_was_written_and_does_nothing(attack: str) -> None:
    with Client(app) as client:
        mallory = client.as_(None)
        sent = {"name": attack[:50], "email": "mallory@example.com", "password": "SecurePass123!"}
        assert mallory.post("/join", form=sent).status == 303
        assert save(mallory, "Home", 0, "before").status == 303
        assert save(mallory, "Home", 1, attack, attack).status == 303
        pages = ("/", "/Home", "/Home/edit", "/Home/history", "/Home/history/1", "/Home/history/2", "/recent")
        seen = {path: harmless(mallory.get(path)) for path in pages}
        assert attack in "".join(seen["/Home"].texts)
        assert attack in "".join(seen["/Home/history/2"].texts)
        harmless(save(mallory, "Home", 1, attack, attack))  # the page that tells of a conflict
        found = harmless(mallory.get(f"/?q={quote(attack)}"))
        assert f"Pages with {attack}" in found.texts


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_refused_is_told_without_harm(attack: str) -> None:
    with Client(app) as client:
        ada = joined(client, "Ada")
        with client.unchanged():
            assert harmless(ada.get(f"/{quote(attack, safe='')}")).strange == []
            assert harmless(ada.get(f"/Home?{quote(attack)}=1")).strange == []
            assert harmless(ada.post("/Home", form={attack: attack})).strange == []
            assert harmless(save(ada, quote(attack, safe=""), 0, "text")).strange == []
            sent = {"name": "M", "email": attack, "password": "SecurePass123!"}
            assert harmless(ada.post("/join", form=sent)).strange == []
            assert harmless(ada.post("/Home", form={"revision": attack, "content": "", "summary": ""})).strange == []


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}, {"origin": "null"}],
)
@pytest.mark.parametrize("path", ["/Home", "/sign-in", "/sign-out", "/join"])
def test_a_form_on_another_site_is_refused_wherever_it_leads(path: str, headers: dict[str, str]) -> None:
    forms = {
        "/Home": {"revision": "0", "content": "x", "summary": ""},
        "/join": {"name": "M", "email": "m@example.com", "password": "SecurePass123!"},
        "/sign-in": {"email": "ada@example.com", "password": "SecurePass123!"},
        "/sign-out": dict[str, str](),
    }
    with Client(app) as client:
        ada = joined(client, "Ada")
        with client.unchanged():
            answer = ada.post(path, form=forms[path], headers=headers)
        assert (answer.status, answer.headers.get("set-cookie")) == (403, None)
        own = ada.post(path, form=forms[path], headers={"sec-fetch-site": "same-origin", "origin": "http://testserver"})
        assert own.status == 303


def test_the_cookie_is_for_no_script_and_no_other_site_and_dies_with_its_token() -> None:
    with Client(app) as client:
        sent = {"name": "Ada", "email": "ada@example.com", "password": "SecurePass123!"}
        _, _, words = client.as_(None).post("/join", form=sent).headers["set-cookie"].partition("; ")
        assert words.removesuffix("; Secure") == "Max-Age=900; Path=/; HttpOnly; SameSite=Lax"


def test_of_many_who_save_the_same_revision_one_does_and_each_other_keeps_what_was_written() -> None:
    with Client(app) as client:
        writers = [joined(client, f"Writer{number}") for number in range(12)]
        for revision in range(3):
            sent = [
                (each, "/Home", form({"revision": str(revision), "content": f"by {at}.", "summary": ""}), FORM)
                for at, each in enumerate(writers)
            ]
            answers = at_once(client, sent)
            assert sorted(each.status for each in answers) == [303] + [409] * 11
            for at, each in enumerate(answers):
                assert each.status == 303 or f"\nby {at}.</textarea>" in each.text
            (won,) = [at for at, each in enumerate(answers) if each.status == 303]
            assert f"<p>by {won}.</p>" in client.get("/Home").text
        assert client.get("/Home/history").text.count("<li>") == 3


def test_a_page_and_its_revision_are_saved_together_or_not_at_all() -> None:
    with Client(app) as client:
        ada = joined(client, "Ada")
        with client.unchanged():
            answer = save(ada, "Home", 0, "text", "s" * 201)
        assert answer.status == 400
        with client.unchanged():
            assert save(ada, "Home", 0, "t" * 50_001).status == 400


def test_nobody_writes_in_anothers_name_or_changes_what_was() -> None:
    """The resources are for the code of the site alone: no address leads to them."""
    with Client(app) as client:
        ada = joined(client, "Ada")
        save(ada, "Home", 0, "text")
        with client.unchanged():
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                for path in ("/revisions", "/revisions/1", "/pages/1", "/editors", "/editors/1", "/pages/batch"):
                    assert ada.request(method, path, {"revision": 7}).status in (401, 404, 405, 415), (method, path)


def test_a_page_has_no_more_lines_than_are_compared_in_a_moment() -> None:
    """They are compared while everyone else waits: of 15,000 lines it would take a minute."""
    with Client(app) as client:
        ada = joined(client, "Ada")
        with client.unchanged():
            assert save(ada, "Home", 0, "\r\n" * MOST_LINES).status == 400
        assert save(ada, "Home", 0, "\r\n" * (MOST_LINES - 1)).status == 303
    for few in (2, 5, 50, 99, 101, MOST_LINES):
        lines = [str(each % few) for each in range(MOST_LINES)]
        others = [str(each * 7 % few) for each in range(MOST_LINES)]
        began = time.perf_counter()
        difference("\n".join(lines), "\n".join(others))
        assert time.perf_counter() - began < 1
