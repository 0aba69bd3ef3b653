"""The log as it leaves the process: one JSON object a line, whoever wrote it.

Takes log records, gives lines. Stands on nothing.
"""

import logging

import msgspec

OWN = "kingpost"


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
