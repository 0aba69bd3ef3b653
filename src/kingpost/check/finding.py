"""What a static check finds.

Stands on nothing.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something in a contract that would not serve well: whose, what, and what to write instead."""

    resource: str
    subject: str
    problem: str
    remedy: str
