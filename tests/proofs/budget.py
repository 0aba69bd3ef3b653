"""How long a long proof may take: each asks for its share of the whole budget."""

import os
import time


def until(share: float) -> float:
    """Give the moment, on the monotonic clock, when a share of the budget will be used up."""
    return time.monotonic() + share * float(os.environ.get("KINGPOST_PROVE_SECONDS", "60"))
