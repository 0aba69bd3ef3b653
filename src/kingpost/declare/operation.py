"""Operations with code of the user's own, and code that a write goes through first.

Takes functions and what was said of them, gives them marked; `offer` reads them. Stands on rules and the contract.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from kingpost.contract.model import Method, Refusal
from kingpost.declare.rules import Rule

F = TypeVar("F", bound=Callable[..., Any])
MARK = "__kingpost__"
ORDER: tuple[Refusal, ...] = ("access", "input", "row")


@dataclass(frozen=True)
class Style:
    """How answers are dressed.

    Attributes:
        scheme: The word before a token in `Authorization`; empty where no token is looked at, as where one signs in.
        cookie: The name of a cookie that may carry the token instead.
        envelope: The name under which an answer stands: `data` makes `{"data": {...}}`.
        naming: How names are spelled outside: as they are declared, or in `camelCase`.
        error: What a failure looks like: a function from a `Failure` to a `Reply`, whose status 0 means the usual one.
    """

    scheme: str = "Bearer"
    cookie: str = ""
    envelope: str = ""
    naming: Literal["as_declared", "camelCase"] = "as_declared"
    error: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Asked:
    """What was said of a function that answers an operation."""

    access: Rule | None
    method: Method
    path: str
    status: int
    order: Sequence[Refusal]
    transaction: bool
    form: bool
    style: Style | None
    doc: str


@dataclass(frozen=True)
class Before:
    """What was said of a function that a write goes through first."""

    verbs: tuple[str, ...]
    fills: tuple[str, ...]


def operation(
    *,
    access: Rule | None = None,
    method: Method = "POST",
    path: str = "",
    status: int = 0,
    order: Sequence[Refusal] = ORDER,
    transaction: bool = False,
    form: bool = False,
    style: Style | None = None,
    doc: str = "",
) -> Callable[[F], F]:
    """Make a function answer an operation: in a resource, on a row (`self`) or none (`@staticmethod`); or beside all of them.

    Args:
        access: Who may; of an operation on a row, it is asked of the row. There is none without it.
        method: How it is asked for.
        path: Where, after the app's base: `/articles/{slug}/favorite`. Left out, it is made of the names.
        status: The status of its answer; 0 for the usual one.
        order: Which refusal comes first: of access, known without a row; of the input; of the row, which may not be there.
        transaction: Whether all of it is one transaction, of two seconds at most, that a repeated call does not repeat.
        form: Whether it takes what HTML forms send.
        style: How its answers are dressed, where not as the app's.
        doc: What it does, for the API's own pages; the function's docstring when left out.

    Returns:
        What marks the function, which stays what it is.
    """
    return marking(Asked(access, method, path, status, order, transaction, form, style, doc))


def before(*verbs: str, fills: tuple[str, ...] = ()) -> Callable[[F], F]:
    """Make the input of a write go through a function first, which may change or refuse it and never widens a rule.

    Args:
        verbs: `create`, `update` or both.
        fills: The fields that the function fills in, so that nobody has to send them.

    Returns:
        What marks the function, which stays what it is: it takes a context and the values, and gives the values.
    """
    return marking(Before(verbs, fills))


def marking(mark: Asked | Before) -> Callable[[F], F]:
    """Give what marks a function."""

    def decorate(function: F) -> F:
        setattr(bare(function), MARK, mark)
        return function

    return decorate


def bare(function: Any) -> Any:
    """Give the function inside a static method."""
    return function.__func__ if isinstance(function, staticmethod) else function


def marked(value: object) -> Asked | Before | None:
    """Give what was said of a function; none for anything else."""
    found = getattr(bare(value), MARK, None) if callable(value) or isinstance(value, staticmethod) else None
    return found if isinstance(found, Asked | Before) else None
