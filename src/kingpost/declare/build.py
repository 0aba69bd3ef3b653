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
from kingpost.contract.model import RULE_OF, VERBS, Contract, Count, Entry, Lists, Operation, Resource
from kingpost.declare import resource as declared
from kingpost.declare.gather import Raw, gather, sorted_out
from kingpost.declare.links import Complain
from kingpost.declare.prepare import check_names, check_pairs, prepare
from kingpost.declare.resource import Place
from kingpost.declare.source import Mistake, Mistakes, Source
from kingpost.declare.verify import Words

Code = Callable[..., Any]
WORDS = ("access", "lists", "unique")
OURS = declared.__name__


@dataclass(frozen=True)
class Offered:
    """An operation that comes with code."""

    operation: Operation
    code: Code


@dataclass(frozen=True)
class Built:
    """What a build gives: the contract, the code behind its operations, and where a subject such as `Post.access` stands."""

    contract: Contract
    code: Mapping[str, Code]
    place: Callable[[str], Place]


class Notes:
    """Gathers mistakes, each at its line."""

    def __init__(self, raws: Sequence[Raw], source: Source, mistakes: list[Mistake]) -> None:
        """Gather mistakes in these classes."""
        self.classes, self.source, self.mistakes = {raw.title: raw.cls for raw in raws}, source, mistakes

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
        """Find what a finding names, such as `Post.access`."""
        title, _, attribute = subject.partition(".")
        return self.source.place(self.classes[title], attribute)


def build(
    classes: Sequence[type[declared.Resource]],
    title: str = "API",
    version: str = "1.0.0",
    offered: Sequence[Offered] = (),
) -> Built:
    """Build the contract of an app.

    Args:
        classes: The resources, in any order.
        title: The API's name.
        version: The API's version.
        offered: Operations that come with code.

    Returns:
        The contract, its code, and the place to name when something is said about it later.

    Raises:
        Mistakes: Something is wrong; it says everything that is, each at its line with what to write instead.
    """
    source = Source()
    kept, mistakes = sorted_out(classes, source)
    raws = gather(kept, source)
    mistakes += [mistake for raw in raws for mistake in raw.mistakes]
    notes = Notes(raws, source, mistakes)
    check_names(raws, notes.on)
    if len({raw.name for raw in raws}) < len(raws):
        raise Mistakes(mistakes)  # nothing further can be looked up where one name stands for two tables
    by_class = {raw.cls: raw for raw in raws}
    prepared = {raw.name: prepare(raw, by_class, notes.on(raw)) for raw in raws}
    check_pairs(prepared, {raw.name: notes.on(raw) for raw in raws})
    for raw in raws:
        raw.broken = set(raw.fields) - names(prepared[raw.name])
    frozen = [verify(raw, Words(prepared[raw.name], prepared, notes.on(raw)), prepared, notes.on(raw)) for raw in raws]
    if mistakes:
        raise Mistakes(mistakes)
    resources = tuple(derive(with_lists_of_backs(resource, frozen)) for resource in frozen)
    operations = (
        *(operation for resource in resources for operation in verbs_of(resource)),
        *(each.operation for each in offered),
    )
    code = {each.operation.code: each.code for each in offered}
    return Built(Contract(title, version, resources, operations), code, notes.place)


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
        counts.append(Count(count.name, count.back, where, count.stored))
    return msgspec.structs.replace(
        words.resource,
        access=words.access(raw),
        lists=words.lists(raw),
        indexes=words.indexes(raw),
        counts=tuple(counts),
    )


def with_lists_of_backs(resource: Resource, resources: Sequence[Resource]) -> Resource:
    """Add the plain list under a parent for each back link that no declared list serves."""
    backs = [back.field for parent in resources for back in parent.backs if back.source == resource.name]
    served = [entry.filters for entry in resource.lists.entries]
    added = tuple(Entry((field,)) for field in dict.fromkeys(backs) if (field,) not in served)
    lists = Lists((*resource.lists.entries, *added), resource.lists.page, resource.lists.most)
    return msgspec.structs.replace(resource, lists=lists)


def verbs_of(resource: Resource) -> list[Operation]:
    """Give the operations of a resource: those that its access has a rule for."""
    return [Operation(f"{resource.name}.{verb}", resource.name, verb) for verb in VERBS if RULE_OF[verb] in resource.access]
