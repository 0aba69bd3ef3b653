"""Every name has a spelling of its own, in every style.

Takes a contract, gives findings. Stands on the model.
"""

from collections.abc import Iterator

from kingpost.check.finding import Finding
from kingpost.contract.model import Contract
from kingpost.contract.spelling import camel, collisions


def check(contract: Contract) -> Iterator[Finding]:
    """Find names that differ as they are declared and are spelled alike in camelCase."""
    for one, other in collisions(contract):
        problem = f"{one} and {other} are both {camel(one)} in camelCase"
        yield Finding("App.style", problem, "Rename one of them")
