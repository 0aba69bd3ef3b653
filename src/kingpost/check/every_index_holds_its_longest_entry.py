"""Every index that gives an order holds the longest entry that it may be given.

Takes a contract, gives findings. Stands on the indexes.
"""

from collections.abc import Iterator

from kingpost.check.finding import Finding
from kingpost.contract.indexes import MOST_BYTES, longest, wide, width
from kingpost.contract.model import Contract
from kingpost.contract.scalars import Text


def check(contract: Contract) -> Iterator[Finding]:
    """Find indexes of several long texts, which some row would not fit into; what is unique, or one text alone, is digested."""
    for resource in contract.resources:
        for index in resource.indexes:
            fields = [resource.field[key.field] for key in index.keys]
            if index.unique or wide(fields[0]) or longest(resource, index) <= MOST_BYTES:
                continue
            texts = sorted((field for field in fields if isinstance(field.scalar, Text)), key=width, reverse=True)
            names = ", ".join(field.name for field in texts)
            problem = f"an index of {names} may have to hold {longest(resource, index):,} bytes, and holds {MOST_BYTES:,}"
            room = max(1, (MOST_BYTES - longest(resource, index) + width(texts[0]) - 8) // 4)
            remedy = f"Write {texts[0].name}: str = text(max={room}), say, or a list of fewer texts"
            yield Finding(f"{resource.title}.{texts[0].name}", problem, remedy)
