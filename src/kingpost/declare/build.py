"""From classes to a contract: gather, prepare, verify, freeze.

Every mistake is found before any is told.

Takes the user's classes, gives `Built(contract, code, place)`. Stands on the other files of this folder and the model.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from kingpost.contract.indexes import derive
from kingpost.contract.model import RULE_OF, VERBS, Budget, Contract, Entry, Operation, Resource
from kingpost.declare import resource as declared
from kingpost.declare.gather import Raw, gather, sorted_out
from kingpost.declare.links import Complain
from kingpost.declare.offer import Offered
from kingpost.declare.operation import Asked, marked
from kingpost.declare.own import Gathering, filled, gathered
from kingpost.declare.prepare import check_names, check_pairs, prepare
from kingpost.declare.resource import Place
from kingpost.declare.source import Mistake, Mistakes, Source
from kingpost.declare.verify import Words, budget

Code = Callable[..., Any]
WORDS = ("access", "lists", "unique")
OURS = declared.__name__


@dataclass(frozen=True)
class Built:
    """What a build gives.

    The contract, the code behind its operations by stable name, the classes of its rows, and where a subject such as
    `Post.access` stands.
    """

    contract: Contract
    code: Mapping[str, Code]
    classes: Mapping[type, str]
    place: Callable[[str], Place]


class Notes:
    """Gathers mistakes, each at its line."""

    def __init__(self, raws: Sequence[Raw], source: Source, mistakes: list[Mistake]) -> None:
        """Gather mistakes in these classes."""
        self.classes, self.source, self.mistakes = {raw.title: raw.cls for raw in raws}, source, mistakes
        self.functions: dict[str, Place] = {}

    def on(self, raw: Raw) -> Complain:
        """Give what notes the mistakes of one class."""
        return partial(self.note, raw)

    def note(self, raw: Raw, attribute: str, word: str, problem: str, remedy: str) -> None:
        """Note a mistake, unless it follows from another: what is wrong with a field itself has been said."""
        if attribute in WORDS and word in raw.broken:
            return
        owner = next((each for each in raw.cls.__mro__ if attribute in vars(each) and each.__module__ != OURS), raw.cls)
        owner = raw.fields[attribute].owner if attribute in raw.fields else owner
        subject = f"{raw.title}.{attribute}" if attribute else raw.title
        self.mistakes.append(Mistake(self.source.place(owner, attribute, word), subject, problem, remedy))

    def place(self, subject: str) -> Place:
        """Find what a finding names, such as `Post.access` or `posts.publish`; the app itself where it is neither."""
        title, _, attribute = subject.partition(".")
        if subject in self.functions:
            return self.functions[subject]
        return self.source.place(self.classes[title], attribute) if title in self.classes else self.source.caller()


def build(
    given: Sequence[object],
    title: str = "API",
    version: str = "1.0.0",
    offered: Sequence[Offered] = (),
    *,
    spending: object = None,
    description: str = "",
    style: object = None,
) -> Built:
    """Build the contract of an app.

    Args:
        given: The resources, and the functions of operations beside them, in any order.
        title, version, description: What the API is called and for.
        offered: Operations that come with code.
        spending: The declared budget of whatever has none of its own; none for what is usual.
        style: How answers are dressed; none for what is usual.

    Returns:
        The contract, its code, its classes, and the place to name when something is said about it later.

    Raises:
        Mistakes: Something is wrong; it says everything that is, each at its line with what to write instead.
    """
    source = Source()
    functions: list[Any] = [each for each in given if isinstance(marked(each), Asked)]
    rest = [each for each in given if each not in functions]
    kept, mistakes = sorted_out(rest, source) if rest or not functions else ([], [])
    usual = budget(spending, lambda _, *said: mistakes.append(Mistake(source.caller(), "App.budget", *said))) or Budget()
    raws = gather(kept, source)
    mistakes += [mistake for raw in raws for mistake in raw.mistakes]
    notes = Notes(raws, source, mistakes)
    check_names(raws, notes.on)
    if len({raw.name for raw in raws}) < len(raws):
        raise Mistakes(mistakes)  # nothing further can be looked up where one name stands for two tables
    prepared = made(raws, notes)
    frozen = [verify(raw, Words(prepared[raw.name], prepared, notes.on(raw)), prepared, notes.on(raw)) for raw in raws]
    classes = {raw.cls: raw.name for raw in raws}
    gathering = Gathering(classes, {each.name: each for each in frozen}, prepared, mistakes)
    worn, own = gathering.worn(style, source.caller()), gathered(gathering, raws, functions, notes.on)
    notes.functions = own.places
    if mistakes:
        raise Mistakes(mistakes)
    resources = tuple(derive(filled(with_lists_of_backs(resource, frozen), own)) for resource in frozen)
    coded = (*offered, *own.offered)
    operations = (*(verb for each in resources for verb in verbs_of(each)), *(each.operation for each in coded))
    contract = Contract(title, version, resources, operations, usual, description, worn)
    return Built(contract, {each.operation.code: each.code for each in coded} | own.code, classes, notes.place)


def made(raws: Sequence[Raw], notes: Notes) -> dict[str, Resource]:
    """Make the fields and links of every class, before any rule is looked up."""
    by_class = {raw.cls: raw for raw in raws}
    prepared = {raw.name: prepare(raw, by_class, notes.on(raw)) for raw in raws}
    check_pairs(prepared, {raw.name: notes.on(raw) for raw in raws})
    for raw in raws:
        raw.broken = set(raw.fields) - names(prepared[raw.name])
    return prepared


def names(resource: Resource) -> set[str]:
    """Give the names of the fields and links that were made."""
    return {*resource.field, *resource.ref, *resource.back, *resource.many, *(count.name for count in resource.counts)}


def verify(raw: Raw, words: Words, prepared: Mapping[str, Resource], complain: Complain) -> Resource:
    """Look up every word of a class and freeze what they mean."""
    counts = []
    for count in words.resource.counts:
        source = Words(prepared[words.resource.back[count.back].source], prepared, complain)
        look_up = source.own if count.stored else source.condition
        where = look_up(raw.fields[count.name].declared.options["where"], count.name)
        counts.append(msgspec.structs.replace(count, where=where))
    return msgspec.structs.replace(
        words.resource,
        access=words.access(raw),
        lists=words.lists(raw),
        indexes=words.indexes(raw),
        counts=tuple(counts),
        budget=budget(raw.budget, partial(complain, "budget")),
    )


def with_lists_of_backs(resource: Resource, resources: Sequence[Resource]) -> Resource:
    """Add the plain list under a parent for each back link that no declared list serves."""
    backs = [back.field for parent in resources for back in parent.backs if back.source == resource.name]
    served = [entry.filters for entry in resource.lists.entries]
    added = tuple(Entry((field,)) for field in dict.fromkeys(backs) if (field,) not in served)
    lists = msgspec.structs.replace(resource.lists, entries=(*resource.lists.entries, *added))
    return msgspec.structs.replace(resource, lists=lists)


def verbs_of(resource: Resource) -> list[Operation]:
    """Give the operations of a resource: those that its access has a rule for."""
    return [Operation(f"{resource.name}.{verb}", resource.name, verb) for verb in VERBS if RULE_OF[verb] in resource.access]
