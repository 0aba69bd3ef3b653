"""Keeps the reasons: whatever switches a check off says why, on the same line."""

import re
from collections.abc import Iterator

from tests.repo.source import ROOT, Source, all_sources

CODES = r"[A-Z]+[0-9]+(?:\s*,\s*[A-Z]+[0-9]+)*"
SUPPRESSION = re.compile(
    rf"noqa(?::\s*{CODES})?|type:\s*ignore(?:\[[^\]]*\])?|pyright:\s*ignore(?:\[[^\]]*\])?|pragma:\s*no\s+(?:cover|branch)"
)
WHOLE_FILE = re.compile(r"#\s*(?:ruff:\s*noqa|flake8:\s*noqa|mypy:|pyright:\s*(?!ignore\b)\w+\s*=?)")


def without_reason(source: Source) -> Iterator[str]:
    for number, comment in source.comments():
        rest, suppressions = SUPPRESSION.subn("", comment)
        if suppressions and len(re.findall(r"[A-Za-z]{2,}", rest)) < 2:
            yield f"{source.path}:{number} {comment}"
        elif re.search(r"noqa(?!:)", comment) and suppressions:
            yield f"{source.path}:{number} {comment} (name the rule)"
        elif WHOLE_FILE.search(comment):
            yield f"{source.path}:{number} {comment} (not for a whole file)"


def lint_rules_without_reason(text: str) -> Iterator[str]:
    ignored = re.findall(r"^(?:ignore|\"[^\"]+\") = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    for line in "\n".join(ignored).splitlines():
        if re.match(r'\s*"[A-Z]+[0-9]*"', line) and not re.search(r"# \w+.* \w+", line):
            yield line.strip()


def test_every_suppression_has_its_reason_on_its_line() -> None:
    assert [found for source in all_sources() for found in without_reason(source)] == []


def test_every_lint_rule_that_is_off_has_its_reason_on_its_line() -> None:
    assert list(lint_rules_without_reason((ROOT / "pyproject.toml").read_text(encoding="utf-8"))) == []


def test_a_missing_reason_is_noticed() -> None:
    bare = ["# noqa: S101", "# noqa", "# noqa - no rule is named", "# ruff: noqa", "# type: ignore[misc]  # yes"]
    bare += ["# pragma: no cover", "# pragma: no branch"]
    good = ["# noqa: S101 - the type checker wants it", "# type: ignore[misc]  # untyped library", "# a plain comment"]
    found = [text for text in (*bare, *good) if list(without_reason(Source("a.py", f"x = 1  {text}\n")))]
    assert found == bare
    assert list(lint_rules_without_reason('ignore = [\n    "D105", # has a reason\n    "D107",\n]\n')) == ['"D107",']
