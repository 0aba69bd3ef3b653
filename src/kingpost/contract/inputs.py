"""Reads what a caller sent into stored values, and says everything that is wrong with it at once.

Takes a resource, a verb and a parsed JSON value; gives stored values by field. Stands on the model and the scalars.
"""

from collections.abc import Mapping
from typing import TypeAlias

from kingpost.contract.model import Resource, Slot, Verb
from kingpost.contract.scalars import Flaw, Invalid, Password, Stored, fold

Values: TypeAlias = dict[str, Stored | list[Stored]]
"""Stored values by field; a list holds the ids of a link through a table of pairs."""

Problems: TypeAlias = list[tuple[str, str, Flaw]]

MOST_IDS = 100
MOST_PROBLEMS = 100


class Unfit(Exception):
    """Everything that is wrong with an input, as a field, a message and a word for it each."""

    def __init__(self, problems: Problems) -> None:
        """Keep the problems."""
        super().__init__(problems)
        self.problems = problems


def slots(resource: Resource, verb: Verb) -> tuple[Slot, ...]:
    """Give the names an input of this verb may carry, in declared order.

    Args:
        resource: Whose input.
        verb: `create`, `replace` or `merge`.

    Returns:
        The slots; a link that the caller fills by default and a password are required of no replacement, and what code fills in
        of no write.
    """
    return resource.slots[verb]


def read(resource: Resource, verb: Verb, sent: object, targets: Mapping[str, Resource], known: str = "") -> Values:
    """Read an input.

    Args:
        resource: Whose input.
        verb: `create`, `replace` or `merge`.
        sent: The parsed JSON value.
        targets: The contract's resources by name.
        known: A field whose value is known already, by the address, and may not be sent.

    Returns:
        Stored values for what was sent; for a replacement, also for what was left out and may be.

    Raises:
        Unfit: Something is wrong; it names every field and reason.
    """
    if not isinstance(sent, dict):
        raise Unfit([("", "Must be a JSON object", "invalid")])
    problems: Problems = []
    values: Values = {}
    open_ = {slot.name: slot for slot in slots(resource, verb) if slot.name != known}
    for slot in open_.values():
        if slot.name in sent:
            try:
                values[slot.name] = value(slot, sent[slot.name], targets)
            except Invalid as problem:
                problems.append((slot.name, str(problem), problem.code))
        elif slot.required:
            problems.append((slot.name, "Is required", "required"))
        elif verb == "replace" and not kept(resource, slot):
            values[slot.name] = slot.field.default if slot.field else None
    for name in sent:
        if len(problems) >= MOST_PROBLEMS:
            break
        if name not in open_:
            problems.append((name[:100], "Is given by the address" if name == known else unknown(resource, name), "unknown"))
    if problems:
        raise Unfit(problems)
    for name, key in resource.folds:
        if name in values:
            address = values[name]
            values[key] = fold(address) if isinstance(address, str) else None
    return values


def kept(resource: Resource, slot: Slot) -> bool:
    """Whether a replacement that leaves this out keeps what there is: who owns the row, and what no answer carries."""
    if slot.field is None or slot.name in resource.filled.get("update", ()):
        return True
    ref = resource.ref_of.get(slot.name)
    return isinstance(slot.field.scalar, Password) or (ref is not None and ref.caller)


def value(slot: Slot, sent: object, targets: Mapping[str, Resource]) -> Stored | list[Stored]:
    """Read one value; raises `Invalid`."""
    if slot.field is not None:
        if sent is None:
            if slot.field.optional:
                return None
            raise Invalid("Must not be null", "required")
        return slot.field.scalar.read(sent)
    assert slot.many is not None
    if not isinstance(sent, list):
        raise Invalid("Must be a list of ids")
    if len(sent) > MOST_IDS:
        raise Invalid(f"Must have at most {MOST_IDS} ids", "too_long")
    scalar = targets[slot.many.target].key.scalar
    ids = [scalar.read(each) for each in sent]
    if len(set(ids)) != len(ids):
        raise Invalid("Must not name an id twice")
    return list(ids)


def unknown(resource: Resource, name: str) -> str:
    """Say why a name is not taken."""
    if name in resource.readable:
        return "Is read-only"
    if name in resource.ref:
        return f"Is a link: send {resource.ref[name].field}"
    return "Is not a field"
