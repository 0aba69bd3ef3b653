"""What the code itself says is on the pages: every public name, every setting, every command, every code of a refusal."""

import re
from pathlib import Path
from types import ModuleType
from typing import get_args

import click
import pytest

import kingpost.testing
from docs import reference
from kingpost.cli.main import main as command_line
from kingpost.contract.scalars import Flaw
from kingpost.server.refusals import LATE
from tests.docs.pages import DOCS
from tests.repo.source import PACKAGE, ROOT

ROW = re.compile(r"^\| (\d{3}) \| `([A-Z_]+)` \|", re.MULTILINE)
TOLD = re.compile(r'\b(\d{3}|LATE),\s*"([A-Z]{2,}(?:_[A-Z]+)*)"')


def page(name: str) -> str:
    """Give a page as the site shows it."""
    return reference.filled((DOCS / name).read_text(encoding="utf-8"))


def codes() -> set[tuple[int, str]]:
    """Find every status and code that a refusal is told with, wherever one is made."""
    texts = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]
    return {(LATE if status == "LATE" else int(status), code) for text in texts for status, code in TOLD.findall(text)}


@pytest.mark.parametrize("module", [kingpost, kingpost.testing], ids=lambda module: module.__name__)
def test_every_public_name_has_a_heading_and_a_sentence(module: ModuleType) -> None:
    text = page("reference.md")
    _, _, part = text.partition(f"\n## {module.__name__}\n")
    part = part.partition("\n## ")[0]
    said = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^### |\Z)", part, re.MULTILINE | re.DOTALL))
    assert list(said) == list(reference.offered(module))
    assert {"kingpost": {*kingpost.__all__, "Rows"}, "kingpost.testing": {*said, "Client", "Answer"}}[module.__name__] == {
        *said
    }
    bare = {name: re.sub(r"```.*?```", "", text, flags=re.DOTALL).strip() for name, text in said.items()}
    assert [name for name, text in bare.items() if not re.match(r"[A-Z`].*\.", text)] == []


def test_what_is_no_function_and_no_class_is_said_and_is_still_there() -> None:
    assert [name for name in reference.VALUES if not hasattr(kingpost, name)] == []


def test_a_docstring_becomes_sentences_and_tables() -> None:
    text = reference.documented(reference.written)
    assert text.splitlines()[0] == "Write one part."
    assert "| `what` | Which: `names`, `kinds`, `settings` or `commands`. |" in text
    assert "**Returns** The part, as Markdown." in text


def test_every_setting_is_told_with_what_it_refuses() -> None:
    asked = reference.read_settings()
    assert set(asked) == set(reference.SETTINGS) == set(reference.EXAMPLES), "describe it in docs/reference.py"
    assert set(re.findall(r"^### `([A-Z_]+)`$", page("deployment.md"), re.MULTILINE)) == set(asked)
    assert "SECRET_KEY" in asked


def leaves(command: click.Command, path: str) -> list[str]:
    """Give the full name of every command that does something."""
    if not isinstance(command, click.Group):
        return [path]
    context = click.Context(command)
    found = {part: command.get_command(context, part) for part in command.list_commands(context)}
    return [name for part, each in found.items() if each and not each.hidden for name in leaves(each, f"{path} {part}")]


def test_every_command_has_a_heading() -> None:
    found = leaves(command_line, "kingpost")
    assert re.findall(r"^## `(.+)`$", page("cli.md"), re.MULTILINE) == found
    assert {"kingpost serve", "kingpost user promote"} <= {*found}


def test_every_code_of_a_refusal_is_explained_and_no_other() -> None:
    told = {(int(status), code) for status, code in ROW.findall(page("errors.md"))}
    assert told == codes()


def test_every_word_for_what_is_wrong_with_a_field_is_explained() -> None:
    part = page("operations.md").partition("| word | what it means |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", part)) == set(get_args(Flaw))


def test_no_marker_is_left_and_an_unknown_one_is_noticed() -> None:
    assert [path.name for path in DOCS.glob("*.md") if "<!-- generated" in page(path.name)] == []
    with pytest.raises(KeyError):
        reference.filled("<!-- generated: nothing -->")


def test_the_read_me_leads_to_the_pages() -> None:
    text = Path(ROOT / "README.md").read_text(encoding="utf-8")
    assert "(docs/tutorial.md)" in text and "(docs/index.md)" in text
