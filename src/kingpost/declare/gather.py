"""Reads class bodies into plain data, judging only what can not be read.

Takes the user's classes, gives `Raw`, with annotations resolved now, so that order and cycles do not matter. Stands on the
classes.
"""

import inspect
import sys
import types
import typing
from collections.abc import Sequence
from dataclasses import dataclass, field

from kingpost.declare.fields import REQUIRED, Declared, declaration
from kingpost.declare.resource import Access, Account, Budget, Lists, PasswordPolicy, Resource, Unique
from kingpost.declare.source import Mistake, Source

WORDS = {Access: "access", Lists: "lists", Unique: "unique", Budget: "budget", PasswordPolicy: "password"}
"""Under which name each thing that is no field stands in a class."""
UNRESOLVED = object()


@dataclass
class RawField:
    """One annotated name of a class body."""

    name: str
    annotation: object
    optional: bool
    declared: Declared
    owner: type[Resource]


@dataclass
class Raw:
    """One class as it was written."""

    cls: type[Resource]
    name: str
    title: str
    doc: str
    fields: dict[str, RawField]
    access: object
    lists: object
    unique: tuple[Unique, ...] = ()
    budget: object = None
    account: bool = False
    mistakes: list[Mistake] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)


def gather(classes: Sequence[type[Resource]], source: Source) -> list[Raw]:
    """Read every class.

    Args:
        classes: What the app was given.
        source: Where things stand.

    Returns:
        What was written, one for each class, with the mistakes that reading showed.
    """
    known = {cls.__name__: cls for cls in classes}
    return [read(cls, known, source) for cls in classes]


def sorted_out(given: Sequence[object], source: Source) -> tuple[list[type[Resource]], list[Mistake]]:
    """Tell the resources an app was given from what it can not take."""
    kept: list[type[Resource]] = []
    mistakes = [] if given else [Mistake(source.caller(), "App", "it was given no resource", "Write App(User, Post), say")]
    for each in given:
        said, remedy = "", ""
        if not isinstance(each, type):
            said, remedy = f"it was given a {type(each).__name__}, not a class", "Name the class itself"
        elif each in (Resource, Account):
            said, remedy = f"{each.__name__} is what your classes derive from", f"Write class User({each.__name__}), say"
        elif not issubclass(each, Resource):
            said, remedy = f"{each.__name__} is no resource", f"Write class {each.__name__}(Resource)"
        elif each in kept:
            said, remedy = f"{each.__name__} is given twice", "Name each class once"
        else:
            kept.append(each)
        if said:
            mistakes.append(Mistake(source.caller(), "App", said, remedy))
    return kept, mistakes


def read(cls: type[Resource], known: dict[str, type[Resource]], source: Source) -> Raw:
    """Read one class and those it derives from."""
    raw = Raw(
        cls,
        cls.declared_table or plural(cls.__name__),
        cls.__name__,
        (cls.__doc__ or "").strip() if "__doc__" in cls.__dict__ else "",
        {},
        getattr(cls, "access", None),
        getattr(cls, "lists", None),
        account=issubclass(cls, Account),
    )
    declared_unique = getattr(cls, "unique", ())
    raw.unique = declared_unique if isinstance(declared_unique, tuple) else (declared_unique,)
    for plain in [each for each in cls.__mro__ if not issubclass(each, Resource)]:
        if any(isinstance(value, Declared) for value in vars(plain).values()):
            problem, remedy = f"{plain.__name__} declares fields but is no Resource", f"Write class {plain.__name__}(Resource)"
            raw.mistakes.append(Mistake(source.place(cls), raw.title, problem, remedy))
    for owner in [each for each in reversed(cls.__mro__) if issubclass(each, Resource) and each is not Resource]:
        for name, annotation in inspect.get_annotations(owner).items():
            if "ClassVar" not in str(annotation):
                raw.fields[name] = one(raw, owner, name, annotation, known, source)
        for name in vars(owner):
            value = declaration(owner, name)
            if isinstance(value, Declared) and name not in raw.fields:
                place = source.place(owner, name)
                raw.mistakes.append(
                    Mistake(
                        place,
                        f"{raw.title}.{name}",
                        "has no annotation",
                        f'Write "{name}: <type> = ..." so that its type is known',
                    )
                )
            word = next((word for kind, word in WORDS.items() if isinstance(value, kind)), name)
            if name != word:
                problem, remedy = f"no one looks for a {type(value).__name__} under this name", f'Write "{word} = ..."'
                raw.mistakes.append(Mistake(source.place(owner, name), f"{raw.title}.{name}", problem, remedy))
    if "budget" not in raw.fields:  # a project, say, has a budget of its own kind
        raw.budget = getattr(cls, "budget", None)
    return raw


def one(
    raw: Raw, owner: type[Resource], name: str, annotation: object, known: dict[str, type[Resource]], source: Source
) -> RawField:
    """Read one annotated name."""
    written = declaration(owner, name)
    plain = {} if written is REQUIRED else {"default": written}
    declared = written if isinstance(written, Declared) else Declared("value", plain)
    bearer = types.SimpleNamespace(__annotations__={name: annotation})
    module = vars(sys.modules[owner.__module__]) if owner.__module__ in sys.modules else {}
    try:
        hint = typing.get_type_hints(bearer, {**module, **known}, known)[name]
    except Exception as error:  # whatever the text of an annotation can raise
        remedy = "Import it, or check its spelling"
        raw.mistakes.append(
            Mistake(source.place(owner, name), f"{raw.title}.{name}", f"its annotation can not be read ({error})", remedy)
        )
        return RawField(name, UNRESOLVED, False, declared, owner)
    parts = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    rest = tuple(part for part in parts if part is not type(None))
    core: object = rest[0] if len(rest) == 1 else hint
    return RawField(name, core, len(rest) < len(parts), declared, owner)


def plural(title: str) -> str:
    """Give the table of a class that names none: its words in lower case and an s."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in title).lstrip("_") + "s"


def verbs(access: Access) -> dict[str, object]:
    """Give the rules that an `Access` was given, by verb."""
    return {verb: getattr(access, verb) for verb in ("create", "read", "update", "delete") if getattr(access, verb) is not None}


def listing(raw: Raw) -> Lists | None:
    """Give the declared lists, where there are any."""
    return raw.lists if isinstance(raw.lists, Lists) else None
