"""Where programs run one after another; a transaction that is open inside has it to itself.

Stands on nothing.
"""

import asyncio


class Place:
    """A store, or a transaction of one."""

    def __init__(self) -> None:
        """Begin with no transaction inside."""
        self.inside: Place | None = None
        self.over = asyncio.Event()

    async def free(self) -> None:
        """Wait until no transaction is open inside, or the time of the one that is has come."""
        while self.inside is not None and not self.inside.over.is_set():
            await self.inside.over.wait()
