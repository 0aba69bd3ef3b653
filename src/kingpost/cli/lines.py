"""The log as it leaves the process: one JSON object a line, whoever wrote it.

Takes log records and the lines of calls, gives lines. Stands on nothing.
"""

import asyncio
import logging

import msgspec

OWN = "kingpost"
LATEST = 0.05
MOST = 1_000


class Lines(logging.Formatter):
    """Lets our own lines through, which are JSON already, and wraps what others say."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line of one record."""
        if record.name == OWN:
            return record.getMessage()
        line = {"logger": record.name, "level": record.levelname.lower(), "message": record.getMessage()}
        if record.exc_info and record.exc_info[0] is not None:
            # Its kind and never its text, which may hold what was sent.
            line["cause"] = record.exc_info[0].__name__
        return msgspec.json.encode(line).decode()


class Journal:
    """Gathers the lines of calls and hands them to the log together: a record for each costs more than the line itself."""

    def __init__(self) -> None:
        """Begin with no line."""
        self.lines: list[str] = []

    def add(self, line: str) -> None:
        """Take a line, which is in the log within 50 milliseconds."""
        if not self.lines:
            asyncio.get_running_loop().call_later(LATEST, self.flush)
        self.lines.append(line)
        if len(self.lines) >= MOST:
            self.flush()

    def flush(self) -> None:
        """Hand over what there is."""
        lines, self.lines = self.lines, []
        if lines:
            logging.getLogger(OWN).info("\n".join(lines))
