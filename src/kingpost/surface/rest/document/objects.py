"""Describes the objects of a resource: its rows and pages as they are answered, and what each write takes.

Takes the contract and a resource, gives schemas by name. Stands on the ground.
"""

from kingpost.call import MOST_COUNTED
from kingpost.contract.inputs import MOST_IDS, slots
from kingpost.contract.model import RULE_OF, Contract, Resource, Style, Verb
from kingpost.contract.types import Markup, OfPage, Type
from kingpost.surface.rest.batch import MOST_ITEMS
from kingpost.surface.rest.document.parameters import TAGS
from kingpost.surface.rest.document.responses import strict
from kingpost.surface.rest.document.schemas import Document, of, schema

INPUTS: dict[Verb, str] = {"create": "Create", "replace": "Replace", "merge": "Merge"}
DOES: dict[Verb, str] = {"create": "create", "merge": "update", "replace": "replace", "delete": "delete"}
"""What an item of a batch calls each verb."""


def named(contract: Contract, name: str) -> str:
    """Give a schema's name, with a mark where a resource has taken it."""
    return f"{name}_" if any(resource.title == name for resource in contract.resources) else name


def reference(name: str) -> Document:
    """Refer to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def bundles(resource: Resource) -> list[Verb]:
    """Give what a batch may do to a resource; none for one that is only read."""
    return [verb for verb in DOES if RULE_OF[verb] in resource.access]


def of_resource(contract: Contract, resource: Resource) -> Document:
    """Describe a resource: what is answered, a page of it, and what each write takes."""
    title = resource.title
    found: Document = {}
    found[title] = row(contract, resource)
    found[named(contract, f"{title}Page")] = page(resource)
    for verb, suffix in INPUTS.items():
        if RULE_OF[verb] in resource.access:
            about = {"description": f"What it takes to {DOES[verb]} one {title.lower()}."}
            found[named(contract, f"{title}{suffix}")] = taken(contract, resource, verb) | about
    if bundles(resource):
        found |= bundle(contract, resource)
    return found


def row(contract: Contract, resource: Resource) -> Document:
    """Describe a row as it is answered."""
    properties: Document = {}
    for name in resource.readable:
        properties[name] = schema(resource.field.get(name) or resource.count[name])
    for ref in resource.refs:
        if "read" in contract.resource[ref.target].access:
            target = reference(contract.resource[ref.target].title)
            properties[ref.name] = {"anyOf": [target, {"type": "null"}], "description": "Only when included.", "readOnly": True}
    ways = [(back.name, back.source) for back in resource.backs] + [(many.name, many.target) for many in resource.manys]
    for name, other in ways:
        if "read" in contract.resource[other].access:
            target = reference(named(contract, f"{contract.resource[other].title}Page"))
            properties[name] = target | {"description": "Only when included.", "readOnly": True}
    about = resource.doc or f"A {resource.title.lower()}."
    about = f"{about} Fields the caller may not read, or did not ask for, are left out."
    return strict(properties) | {"description": about}


def page(resource: Resource, word: str = "items") -> Document:
    """Describe a page of a list, whose rows stand under a word."""
    count: Document = {"type": "integer", "minimum": 0, "maximum": MOST_COUNTED}
    properties: Document = {
        word: {"type": "array", "items": reference(resource.title)},
        "next": {
            "type": ["string", "null"],
            "description": "The cursor of the next page, to send as `after`.",
        },
        "total": {
            "anyOf": [count, {"type": "string", "const": f"{MOST_COUNTED}+"}],
            "description": "How many rows the whole list has; only when asked for.",
        },
    }
    return strict(properties, (word, "next")) | {"description": f"A page of {resource.name}."}


def listing(contract: Contract, resource: Resource, style: Style) -> Document:
    """Describe a page of a list as it is answered."""
    return page(resource, style.envelope) if style.envelope else reference(named(contract, f"{resource.title}Page"))


def enveloped(schema: Document, style: Style) -> Document:
    """Describe what surrounds an answer."""
    return strict({style.envelope: schema}, (style.envelope,)) if style.envelope else schema


def dressed(example: object, style: Style, output: Type | None = None) -> object:
    """Give an example with what surrounds it."""
    if not style.envelope or isinstance(output, Markup):
        return example
    if isinstance(output, OfPage) and isinstance(example, dict):
        return {style.envelope if name == "items" else name: value for name, value in example.items()}
    return {style.envelope: example}


def words_of(name: str) -> str:
    """Join the parts of a name as words in capitals."""
    return "".join(part.capitalize() for part in name.replace("_", ".").split("."))


def taken(contract: Contract, resource: Resource, verb: Verb, known: str = "") -> Document:
    """Describe what a write takes; what is `known` by the address is not sent."""
    properties: Document = {}
    offered = [slot for slot in slots(resource, verb) if slot.name != known]
    for slot in offered:
        if slot.field is not None:
            properties[slot.name] = schema(slot.field, written=True, suggested=verb != "merge")
        elif slot.many is not None:
            key = of(contract.resource[slot.many.target].key.scalar)
            properties[slot.name] = {"type": "array", "items": key, "maxItems": MOST_IDS, "uniqueItems": True}
    return strict(properties, [slot.name for slot in offered if slot.required])


def bundle(contract: Contract, resource: Resource) -> Document:
    """Describe what a batch takes and answers."""
    title, key = resource.title, of(resource.key.scalar)
    found: Document = {}
    choices: dict[str, Document] = {}
    for verb in bundles(resource):
        properties: Document = {"do": {"type": "string", "const": DOES[verb]}}
        if verb != "create":
            tags = {"type": "string", "pattern": TAGS, "description": "As `If-Match`, for this row alone."}
            properties |= {"id": key, "if_match": tags}
        if verb in INPUTS:
            properties["data"] = reference(named(contract, f"{title}{INPUTS[verb]}"))
        name = named(contract, f"{title}Batch{DOES[verb].capitalize()}")
        required = [name for name in properties if name != "if_match"]
        found[name] = strict(properties, required) | {"description": f"To {DOES[verb]} one {title.lower()} in a batch."}
        choices[DOES[verb]] = reference(name)
    mapping = {do: each["$ref"] for do, each in choices.items()}
    one = {"oneOf": list(choices.values()), "discriminator": {"propertyName": "do", "mapping": mapping}}
    items = {"type": "array", "items": one, "minItems": 1, "maxItems": MOST_ITEMS}
    word = contract.style.envelope or "items"
    done = strict(
        {
            "status": {"type": "integer", "enum": [200, 201, 204]},
            "data": reference(title),
            "etag": {"type": "string", "description": "As `ETag` of this row alone."},
        },
        ("status",),
    )
    about = f"Writes to {resource.name} that are done together or not at all."
    found[named(contract, f"{title}Batch")] = strict({"items": items}, ("items",)) | {"description": about}
    results = strict({word: {"type": "array", "items": done, "minItems": 1, "maxItems": MOST_ITEMS}}, (word,))
    found[named(contract, f"{title}BatchDone")] = results | {"description": "What became of each item, in the same order."}
    return found
