"""Keeps the signs: everything public says in one sentence what it is."""

import ast
import re
from collections.abc import Iterator

from tests.repo.source import FUNCTIONS, Definition, Source, package_sources

DOCUMENTED_ELSEWHERE = {"overload", "override", "setter", "deleter"}
SECOND_SENTENCE = re.compile(r"(?<!e\.g)(?<!i\.e)[.!?] +[A-Z]")


def public(body: list[ast.stmt], inherited: frozenset[str] = frozenset()) -> Iterator[Definition]:
    """Give the public functions and classes of a body, and the methods which no base class in it has documented."""
    classes = {node.name: node for node in body if isinstance(node, ast.ClassDef)}
    for node in body:
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef)) or node.name.startswith("_") or node.name in inherited:
            continue
        if not DOCUMENTED_ELSEWHERE & {decorator_name(decorator) for decorator in node.decorator_list}:
            yield node
        if isinstance(node, ast.ClassDef):
            yield from public(node.body, frozenset(method_names(bases_of(node, classes))))


def bases_of(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> list[ast.ClassDef]:
    """Give the base classes of a class that are written in the same file, and theirs."""
    names = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
    bases = [classes[base.id] for base in names if isinstance(base, ast.Name) and base.id in classes]
    return [*bases, *(further for base in bases if base is not node for further in bases_of(base, classes))]


def method_names(classes: list[ast.ClassDef]) -> set[str]:
    return {node.name for one in classes for node in one.body if isinstance(node, FUNCTIONS)}


def decorator_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def is_one_sentence(docstring: str | None) -> bool:
    first = (docstring or "").split("\n", 1)[0]
    return first.endswith(".") and not first.endswith("..") and not SECOND_SENTENCE.search(first)


def without_a_sentence(source: Source) -> Iterator[str]:
    if not is_one_sentence(ast.get_docstring(source.tree, clean=False)):
        yield source.path
    for node in public(source.tree.body):
        if not is_one_sentence(ast.get_docstring(node, clean=False)):
            yield f"{source.path}:{node.lineno} {node.name}"


def test_everything_public_begins_with_one_sentence() -> None:
    assert [found for source in package_sources() for found in without_a_sentence(source)] == []


def test_a_missing_or_a_second_sentence_is_noticed() -> None:
    text = '"""A module."""\nclass A:\n    def one(self): ...\n    def _two(self): ...\n'
    text += 'def three():\n    """One. Two."""\n'
    assert list(without_a_sentence(Source("a.py", text))) == ["a.py:2 A", "a.py:3 one", "a.py:5 three"]
    override = "class B(A):\n    def one(self): ...\n    def four(self): ...\n"
    assert list(without_a_sentence(Source("a.py", text + override)))[3:] == ["a.py:7 B", "a.py:9 four"]
    assert is_one_sentence("Give the parts, e.g. The first.\n\nAnd more. Much more.")
    assert not is_one_sentence("\nOn the second line.")
    assert not is_one_sentence("Without an end")
