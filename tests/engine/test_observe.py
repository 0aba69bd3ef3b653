"""What can be seen of a call: its line, its laps and its place in a trace, and never a value that a caller sent."""

import asyncio
import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from kingpost.call import ANONYMOUS, Allowance, Call, Failure, Result, Seen
from kingpost.contract.trace import read
from kingpost.engine.context import Context
from kingpost.engine.observe import UNDER_WAY, lap, observe
from kingpost.engine.run import answer as door
from kingpost.engine.run import run
from tests.engine.running import BASE, PASSWORD, Backend

WHOLE, PLACE = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACE = f"00-{WHOLE}-{PLACE}-01"
CANARY = "canary7f3a"
READING = ["identity", "limits", "plan", "read"]
FIELDS = ["at", "operation", "outcome", "ms", "requestId"]
LOGIN = Call("auth.login", input={"email": "ann@example.com", "password": PASSWORD})


@pytest.fixture
def backend() -> Iterator[Backend]:
    backend = Backend()
    yield backend
    backend.close()


@pytest.fixture
def timed(backend: Backend) -> Backend:
    """A backend whose answers tell their laps, as in development."""
    backend.engine.timed = True
    return backend


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> "Lines":
    caplog.set_level(logging.INFO, "kingpost")
    return Lines(caplog)


class Lines:
    """The lines that were written, whole and as parsed."""

    def __init__(self, log: pytest.LogCaptureFixture) -> None:
        self.log = log

    @property
    def texts(self) -> list[str]:
        return [record.getMessage() for record in self.log.records if record.name == "kingpost"]

    @property
    def parsed(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.texts]


def laps(answer: Result | Failure) -> list[str]:
    return [each.name for each in answer.seen.laps]


def test_a_line_says_what_was_asked_and_what_came_of_it_and_not_by_whom(backend: Backend, lines: Lines) -> None:
    ann = backend.join("Ann")
    lines.log.clear()
    answer = backend.ask("GET", f"{BASE}/posts/1", token=ann.token)
    (line,) = lines.parsed
    assert list(line) == FIELDS
    assert (line["operation"], line["outcome"], line["requestId"]) == ("posts.get", "not_found", answer.headers["x-request-id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["at"])
    assert 0 <= line["ms"] < 10_000


def test_a_line_names_the_trace_and_a_place_of_its_own_in_it(backend: Backend, lines: Lines) -> None:
    for _ in range(2):
        backend.ask("GET", f"{BASE}/posts", headers=[("traceparent", TRACE), ("tracestate", f"vendor={CANARY}")])
    assert [list(line) for line in lines.parsed] == [[*FIELDS, "traceId", "spanId"]] * 2
    assert {line["traceId"] for line in lines.parsed} == {WHOLE}
    assert all(re.fullmatch(r"[0-9a-f]{16}", line["spanId"]) for line in lines.parsed)
    assert len({PLACE, *(line["spanId"] for line in lines.parsed)}) == 3
    assert not [text for text in lines.texts if CANARY in text]


@pytest.mark.parametrize(
    "headers",
    [
        [("traceparent", TRACE.upper())], [("traceparent", f"00-{'0' * 32}-{PLACE}-01")], [("traceparent", TRACE)] * 2,
        [("traceparent", "")], [("tracestate", "vendor=1")], [("traceparent", f"{TRACE}\r\nx: {CANARY}")],
    ],
)  # fmt: skip
def test_a_trace_that_breaks_the_rules_is_as_good_as_none(
    backend: Backend, lines: Lines, headers: list[tuple[str, str]]
) -> None:
    assert backend.ask("GET", f"{BASE}/posts", headers=headers).status == 200
    assert [list(line) for line in lines.parsed] == [FIELDS]


HOSTILE = [
    f"{CANARY}\r\n{{\"outcome\":\"ok\"}}", f"{CANARY}\n\n", f"\x1b[31m{CANARY}\x1b[0m", f"{CANARY}\x00\x07\x08",
    f"{CANARY}\u2028\u2029\x85",
    f"\u202e{CANARY}", f"\"}}{CANARY}",
]  # fmt: skip


def test_nothing_that_a_caller_sends_begins_a_line_or_is_in_one(backend: Backend, lines: Lines) -> None:
    """L1 and L2: whatever is sent anywhere, one call is one line, and none of it is there."""
    password = f"{CANARY}Aa1!"
    ann = backend.join("Ann", f"{CANARY}@example.com", password)
    lines.log.clear()
    answers = []
    for text in HOSTILE:
        told = text.encode("ascii", "replace").decode()
        sent: list[tuple[str, str, object, str]] = [
            ("POST", "auth/login", {"email": text, "password": text}, ""), ("GET", "posts", None, told),
            ("POST", "posts", {"title": text, text: text}, ann.token), ("POST", "posts", text.encode(), ann.token),
            ("GET", f"posts/{told}", None, ann.token),
            ("GET", f"posts?{told}={told}", None, ann.token), ("GET", f"posts?after={told}", None, ann.token),
            ("POST", "users", {"name": text, "email": f"{CANARY}@example.com", "password": password}, ""),
        ]  # fmt: skip
        for method, url, body, token in sent:
            headers = [("user-agent", told), ("traceparent", told), ("x-request-id", told), ("x-forwarded-for", told)]
            answers.append(backend.ask(method, f"{BASE}/{url}", body, token, headers))
    answers.append(backend.ask("POST", f"{BASE}/auth/login", {"email": ann.email, "password": password}))
    assert answers[-1].status == 200
    # A path that leads nowhere is no call.
    calls = [answer.headers["x-request-id"] for answer in answers if answer.message != "There is nothing at this address"]
    assert [line["requestId"] for line in lines.parsed] == calls
    assert len(calls) > len(answers) - len(HOSTILE)
    for text in lines.texts:
        assert text.isascii() and text.isprintable()
        assert list(json.loads(text))[:5] == FIELDS
        assert not [secret for secret in (CANARY, ann.token, password, ann.email) if secret in text]


def test_laps_are_told_only_where_they_are_asked_for(backend: Backend, lines: Lines) -> None:
    for call in (Call("posts.list"), Call("posts.get", key="1"), Call("posts.nothing")):
        assert laps(asyncio.run(run(backend.engine, call))) == []
    assert not backend.engine.timed
    assert "server-timing" not in backend.ask("GET", f"{BASE}/posts").headers
    assert all(list(line)[:5] == FIELDS and "laps" not in line for line in lines.parsed)


def test_laps_say_where_the_time_of_each_kind_of_call_went(timed: Backend) -> None:
    ann = timed.join("Ann")

    def ask(call: Call) -> Result | Failure:
        return asyncio.run(run(timed.engine, call))

    made = Call("posts.create", input={"title": "x"}, token=ann.token)
    assert laps(ask(Call("posts.list"))) == READING
    assert laps(ask(made)) == ["identity", "limits", "plan", "write"]
    assert laps(ask(Call("posts.get", key="1", token=ann.token))) == READING
    # A failure tells how far it came.
    assert laps(ask(Call("posts.get", key="x", token=ann.token))) == ["identity", "limits", "plan"]
    assert laps(ask(Call("posts.get", key="9", token=ann.token))) == READING
    assert laps(ask(Call("posts.list", token="nobody"))) == ["identity", "limits"]
    assert laps(ask(Call("posts.create", input={"title": "x"}))) == ["identity", "limits"]
    assert laps(ask(Call("posts.nothing"))) == ["identity", "limits"]
    assert laps(ask(LOGIN)) == ["identity", "limits", "code"]


async def test_a_lap_is_as_long_as_what_it_times_and_no_longer_than_its_call(timed: Backend) -> None:
    async def slow(*_: object) -> Mapping[str, object]:
        time.sleep(0.03)  # noqa: ASYNC251  # the loop is to wait for it
        return {"access_token": "", "token_type": "Bearer", "expires_in": 1}

    timed.engine.code = {"accounts.login": slow}
    began = time.perf_counter()
    answer = await run(timed.engine, LOGIN)
    took = time.perf_counter() - began
    spent = {each.name: each.seconds for each in answer.seen.laps}
    assert 0.03 <= spent["code"] <= sum(spent.values()) <= took
    assert all(seconds >= 0 for seconds in spent.values())


def test_laps_stand_beside_what_is_left_of_a_budget(timed: Backend) -> None:
    allowance = Allowance("default", 100, 900, 99, 900)
    with observe(timed.engine, Call("posts.list")) as seen:
        with lap("plan"):
            pass
        answered = seen.told(Result(), allowance)
        failed = seen.told(seen.failed(Failure("limited", "Too many", seen=Seen(allowance))), None)
    assert (answered.seen.allowance, laps(answered)) == (allowance, ["plan"])
    assert (failed.seen.allowance, laps(failed)) == (allowance, ["plan"])


def test_a_response_tells_its_laps_in_development_alone(timed: Backend) -> None:
    ann = timed.join("Ann")
    told = timed.ask("GET", f"{BASE}/users/{ann.id}?include=posts", token=ann.token).headers["server-timing"]
    assert re.sub(r"\d+\.\d{3}", "0", told) == ", ".join(f"{name};dur=0" for name in (*READING, "encode"))
    # Two reads, of the row above and of the new one's place, are one part of the answer.
    made = timed.ask("POST", f"{BASE}/users/{ann.id}/posts", {"title": "x"}, ann.token)
    assert made.status == 201
    assert [part.partition(";")[0] for part in made.headers["server-timing"].split(", ")] == [
        "identity", "limits", "plan", "read", "write", "encode",
    ]  # fmt: skip
    assert "server-timing" not in timed.ask("GET", "/nowhere").headers


async def test_calls_at_once_keep_their_own_laps(timed: Backend) -> None:
    asked = [LOGIN, Call("posts.list"), Call("posts.get", key="1"), Call("posts.list", token="nobody")] * 10
    gate = asyncio.Event()

    async def wait(*_: object) -> Mapping[str, object]:
        await gate.wait()
        return {"access_token": "", "token_type": "Bearer", "expires_in": 1}

    timed.engine.code = {"accounts.login": wait}
    tasks = [asyncio.create_task(run(timed.engine, call)) for call in asked]
    await asyncio.sleep(0)
    gate.set()
    answers = await asyncio.gather(*tasks)
    alone = {
        "auth.login": ["identity", "limits", "code"],
        "posts.list": ["identity", "limits", "plan", "read"],
        "posts.get": ["identity", "limits", "plan", "read"],
    }
    for call, answer in zip(asked, answers, strict=True):
        assert laps(answer) == (["identity", "limits"] if call.token else alone[call.operation])


async def test_a_call_inside_a_call_leaves_the_outer_one_as_it_was(timed: Backend) -> None:
    async def inside(context: Context, _: Mapping[str, object]) -> Mapping[str, object]:
        before = context.trace
        assert laps(await run(timed.engine, Call("posts.list"))) == READING
        assert context.trace == before != {}
        return {"access_token": "", "token_type": "Bearer", "expires_in": 1}

    timed.engine.code = {"accounts.login": inside}
    answer = await run(timed.engine, Call(LOGIN.operation, input=LOGIN.input, trace=TRACE))
    assert isinstance(answer, Result)
    assert laps(answer) == ["identity", "limits", "code"]
    assert UNDER_WAY.get() is None


async def test_code_hands_its_trace_on_with_the_place_that_the_line_names(backend: Backend, lines: Lines) -> None:
    seen: list[Mapping[str, str]] = []

    async def inside(context: Context, _: Mapping[str, object]) -> Mapping[str, object]:
        seen.append(context.trace)
        await asyncio.gather(asyncio.create_task(later(context)))
        return {"access_token": "", "token_type": "Bearer", "expires_in": 1}

    async def later(context: Context) -> None:
        seen.append(context.trace)

    backend.engine.code = {"accounts.login": inside}
    for trace in (f"{TRACE} vendor=1", TRACE, ""):
        assert isinstance(await run(backend.engine, Call(LOGIN.operation, input=LOGIN.input, trace=trace)), Result)
    first, second, _ = lines.parsed
    assert seen[:2] == [{"traceparent": f"00-{WHOLE}-{first['spanId']}-01", "tracestate": "vendor=1"}] * 2
    assert seen[2:4] == [{"traceparent": f"00-{WHOLE}-{second['spanId']}-01"}] * 2
    assert seen[4:] == [{}, {}]
    assert all(read(told["traceparent"], told.get("tracestate", "")) for told in seen[:4])


def test_there_is_no_trace_outside_of_a_call(backend: Backend) -> None:
    assert Context(backend.engine, ANONYMOUS, Call("posts.get"), door).trace == {}
    with lap("plan"):
        assert UNDER_WAY.get() is None


def test_a_call_that_is_closed_from_elsewhere_disturbs_no_one(backend: Backend, lines: Lines) -> None:
    """As when a loop ends while a call is under way: its end is then written from another task."""

    async def wait(*_: object) -> Any:
        await asyncio.Event().wait()

    backend.engine.code = {"accounts.login": wait}
    under_way = run(backend.engine, LOGIN)

    async def begin() -> None:
        under_way.send(None)

    asyncio.run(begin())
    under_way.close()
    assert [line["outcome"] for line in lines.parsed] == ["cancelled"]
    assert UNDER_WAY.get() is None
