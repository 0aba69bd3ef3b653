"""Where things stand in the user's files, and what is wrong with them.

Takes classes and words, gives places. Stands on the classes.
"""

import ast
import difflib
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kingpost.declare.resource import Place, Resource


@dataclass(frozen=True)
class Mistake:
    """Something wrong in a declaration: where, what, and what to write instead."""

    place: Place
    subject: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.place.file}:{self.place.line}: {self.subject}: {self.problem}. {self.remedy}."


class Mistakes(Exception):
    """Everything wrong in an app's declarations, at once."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        """Sort the mistakes as they stand in the files."""
        self.mistakes = tuple(
            sorted(set(mistakes), key=lambda each: (each.place.file, each.place.line, each.subject, each.problem))
        )
        count = f"{len(self.mistakes)} mistake{'' if len(self.mistakes) == 1 else 's'} in the declarations"
        super().__init__("\n".join([count, *(f"  {each}" for each in self.mistakes)]))


class Source:
    """The syntax trees of the files that classes stand in."""

    def __init__(self) -> None:
        """Begin without any file read."""
        self.trees: dict[str, ast.Module | None] = {}

    def place(self, cls: type[Resource], attribute: str = "", word: str = "") -> Place:
        """Find a class, one of its attributes, or a word in it.

        Args:
            cls: The class.
            attribute: A name assigned or annotated in its body.
            word: A text or a keyword in that attribute's value, or in what the value is made of.

        Returns:
            The closest place that can be found.
        """
        at = cls.declared_at
        tree = self.tree(at.file)
        if tree is None:
            return at
        body = next(
            (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and starts(node) <= at.line <= node.lineno),
            None,
        )
        found: ast.AST | None = (
            next((node for node in body.body if attribute in names(node)), None) if body and attribute else body
        )
        if word:
            for within in reached(found, [*(body.body if body else ()), *tree.body]) if found else ():
                for node in spoken(within):
                    if says(node, word):
                        return Place(at.file, node.lineno)
        return Place(at.file, found.lineno if isinstance(found, ast.stmt) else at.line)

    def caller(self) -> Place:
        """Find the line that calls Kingpost."""
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "kingpost":
            frame = frame.f_back
        return Place(frame.f_code.co_filename, frame.f_lineno)

    def tree(self, file: str) -> ast.Module | None:
        """Parse a file once; None where there is none to read."""
        if file not in self.trees:
            try:
                self.trees[file] = ast.parse(Path(file).read_text(encoding="utf-8"))
            except (OSError, SyntaxError, ValueError):
                self.trees[file] = None
        return self.trees[file]


def starts(node: ast.ClassDef) -> int:
    """Give the first line of a class, its decorators included."""
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def names(node: ast.stmt) -> set[str]:
    """Give the names that a statement of a class body sets."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def reached(found: ast.AST, statements: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """Give a piece of syntax, then the statements that set the names it uses: classes share the rules that stand above."""
    pieces = [found]
    for piece in pieces:
        yield piece
        used = {node.id for node in ast.walk(piece) if isinstance(node, ast.Name)}
        pieces += [each for each in statements if each not in pieces and names(each) & used]


def spoken(within: ast.AST) -> Iterator[ast.keyword | ast.Constant]:
    """Give the keywords and constants in a piece of syntax, in the order of the file, docstrings left out."""
    docstrings = {node.value for node in ast.walk(within) if isinstance(node, ast.Expr)}
    found = [node for node in ast.walk(within) if isinstance(node, ast.keyword | ast.Constant) and node not in docstrings]
    yield from sorted(found, key=lambda node: (node.lineno, node.col_offset))


def says(node: ast.keyword | ast.Constant, word: str) -> bool:
    """Whether a keyword or a text is, or holds, a word."""
    if isinstance(node, ast.keyword):
        return node.arg == word
    if not isinstance(node.value, str):
        return False
    return node.value == word or word in [part.lstrip("-+") for part in node.value.replace(".", " ").split()]


def suggest(word: str, words: Iterable[str], otherwise: str) -> str:
    """Say what was probably meant, or else what there is."""
    known = list(dict.fromkeys(words))
    close = difflib.get_close_matches(word.lstrip("-+"), known, 1, 0.6)
    if close:
        return f'Write "{close[0]}"'
    return f"{otherwise}: {', '.join(known)}" if known else f"{otherwise} none"
