"""The classes a user derives from, and what may stand in them beside fields.

Takes class bodies, keeps them as they are; `build` reads them. Stands on fields and rules.
"""

import sys
from dataclasses import dataclass
from types import FrameType
from typing import Any, ClassVar, dataclass_transform

from kingpost.contract.scalars import LONGEST_PASSWORD
from kingpost.declare.fields import (
    back,
    count,
    created,
    decimal,
    email,
    exists,
    index,
    json,
    key,
    many,
    number,
    ref,
    serial,
    text,
    texts,
    unset,
    updated,
    value,
)
from kingpost.declare.rules import Rule


@dataclass(frozen=True)
class Access:
    """Who may do what; a verb that is left out is not offered. `read` covers lists, `update` covers PUT and PATCH."""

    create: Rule | None = None
    read: Rule | None = None
    update: Rule | None = None
    delete: Rule | None = None


class Lists:
    """The lists that may be asked for; each names equality filters, then sort keys, and gets an index.

    Each has ranges of what it is sorted by first.
    """

    def __init__(self, *entries: str, page: int = 20, most: int = 100, search: tuple[str, ...] = ()) -> None:
        """Declare lists.

        Args:
            entries: Words such as `"-created_at"` or `"user_id -created_at"`: the sort begins at the first word with a sign,
                or is the last word.
            page: How many rows a page has when the call does not say.
            most: How many rows a call may ask for.
            search: The text fields whose words may be searched for.
        """
        self.entries, self.page, self.most, self.search = entries, page, most, search


@dataclass(frozen=True)
class Budget:
    """How many calls one client may make in so many seconds: an account, or an address where no one is signed in."""

    calls: int
    per: int = 900


class Unique:
    """Fields that together no two rows may share."""

    def __init__(self, *fields: str, where: Rule | None = None) -> None:
        """Declare fields unique together, among all rows or those a rule lets through."""
        self.fields, self.where = fields, where


@dataclass(frozen=True)
class PasswordPolicy:
    """What a password must have: a length, and where a contract asks for it, letters of either case and digits.

    Length alone is what NIST SP 800-63B-4 and ASVS 5.0 advise; 15 characters is their minimum without a second factor.
    """

    min: int = 15
    max: int = LONGEST_PASSWORD
    lower: int = 0
    upper: int = 0
    digit: int = 0


@dataclass(frozen=True)
class Place:
    """Where something stands in the user's files."""

    file: str
    line: int


def placed(frame: FrameType) -> Place:
    """Say where a frame stands."""
    return Place(frame.f_code.co_filename, frame.f_lineno)


@dataclass_transform(
    kw_only_default=True,
    field_specifiers=(
        text, email, number, decimal, json, texts, value, index, serial, key, created, updated, ref, back, many, count, exists,
    ),
)  # fmt: skip
class Resource:
    """A kind of thing: fields as annotations, and who may do what in `access`."""

    access: ClassVar[Access]
    lists: ClassVar[Lists]
    unique: ClassVar[Unique | tuple[Unique, ...]]
    declared_table: ClassVar[str] = ""
    declared_served: ClassVar[bool] = True
    declared_at: ClassVar[Place] = Place("", 0)

    def __init_subclass__(cls, table: str = "", served: bool = True) -> None:
        """Note the table's name, whether surfaces offer what may be done with it, and where the class stands."""
        super().__init_subclass__()
        cls.declared_table, cls.declared_served = table, served
        cls.declared_at = placed(sys._getframe(1))
        unset(cls)

    def __init__(self, **values: Any) -> None:
        """Hold the values of one row."""
        vars(self).update(values)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse to change, as nothing would be written.

        Raises:
            AttributeError: Always.
        """
        raise AttributeError(f"a row does not change by itself: write context[{type(self).__name__}].update(id, {name}=...)")

    def __repr__(self) -> str:
        """Say the values."""
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


class Account(Resource):
    """Someone who signs in with an e-mail address and a password."""

    email: str = email(unique=True)
    password: ClassVar[PasswordPolicy] = PasswordPolicy()
