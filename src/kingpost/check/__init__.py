"""Static checks of a contract, one a file, each named as the sentence it proves.

Takes a contract, gives findings. Stands on the ground.
"""

from collections.abc import Iterator

from kingpost.check import (
    every_index_holds_its_longest_entry,
    every_link_can_be_followed,
    every_list_reads_an_index,
    every_name_has_one_spelling,
    every_required_field_can_be_sent,
)
from kingpost.check.finding import Finding
from kingpost.contract.model import Contract

CHECKS = (
    every_list_reads_an_index,
    every_index_holds_its_longest_entry,
    every_link_can_be_followed,
    every_required_field_can_be_sent,
    every_name_has_one_spelling,
)


def check(contract: Contract) -> Iterator[Finding]:
    """Run every check.

    Args:
        contract: What to look at.

    Returns:
        What was found, nothing when all is well.
    """
    for module in CHECKS:
        yield from module.check(contract)
