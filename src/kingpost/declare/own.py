"""Gathers the user's own code: operations in resources and beside them, what writes go through first, and how errors look.

Takes classes and functions, gives operations, code by stable name, and which writes go through code. Stands on the other files
of this folder.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from kingpost.contract.model import VERBS, Resource
from kingpost.contract.model import Style as Dressed
from kingpost.declare.data import Types
from kingpost.declare.gather import Raw
from kingpost.declare.links import Complain
from kingpost.declare.offer import Function, Offer, Offered, dressed
from kingpost.declare.operation import Asked, Before, Style, bare, marked
from kingpost.declare.resource import Place
from kingpost.declare.source import Mistake, suggest
from kingpost.declare.verify import Words

Code = Callable[..., Any]
HOOKED = ("create", "update")
NOWHERE = Resource("", "the app", (), {})


@dataclass
class Own:
    """What was gathered: the operations and where they stand, the code behind it all, and what code fills in."""

    offered: list[Offered] = field(default_factory=list)
    code: dict[str, Code] = field(default_factory=dict)
    filled: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)


class Gathering:
    """Gathers the code of one app."""

    def __init__(
        self, classes: Mapping[type, str], resources: Mapping[str, Resource], prepared: Mapping[str, Resource],
        mistakes: list[Mistake],
    ) -> None:  # fmt: skip
        """Gather for an app of these classes and resources; `prepared` are those that words are looked up in."""
        self.offer, self.resources, self.prepared, self.mistakes = Offer(classes), resources, prepared, mistakes
        self.own = Own()

    def within(self, raw: Raw, complain: Complain) -> None:
        """Gather the code in a class."""
        words = Words(self.prepared[raw.name], self.prepared, complain)
        found = {name: value for owner in reversed(raw.cls.__mro__) for name, value in vars(owner).items()}
        for name, value in found.items():
            mark = marked(value)
            if isinstance(mark, Asked):
                if name in (*VERBS, "batch"):
                    complain(name, "", f"{raw.name}.{name} is there already", "Give the function another name")
                function = Function(name, mark, value, self.resources[raw.name], isinstance(value, staticmethod))
                self.add(self.offer.read(function, words, complain), name, function, complain)
            elif isinstance(mark, Before):
                self.before(raw, name, mark, value, complain)

    def beside(self, function: Callable[..., Any]) -> None:
        """Gather a function that stands in no resource."""
        mark, place = marked(function), stands(function)
        assert isinstance(mark, Asked)

        def complain(_: str, __: str, problem: str, remedy: str) -> None:
            self.mistakes.append(Mistake(place, function.__name__, problem, remedy))

        read = Function(function.__name__, mark, function, None, static=True)
        self.add(self.offer.read(read, Words(NOWHERE, self.prepared, complain), complain), read.name, read, complain)

    def add(self, offered: Offered | None, attribute: str, function: Function, complain: Complain) -> None:
        """Keep an operation, unless another has its name."""
        if offered is None:
            return
        operation = offered.operation
        if operation.code in self.own.code:
            complain(attribute, "", f"{operation.name} is there already", "Give the function another name")
        self.own.places[operation.name] = stands(function.call)
        self.own.offered.append(offered)
        self.own.code[operation.code] = offered.code
        if operation.style is not None and function.asked.style is not None and function.asked.style.error is not None:
            self.own.code[operation.style.error] = function.asked.style.error

    def before(self, raw: Raw, name: str, mark: Before, value: Any, complain: Complain) -> None:
        """Keep a function that writes go through first."""
        resource, function = self.prepared[raw.name], bare(value)
        filled = self.own.filled.setdefault(raw.name, {})
        if not mark.verbs or any(verb not in HOOKED for verb in mark.verbs):
            complain(
                name,
                "",
                f"before({', '.join(map(repr, mark.verbs))}) names no such write",
                'Write before("create"), before("update") or both',
            )
        if not inspect.iscoroutinefunction(function) or [*inspect.signature(function).parameters] != ["context", "values"]:
            wanted = "Write @staticmethod, and async def name(context: Context, values: dict[str, Any]) -> dict[str, Any]"
            complain(name, "", "it does not take a context and values", wanted)
        open_ = [each.name for each in resource.fields if each.writable]
        for each in mark.fills:
            if each not in open_:
                complain(name, each, f'"{each}" can not be filled in', suggest(each, open_, "What may be written is"))
        for verb in mark.verbs:
            if verb in filled:
                complain(name, verb, f"another function comes before {verb} already", "Write one function that does both")
            filled[verb] = tuple(mark.fills)
            self.own.code[f"{raw.name}.before.{verb}"] = function

    def worn(self, style: object, place: Place) -> Dressed:
        """Read the app's style."""
        if style is None:
            return Dressed()

        def complain(_: str, __: str, problem: str, remedy: str) -> None:
            self.mistakes.append(Mistake(place, "App.style", problem, remedy))

        found = dressed(style, "app", "style", Types({}), complain)
        if found is not None and isinstance(style, Style) and style.error is not None:
            self.own.code[found.error] = style.error
        return found or Dressed()


def stands(function: Any) -> Place:
    """Say where a function stands."""
    code = bare(function).__code__
    return Place(code.co_filename, code.co_firstlineno)


def gathered(gathering: Gathering, raws: Sequence[Raw], functions: Sequence[Any], note: Callable[[Raw], Complain]) -> Own:
    """Gather all the code there is, the resources' own first."""
    for raw in raws:
        gathering.within(raw, note(raw))
    for function in functions:
        gathering.beside(function)
    return gathering.own


def filled(resource: Resource, own: Own) -> Resource:
    """Say of a resource which of its writes go through code, and what that fills in."""
    return msgspec.structs.replace(resource, filled=own.filled.get(resource.name, {}))
