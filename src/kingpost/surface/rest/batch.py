"""Many writes in one request: all of them are done, or none.

Takes a body such as `{"items": [{"do": "create", "data": {...}}]}`, gives the parts of a call; and from their results back.
Stands on the ground.
"""

from collections.abc import Mapping, Sequence

import msgspec

from kingpost.call import Call, Detail, Failure
from kingpost.contract.inputs import MOST_PROBLEMS
from kingpost.contract.model import Contract, Resource
from kingpost.contract.scalars import Invalid
from kingpost.surface.rest.conditions import Unreadable, condition
from kingpost.surface.rest.response import Response

WORDS = {"create": "create", "update": "merge", "replace": "replace", "delete": "delete"}
NAMES = ("do", "id", "data", "if_match")
MOST_ITEMS = 100


def offered(contract: Contract, resource: str) -> dict[str, str]:
    """Give the operations that a batch of a resource may hold, by the words for them."""
    found = {word: f"{resource}.{verb}" for word, verb in WORDS.items()}
    return {word: name for word, name in found.items() if name in contract.operation}


def parts(contract: Contract, resource: str, body: object) -> tuple[Call, ...]:
    """Read the items of a batch.

    Args:
        contract: What may be asked.
        resource: Whose rows.
        body: What was sent, as parsed from JSON.

    Returns:
        A call for each item, with what is wrong with the item as its fault.

    Raises:
        Unreadable: There are no items, or too many.
    """
    items = body.get("items") if isinstance(body, dict) and list(body) == ["items"] else None
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_ITEMS:
        raise Unreadable("items", f'Must be a list of 1 to {MOST_ITEMS} items, alone in the body: {{"items": [...]}}')
    words = offered(contract, resource)
    return tuple(part(contract.resource[resource], words, item) for item in items)


def part(resource: Resource, words: Mapping[str, str], item: object) -> Call:
    """Read one item."""
    first = next(iter(words.values()))
    if not isinstance(item, dict):
        return Call(first, fault=fault(Detail("", "Must be a JSON object")))
    word = item.get("do")
    name = words.get(word) if isinstance(word, str) else None
    if name is None:
        return Call(first, fault=fault(Detail("do", f"Must be one of {', '.join(words)}")))
    call = Call(name, input=item.get("data"))
    wanted = {"do", *(["data"] if word != "delete" else []), *(["id"] if word != "create" else [])}
    allowed = wanted | ({"if_match"} if word != "create" else set())
    problems = [Detail(each, "Is required") for each in NAMES if each in wanted and each not in item]
    problems += [Detail(str(each)[:100], f"Is not part of {word}") for each in item if each not in allowed]
    try:
        if "id" in item and word != "create":
            call = msgspec.structs.replace(call, key=str(resource.key.scalar.write(resource.key.scalar.read(item["id"]))))
        if "if_match" in item:
            call = msgspec.structs.replace(call, condition=condition({"if-match": str(item["if_match"])}))
    except Invalid as problem:
        problems.append(Detail("id", str(problem)))
    except Unreadable as unreadable:
        problems.append(Detail("if_match", unreadable.detail.message))
    return msgspec.structs.replace(call, fault=fault(*problems[:MOST_PROBLEMS])) if problems else call


def fault(*details: Detail) -> Failure:
    """Say what is wrong with an item."""
    return Failure("invalid", "Invalid input data", details)


def answer(responses: Sequence[Response]) -> dict[str, object]:
    """Put the answers to the items together, in their order."""
    items: list[dict[str, object]] = []
    for response in responses:
        item: dict[str, object] = {"status": response.status}
        if response.body:
            item["data"] = msgspec.Raw(response.body)
        if response.tag:
            item["etag"] = response.tag
        items.append(item)
    return {"items": items}
