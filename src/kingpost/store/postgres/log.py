"""How far the database's log has come, as far as it matters to those who wrote here.

Stands on the line.
"""

import time

from kingpost.store.postgres.line import Line

LATEST = 2**63 - 1
DOUBT = 60.0
WRITTEN = (
    "SELECT CAST(CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn() "
    "ELSE pg_current_wal_flush_lsn() END - '0/0' AS bigint)"
)
"""The place in the log (PostgreSQL's LSN, in bytes) before which all stands that was ever told to be committed."""


class Log:
    """The places after the writes of this process."""

    def __init__(self) -> None:
        """Begin before the first one."""
        self.noted, self.place, self.lost = 0, 0, float("-inf")

    @property
    def position(self) -> int:
        """The place before which stands all that was written here; where one is in doubt, one that is never reached."""
        return LATEST if time.monotonic() - self.lost < DOUBT else self.place

    async def note(self, line: Line) -> None:
        """Note the place after a write that has ended, done or undone; what it has read stands before it as well."""
        try:
            found = await line.fetch(WRITTEN, ())
            self.place = max(self.place, int(found[0][0] or 0))
        except Exception:  # the write stays as it ended, and those who wrote read where they have written
            self.lost = time.monotonic()
        self.noted += 1
