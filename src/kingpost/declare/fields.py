"""What refines a field beyond its annotation.

Each function gives a `Declared`, typed so that an editor sees the field.

Takes bounds and options, gives data for `build`. Stands on rules and the contract.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

from kingpost.contract.scalars import LARGEST, SMALLEST
from kingpost.contract.types import LARGEST_FILE
from kingpost.declare.rules import Is, Rule

REQUIRED: Any = ...
"""Says that a field has no default."""

LINKS = ("ref", "back", "many")


@dataclass(frozen=True)
class Declared:
    """What a field function was told."""

    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, *_: object, **__: object) -> NoReturn:
        """Say why a function is not there: below `owner: User = ref()`, say, `owner("user")` is a call of the field.

        Raises:
            TypeError: Always.
        """
        raise TypeError(
            "a field above has the same name as the function called here: rename the field, or import kingpost and write "
            "kingpost.owner(...), say"
        )


class Unset:
    """Stands where a class declares a field, so that what has no value of it has none: what was declared is not one."""

    def __init__(self, name: str, declared: object) -> None:
        """Keep what was declared."""
        self.name, self.declared = name, declared

    def __get__(self, holder: object | None, cls: type) -> object:
        """Give the class what was declared; a value that is set is found before this is asked.

        Raises:
            AttributeError: There is no value: nobody set it, or the caller may not read it.
        """
        if holder is None:
            return self.declared
        why = "it was left out, or is not the caller's to read"
        if isinstance(self.declared, Declared) and self.declared.kind in LINKS:
            why = f'include=("{self.name}",) reads it'
        raise AttributeError(f"this {cls.__name__} has no {self.name}: {why}")


def unset(cls: type) -> None:
    """Let no declaration in a class be taken for a value."""
    for name, annotation in inspect.get_annotations(cls).items():
        if name in vars(cls) and "ClassVar" not in str(annotation):
            setattr(cls, name, Unset(name, vars(cls)[name]))


def declaration(cls: type, name: str) -> object:
    """Give what stands behind a name in this very class; `REQUIRED` where nothing does."""
    found = vars(cls).get(name, REQUIRED)
    return found.declared if isinstance(found, Unset) else found


@dataclass(frozen=True)
class Actor:
    """Stands for the account that makes the call."""


actor = Actor()


def text(
    *, min: int = 0, max: int = 100_000, pattern: str = "", default: str | None = REQUIRED, unique: bool = False, doc: str = ""
) -> Any:
    """Declare text (`str`).

    Args:
        min: The fewest characters.
        max: The most characters.
        pattern: A regular expression that all of it matches, such as `[a-z]+`.
        default: What an input that leaves it out means.
        unique: Whether no two rows may have the same.
        doc: What it is, for the API's own pages.

    Returns:
        The field.
    """
    return Declared("text", {"min": min, "max": max, "pattern": pattern, "default": default, "unique": unique, "doc": doc})


def email(*, unique: bool = False, doc: str = "") -> Any:
    """Declare an e-mail address (`str`), compared without case and Unicode form."""
    return Declared("email", {"unique": unique, "doc": doc})


def number(
    *, min: int = SMALLEST, max: int = LARGEST, default: int | None = REQUIRED, unique: bool = False, doc: str = ""
) -> Any:
    """Declare a whole number (`int`) from `min` to `max`."""
    return Declared("number", {"min": min, "max": max, "default": default, "unique": unique, "doc": doc})


def decimal(*, precision: int = 18, scale: int = 2, default: Any = REQUIRED, doc: str = "") -> Any:
    """Declare an exact number (`Decimal`) of at most `precision` digits, `scale` of them after the point."""
    return Declared("decimal", {"precision": precision, "scale": scale, "default": default, "doc": doc})


def json(*, max: int = 65_536, default: Any = REQUIRED, doc: str = "") -> Any:
    """Declare any JSON value of at most `max` bytes."""
    return Declared("json", {"max": max, "default": default, "doc": doc})


def texts(
    *, max: int = 100, least: int = 0, each: int = 1_000, distinct: bool = False, default: Any = REQUIRED, doc: str = ""
) -> Any:
    """Declare a list of text (`list[str]`) of at most `max` items of `least` to `each` characters.

    Args:
        max: The most items.
        least: The fewest characters of each.
        each: The most characters of each.
        distinct: Whether an item that is given twice counts once.
        default: What an input that leaves it out means.
        doc: What it is, for the API's own pages.

    Returns:
        The field.
    """
    return Declared("texts", {"max": max, "least": least, "each": each, "distinct": distinct, "default": default, "doc": doc})


def value(*, default: Any = REQUIRED, unique: bool = False, doc: str = "") -> Any:
    """Declare a field of which its annotation says the kind: `bool`, `date`, `datetime`, `UUID` or a `Literal` of words."""
    return Declared("value", {"default": default, "unique": unique, "doc": doc})


def upload(*, max: int = LARGEST_FILE, doc: str = "") -> Any:
    """Declare a file that is sent (`Upload`), of at most `max` bytes."""
    return Declared("upload", {"max": max, "doc": doc})


def index(*, where: Is | None = None, default: Any = REQUIRED, unique: bool = False, doc: str = "") -> Any:
    """Declare a field with an index, over all rows or those where the field is as `where` says."""
    return Declared("value", {"index": True, "where": where, "default": default, "unique": unique, "doc": doc})


def serial(*, init: Literal[False] = False) -> Any:
    """Declare the id as a number that counts up and is never used again."""
    return Declared("serial")


def key(*, init: Literal[False] = False) -> Any:
    """Declare the id as a UUIDv7, as it is for a resource that declares none."""
    return Declared("key")


def created(*, init: Literal[False] = False) -> Any:
    """Declare when a row was made."""
    return Declared("created")


def updated(*, init: Literal[False] = False) -> Any:
    """Declare when a row was last changed."""
    return Declared("updated")


def ref(
    *, on_delete: Literal["cascade", "null", "restrict"] = "restrict", default: Actor | None = REQUIRED, doc: str = ""
) -> Any:
    """Declare a link to one row of another resource; `user: User` is held in `user_id`.

    Args:
        on_delete: What happens to this row when the other goes: it goes too, its link is emptied, or the other must stay.
        default: `actor`, to link to who makes the row.
        doc: What it is, for the API's own pages.

    Returns:
        The field.
    """
    return Declared("ref", {"on_delete": on_delete, "default": default, "doc": doc})


def back(link: str, *, init: Literal[False] = False) -> Any:
    """Declare the rows of another resource whose `link` points here."""
    return Declared("back", {"link": link})


def many(*, of: str = "", init: Literal[False] = False) -> Any:
    """Declare a link to many rows that each may link to many; `of` names the other side's field, for the side that reads."""
    return Declared("many", {"of": of})


def count(of: str, *, where: Rule | None = None, stored: bool = False, init: Literal[False] = False) -> Any:
    """Declare how many rows a back link has.

    Args:
        of: The back link.
        where: Which of its rows count.
        stored: Keep the number in the row, in the same transaction as every write that moves it, so that lists may sort by
            it. A count that is not stored counts what the viewer may read.
        init: Never part of a new row.

    Returns:
        The field.
    """
    return Declared("count", {"of": of, "where": where, "stored": stored, "any": False})


def exists(of: str, *, where: Rule | None = None, init: Literal[False] = False) -> Any:
    """Declare whether a back link has any row that the viewer may read (`bool`).

    Args:
        of: The back link.
        where: Which of its rows are looked for; `owner("user")` for the viewer's own.
        init: A caller never sends it.

    Returns:
        The field.
    """
    return Declared("count", {"of": of, "where": where, "stored": False, "any": True})
