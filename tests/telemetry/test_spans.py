"""Spans, as the real SDK makes them and a real collector takes them: one for each call, and nothing of what callers send."""

import asyncio
import dataclasses
import json
import logging
import os
import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from examples.blog.app import app as blog
from kingpost.call import Call
from kingpost.engine.context import Context
from kingpost.engine.run import run
from kingpost.settings import Settings
from kingpost.store.sqlite.connect import MEMORY
from kingpost.telemetry import Telemetry
from tests.cli.process import BLOG, SECRET, kingpost, serving
from tests.engine.running import BASE, PASSWORD, Backend
from tests.telemetry.collector import attributes, collecting

WHOLE, PLACE = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = ("traceparent", f"00-{WHOLE}-{PLACE}-01")
CANARY = "canary7f3a"


class Told:
    """A backend whose calls are told to a collector in memory."""

    def __init__(self) -> None:
        self.backend = Backend()
        self.exporter = InMemorySpanExporter()
        self.telemetry = Telemetry(SimpleSpanProcessor(self.exporter), "Blog", "1.0.0")
        self.backend.engine.tracer = self.telemetry
        rest = self.backend.running.rest
        rest.watch = dataclasses.replace(rest.watch, span=self.telemetry.span)

    def taken(self) -> list[ReadableSpan]:
        """Give what was told since the last time."""
        spans = list(self.exporter.get_finished_spans())
        self.exporter.clear()
        return spans


@pytest.fixture
def told() -> Iterator[Told]:
    told = Told()
    yield told
    told.backend.close()
    told.telemetry.stop()


def only(spans: list[ReadableSpan], kind: SpanKind = SpanKind.SERVER) -> ReadableSpan:
    (span,) = [each for each in spans if each.kind == kind]
    return span


def at(span: ReadableSpan) -> tuple[str, str]:
    assert span.context is not None
    return f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}"


def test_a_call_is_one_span_below_its_callers_with_its_laps_below_it(told: Told) -> None:
    answer = told.backend.ask("GET", f"{BASE}/posts?limit=2", headers=[PARENT])
    assert answer.status == 200
    spans = told.taken()
    span = only(spans)
    assert span.name == "posts.list"
    assert span.parent is not None
    assert span.parent.is_remote
    assert (f"{span.parent.span_id:016x}", at(span)[0]) == (PLACE, WHOLE)
    assert dict(span.attributes or {}) == {
        "kingpost.operation": "posts.list", "kingpost.outcome": "ok", "http.request.method": "GET",
        "http.route": f"{BASE}/posts", "http.response.status_code": 200,
    }  # fmt: skip
    laps = [each for each in spans if each is not span]
    assert [each.name for each in laps] == ["identity", "limits", "plan", "read"]
    for lap in laps:
        assert lap.parent is not None
        assert (f"{lap.parent.span_id:016x}", at(lap)[0], lap.kind) == (at(span)[1], WHOLE, SpanKind.INTERNAL)
        assert span.start_time is not None and span.end_time is not None
        assert lap.start_time is not None and lap.end_time is not None
        # Two clocks are read to place a lap on the wall, a moment apart.
        assert span.start_time - 1_000_000 <= lap.start_time <= lap.end_time <= span.end_time + 1_000_000


def test_a_call_without_a_trace_begins_one_and_each_call_its_own(told: Told) -> None:
    for _ in range(2):
        assert told.backend.ask("GET", f"{BASE}/posts").status == 200
    spans = [each for each in told.taken() if each.kind == SpanKind.SERVER]
    assert [each.parent for each in spans] == [None, None]
    assert len({at(each)[0] for each in spans}) == 2


def test_a_caller_that_does_not_sample_is_not_told_of(told: Told) -> None:
    header = ("traceparent", f"00-{WHOLE}-{PLACE}-00")
    assert told.backend.ask("GET", f"{BASE}/posts", headers=[header]).status == 200
    assert told.taken() == []


def test_only_what_is_our_fault_is_an_error(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told.backend.ask("GET", f"{BASE}/posts/7").status == 404
    span = only(told.taken())
    assert (dict(span.attributes or {})["kingpost.outcome"], span.status.status_code) == ("not_found", StatusCode.UNSET)

    def broken(*_: object) -> Any:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(told.backend.engine.store, "read", broken)
    assert told.backend.ask("GET", f"{BASE}/posts/7").status == 500
    spans = told.taken()
    span = only(spans)
    assert (dict(span.attributes or {})["kingpost.outcome"], span.status.status_code) == ("internal", StatusCode.ERROR)
    assert (span.events, span.status.description) == ((), None)
    assert [each.name for each in spans if each is not span] == ["identity", "limits", "plan", "read"]


def test_no_value_that_a_caller_sent_is_in_a_span(told: Told) -> None:
    ann = told.backend.join("Ann", f"{CANARY}@example.com", f"{CANARY}Aa1!")
    told.taken()
    state = ("tracestate", f"vendor={CANARY}")
    for method, url, body in (
        ("GET", f"posts?{CANARY}={CANARY}", None), ("GET", f"posts/{CANARY}", None), ("GET", f"posts?fields={CANARY}", None),
        ("GET", f"posts?after={CANARY}", None), ("POST", "posts", {"title": CANARY}), ("POST", "posts", {CANARY: CANARY}),
        ("POST", "auth/login", {"email": ann.email, "password": f"{CANARY}Aa1!"}),
    ):  # fmt: skip
        told.backend.ask(method, f"{BASE}/{url}", body, ann.token, [PARENT, state, ("user-agent", CANARY)])
    spans = told.taken()
    assert len([each for each in spans if each.kind == SpanKind.SERVER]) == 7
    assert not [each for each in spans if CANARY in each.to_json() or ann.token in each.to_json()]


async def test_calls_at_once_keep_their_own_spans_and_a_call_inside_a_call_has_one_below_it(told: Told) -> None:
    engine = told.backend.engine
    seen: dict[str, Mapping[str, str]] = {}

    async def inside(context: Context, values: Mapping[str, object]) -> Mapping[str, object]:
        assert isinstance(context, Context)
        seen[str(values["email"])] = context.trace
        await asyncio.sleep(0)
        await run(engine, Call("posts.list"))
        return {"access_token": "", "token_type": "Bearer", "expires_in": 1}

    engine.code = {"accounts.login": inside}
    people = [f"{name}@example.com" for name in ("a", "b", "c", "d")]

    async def ask(email: str, number: int) -> None:
        header = [("traceparent", f"00-{number:032x}-{PLACE}-01"), ("tracestate", f"vendor={number}")]
        answer = await told.backend.send("POST", f"{BASE}/auth/login", {"email": email, "password": PASSWORD}, "", header)
        assert answer.status == 200

    await asyncio.gather(*(ask(email, number) for number, email in enumerate(people, 1)))
    spans = told.taken()
    outer = {at(each)[0]: each for each in spans if each.kind == SpanKind.SERVER}
    assert sorted(outer) == [f"{number:032x}" for number in range(1, 5)]
    for number, email in enumerate(people, 1):
        span = outer[f"{number:032x}"]
        assert span.name == "auth.login"
        # What an outgoing call carries is the span's own place, and the state that the caller sent for those further on.
        assert seen[email] == {"traceparent": f"00-{number:032x}-{at(span)[1]}-01", "tracestate": f"vendor={number}"}
        below = [each for each in spans if each.name == "posts.list" and at(each)[0] == at(span)[0]]
        assert [each.parent.span_id for each in below if each.parent] == [int(at(span)[1], 16)]
        assert [dict(each.attributes or {})["kingpost.outcome"] for each in below] == ["ok"]


async def test_a_call_that_no_surface_made_is_told_of_too(told: Told) -> None:
    await run(told.backend.engine, Call("posts.list", trace=f"00-{WHOLE}-{PLACE}-01"))
    span = next(each for each in told.taken() if each.name == "posts.list")
    assert span.parent is not None
    assert (at(span)[0], f"{span.parent.span_id:016x}", span.kind) == (WHOLE, PLACE, SpanKind.INTERNAL)


async def test_a_cancelled_call_ends_its_span(told: Told) -> None:
    begun = asyncio.Event()

    async def wait(*_: object) -> Any:
        begun.set()
        await asyncio.Event().wait()

    told.backend.engine.code = {"accounts.login": wait}
    body = {"email": "a@example.com", "password": PASSWORD}
    task = asyncio.create_task(told.backend.send("POST", f"{BASE}/auth/login", body))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    span = only(told.taken())
    assert (dict(span.attributes or {})["kingpost.outcome"], span.status.status_code) == ("cancelled", StatusCode.UNSET)
    assert span.events == ()


def test_the_line_in_the_log_names_the_span(told: Told, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "kingpost")
    told.backend.ask("GET", f"{BASE}/posts")
    (line,) = [json.loads(record.getMessage()) for record in caplog.records if record.name == "kingpost"]
    assert (line["traceId"], line["spanId"]) == at(only(told.taken()))


def test_a_server_tells_a_collector_and_what_it_has_not_told_when_it_stops(tmp_path: Path) -> None:
    with collecting() as collector:
        with serving(tmp_path, "serve", str(BLOG), SECRET_KEY=SECRET, OTEL_EXPORTER_OTLP_ENDPOINT=collector.address) as server:
            answer = httpx2.get(f"{server.address}{BASE}/posts", headers=[PARENT])
            assert answer.status_code == 200
            assert "server-timing" not in answer.headers
            status, _, lines = server.stop()
        assert status in (0, -15)
        (line,) = [json.loads(line) for line in lines]
        span = next(each for each in collector.spans if each.name == "posts.list")
        assert {path for path, _ in collector.sent} == {"/v1/traces"}
        assert (span.trace_id.hex(), span.parent_span_id.hex()) == (WHOLE, PLACE)
        assert (line["traceId"], line["spanId"]) == (span.trace_id.hex(), span.span_id.hex())
        assert attributes(span)["http.response.status_code"] == 200
        assert (collector.about["service.name"], collector.about["service.version"]) == ("Blog", "1.0.0")
        below = [each.name for each in collector.spans if each.parent_span_id == span.span_id]
        assert below == ["identity", "limits", "plan", "read"]


def test_a_collector_that_is_gone_delays_no_answer_and_not_for_long_the_stop(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and never answers
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with serving(tmp_path, "dev", str(BLOG), OTEL_EXPORTER_OTLP_ENDPOINT=address) as server:
            assert httpx2.get(f"{server.address}{BASE}/posts").status_code == 200
            began = time.perf_counter()
            server.stop()
            assert time.perf_counter() - began < 8


def test_an_environment_names_the_service_otherwise(tmp_path: Path) -> None:
    with collecting() as collector:
        names = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"{collector.address}/", "OTEL_SERVICE_NAME": "another"}
        with serving(tmp_path, "dev", str(BLOG), **names) as server:
            assert httpx2.get(f"{server.address}{BASE}/posts").status_code == 200
            server.stop()
        assert collector.about["service.name"] == "another"


def test_without_the_extra_the_start_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "opentelemetry.py").write_text("")  # in the place of the library, and without what it holds
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    without = kingpost(tmp_path, "dev", str(BLOG), OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4318", PYTHONPATH=path)
    assert (without.returncode, without.stdout) == (1, "")
    assert without.stderr == "OTEL_EXPORTER_OTLP_ENDPOINT is set, and OpenTelemetry is missing: pip install kingpost[otel]\n"
    assert list(tmp_path.glob("data/*.db")) == []


@pytest.mark.parametrize("address", ["localhost:4318", "grpc://localhost:4317"])
def test_an_address_that_is_none_stops_the_start(tmp_path: Path, address: str) -> None:
    ended = kingpost(tmp_path, "dev", str(BLOG), OTEL_EXPORTER_OTLP_ENDPOINT=address)
    assert ended.returncode == 1
    assert "OTEL_EXPORTER_OTLP_ENDPOINT must be an address such as http://localhost:4318" in ended.stderr


def test_where_no_endpoint_is_set_no_one_is_told() -> None:
    running = blog.open(Settings(MEMORY, b"x" * 32))
    try:
        assert (running.teller, running.engine.tracer, running.rest.watch.span) == (None, None, None)
    finally:
        asyncio.run(running.stop())
