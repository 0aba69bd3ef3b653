"""A database file moved out of the way, whole.

Takes a path, gives the file's new one. Stands on nothing.
"""

import time
from itertools import count
from pathlib import Path

import apsw

from kingpost.store.protocol import Busy


def set_aside(path: str) -> Path:
    """Move a database aside, under a name that says when.

    Args:
        path: The database's file.

    Returns:
        Where it is now, in one file that holds all that was committed.

    Raises:
        Busy: Somebody has it open.
    """
    connection = apsw.Connection(path)
    try:
        # Leaving the log behind takes the file for oneself alone: else whoever has it open would write into the new one's log.
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    except (apsw.BusyError, apsw.LockedError) as error:
        raise Busy("it is in use") from error
    finally:
        connection.close()
    stamp = time.strftime("%Y%m%d-%H%M%S")
    names = (Path(f"{path}.old-{stamp}{f'-{number}' if number else ''}") for number in count())
    return Path(path).rename(next(name for name in names if not name.exists()))
