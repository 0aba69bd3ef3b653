"""Typed data that operations take and give, and what annotations say of it.

Takes annotations with what refines them, gives types of the contract and what makes their Python values. Stands on the classes.
"""

import inspect
import sys
import types as python_types
import typing
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, ClassVar, Self, TypeAlias, dataclass_transform

import msgspec

from kingpost.contract.scalars import Invalid, Scalar
from kingpost.contract.types import Anything, File, Items, Markup, Member, Named, Object, OfPage, OfRow, Type
from kingpost.declare.fields import (
    REQUIRED,
    Declared,
    decimal,
    declaration,
    email,
    json,
    number,
    text,
    texts,
    unset,
    upload,
    value,
)
from kingpost.declare.gather import RawField
from kingpost.declare.kinds import said, scalar
from kingpost.declare.resource import Place, Resource, placed
from kingpost.values import Html, Page, Reply, Upload

Hints: TypeAlias = Mapping[str, object]
Make: TypeAlias = Callable[[Any], Any]
"""Makes the Python value that user code sees of what was read."""


class Wrong(Exception):
    """An annotation that says nothing an operation can take or give: the problem, and what to write instead."""

    def __init__(self, problem: str, remedy: str) -> None:
        """Say what is wrong."""
        super().__init__(problem, remedy)
        self.problem, self.remedy = problem, remedy


@dataclass_transform(
    kw_only_default=True, frozen_default=True, field_specifiers=(text, email, number, decimal, json, texts, value, upload)
)
class Data:
    """Values that belong together, as an operation takes or gives them: fields as annotations, as in a resource.

    Of a class that is `partial` any value may be left out, as from what changes a row; `vars()` gives those that were not.
    """

    declared_at: ClassVar[Place] = Place("", 0)
    declared_partial: ClassVar[bool] = False
    declared_values: ClassVar[Mapping[str, tuple[object, Declared]]] = {}

    def __init_subclass__(cls, partial: bool = False) -> None:
        """Note where the class stands, what it holds, and whether any of it may be left out."""
        super().__init_subclass__()
        cls.declared_at, cls.declared_partial = placed(sys._getframe(1)), partial
        cls.declared_values = written(cls)
        unset(cls)

    def __init__(self, **values: Any) -> None:
        """Hold values.

        Args:
            values: By name; what is left out is what its default says.

        Raises:
            TypeError: A name is missing or is not declared.
        """
        for name, (_, declared) in self.declared_values.items():
            default = declared.options.get("default", REQUIRED)
            if name not in values and self.declared_partial:
                continue
            if name not in values and default is REQUIRED:
                raise TypeError(f"{type(self).__name__} needs {name}")
            given = values.pop(name) if name in values else deepcopy(default)
            vars(self)[name] = list(given) if isinstance(given, list) else given
        if values:
            raise TypeError(f"{type(self).__name__} has no {', '.join(values)}")

    @classmethod
    def of(cls, source: object, /, **values: Any) -> Self:
        """Make one of what another object, such as a row, holds under the same names.

        Args:
            source: Where the values are.
            values: Those that are not there, or are others.

        Returns:
            The values together.
        """
        return cls(**{name: getattr(source, name) for name in cls.declared_values if name not in values}, **values)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse to change.

        Raises:
            AttributeError: Always.
        """
        raise AttributeError(f"{type(self).__name__} does not change: make another one")

    def __eq__(self, other: object) -> bool:
        """Whether another holds the same values."""
        return type(other) is type(self) and vars(other) == vars(self)

    __hash__ = None  # type: ignore[assignment]  # it may hold lists

    def __repr__(self) -> str:
        """Say the values."""
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


def written(cls: type[Data]) -> dict[str, tuple[object, Declared]]:
    """Give the annotation of each value of a class, and what refines it."""
    found: dict[str, tuple[object, Declared]] = {}
    for owner in reversed(cls.__mro__):
        for name, annotation in inspect.get_annotations(owner).items():
            if "ClassVar" not in str(annotation):
                found[name] = (annotation, refined(declaration(owner, name)))
    return found


def refined(default: object) -> Declared:
    """Give what a default says of a value: a plain one is a default and no more."""
    return default if isinstance(default, Declared) else Declared("value", {"default": default})


class Types:
    """Reads annotations, where the resources of an app have names."""

    def __init__(self, resources: Mapping[type, str]) -> None:
        """Read annotations in an app of these resources."""
        self.resources = resources
        self.open: list[type[Data]] = []

    def members(self, cls: type[Data]) -> tuple[Member, ...]:
        """Read the values of a class; raises `Wrong`."""
        if cls in self.open:
            raise Wrong(f"{cls.__name__} holds itself", "Write an operation that gives the ids of what is below")
        self.open.append(cls)
        try:
            hints = hinted(cls, {each.__name__: each for each in self.resources})
            members = tuple(self.member(name, hints[name], declared) for name, (_, declared) in cls.declared_values.items())
            if cls.declared_partial:
                return tuple(msgspec.structs.replace(each, required=False, default=None) for each in members)
            return members
        except Wrong as wrong:
            raise Wrong(f"{cls.__name__}: {wrong.problem}", wrong.remedy) from wrong
        finally:
            self.open.pop()

    def member(self, name: str, hint: object, declared: Declared) -> Member:
        """Read one named value; raises `Wrong`."""
        core, optional = without_none(hint)
        try:
            type_ = self.type(name, core, declared)
        except Wrong as wrong:
            raise Wrong(f"{name}: {wrong.problem}", wrong.remedy) from wrong
        default = declared.options.get("default", REQUIRED)
        required = default is REQUIRED
        if required or default is None:
            if default is None and not optional:
                raise Wrong(f"{name}: its default None does not fit", f'Write "{name}: {said(hint)} | None = None"')
            return Member(name, type_, optional, required, doc=declared.options.get("doc", ""))
        try:
            wire = type_.write(type_.store(default)) if isinstance(type_, Scalar) else default
        except Invalid as problem:
            remedy = "Write a default that the value itself would take"
            raise Wrong(f"{name}: its default {default!r} does not fit ({problem})", remedy) from problem
        return Member(name, type_, optional, False, wire, doc=declared.options.get("doc", ""))

    def type(self, name: str, hint: object, declared: Declared) -> Type:
        """Read what one value may be; raises `Wrong`."""
        origin, inner = typing.get_origin(hint), typing.get_args(hint)
        if hint is Upload:
            return File(declared.options.get("max", File().max))
        if hint in (Any, object) and declared.kind == "value":
            return Anything()
        if hint is Html:
            return Markup()
        if isinstance(hint, type) and issubclass(hint, Data):
            return Object(hint.__name__, self.members(hint), (hint.__doc__ or "").strip(), hint.declared_partial)
        if isinstance(hint, type) and issubclass(hint, Resource):
            return OfRow(self.resource(hint))
        if origin is Page:
            return OfPage(self.resource(inner[0]))
        if origin is list and declared.kind == "value":
            return Items(self.type(name, inner[0], Declared("value")))
        if origin is dict and inner[0] is str:
            return Named(self.type(name, inner[1], Declared("value")))
        # A scalar is read as a field of a resource is; whose it is plays no part in that.
        found = scalar(RawField(name, hint, False, declared, Resource))
        if isinstance(found, tuple):
            raise Wrong(*found)
        return found

    def resource(self, cls: object) -> str:
        """Give the name of a resource; raises `Wrong` for one that the app was not given."""
        if not isinstance(cls, type) or cls not in self.resources:
            raise Wrong(f"the app was not given {said(cls)}", f"Write App(..., {said(cls)})")
        return self.resources[cls]


def hinted(owner: Any, known: Hints) -> dict[str, Any]:
    """Resolve the annotations of a class or a function where it stands; raises `Wrong`."""
    module = vars(sys.modules[owner.__module__]) if owner.__module__ in sys.modules else {}
    try:
        return typing.get_type_hints(owner, {**module, **known}, dict(known))
    except Exception as error:  # whatever the text of an annotation can raise
        raise Wrong(f"its annotations can not be read ({error})", "Import what they name, or check the spelling") from error


def without_none(hint: object) -> tuple[object, bool]:
    """Tell what an annotation says beside None, and whether it says None."""
    if typing.get_origin(hint) not in (typing.Union, python_types.UnionType):
        return hint, False
    rest = tuple(part for part in typing.get_args(hint) if part is not type(None))
    return (rest[0] if len(rest) == 1 else hint), len(rest) < len(typing.get_args(hint))


def maker(hint: object, known: Hints) -> Make:
    """Give what makes the Python value of what was read: objects become what their class says."""
    core, _ = without_none(hint)
    origin, inner = typing.get_origin(core), typing.get_args(core)
    if isinstance(core, type) and issubclass(core, Data):
        hints = hinted(core, known)
        makers = {name: maker(hints[name], known) for name in core.declared_values}
        cls = core

        def make(value: Any) -> Any:
            return None if value is None else cls(**{name: makers[name](each) for name, each in value.items()})

        return make
    if origin is list:
        item = maker(inner[0], known)
        return lambda value: None if value is None else [item(each) for each in value]
    if origin is dict:
        entry = maker(inner[1], known)
        return lambda value: None if value is None else {name: entry(each) for name, each in value.items()}
    return lambda value: value


def unwrapped(hint: object) -> object:
    """Give what a reply says its value is; anything else as it is."""
    return typing.get_args(hint)[0] if typing.get_origin(hint) is Reply else hint
