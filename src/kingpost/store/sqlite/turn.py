"""Whose turn it is to write, when several processes share one SQLite file.

SQLite lets those who find the file taken try again after a while, so that one may wait very long while others write. Here they
wait for a lock on a file beside the database, which the kernel hands on to those who wait. Stands on nothing.
"""

import os
import sys
from pathlib import Path

if sys.platform != "win32":
    import fcntl


class Turn:
    """The turn to write of one store; taken by one thread at a time."""

    def __init__(self, path: str) -> None:
        """Prepare.

        Args:
            path: The path of the lock's own file; empty where no one else writes, and every turn is one's own.
        """
        self.path = "" if sys.platform == "win32" else path
        self.descriptor = -1

    def take(self) -> None:
        """Wait until it is this store's turn."""
        while self.path:
            if self.descriptor < 0:
                self.descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self.descriptor, fcntl.LOCK_EX)
            if os.fstat(self.descriptor).st_nlink:
                return
            self.close()  # whoever had it has removed the file: the others meet at a new one

    def give(self) -> None:
        """Let the next one write."""
        if self.descriptor >= 0:
            fcntl.flock(self.descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self.descriptor)
        self.descriptor = -1

    def leave(self) -> None:
        """Take no more turns, and leave no file behind."""
        if self.path:
            self.take()
            Path(self.path).unlink()
            self.close()
