"""Says every refusal, whoever raised it, as a failure of the closed list.

Takes exceptions, gives failures. Stands on the ground and the store's protocol.
"""

import msgspec

from kingpost.call import Detail, Failure, Refused
from kingpost.contract.inputs import Unfit
from kingpost.contract.model import Contract
from kingpost.store.protocol import Busy, Conflict, Full, Slow

REFUSALS = (Refused, Unfit, Conflict, Busy, Slow, Full)


def failure(contract: Contract, refusal: Exception) -> Failure:
    """Say a refusal as a failure.

    Args:
        contract: Where the words for rows come from.
        refusal: One of `REFUSALS`.

    Returns:
        The failure; a store that is busy is the one thing left when it is none of the others.
    """
    match refusal:
        case Refused():
            return refusal.failure
        case Unfit():
            return Failure("invalid", "Invalid input data", tuple(Detail(*problem) for problem in refusal.problems))
        case Conflict():
            if not refusal.fields:
                return Failure("conflict", "Another row still points to it, or what it points to is gone")
            resource = contract.resource.get(refusal.resource)
            if resource is None or not resource.field.keys() >= set(refusal.fields):  # code has written it past the engine
                return Failure("conflict", "It is there already")
            fields = [name.removesuffix("_key") if resource.field[name].hidden else name for name in refusal.fields]
            message = f"Another {resource.title.lower()} has this {' and '.join(fields)}"
            return Failure(
                "conflict", message, tuple(Detail(name, "Is already taken", "taken") for name in fields), about=resource.name
            )
        case Slow():
            return Failure("timeout", "The answer took too long; ask for less at once")
        case Full():
            return Failure("full", "There is no room left to write")
        case _:
            return Failure("unavailable", "Too busy; try again shortly", retry_after=1)


def within(number: int, failed: Failure) -> Failure:
    """Say which part of a call failed, before the name of each field; in a detail of its own where no field is named."""
    details = tuple(
        Detail(f"{number}.{each.field}" if each.field else str(number), each.message, each.code) for each in failed.details
    )
    return msgspec.structs.replace(failed, details=details or (Detail(str(number), failed.message),))
