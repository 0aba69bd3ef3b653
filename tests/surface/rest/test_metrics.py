"""The numbers, as the makers of the format read them: exact counts, gauges that match what is, and no caller's words."""

import asyncio
import platform
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kingpost import __version__
from kingpost.engine.meter import BOUNDS, Meter
from kingpost.settings import Unsafe, read
from kingpost.surface.rest.serve import Message
from kingpost.testing import Answer
from tests.engine.running import BASE, PASSWORD, Backend
from tests.surface.rest.scene import envelope

TOKEN = "a-token-that-is-long-enough"
METRICS = "/metrics"
CANARY = "canary7f3a"
PATIENCE = 10


class Numbers:
    """What was read at one time."""

    def __init__(self, text: str) -> None:
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self.samples = {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def of(self, name: str, **labels: str) -> float:
        """Give one number, or none at all as nothing."""
        return self.samples.get((name, tuple(sorted(labels.items()))), 0)

    def all(self, name: str) -> dict[tuple[str, ...], float]:
        """Give every number of a name by the values of its labels."""
        return {tuple(text for _, text in labels): value for (each, labels), value in self.samples.items() if each == name}


def numbers(backend: Backend) -> Numbers:
    answer = backend.ask("GET", METRICS)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.endswith("\n")
    return Numbers(answer.text)


def opened(path: Path) -> Backend:
    """Open a backend on a file whose numbers are open to everyone, as in development."""
    backend = Backend(path=str(path / "app.db"))
    guard(backend, private=False)
    return backend


def guard(backend: Backend, private: bool = True, token: str = "") -> None:
    rest = backend.running.rest
    rest.watch = replace(rest.watch, private=private, token=token)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Backend]:
    backend = opened(tmp_path)
    yield backend
    backend.close()


def test_every_call_is_counted_once_by_its_operation_and_what_came_of_it(served: Backend) -> None:
    ann = served.join("Ann")
    asked = [
        ("GET", f"{BASE}/posts", None, "", 200), ("GET", f"{BASE}/posts", None, "", 200),
        ("GET", f"{BASE}/posts/1", None, "", 404), ("POST", f"{BASE}/posts", {"title": "x"}, "", 401),
        ("POST", f"{BASE}/posts", {"title": "x"}, ann.token, 201), ("POST", f"{BASE}/posts", {"title": 1}, ann.token, 400),
        ("POST", f"{BASE}/posts", b"{", ann.token, 400), ("GET", f"{BASE}/posts/1", None, ann.token, 200),
        ("GET", f"{BASE}/posts/1", None, "not a token", 401), ("DELETE", f"{BASE}/posts/1", None, ann.token, 204),
        ("HEAD", f"{BASE}/users", None, "", 200), ("OPTIONS", f"{BASE}/users", None, "", 204),
        ("PUT", f"{BASE}/users", {}, "", 405), ("GET", "/nowhere", None, "", 404), ("GET", "/health/live", None, "", 200),
    ]  # fmt: skip
    for method, url, body, token, status in asked:
        assert served.ask(method, url, body, token).status == status, (method, url)
    read = numbers(served)
    calls = {
        ("users.create", "ok"): 1, ("posts.list", "ok"): 2, ("posts.get", "not_found"): 1,
        ("posts.create", "unauthenticated"): 1,
        ("posts.create", "ok"): 1, ("posts.create", "invalid"): 1, ("posts.create", "malformed"): 1, ("posts.get", "ok"): 1,
        ("posts.get", "bad_token"): 1, ("posts.delete", "ok"): 1, ("users.list", "ok"): 1,
    }  # fmt: skip
    assert read.all("kingpost_calls_total") == calls
    for operation in {operation for operation, _ in calls}:
        count = sum(count for (each, _), count in calls.items() if each == operation)
        assert read.of("kingpost_call_seconds_count", operation=operation) == count
        assert read.of("kingpost_call_seconds_bucket", operation=operation, le="+Inf") == count
        assert 0 < read.of("kingpost_call_seconds_sum", operation=operation) < 10
    responses = {"200": 5, "201": 2, "204": 2, "400": 2, "401": 2, "404": 2, "405": 1}
    assert read.all("kingpost_responses_total") == {(status, "rest"): count for status, count in responses.items()}
    # What reads the numbers is no call, but it had a response.
    again = numbers(served)
    assert again.all("kingpost_calls_total") == calls
    assert again.of("kingpost_responses_total", surface="rest", status="200") == 6


def test_a_histogram_counts_each_time_under_every_bound_that_it_does_not_pass(served: Backend) -> None:
    meter = served.engine.meter = Meter(["posts.get"])
    for seconds in (0.0, 0.0001, 0.00011, 0.004, 0.25, 5.0, 5.1, 60.0):
        meter.add("posts.get", "ok", seconds)
    read = numbers(served)
    counts = [read.of("kingpost_call_seconds_bucket", operation="posts.get", le=str(bound)) for bound in (*BOUNDS, "+Inf")]
    assert counts == [2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 5, 5, 5, 5, 6, 8]
    assert read.of("kingpost_call_seconds_sum", operation="posts.get") == pytest.approx(70.35421)
    assert read.families["kingpost_call_seconds"].type == "histogram"


def test_the_store_and_the_memos_say_what_they_did(served: Backend) -> None:
    before = numbers(served)
    assert before.all("kingpost_store_connections") == {("available",): 2, ("in_use",): 0}
    for _ in range(3):
        served.ask("GET", f"{BASE}/posts")
    served.ask("GET", f"{BASE}/users?include=posts")
    read = numbers(served)
    # A plan for each of the two lists, the first of which was found again twice; there is no post to look at beside no user.
    assert read.of("kingpost_store_statements_total") - before.of("kingpost_store_statements_total") == 4
    assert (read.of("kingpost_memo_misses_total", memo="plans"), read.of("kingpost_memo_hits_total", memo="plans")) == (2, 2)
    assert read.of("kingpost_memo_size", memo="plans") == len(served.engine.plans.kept) == 2
    ann = served.join("Ann")
    for _ in range(2):
        assert served.ask("GET", f"{BASE}/users/{ann.id}", token=ann.token).status == 200
    served.ask("GET", f"{BASE}/users/{ann.id}", token="not a token")
    read = numbers(served)
    assert (read.of("kingpost_memo_misses_total", memo="tokens"), read.of("kingpost_memo_hits_total", memo="tokens")) == (2, 1)
    assert read.of("kingpost_memo_size", memo="tokens") == 1


async def test_writes_that_wait_and_passwords_under_way_are_seen_while_they_are(served: Backend) -> None:
    ann = await served.send("POST", f"{BASE}/users", {"name": "Ann", "email": "ann@example.com", "password": PASSWORD})
    token = served.identity.token(ann.body["id"], 0)
    held, go_on = threading.Event(), threading.Event()

    def hold() -> bool:
        held.set()
        return not go_on.wait(PATIENCE)

    served.store.writer.set_progress_handler(hold, 1)

    def post() -> "asyncio.Task[Answer]":
        return asyncio.create_task(served.send("POST", f"{BASE}/posts", {"title": "x"}, token))

    writing = [post()]
    await asyncio.to_thread(held.wait)
    writing += [post(), post()]
    await asyncio.sleep(0)
    read = Numbers((await served.send("GET", METRICS)).text)
    assert read.of("kingpost_store_writes_waiting") == 2
    assert read.all("kingpost_store_connections") == {("available",): 1, ("in_use",): 1}
    go_on.set()
    assert [(await each).status for each in writing] == [201, 201, 201]
    go_on.clear()
    passwords = served.identity.passwords
    hashing = [asyncio.create_task(passwords.work(lambda: go_on.wait(PATIENCE))) for _ in range(3)]
    await asyncio.sleep(0)
    read = Numbers((await served.send("GET", METRICS)).text)
    assert (read.of("kingpost_passwords_under_way"), read.of("kingpost_passwords_most")) == (3, passwords.most)
    go_on.set()
    await asyncio.gather(*hashing)
    read = Numbers((await served.send("GET", METRICS)).text)
    assert (read.of("kingpost_passwords_under_way"), read.of("kingpost_store_writes_waiting")) == (0, 0)
    assert read.all("kingpost_store_connections") == {("available",): 2, ("in_use",): 0}


async def test_the_lag_is_how_long_the_loop_is_busy_with_others(served: Backend) -> None:
    free = Numbers((await served.send("GET", METRICS)).text)
    reading = asyncio.create_task(served.send("GET", METRICS))
    asyncio.get_running_loop().call_soon(time.sleep, 0.2)
    busy = Numbers((await reading).text)
    assert free.of("kingpost_event_loop_lag_seconds") < 0.2 <= busy.of("kingpost_event_loop_lag_seconds") < 5


def test_the_process_and_its_version_are_as_the_machine_tells_them(served: Backend) -> None:
    read = numbers(served)
    assert list(read.all("kingpost_info")) == [(served.engine.contract.fingerprint, platform.python_version(), __version__)]
    assert abs(read.of("process_start_time_seconds") - time.time()) < 60
    assert 0 < read.of("process_cpu_seconds_total") <= time.process_time()
    size = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    assert read.of("process_resident_memory_bytes") == pytest.approx(int(size.split()[1]) * 1024, rel=0.2)
    with Path("/proc/self/status").open(), Path("/proc/self/stat").open():
        more = numbers(served)
    assert more.of("process_open_fds") - read.of("process_open_fds") == 2


def test_no_label_holds_what_a_caller_sent(served: Backend) -> None:
    ann = served.join("Ann", f"{CANARY}@example.com", f"{CANARY}Aa1!")
    before = {(name, labels) for name, labels in numbers(served).samples}
    for number in range(20):
        for method, url, body in (
            ("GET", f"/{CANARY}{number}", None), ("GET", f"{BASE}/{CANARY}{number}", None),
            ("GET", f"{BASE}/posts/{CANARY}{number}", None),
            (f"{CANARY.upper()}{number}", f"{BASE}/posts", None), ("GET", f"{BASE}/posts?{CANARY}{number}=1", None),
            ("POST", f"{BASE}/posts", {f"{CANARY}{number}": 1}),
        ):  # fmt: skip
            assert served.ask(method, url, body, ann.token, [("user-agent", CANARY)]).status in (400, 404, 405)
    answer = served.ask("GET", METRICS)
    assert CANARY not in answer.text.lower()
    new = {(name, labels) for name, labels in Numbers(answer.text).samples} - before
    assert {name for name, _ in new} == {
        "kingpost_calls_total",
        "kingpost_responses_total",
        *(f"kingpost_call_seconds_{each}" for each in ("bucket", "sum", "count")),
    }
    assert {labels for name, labels in new if name == "kingpost_calls_total"} == {
        (("operation", "posts.get"), ("outcome", "not_found")), (("operation", "posts.list"), ("outcome", "invalid")),
        (("operation", "posts.create"), ("outcome", "invalid")),
    }  # fmt: skip
    assert {labels for name, labels in new if name == "kingpost_responses_total"} == {
        (("status", status), ("surface", "rest")) for status in ("200", "400", "404", "405")
    }


def test_an_operation_that_is_none_of_the_contracts_has_one_name() -> None:
    meter = Meter(["posts.get"])
    for number in range(5):
        meter.add(f"{CANARY}{number}", "internal", 1.0)
    assert dict(meter.outcomes) == {("unknown", "internal"): 5}


def asked(backend: Backend, method: str = "GET", client: object = None, headers: Mapping[str, str] | None = None) -> Answer:
    """Ask for the numbers from an address."""
    sent: list[Message] = []
    scope: Message = {
        "type": "http", "http_version": "1.1", "method": method, "path": METRICS,
        "raw_path": METRICS.encode(), "query_string": b"",
        "headers": [(name.encode(), text.encode()) for name, text in (headers or {}).items()], "client": client,
    }  # fmt: skip

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(backend.running.rest.serve(scope, receive, send))
    found = {name.decode(): text.decode() for name, text in sent[0]["headers"]}
    return Answer(sent[0]["status"], found, sent[1]["body"])


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_in_production_this_machine_reads_them_without_a_token(served: Backend, address: str) -> None:
    guard(served)
    assert asked(served, client=(address, 5)).status == 200


@pytest.mark.parametrize(
    ("client", "headers"),
    [
        (None, {}), (("10.0.0.1", 5), {}), (("203.0.113.9", 5), {}), (("::ffff:10.0.0.1", 5), {}), (("localhost", 5), {}),
        (("", 0), {}),
        (("127.0.0.1", 5), {"x-forwarded-for": "127.0.0.1"}), (("127.0.0.1", 5), {"x-forwarded-for": ""}),
        (("127.0.0.1", 5), {"forwarded": "for=127.0.0.1"}), (("127.0.0.1", 5), {"x-real-ip": "127.0.0.1"}),
        (("127.0.0.1", 5), {"via": "1.1 proxy"}), (("10.0.0.1", 5), {"authorization": f"Bearer {TOKEN}"}),
    ],
)  # fmt: skip
def test_in_production_they_are_nowhere_for_everyone_else(served: Backend, client: object, headers: Mapping[str, str]) -> None:
    guard(served)
    for method in ("GET", "HEAD", "OPTIONS", "POST"):
        answer = asked(served, method, client, headers)
        assert (answer.status, answer.headers.get("allow")) == (404, None)
    answer, unknown = asked(served, "GET", client, headers), served.ask("GET", "/nowhere")
    envelope(answer, 404, "NOT_FOUND")
    assert answer.message == unknown.message
    assert list(answer.headers) == list(unknown.headers)


@pytest.mark.parametrize("private", [True, False])
def test_where_a_token_is_set_it_must_be_shown_wherever_one_comes_from(served: Backend, private: bool) -> None:
    guard(served, private, TOKEN)
    assert asked(served, client=("203.0.113.9", 5), headers={"authorization": f"Bearer {TOKEN}"}).status == 200
    assert (
        asked(served, client=("127.0.0.1", 5), headers={"authorization": f"bearer {TOKEN}", "via": "1.1 proxy"}).status == 200
    )
    for wrong in (
        {},
        {"authorization": TOKEN},
        *(
            {"authorization": f"Bearer {each}"}
            for each in ("", TOKEN[:-1], f"{TOKEN}x", TOKEN.upper(), f"{TOKEN}, Bearer {TOKEN}", "\u00e9")
        ),
        {"authorization": f"Basic {TOKEN}"},
    ):
        answer = envelope(asked(served, client=("127.0.0.1", 5), headers=wrong), 401, "UNAUTHENTICATED")
        assert (answer.message, answer.headers["www-authenticate"]) == ("The metrics token is required", "Bearer")
        assert "kingpost_" not in answer.text
    assert asked(served, "OPTIONS", ("127.0.0.1", 5)).headers["allow"] == "GET, HEAD, OPTIONS"
    envelope(asked(served, "POST", ("127.0.0.1", 5)), 405, "METHOD_NOT_ALLOWED")
    head = asked(served, "HEAD", ("127.0.0.1", 5), {"authorization": f"Bearer {TOKEN}"})
    assert (head.status, head.text, int(head.headers["content-length"]) > 1_000) == (200, "", True)
    assert TOKEN not in repr(served.running.rest.watch)


def test_a_token_of_ours_for_calls_is_none_for_the_numbers(served: Backend) -> None:
    guard(served, token=TOKEN)
    ann = served.promote(served.join("Ann"))
    envelope(served.ask("GET", METRICS, token=ann.token), 401, "UNAUTHENTICATED")


def test_the_token_is_read_from_the_environment_and_one_that_could_be_guessed_is_refused() -> None:
    environment = {"SECRET_KEY": "x" * 32, "METRICS_TOKEN": TOKEN}
    assert read(environment).metrics_token == TOKEN
    assert TOKEN not in repr(read(environment))
    for weak in ("x", "x" * 15, f"{TOKEN} x", f"{TOKEN}\n", f"{TOKEN}\u00e9"):
        with pytest.raises(Unsafe, match="METRICS_TOKEN must be 16 or more"):
            read({**environment, "METRICS_TOKEN": weak})
    assert read({"SECRET_KEY": "x" * 32}).metrics_token == ""
