"""Describes what an operation's code takes and gives as JSON Schema (draft 2020-12), with examples.

Takes types of the contract, gives schemas and wire values; objects become components. Stands on the ground.
"""

from kingpost.contract.model import Contract
from kingpost.contract.scalars import AnyScalar, Invalid, Scalar
from kingpost.contract.types import MOST_ITEMS, File, Items, Markup, Member, Named, Object, OfPage, OfRow, Type
from kingpost.surface.rest.document import samples
from kingpost.surface.rest.document.objects import named, reference
from kingpost.surface.rest.document.responses import strict
from kingpost.surface.rest.document.schemas import Document, of

PAGE = "<!doctype html><title>A page</title>"


class Types:
    """Describes types, and gathers the components that they refer to."""

    def __init__(self, contract: Contract) -> None:
        """Begin with nothing described."""
        self.contract = contract
        self.schemas: Document = {}

    def schema(self, type_: Type, optional: bool = False, written: bool = False) -> Document:
        """Describe a type.

        Args:
            type_: Which.
            optional: Whether it may be null.
            written: As a caller sends it; otherwise as it is answered.

        Returns:
            Its schema.
        """
        if isinstance(type_, Scalar):
            return of(type_, optional)
        found = self.made(type_, written)
        if optional and "type" in found:
            return found | {"type": [found["type"], "null"]}
        return {"anyOf": [found, {"type": "null"}]} if optional and found else found

    def made(self, type_: Type, written: bool) -> Document:
        """Describe a type that is no scalar."""
        match type_:
            case Object():
                return reference(self.component(type_, written))
            case Items(each):
                return {"type": "array", "items": self.schema(each, written=written)} | (
                    {"maxItems": MOST_ITEMS} if written else {}
                )
            case Named(each):
                inside = {"type": "object", "additionalProperties": self.schema(each, written=written)}
                return inside | ({"maxProperties": MOST_ITEMS} if written else {})
            case OfRow(resource):
                return reference(self.contract.resource[resource].title)
            case OfPage(resource):
                return reference(named(self.contract, f"{self.contract.resource[resource].title}Page"))
            case File(most):
                return {"type": "string", "format": "binary", "description": f"A file of at most {most} bytes."}
            case Markup():
                return {"type": "string"}
            case _:
                return {}

    def component(self, type_: Object, written: bool) -> str:
        """Describe an object as a component, and give its name: a new one where the name stands for something else."""
        found = self.flat(type_, written) | ({"description": type_.doc} if type_.doc else {})
        name = named(self.contract, type_.title)
        if self.schemas.get(name, found) != found:
            name = named(self.contract, f"{type_.title}{'Input' if written else 'Output'}")
        while self.schemas.setdefault(name, found) != found:
            name = f"{name}_"
        return name

    def flat(self, type_: Object, written: bool) -> Document:
        """Describe an object; what is answered is always there, unless the object is of some of its values only."""
        properties = {each.name: self.member(each, written) for each in type_.members}
        return strict(properties, [each.name for each in type_.members if not type_.partial and (each.required or not written)])

    def member(self, member: Member, written: bool = True) -> Document:
        """Describe one named value."""
        found = self.schema(member.type, member.optional, written)
        if written and not member.required and member.default is not None:
            found = found | {"default": member.default}
        if member.doc:
            found = found | {"description": " ".join(part for part in (member.doc, found.get("description", "")) if part)}
        return found | ({"format": "password", "writeOnly": True} if member.hidden else {})

    def sample(self, type_: Type, name: str) -> object:
        """Give a value of a type, in words that tell of its name."""
        match type_:
            case Object(_, members):
                return self.samples(members)
            case Items(each):
                return [self.sample(each, name)]
            case Named(each):
                return {"any": self.sample(each, name)}
            case OfRow(resource):
                return samples.row(self.contract, self.contract.resource[resource])
            case OfPage(resource):
                return {"items": [samples.row(self.contract, self.contract.resource[resource])], "next": None}
            case File():
                return "(what is in the file)"
            case Markup():
                return PAGE
            case Scalar():
                return self.value(type_, name)
            case _:
                return {"any": ["value"]}

    def value(self, scalar: AnyScalar, name: str) -> object:
        """Give a value of a scalar; of one that the accounts have too, the one of signing up."""
        account = self.contract.account
        field = account.field.get(name) if account else None
        try:
            if field is not None:
                return scalar.write(scalar.read(samples.sample(field)))
        except Invalid:  # they only have their name in common
            pass
        return samples.value(scalar, name.replace("_", " "))

    def samples(self, members: tuple[Member, ...]) -> dict[str, object]:
        """Give an object of values."""
        return {each.name: each.default if each.default is not None else self.sample(each.type, each.name) for each in members}
