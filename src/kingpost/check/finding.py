"""What a static check finds.

Stands on nothing.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something in a contract that would not serve well: where, what, and what to write instead."""

    subject: str
    problem: str
    remedy: str
