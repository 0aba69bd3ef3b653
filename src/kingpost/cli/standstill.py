"""Notices, in development, code of the app that keeps the whole server waiting, and says on which line.

While code awaits, it is on no stack; what is found there again and again has not let go. Stands on the engine.
"""

import linecache
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from kingpost.engine.faults import ours

TICK, LONG = 0.05, 0.25
BELOW = str(Path(__file__).parent)
"""Where the command that serves stands: further down the stack is what began it, and none of the app's code."""
REMEDY = (
    "Nobody else is answered meanwhile: write await asyncio.to_thread(...) around what takes long, and asyncio.sleep() to wait"
)


def standstill(say: Callable[[str], object]) -> threading.Thread:
    """Watch the main thread for as long as the process lives.

    Args:
        say: Takes what is noticed: each line of code once.

    Returns:
        The thread that watches.
    """
    thread = threading.Thread(target=watch, args=(threading.main_thread(), say), daemon=True)
    thread.start()
    return thread


def watch(watched: threading.Thread, say: Callable[[str], object]) -> None:
    """Look again and again; the thread that is watched should never be found twice in the same piece of the app's code."""
    held: FrameType | None = None
    since, told = 0.0, set[tuple[str, int]]()
    while watched.is_alive():
        time.sleep(TICK)
        frame = innermost(sys._current_frames().get(watched.ident or 0))
        if frame is None or frame is not held:
            held, since = frame, time.monotonic()
            continue
        file, line, name = frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name
        if time.monotonic() - since < LONG or (file, line) in told:
            continue
        told.add((file, line))
        text = linecache.getline(file, line).strip()
        say(f"The server stands still, for {LONG} s by now\n  {file}:{line} in {name}\n    {text}\n  {REMEDY}")


def innermost(frame: FrameType | None) -> FrameType | None:
    """Give the app's own piece of code that runs, or that waits for a library to return; None where there is none."""
    while frame is not None and not ours(frame.f_code.co_filename):
        frame = None if frame.f_code.co_filename.startswith(BELOW) else frame.f_back
    return frame
