"""From marked functions to operations: what each takes, gives and allows, with the code that answers.

Takes functions and frozen resources, gives `Offered`, and notes every mistake. Stands on the other files of this folder.
"""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, update_wrapper
from typing import Any, get_args

import msgspec

from kingpost.contract.expr import tests
from kingpost.contract.indexes import alone
from kingpost.contract.model import Grant, Method, Operation, Resource
from kingpost.contract.model import Style as Dressed
from kingpost.contract.scalars import Json, Scalar, TextList
from kingpost.contract.types import File, Markup, Member, OfPage, OfRow, Type
from kingpost.declare.data import Hints, Make, Types, Wrong, hinted, maker, refined, unwrapped
from kingpost.declare.links import Complain
from kingpost.declare.operation import ORDER, Asked, Style, bare
from kingpost.declare.rules import Rule
from kingpost.declare.source import suggest
from kingpost.declare.verify import Words

HOLE = re.compile(r"\{([^{}]*)\}")
PATH = re.compile(r"/|(/([A-Za-z0-9_.~-]+|\{[a-z][a-z0-9_]*\}))+")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,47}")
WORD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
BODILESS = ("GET", "DELETE")
Code = Callable[..., Any]


@dataclass(frozen=True)
class Offered:
    """An operation that comes with code."""

    operation: Operation
    code: Code


@dataclass(frozen=True)
class Function:
    """A marked function: its name, what was said of it, and the resource it stands in."""

    name: str
    asked: Asked
    call: Callable[..., Any]
    resource: Resource | None
    static: bool


class Offer:
    """Reads marked functions."""

    def __init__(self, classes: Mapping[type, str]) -> None:
        """Read the functions of an app of these classes."""
        self.known: Hints = {cls.__name__: cls for cls in classes}
        self.types = Types(classes)

    def read(self, function: Function, words: Words, complain: Complain) -> Offered | None:
        """Read one function.

        Args:
            function: Which.
            words: Look up what its access says.
            complain: Notes a mistake.

        Returns:
            The operation with its code; none where something is wrong with it.
        """
        wrong = partial(complain, function.name, "")
        resource, asked = function.resource, function.asked
        if resource is not None and not function.static and "read" not in resource.access:
            wrong("it is on a row, and no one may read one", "Write access = Access(read=...), or make it a @staticmethod")
        access = self.access(function, words, complain)
        if asked.method not in get_args(Method):
            complain(function.name, "method", f"method={asked.method!r} is none", f"Write {', '.join(get_args(Method))}")
        if sorted(asked.order) != sorted(ORDER):
            complain(function.name, "order", f"order={asked.order!r} does not fit", f"Write each of {ORDER} once")
        if type(asked.status) is not int or (asked.status != 0 and not 200 <= asked.status <= 299):
            complain(function.name, "status", f"status={asked.status!r} does not fit", "Write a number from 200 to 299")
        try:
            hints = hinted(bare(function.call), self.known)
            row, takes_context, members = self.parameters(function, hints)
            path, found_by = self.place(function, row, [member.name for member in members])
            holes = HOLE.findall(path)
            input_ = tuple(settled(member, asked, holes) for member in members)
            output = self.output(hints)
        except Wrong as problem:
            wrong(problem.problem, problem.remedy)
            return None
        name = f"{resource.name}.{function.name}" if resource else function.name
        doc = inspect.cleandoc(bare(function.call).__doc__ or "")
        operation = Operation(
            name, resource.name if resource else "", None, name, path, asked.doc or doc,
            input_, output, access, asked.method, asked.status, found_by, tuple(asked.order), asked.transaction, asked.form,
            dressed(asked.style, name, function.name, self.types, complain) if asked.style is not None else None,
        )  # fmt: skip
        makers = {member.name: maker(hints[member.name], self.known) for member in members}
        return Offered(operation, answering(bare(function.call), row, takes_context, makers))

    def access(self, function: Function, words: Words, complain: Complain) -> tuple[Grant, ...]:
        """Read who may."""
        asked = function.asked.access
        if asked is None:
            complain(function.name, "", "nothing says who may", "Write @operation(access=signed_in), say")
            return ()
        rowless = function.static or function.resource is None
        if rowless and isinstance(asked, Rule) and any(True for grant in asked.grants for _ in tests(grant.rule)):
            remedy = "Write anyone, signed_in or admin; or make it an operation on a row: async def name(self, context)"
            complain(function.name, "access", "its access asks for a row, and it is on none", remedy)
            return ()
        grants = words.grants(asked, function.name, "access")
        if any(grant.fields is not None for grant in grants):
            complain(function.name, "access", "its access is narrowed by .fields()", "Leave .fields() out")
        return grants

    def parameters(self, function: Function, hints: Hints) -> tuple[bool, bool, list[Member]]:
        """Read what a function takes: whether a row, whether a context, and the members; raises `Wrong`."""
        given = list(inspect.signature(bare(function.call)).parameters.values())
        row = function.resource is not None and not function.static
        if row and (not given or given[0].name != "self"):
            raise Wrong("its first parameter is not self", "Write @staticmethod below @operation(...), or take self first")
        if not row and function.resource is not None and given and given[0].name == "self":
            raise Wrong("it takes self and is a @staticmethod", "Leave one of them out: with self it is on a row")
        given = given[1:] if row else given
        takes_context = bool(given) and given[0].name == "context"
        members = []
        for parameter in given[1:] if takes_context else given:
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
                raise Wrong(f"{parameter} can not be sent", "Name each value that it takes")
            if parameter.name not in hints:
                raise Wrong(f"{parameter.name} has no annotation", f'Write "{parameter.name}: str", say')
            if not NAME.fullmatch(parameter.name):
                raise Wrong(f"{parameter.name} is no name for a value", "Write letters, digits and _, a letter first")
            declared = refined(... if parameter.default is parameter.empty else parameter.default)
            members.append(self.types.member(parameter.name, hints[parameter.name], declared))
        return row, takes_context, members

    def place(self, function: Function, row: bool, names: Sequence[str]) -> tuple[str, str]:
        """Give the path, and the field that finds the row; raises `Wrong`."""
        resource, path = function.resource, function.asked.path
        if not path:
            path = f"{f'/{resource.name}' if resource else ''}{'/{id}' if row else ''}/{function.name}"
        if not PATH.fullmatch(path):
            raise Wrong(f'its path "{path}" is none', 'Write "/articles/{slug}/favorite", say')
        holes = HOLE.findall(path)
        if len(set(holes)) < len(holes):
            raise Wrong(f'its path "{path}" names a value twice', "Name each value once")
        rest = [hole for hole in holes if hole not in names]
        if not row or resource is None:
            if rest:
                raise Wrong(f'"{rest[0]}" is in its path and is no parameter', suggest(rest[0], names, "It takes"))
            return path, ""
        unique = [field.name for field in resource.fields if alone(resource, field.name)]
        if len(rest) != 1:
            raise Wrong("its path does not say which row it is on", f'Write "/{resource.name}/{{id}}/{function.name}"')
        if rest[0] not in unique:
            raise Wrong(f'"{rest[0]}" in its path finds no single row', suggest(rest[0], unique, "Unique are"))
        return path, rest[0]

    def output(self, hints: Hints) -> Type | None:
        """Read what a function gives; raises `Wrong`."""
        if "return" not in hints:
            raise Wrong("nothing says what it gives", 'Write "-> None", or what it gives')
        hint = unwrapped(hints["return"])
        if hint is type(None):
            return None
        member = self.types.member("return", hint, refined(...))
        if member.optional:
            raise Wrong("it may give None or something else", 'Raise Refused("not_found", ...) where there is nothing')
        return member.type


def settled(member: Member, asked: Asked, holes: Sequence[str]) -> Member:
    """Say where a value comes from; raises `Wrong` where it can not come from there."""
    name, of = member.name, member.type
    single = isinstance(of, Scalar) and not isinstance(of, Json | TextList)
    if isinstance(of, OfRow | OfPage | Markup):
        raise Wrong(f"{name} can not be sent", "Take its id: id: UUID, say")
    if name in holes or asked.method in BODILESS:
        if not single:
            raise Wrong(f"{name} is no single value, so no address can hold it", "Take it with method POST, or take its parts")
        if name in holes:
            if not member.required or member.optional:
                raise Wrong(f"{name} is in the path, so it is never left out", "Leave its default out")
            return msgspec.structs.replace(member, place="path")
        return msgspec.structs.replace(member, place="query")
    return msgspec.structs.replace(member, place="whole") if name == "body" and not isinstance(of, File) else member


def answering(function: Callable[..., Any], row: bool, takes_context: bool, makers: Mapping[str, Make]) -> Code:
    """Give what calls a function with the values that were read."""

    async def answer(context: Any, values: Mapping[str, object]) -> Any:
        made = {name: make(values[name]) for name, make in makers.items()}
        first = ([values["self"]] if row else []) + ([context] if takes_context else [])
        found = function(*first, **made)
        return await found if inspect.isawaitable(found) else found

    return update_wrapper(answer, function)  # so that what looks at it finds the function


def dressed(style: object, name: str, attribute: str, types: Types, complain: Complain) -> Dressed | None:
    """Read a style; what its error says it gives is kept as a type."""
    if not isinstance(style, Style):
        complain(attribute, "style", f"style={style!r} is no Style(...)", 'Write style = Style(scheme="Token"), say')
        return None
    for word, text in (("scheme", style.scheme), ("cookie", style.cookie), ("envelope", style.envelope)):
        if not isinstance(text, str) or (not WORD.fullmatch(text) if text else False):
            complain(attribute, word, f"{word}={text!r} is no word", f'Write {word}="token", say: letters, digits and -')
    if style.naming not in ("as_declared", "camelCase"):
        complain(attribute, "naming", f"naming={style.naming!r} is none", 'Write naming="camelCase", or leave it out')
    told: Type | None = None
    if inspect.iscoroutinefunction(style.error):
        complain(attribute, "error", "its error is asynchronous, and a failure is told at once", "Write def, not async def")
    if style.error is not None:
        try:
            told = types.member("error", unwrapped(hinted(style.error, {}).get("return", Any)), refined(...)).type
        except Wrong as wrong:
            complain(attribute, "error", f"its error gives what can not be said: {wrong.problem}", wrong.remedy)
        except TypeError:
            complain(attribute, "error", f"error={style.error!r} is no function", "Write def errors(failure: Failure) -> Reply")
    return Dressed(
        style.scheme, style.cookie, style.envelope, style.naming, f"{name}.error" if style.error is not None else "", told
    )
