"""The line of a call: a log record for each, and gathered, with one record for all that came within 50 milliseconds."""

import logging
from collections.abc import Iterator

from bench.ratio import compare
from kingpost.cli.lines import Journal, Lines

LINE = '{"at":"2026-01-31T10:30:00.000+00:00","operation":"posts.get","outcome":"ok","ms":0.12,"requestId":"req_0"}'
TOGETHER = 50
"""How many calls there are in 50 milliseconds, of a thousand in a second."""


def measure() -> Iterator[str]:
    """Compare for as many calls as are gathered, with a file that goes nowhere."""
    logger = logging.getLogger("kingpost")
    with open("/dev/null", "w", encoding="utf-8") as nowhere:  # noqa: PTH123  # a device, not a file
        handler = logging.StreamHandler(nowhere)
        handler.setFormatter(Lines())
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        journal = Journal()

        def before() -> None:
            for _ in range(TOGETHER):
                logger.info(LINE)

        def now() -> None:
            journal.lines += [LINE] * TOGETHER
            journal.flush()

        yield compare(f"{TOGETHER} lines", before, now)
        logger.removeHandler(handler)
