"""How names are spelled where a style wants another spelling than the declared one.

Takes the contract, gives a table that is its own inverse, so that every name has one spelling and nothing can be said twice.
Stands on the model.
"""

import re
from collections.abc import Iterator, Mapping

from kingpost.contract.model import Contract, Style
from kingpost.contract.types import Items, Member, Named, Object, Type

SEAM = re.compile(r"(?<=[a-z0-9])_+([a-z0-9])")
WORDS = ("if_match",)
"""What a call may say beside declared names."""


def camel(name: str) -> str:
    """Spell a name in camelCase: `created_at` is `createdAt`."""
    return SEAM.sub(lambda seam: seam[1].upper(), name)


def swaps(contract: Contract) -> Mapping[str, str]:
    """Give the other spelling of each name that has one: the declared to the other, and the other to the declared."""
    pairs = [(name, camel(name)) for name in dict.fromkeys(names(contract))]
    return {one: other for name, spelled in pairs if name != spelled for one, other in ((name, spelled), (spelled, name))}


def collisions(contract: Contract) -> list[tuple[str, str]]:
    """Find pairs of names that would be spelled alike, such as `line_1` and `line1`; none where no style spells anew."""
    if not respelled(contract):
        return []
    known: dict[str, str] = {}
    found = []
    for name in dict.fromkeys(names(contract)):
        first = known.setdefault(camel(name), name)
        if first != name:
            found.append((first, name))
    return found


def respelled(contract: Contract) -> bool:
    """Whether any style of a contract wants another spelling."""
    return any(style.naming == "camelCase" for style in styles(contract))


def styles(contract: Contract) -> tuple[Style, ...]:
    """Give every style of a contract, the usual one first."""
    return (contract.style, *(each.style for each in contract.operations if each.style is not None))


def names(contract: Contract) -> Iterator[str]:
    """Give every declared name that a caller says or is told."""
    yield from WORDS
    for resource in contract.resources:
        yield from (*resource.field, *resource.ref, *resource.back, *resource.many)
        yield from (count.name for count in resource.counts)
        yield from (many.field for many in resource.manys)
    for operation in contract.operations:
        yield from of_members(operation.input)
        yield from of_type(operation.output)
    for style in styles(contract):
        yield from of_type(style.told)


def of_members(members: tuple[Member, ...]) -> Iterator[str]:
    """Give the names of members, and of what they are made of."""
    for member in members:
        yield member.name
        yield from of_type(member.type)


def of_type(type_: Type | None) -> Iterator[str]:
    """Give the names in a type."""
    match type_:
        case Object(_, members):
            yield from of_members(members)
        case Items(of) | Named(of):
            yield from of_type(of)
