"""Names in the spelling that a style wants, on their way in and out.

Takes calls' and answers' values, gives them with other names. What an app keeps as JSON, or under names that are not declared,
stays as it is. Stands on the ground.
"""

import re
from collections.abc import Collection, Mapping

import msgspec

from kingpost.call import Failure
from kingpost.contract.codec import Output
from kingpost.contract.model import Contract, Operation, Resource
from kingpost.contract.spelling import swaps
from kingpost.contract.types import Items, Member, Named, Object, OfPage, OfRow, Type

WORD = re.compile(r"[A-Za-z0-9_]+")
LISTS = ("fields", "sort", "include")


class Naming:
    """The spellings of one contract.

    Each name is swapped with its other spelling. So a name in its declared spelling becomes one that nothing has, and is
    refused as any unknown name is; swapped back, the refusal names what was sent.
    """

    def __init__(self, contract: Contract, other: Mapping[str, str] | None = None) -> None:
        """Make the table, unless there is an `other` one."""
        self.contract, self.other = contract, swaps(contract) if other is None else other

    def name(self, name: str) -> str:
        """Give the other spelling of one name; one that has none is its own."""
        return self.other.get(name, name)

    def words(self, text: str) -> str:
        """Give a text with each name in it in the other spelling, such as `created_at[gte]` or `-created_at,id`."""
        return WORD.sub(lambda word: self.other.get(word[0], word[0]), text)

    def parameters(self, found: Mapping[str, str], lists: Collection[str] = LISTS) -> dict[str, str]:
        """Spell a query as it was declared, with the values of those parameters that are lists of names."""
        return {self.words(name): self.words(text) if name in lists else text for name, text in found.items()}

    def flat(self, value: object) -> object:
        """Spell the names of one object alone."""
        return {self.name(name): each for name, each in value.items()} if isinstance(value, dict) else value

    def batch(self, value: object) -> object:
        """Spell the items of a batch as they were declared."""
        if not isinstance(value, dict) or not isinstance(value.get("items"), list):
            return value
        return {**value, "items": [self.item(item) for item in value["items"]]}

    def item(self, value: object) -> object:
        """Spell one item of a batch, and the input in it."""
        found = self.flat(value)
        return {**found, "data": self.flat(found["data"])} if isinstance(found, dict) and "data" in found else found

    def sent(self, operation: Operation, value: object) -> object:
        """Spell the input of an operation's code as it was declared."""
        whole = next((member.type for member in operation.input if member.place == "whole"), None)
        if whole is not None:
            return self.value(whole, value)
        return self.value(Object("", tuple(each for each in operation.input if each.place == "body")), value)

    def value(self, type_: Type | None, value: object) -> object:
        """Give a value with the names of its type in the other spelling."""
        match type_:
            case Object(_, members) if isinstance(value, dict):
                return self.members({each.name: each for each in members}, value)
            case Items(of) if isinstance(value, list):
                return [self.value(of, each) for each in value]
            case Named(of) if isinstance(value, dict):
                return {name: self.value(of, each) for name, each in value.items()}
            case OfRow(resource):
                return self.row(self.contract.resource[resource], value)
            case OfPage(resource):
                return self.linked(self.contract.resource[resource], value)
        return value

    def members(self, members: Mapping[str, Member], value: Mapping[str, object]) -> dict[str, object]:
        """Spell an object and what is in it; either spelling may come in, as this is the way in and the way out."""
        found = {}
        for name, each in value.items():
            spelled = self.name(name)
            member = members.get(spelled) or members.get(name)
            found[spelled] = each if member is None else self.value(member.type, each)
        return found

    def row(self, resource: Resource, value: object) -> object:
        """Spell a row of a resource and the rows linked to it."""
        if not isinstance(value, dict):
            return value
        found = {}
        for name, each in value.items():
            target = target_of(resource, name)
            found[self.name(name)] = each if target is None else self.linked(self.contract.resource[target], each)
        return found

    def linked(self, resource: Resource, value: object) -> object:
        """Spell a row, a list of rows or a page of them."""
        if isinstance(value, list):
            return [self.row(resource, each) for each in value]
        if isinstance(value, dict) and isinstance(value.get("items"), list):
            return {**value, "items": [self.row(resource, each) for each in value["items"]]}
        return self.row(resource, value)

    def written(self, output: Output, row: dict[str, object]) -> dict[str, object]:
        """Spell a row as a plan says it is made."""
        found = {self.name(name): value for name, value in row.items()}
        for one in output.ones:
            below = row.get(one.name)
            if isinstance(below, dict):
                found[self.name(one.name)] = self.written(one.output, below)
        for several in output.manys:
            page = row.get(several.name)
            if isinstance(page, dict):
                items = [self.written(several.output, each) for each in page["items"]]
                found[self.name(several.name)] = {**page, "items": items}
        return found

    def failure(self, failure: Failure) -> Failure:
        """Spell the fields that a failure names, and where it was told by us also what its words name."""
        own = failure.code != ""
        return msgspec.structs.replace(
            failure,
            message=failure.message if own else self.words(failure.message),
            details=tuple(
                msgspec.structs.replace(
                    each, field=self.words(each.field), message=each.message if own else self.words(each.message)
                )
                for each in failure.details
            ),
        )


def target_of(resource: Resource, link: str) -> str | None:
    """Give the resource that a link leads to; none for a name that is no link."""
    if link in resource.ref:
        return resource.ref[link].target
    if link in resource.back:
        return resource.back[link].source
    return resource.many[link].target if link in resource.many else None
