"""Every link leads to something that someone may read.

Takes a contract, gives findings. Stands on the model.
"""

from collections.abc import Iterator

from kingpost.check.finding import Finding
from kingpost.contract.model import Contract


def check(contract: Contract) -> Iterator[Finding]:
    """Find links that no one could ever set or follow, because no one may read what they lead to."""
    for resource in contract.resources:
        for ref in resource.refs:
            target = contract.resource[ref.target]
            if "read" not in target.access and not ref.caller and {"create", "update"} & set(resource.access):
                problem = f"{target.title} has no read rule, so no caller may point to one"
                yield Finding(f"{resource.title}.{ref.name}", problem, f"Give {target.title} a read rule")
