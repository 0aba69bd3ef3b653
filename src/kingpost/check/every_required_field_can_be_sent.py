"""Every field that a new row needs can be sent by those who may make one.

Takes a contract, gives findings. Stands on the inputs.
"""

from collections.abc import Iterator

from kingpost.check.finding import Finding
from kingpost.contract.inputs import slots
from kingpost.contract.model import Contract


def check(contract: Contract) -> Iterator[Finding]:
    """Find create rules that leave out a field without which no row can be made."""
    for resource in contract.resources:
        grants = resource.access.get("create", ())
        for slot in slots(resource, "create") if grants else ():
            if slot.required and not any(grant.fields is None or slot.name in grant.fields for grant in grants):
                problem = f'create leaves out "{slot.name}", which every row needs'
                yield Finding(
                    f"{resource.title}.access",
                    problem,
                    f'Add "{slot.name}" to .fields(...), or give it a default',
                )
