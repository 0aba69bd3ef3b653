"""What an operation takes and gives: scalars, and what is made of them.

Takes a value in its wire form and gives the Python form that user code sees, all problems at once; and back. Stands on the
scalars.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, ClassVar, Literal, TypeAlias

import msgspec

from kingpost.contract.scalars import AnyScalar, Flaw, Invalid, Scalar
from kingpost.values import Html, Page, Upload

MOST_ITEMS = 1_000
MOST_PROBLEMS = 100
LARGEST_FILE = 1_000_000
Problems: TypeAlias = list[tuple[str, str, Flaw]]


class Kind(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    """A type that is no scalar."""


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One named value of an operation's input or output, or of an object in it.

    One that is not required may be left out, and then is what `default` says on the wire. `place` says where an input comes
    from; `body` is one of the values in the body, and `whole` all of it. A hidden one is a secret that is sent.
    """

    name: str
    type: "Type"
    optional: bool = False
    required: bool = True
    default: Any = None
    place: Literal["path", "query", "body", "whole"] = "body"
    hidden: bool = False
    doc: str = ""


class Object(Kind, frozen=True, tag="object"):
    """Named values together; `title` is its name in documents and that of the class it is made into.

    Of one that is `partial` any value may be left out, and then has none.
    """

    title: str
    members: tuple[Member, ...] = ()
    doc: str = ""
    partial: bool = False


class Items(Kind, frozen=True, tag="items"):
    """A list."""

    of: "Type"


class Named(Kind, frozen=True, tag="named"):
    """Values by names that are not known before."""

    of: "Type"


class OfRow(Kind, frozen=True, tag="row"):
    """A row of a resource, as the caller may read it."""

    resource: str


class OfPage(Kind, frozen=True, tag="page"):
    """A page of rows of a resource."""

    resource: str


class File(Kind, frozen=True, tag="file"):
    """A file that is sent."""

    title: ClassVar[str] = "file"
    max: int = LARGEST_FILE


class Markup(Kind, frozen=True, tag="markup"):
    """A page of HTML."""


class Anything(Kind, frozen=True, tag="anything"):
    """Any JSON value."""


Type: TypeAlias = AnyScalar | Object | Items | Named | OfRow | OfPage | File | Markup | Anything
"""What a value of an operation may be."""


def inputs(
    members: tuple[Member, ...], sent: Mapping[str, object], problems: Problems, at: str = "", *, partial: bool = False
) -> dict[str, object]:
    """Read named values.

    Args:
        members: What may be sent.
        sent: The values in their wire form, by name.
        problems: Where everything that is wrong is added, as a field and a message.
        at: The name of what these are part of.
        partial: Whether what was left out has no value at all.

    Returns:
        The values in their Python form; what was left out is there as its default says, unless they are partial.
    """
    values: dict[str, object] = {}
    for member in members:
        name = below(at, member.name)
        given = sent.get(member.name)
        if given is not None or (member.name in sent and isinstance(member.type, Anything)):
            values[member.name] = read(member.type, given, problems, name)
        elif member.name in sent and member.optional:
            values[member.name] = None
        elif member.name in sent:
            problems.append((name, "Must not be null", "required"))
        elif partial:
            continue
        elif member.required:
            problems.append((name, "Is required", "required"))
        else:
            own = deepcopy(member.default)  # what code does to it is not done to what the next call gets
            values[member.name] = None if own is None else read(member.type, own, problems, name)
    known = {member.name for member in members}
    for name in sent:
        if name not in known and len(problems) < MOST_PROBLEMS:
            problems.append((below(at, name)[:100], "Is not a field", "unknown"))
    return values


def below(at: str, name: object) -> str:
    """Name what is part of something; nothing comes before a part of the whole."""
    return f"{at}.{name}" if at else str(name)


def read(type_: Type, wire: object, problems: Problems, at: str) -> object:
    """Read one value into its Python form; what is wrong with it is added to the problems, and None is given."""
    match type_:
        case Object(_, members):
            if isinstance(wire, dict):
                return inputs(members, wire, problems, at, partial=type_.partial)
            problems.append((at, "Must be a JSON object", "invalid"))
        case Items(of):
            if isinstance(wire, list) and len(wire) <= MOST_ITEMS:
                return [read(of, each, problems, below(at, number)) for number, each in enumerate(wire)]
            problems.append(too_many(at) if isinstance(wire, list) else (at, "Must be a list", "invalid"))
        case Named(of):
            if isinstance(wire, dict) and len(wire) <= MOST_ITEMS:
                return {name: read(of, each, problems, below(at, name[:100])) for name, each in wire.items()}
            problems.append(too_many(at) if isinstance(wire, dict) else (at, "Must be a JSON object", "invalid"))
        case File(most):
            if isinstance(wire, Upload) and len(wire.content) <= most:
                return wire
            large: Flaw = "too_long" if isinstance(wire, Upload) else "invalid"
            problems.append((at, f"Must have at most {most} bytes" if isinstance(wire, Upload) else "Must be a file", large))
        case Anything():
            return wire
        case Scalar():
            try:
                return type_.python(type_.read(wire))
            except Invalid as problem:
                problems.append((at, str(problem), problem.code))
        case _:  # rows, pages and markup are given and never sent
            problems.append((at, "Can not be sent", "invalid"))
    return None


def too_many(at: str) -> tuple[str, str, Flaw]:
    """Say that there are more items than any list or object of names has."""
    return at, f"Must have at most {MOST_ITEMS} items", "too_long"


class Unwritable(Exception):
    """What code gave is not what its operation says it gives."""


def write(type_: Type | None, value: object, rows: Callable[[object, str], object]) -> object:
    """Write a value in its wire form.

    Args:
        type_: What it should be; None for nothing.
        value: In its Python form: of objects, anything with such attributes or a mapping of them.
        rows: Writes a row of a resource.

    Returns:
        A JSON value.

    Raises:
        Unwritable: It is something else.
    """
    match type_:
        case None:
            if value is not None:
                raise Unwritable(f"gave {kind(value)} where it says None")
            return None
        case Object(title, members) if isinstance(value, Mapping) or hasattr(value, "__dict__"):
            found = value if isinstance(value, Mapping) else vars(value)
            return {
                each.name: one(each, found.get(each.name), f"{title}.{each.name}", rows)
                for each in members
                if each.name in found or not type_.partial
            }
        case Items(of) if isinstance(value, list | tuple):
            return [write(of, each, rows) for each in value]
        case Named(of) if isinstance(value, Mapping):
            return {str(name): write(of, each, rows) for name, each in value.items()}
        case OfRow(resource):
            return rows(value, resource)
        case OfPage(resource) if isinstance(value, Page):
            total = {} if value.total is None else {"total": value.total}
            return {"items": [rows(each, resource) for each in value.items], "next": value.next, **total}
        case Anything():
            return value
        case Markup() if isinstance(value, Html):
            return value
        case Scalar():
            try:
                return type_.write(type_.store(value))
            except Invalid as problem:
                raise Unwritable(f"gave {kind(value)}: {problem}") from problem
        case _:
            raise Unwritable(
                f"gave {kind(value)} where it says {SPOKEN.get(type(type_)) or getattr(type_, 'title', 'otherwise')}"
            )


SPOKEN: Mapping[type, str] = {Items: "list", Named: "dict", OfPage: "Page", Markup: "Html, which html() makes"}


def kind(value: object) -> str:
    """Say what a value is, for a person, without the value."""
    return "None" if value is None else type(value).__name__


def one(member: Member, value: object, at: str, rows: Callable[[object, str], object]) -> object:
    """Write one named value; raises `Unwritable` saying which it is."""
    if value is None and member.optional:
        return None
    try:
        return write(member.type, value, rows)
    except Unwritable as problem:
        raise Unwritable(f"{problem}, in {at}") from problem
