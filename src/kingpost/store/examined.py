"""What running a query cost on the rows there were, as every store tells it.

Stands on nothing.
"""

import msgspec


class Examined(msgspec.Struct, frozen=True):
    """What one run of a query did.

    `examined` counts the rows of a list or a to-many link that were looked at, returned or not; `plan` holds the lines of the
    database's own account of how it goes about it. Of `sorts` there are none where an index gives the order; those of no
    more rows than are returned are left out where the database tells. `automatic_indexes` were made for this run alone, and
    `full_scan_steps` led through a table without any. `blocks` are the pages of the database that were read, where it tells.
    """

    text: str
    plan: tuple[str, ...]
    examined: int
    returned: int
    sorts: int
    automatic_indexes: int
    full_scan_steps: int
    seconds: float
    blocks: int = 0
