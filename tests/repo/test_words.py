"""Keeps the words: what is said where, and what no file is called."""

import ast
import re
from collections.abc import Iterator

from tests.repo.source import PACKAGE, ROOT, Source, package_sources

BELOW_THE_SURFACES = ("call.py", "contract/", "plan/", "engine/", "store/", "declare/", "builtin/")
PROTOCOL_WORD = re.compile(r"http|graphql|grpc", re.IGNORECASE)
LINK = re.compile(r"https?://\S+")  # a comment may point to the story behind it

# In capitals SQL is found anywhere in a text; in small letters only at its start, as English deletes from things too.
SQL = re.compile(
    r"""\bSELECT\s | \bINSERT\s+INTO\b | \bUPDATE\s.+\sSET\s | \bDELETE\s+FROM\b
    | \b(?:CREATE|ALTER|DROP)\s+(?:TABLE|(?:UNIQUE\s+)?INDEX|TRIGGER)\b | \bPRAGMA\s
    | \A\s*(?i:select\s.+\sfrom\s | insert\s+into\s | update\s+\S+\s+set\s | delete\s+from\s)""",
    re.VERBOSE | re.DOTALL,
)

EMPTY_NAMES = {"base", "common", "core", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}


def protocol_words(source: Source) -> Iterator[str]:
    for number, line in enumerate(source.text.splitlines(), start=1):
        for word in PROTOCOL_WORD.findall(LINK.sub("", line)):
            yield f"{source.path}:{number} says {word}"


def sql_texts(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values]
            text = "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if SQL.search(text):
            yield f"{source.path}:{node.lineno} says {text.strip()[:60]!r}"


def empty_names(path: str) -> list[str]:
    parts = re.split(r"[/_]", path.removesuffix(".py"))
    return [part for part in parts if part in EMPTY_NAMES]


def test_protocols_are_not_named_below_the_surfaces() -> None:
    sources = [source for source in package_sources() if source.stands_in(*BELOW_THE_SURFACES)]
    assert [found for source in sources for found in protocol_words(source)] == []


def test_a_protocol_is_found_under_any_spelling_but_not_in_a_link() -> None:
    text = "# see https://example.org/http\nclass HTTPCall: ...\nGraphQLName = 'gRPC'\n"
    assert [found.split(" ", 1)[1] for found in protocol_words(Source("src/kingpost/call.py", text))] == [
        "says HTTP",
        "says GraphQL",
        "says gRPC",
    ]


def test_sql_is_said_only_in_the_stores() -> None:
    sources = [source for source in package_sources() if not source.stands_in("store/")]
    assert [found for source in sources for found in sql_texts(source)] == []


def test_sql_is_told_from_english() -> None:
    sql = ["'SELECT 1'", "f'SELECT {a} FROM b'", "'insert into users values (1)'", "'UPDATE a SET b = 1'"]
    english = ["'one selected from the list'", "'You may not delete from here'", "'updates a set of rows'", "'Select'"]
    assert [text for text in (*sql, *english) if list(sql_texts(Source("a.py", text)))] == sql


def test_files_and_folders_have_names_that_say_something() -> None:
    found = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*") if path.suffix == ".py"}
    tests = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py")}
    assert sorted(path for path in found | tests if empty_names(path)) == []


def test_an_empty_name_is_found_as_a_part_of_a_name_but_not_in_a_word() -> None:
    assert empty_names("store/base.py") == ["base"]
    assert empty_names("auth_manager/run.py") == ["manager"]
    assert empty_names("store/database.py") == []
