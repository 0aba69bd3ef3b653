"""What can be seen of a call from outside: one line of JSON each, with no value that the caller sent.

Takes calls and failures, gives log lines. Stands on the ground.
"""

import logging
import time
from datetime import UTC, datetime
from types import TracebackType

import msgspec

from kingpost.call import Call, Failure

logger = logging.getLogger("kingpost")


class observe:  # noqa: N801  # reads as a verb: with observe(call)
    """Times one call and writes it down when it is over."""

    def __init__(self, call: Call) -> None:
        """Begin to look."""
        self.call = call
        self.outcome = "ok"
        self.cause = ""

    def __enter__(self) -> "observe":
        """Start the clock."""
        self.began = time.perf_counter()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Write the line."""
        if not logger.isEnabledFor(logging.INFO):
            return
        line = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "operation": self.call.operation,
            "outcome": "cancelled" if kind else self.outcome,
            "ms": round((time.perf_counter() - self.began) * 1_000, 2),
            "requestId": self.call.request_id,
        }
        if self.cause:
            line["cause"] = self.cause
        logger.log(logging.ERROR if self.cause else logging.INFO, msgspec.json.encode(line).decode())

    def failed(self, failure: Failure) -> Failure:
        """Note a refusal."""
        self.outcome = failure.kind
        return failure

    def broke(self, error: Exception) -> Failure:
        """Note an error that no one foresaw: its kind and place, never its text, which may hold what was sent."""
        place, trace = "", error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            place, trace = f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}", trace.tb_next
        self.cause = f"{type(error).__name__} at {place}"
        return self.failed(Failure("internal", "Something went wrong on the server"))
