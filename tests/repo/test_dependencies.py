"""Keeps the dependencies: bounded on both sides, and locked to the public index."""

import re
import tomllib

from tests.repo.source import ROOT, project


def test_every_dependency_has_a_lower_and_an_upper_bound() -> None:
    extras = [text for texts in project()["project"]["optional-dependencies"].values() for text in texts]
    listed = [*project()["project"]["dependencies"], *extras, *project()["dependency-groups"]["dev"]]
    assert [text for text in listed if not re.match(r"[a-z0-9-]+>=[\d.]+,<[\d.]+(;.*)?$", text)] == []


def test_the_lock_names_only_the_public_index() -> None:
    text = (ROOT / "uv.lock").read_text(encoding="utf-8")
    sources = [package["source"] for package in tomllib.loads(text)["package"]]
    allowed = ({"registry": "https://pypi.org/simple"}, {"editable": "."})
    assert [source for source in sources if source not in allowed] == []
    assert set(re.findall(r'url = "(\w+://[^/]+)', text)) == {"https://files.pythonhosted.org"}
