"""From classes to a contract: gather, prepare, verify, freeze.

Every mistake is found before any is told.

Takes the user's classes, gives `Built(contract, code, places)`. Stands on the other files of this folder and the model.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from kingpost.contract.expr import ALWAYS, Expression, some
from kingpost.contract.indexes import derive
from kingpost.contract.model import RULE_OF, VERBS, Contract, Count, Entry, Lists, Operation, Resource
from kingpost.declare import resource as declared
from kingpost.declare.gather import Raw, gather
from kingpost.declare.links import Complain
from kingpost.declare.prepare import check_names, prepare
from kingpost.declare.resource import Place
from kingpost.declare.rules import Rule
from kingpost.declare.source import Mistake, Mistakes, Source
from kingpost.declare.verify import Words

Code = Callable[..., Any]


@dataclass(frozen=True)
class Offered:
    """An operation that comes with code."""

    operation: Operation
    code: Code


@dataclass(frozen=True)
class Built:
    """What a build gives: the contract, the code behind its operations, and where each resource was declared."""

    contract: Contract
    code: Mapping[str, Code]
    places: Mapping[str, Place]


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
        The contract, its code, and the places to name when something is said about it later.

    Raises:
        Mistakes: Something is wrong; it says everything that is, each at its line with what to write instead.
    """
    source = Source()
    raws = gather(classes, source)
    mistakes = [mistake for raw in raws for mistake in raw.mistakes]

    def complain(raw: Raw) -> Complain:
        def note(attribute: str, word: str, problem: str, remedy: str) -> None:
            owner = raw.fields[attribute].owner if attribute in raw.fields else raw.cls
            subject = f"{raw.title}.{attribute}" if attribute else raw.title
            mistakes.append(Mistake(source.place(owner, attribute, word), subject, problem, remedy))

        return note

    check_names(raws, complain)
    by_class = {raw.cls: raw for raw in raws}
    prepared = {raw.name: prepare(raw, by_class, complain(raw)) for raw in raws}
    frozen = [verify(raw, Words(prepared[raw.name], prepared, complain(raw)), prepared, complain(raw)) for raw in raws]
    if mistakes:
        raise Mistakes(mistakes)
    resources = tuple(derive(with_lists_of_backs(resource, frozen)) for resource in frozen)
    operations = (
        *(operation for resource in resources for operation in verbs_of(resource)),
        *(each.operation for each in offered),
    )
    return Built(
        Contract(title, version, resources, operations),
        {each.operation.code: each.code for each in offered},
        {raw.name: raw.cls.declared_at for raw in raws},
    )


def verify(raw: Raw, words: Words, prepared: Mapping[str, Resource], complain: Complain) -> Resource:
    """Look up every word of a class and freeze what they mean."""
    counts = []
    for count in words.resource.counts:
        where = raw.fields[count.name].declared.options["where"]
        condition: Expression = ALWAYS
        if isinstance(where, Rule):
            source = Words(prepared[words.resource.back[count.back].source], prepared, complain)
            condition = some(*(source.rule(grant.rule, count.name) for grant in where.grants))
        if count.stored:
            words.own(condition, count.name)
        counts.append(Count(count.name, count.back, condition, count.stored))
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
