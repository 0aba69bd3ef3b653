"""What can be seen of a call from outside: a count, a log line, its laps and its span, with no value that the caller sent.

Takes calls and what came of them; gives numbers to the meter, lines to the log and spans to a tracer. Stands on the other
files of this folder.
"""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from types import TracebackType
from typing import NamedTuple, Protocol

import msgspec

from kingpost.call import Allowance, Call, Failure, Lap, Result, Seen
from kingpost.contract.trace import child, names
from kingpost.engine.faults import Faults
from kingpost.engine.meter import Meter
from kingpost.engine.positions import Positions

logger = logging.getLogger("kingpost")


class Timed(NamedTuple):
    """A lap as it was timed: when it began and ended on the clock that never jumps, in seconds."""

    name: str
    began: float
    ended: float


class Span(Protocol):
    """One call, as those who trace it see it; `trace` is its own place in the trace."""

    @property
    def trace(self) -> str:
        """Its own place in the trace."""

    def end(self, outcome: str, laps: Sequence[Timed]) -> None:
        """Say what came of the call, and what its time went into."""


class Tracer(Protocol):
    """Tells of calls as they happen."""

    def begin(self, call: Call) -> Span:
        """Begin to tell of a call."""


class Observed(Protocol):
    """Whose calls are seen: what counts them, whether their answers tell their laps or positions, and who else is told.

    A `journal` takes the lines of calls in place of the log.
    """

    meter: Meter
    timed: bool
    tracer: Tracer | None
    faults: Faults | None
    positions: Positions | None
    journal: Callable[[str], object] | None


class observe:  # noqa: N801  # reads as a verb: with observe(engine, call)
    """Follows one call, and counts it, tells of it and writes it down when it is over."""

    __slots__ = ("before", "began", "call", "cause", "engine", "laps", "noted", "outcome", "span", "trace")

    def __init__(self, engine: Observed, call: Call) -> None:
        """Begin to look."""
        self.engine, self.call = engine, call
        self.outcome, self.cause = "ok", ""
        self.laps: list[Timed] | None = [] if engine.timed or engine.tracer else None
        self.noted = engine.positions.replica.noted if engine.positions else 0
        self.span = None if engine.tracer is None else engine.tracer.begin(call)
        self.trace = self.span.trace if self.span else child(call.trace) if call.trace else ""

    def __enter__(self) -> "observe":
        """Start the clock."""
        self.before = UNDER_WAY.get()
        UNDER_WAY.set(self)
        self.began = time.perf_counter()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Count the call and tell of it."""
        seconds = time.perf_counter() - self.began
        UNDER_WAY.set(self.before)
        outcome = "cancelled" if kind else self.outcome
        self.engine.meter.add(self.call.operation, outcome, seconds)
        if self.span is not None:
            self.span.end(outcome, self.laps or ())
        if self.engine.journal is not None or logger.isEnabledFor(logging.INFO):
            self.write(outcome, seconds)

    def write(self, outcome: str, seconds: float) -> None:
        """Write the line."""
        text = (  # of what is in it, a cause alone may hold a sign that JSON escapes
            f'{{"at":"{clock(time.time())}","operation":"{self.call.operation}","outcome":"{outcome}",'
            f'"ms":{seconds * 1_000:.2f},"requestId":"{self.call.request_id}"'
        )
        if self.trace:
            text += ',"traceId":"{}","spanId":"{}"'.format(*names(self.trace))
        text += f',"cause":{msgspec.json.encode(self.cause).decode()}}}' if self.cause else "}"
        if self.cause or self.engine.journal is None:
            logger.log(logging.ERROR if self.cause else logging.INFO, text)
        else:
            self.engine.journal(text)

    def told(self, answer: Result | Failure, allowance: Allowance | None) -> Result | Failure:
        """Let an answer tell what is left of the caller's budget, its laps where they are asked for, and where it wrote."""
        position = self.engine.positions.after(self.call, self.noted) if self.engine.positions else ""
        if allowance is None and not self.engine.timed and not position:
            return answer
        laps = tuple(Lap(each.name, each.ended - each.began) for each in self.laps or ()) if self.engine.timed else ()
        return msgspec.structs.replace(answer, seen=Seen(allowance or answer.seen.allowance, laps, position))

    def anew(self) -> None:
        """Forget the laps up to now, as what they led to came to nothing."""
        if self.laps:
            self.laps.clear()

    def failed(self, failure: Failure, refusal: Exception | None = None) -> Failure:
        """Note a refusal."""
        self.outcome = failure.kind
        if refusal is not None and self.engine.faults is not None:
            self.engine.faults.refused(self.call, refusal)
        return failure

    def broke(self, error: Exception) -> Failure:
        """Note an error that no one foresaw: its kind and place, never its text, which may hold what was sent."""
        self.cause = cause(error)
        if self.engine.faults is not None:
            self.engine.faults.broke(self.call, error)
        return self.failed(Failure("internal", "Something went wrong on the server"))


def clock(now: float) -> str:
    """Write a time since 1970 to the millisecond (RFC 3339)."""
    seconds, rest = divmod(int(now * 1_000), 1_000)
    return f"{second(seconds)}.{rest:03d}+00:00"


@lru_cache(1)
def second(number: int) -> str:
    """Write one second, in which there may be thousands of calls."""
    return datetime.fromtimestamp(number, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def cause(error: BaseException) -> str:
    """Say the kind of an error and its place, and never its text."""
    place, trace = "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        place, trace = f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}", trace.tb_next
    return f"{type(error).__name__} at {place}"


UNDER_WAY: ContextVar[observe | None] = ContextVar("under_way", default=None)
"""The call that is answered here and now; each task has its own."""


def lap(name: str) -> AbstractContextManager[None]:
    """Time one part of the call under way, where its laps are asked for."""
    seen = UNDER_WAY.get()
    return UNTIMED if seen is None or seen.laps is None else Clock(name, seen.laps)


class Untimed:
    """Times nothing."""

    __slots__ = ()

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Do nothing."""


UNTIMED = Untimed()


class Clock:
    """Times one part."""

    __slots__ = ("began", "laps", "name")

    def __init__(self, name: str, laps: list[Timed]) -> None:
        """Name the part, and where to write down how long it took."""
        self.name, self.laps = name, laps

    def __enter__(self) -> None:
        """Start the clock."""
        self.began = time.perf_counter()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop it."""
        self.laps.append(Timed(self.name, self.began, time.perf_counter()))
