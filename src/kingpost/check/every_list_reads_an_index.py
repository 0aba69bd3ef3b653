"""Every declared list reads an index, in order, for every caller.

Takes a contract, gives findings. Stands on the indexes.
"""

from collections.abc import Iterator

from kingpost.check.finding import Finding
from kingpost.contract.indexes import cover, equalities, needs, ordering
from kingpost.contract.model import Contract


def check(contract: Contract) -> Iterator[Finding]:
    """Find lists that some caller could only read by looking at every row."""
    for resource in contract.resources:
        for entry, condition in needs(resource):
            if "id" not in equalities(condition) and cover(resource, condition, ordering(entry)) is None:
                names = " ".join([*entry.filters, *(key.field for key in entry.sort)]) or "id"
                yield Finding(
                    f"{resource.title}.lists",
                    f'"{names}" has no index',
                    "Declare the list again, or its index",
                )
