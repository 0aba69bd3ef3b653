"""OpenTelemetry, as the extra `otel`: one span for each call, with its laps below it.

Takes calls as they begin and end, gives spans to a collector; of what callers send, only the ids of their trace are in them.
Loaded by the app alone, and only where an endpoint is set. Stands on the ground.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    get_current_span,
    set_span_in_context,
    use_span,
)

from kingpost.call import Call
from kingpost.contract.trace import LENGTH, names

OURS = frozenset({"internal", "unavailable", "timeout", "full"})
"""The outcomes that are no fault of the caller."""
PATIENCE = 2_000
SENDING = 2.0


class Told:
    """The span of one call."""

    def __init__(self, telemetry: "Telemetry", span: Span, call: Call, ends: bool) -> None:
        """Follow a call in a span, which ends with it or with whoever opened it."""
        self.telemetry, self.span, self.call, self.ends = telemetry, span, call, ends

    @property
    def trace(self) -> str:
        """Its own place in the trace, with the state that the caller sent for those further on."""
        here = self.span.get_span_context()
        return f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}{self.call.trace[LENGTH:]}"

    def end(self, outcome: str, laps: Sequence[tuple[str, float, float]]) -> None:
        """Say what came of the call, and what its time went into."""
        if self.span.is_recording():
            self.span.set_attributes({"kingpost.operation": self.call.operation, "kingpost.outcome": outcome})
            if outcome in OURS:
                self.span.set_status(Status(StatusCode.ERROR))
            below, since = set_span_in_context(self.span), time.time_ns() - time.perf_counter_ns()
            for name, began, ended in laps:
                lap = self.telemetry.tracer.start_span(name, below, start_time=since + int(began * 1e9))
                lap.end(since + int(ended * 1e9))
        if self.ends:
            self.span.end()


class Telemetry:
    """Tells a collector of calls."""

    def __init__(self, processor: SpanProcessor, service: str, version: str) -> None:
        """Tell through a processor, under the name and version of the service unless the environment has others."""
        about = {SERVICE_NAME: service, SERVICE_VERSION: version} | dict(OTELResourceDetector().detect().attributes)
        self.provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
        self.provider.add_span_processor(processor)
        self.tracer = self.provider.get_tracer("kingpost")

    def begin(self, call: Call) -> Told:
        """Begin to tell of a call: in the span that a surface opened for it, or in one of its own."""
        opened = OPEN.get()
        OPEN.set(None)  # a call that this call's code makes is another
        return Told(self, opened or self.start(call, SpanKind.INTERNAL), call, ends=opened is None)

    @contextmanager
    def span(self, call: Call) -> Iterator[Callable[[Mapping[str, str | int]], None]]:
        """Open the span of a call for a surface, which adds what it has to say in its own words."""
        span = self.start(call, SpanKind.SERVER)
        OPEN.set(span)
        try:
            # The text of an error may hold what was sent.
            with use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
                yield span.set_attributes
        finally:
            OPEN.set(None)

    def start(self, call: Call, kind: SpanKind) -> Span:
        """Start a span below the one under way, or else below the caller's."""
        context = None
        if not get_current_span().get_span_context().is_valid:
            context = set_span_in_context(NonRecordingSpan(caller(call.trace)), Context()) if call.trace else Context()
        return self.tracer.start_span(call.operation, context, kind)

    def stop(self) -> None:
        """Send what is not sent yet, waiting no longer than the server may take to stop."""
        self.provider.force_flush(PATIENCE)
        self.provider.shutdown()


OPEN: ContextVar[Span | None] = ContextVar("open", default=None)
"""The span that was opened for a call which has not begun yet; each task has its own."""


def caller(trace: str) -> SpanContext:
    """Give the caller's place in its trace."""
    whole, place = names(trace)
    return SpanContext(
        int(whole, 16), int(place, 16), is_remote=True, trace_flags=TraceFlags(int(trace[LENGTH - 2 : LENGTH], 16))
    )


def telemetry(endpoint: str, service: str, version: str) -> Telemetry:
    """Tell the collector at an endpoint (OTLP over HTTP), from a thread and in batches.

    Args:
        endpoint: Its address, without the path for traces.
        service: The name under which this one is known there.
        version: Its version.

    Returns:
        What to tell; whoever asked for it stops it.
    """
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=SENDING)
    return Telemetry(BatchSpanProcessor(exporter), service, version)
