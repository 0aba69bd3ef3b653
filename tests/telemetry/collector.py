"""A collector that keeps what it is sent: OTLP over HTTP, on a port of this machine that was free."""

import contextlib
import http.server
import threading
from collections.abc import Iterator
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Collector(http.server.ThreadingHTTPServer):
    """Keeps every request, read by the protocol's own classes."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []
        super().__init__(("127.0.0.1", 0), Taking)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def spans(self) -> list[Any]:
        """Every span, in the order they came."""
        return [
            span
            for _, request in self.sent
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def about(self) -> dict[str, str]:
        """What was said of the service."""
        return {each.key: each.value.string_value for each in self.sent[0][1].resource_spans[0].resource.attributes}


class Taking(http.server.BaseHTTPRequestHandler):
    """Takes one request."""

    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.sent.append((self.path, ExportTraceServiceRequest.FromString(body)))
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def collecting() -> Iterator[Collector]:
    """Collect for a while."""
    with Collector() as collector:
        thread = threading.Thread(target=collector.serve_forever)
        thread.start()
        try:
            yield collector
        finally:
            collector.shutdown()
            thread.join()


def attributes(span: Any) -> dict[str, str | int]:
    """Give the attributes of a span that was collected."""
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}
