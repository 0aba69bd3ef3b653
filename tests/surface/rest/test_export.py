"""What a client accepts, and whole lists as lines of JSON or as a table (RFC 9110, section 12.5.1; RFC 4180; row I12)."""

import asyncio
import csv
import io
import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kingpost.call import Call, Failure, Result
from kingpost.surface.rest.accept import preferred
from kingpost.surface.rest.export import LINES, MOST, TABLE
from kingpost.surface.rest.serve import INSIDE, Message
from kingpost.testing import Answer
from tests.engine.running import BASE, Account, Backend
from tests.surface.rest.scene import envelope

ROWS = 230


@pytest.fixture(scope="module")
def backend() -> Iterator[Backend]:
    made = Backend()
    yield made
    made.close()


@pytest.fixture(scope="module")
def ada(backend: Backend) -> Account:
    ada = backend.join("Ada")
    for start in range(0, ROWS, 46):
        posts = [{"title": f'=Post "{n}"', "content": f"a,b\r\nc {n}"} for n in range(start, start + 46)]
        items = [{"do": "create", "data": post | {"published_at": "2026-01-31T10:30:00Z"}} for post in posts]
        assert backend.ask("POST", f"{BASE}/posts/batch", {"items": items}, ada.token).status == 200
    return ada


def export(backend: Backend, kind: str, query: str = "", token: str = "") -> Answer:
    return backend.ask("GET", f"{BASE}/posts{query}", token=token, headers=[("accept", kind)])


def paged(backend: Backend, query: str = "") -> list[object]:
    rows: list[object] = []
    after = ""
    while True:
        body = backend.ask("GET", f"{BASE}/posts?limit=100{query}{after}").body
        rows += body["items"]
        if body["next"] is None:
            return rows
        after = f"&after={body['next']}"


@pytest.mark.parametrize("query", ["", "&sort=created_at", "&user_id=1", "&include=user", "&fields=id,title"])
def test_lines_of_json_are_the_pages_one_after_the_other(backend: Backend, ada: Account, query: str) -> None:
    answer = export(backend, LINES, query.replace("&", "?", 1))
    assert answer.status == 200 and answer.headers["content-type"] == LINES and "content-length" not in answer.headers
    assert answer.headers["content-disposition"] == 'attachment; filename="posts.ndjson"'
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert rows == paged(backend, query) and len(rows) == ROWS


def test_a_table_is_the_same_rows_and_no_formula(backend: Backend, ada: Account) -> None:
    answer = export(backend, TABLE)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"] == 'attachment; filename="posts.csv"'
    head, *rows = csv.reader(io.StringIO(answer.text, newline=""))
    assert head == ["id", "user_id", "title", "content", "published_at", "created_at"]
    told = [{name: str(row[name]) for name in head} for row in paged(backend)]  # type: ignore[index]  # rows are objects
    for each in told:
        assert each["title"].startswith("=")
        each["title"] = f"'{each['title']}"
    assert [dict(zip(head, row, strict=True)) for row in rows] == told


def test_a_limit_is_how_many_rows_an_export_has(backend: Backend, ada: Account) -> None:
    assert len(export(backend, LINES, "?limit=7").text.splitlines()) == 7
    envelope(export(backend, LINES, "?limit=101"), 400, "VALIDATION_ERROR")


def test_an_export_shows_a_caller_no_more_than_the_list(backend: Backend, ada: Account) -> None:
    draft = backend.ask("POST", f"{BASE}/posts", {"title": "Draft"}, ada.token).body["id"]
    assert f'"id":{draft},' not in export(backend, LINES).text
    assert f'"id":{draft},' in export(backend, LINES, token=ada.token).text
    assert backend.ask("DELETE", f"{BASE}/posts/{draft}", token=ada.token).status == 204


def test_what_an_export_can_not_hold_is_refused(backend: Backend, ada: Account) -> None:
    assert set(envelope(export(backend, TABLE, "?include=user"), 400, "VALIDATION_ERROR").details) == {"include"}
    envelope(export(backend, LINES, "?sort=title"), 400, "VALIDATION_ERROR")
    assert export(backend, TABLE, token="no.such.token").status == 401


def test_the_head_of_an_export_has_no_body(backend: Backend, ada: Account) -> None:
    answer = backend.ask("HEAD", f"{BASE}/posts", headers=[("accept", LINES)])
    assert (answer.status, answer.text, answer.headers["content-type"]) == (200, "", LINES)


def started(backend: Backend, token: str, leaves: bool) -> tuple[list[Message], int]:
    """Export while something happens after the first piece: the token expires, or the client goes away."""
    sent: list[Message] = []
    gone = asyncio.Event()
    waiting: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]
    lines = 0

    async def receive() -> Message:
        if waiting:
            return waiting.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        nonlocal lines
        sent.append(message)
        lines += message.get("body", b"").count(b"\n")
        if len(sent) == 2 and leaves:
            gone.set()
            await asyncio.sleep(0)
        elif len(sent) == 2:
            backend.now += 10_000

    scope: Message = {
        "type": "http",
        "extensions": {INSIDE: {}}, "http_version": "1.1", "method": "GET", "path": f"{BASE}/posts", "query_string": b"",
        "headers": [(b"accept", LINES.encode()), (b"authorization", f"Bearer {token}".encode())],
    }  # fmt: skip
    assert backend.loop is not None
    backend.loop.run_until_complete(backend.running.rest.serve(scope, receive, send))
    return sent, lines


def test_an_export_that_may_not_go_on_is_not_ended(backend: Backend, ada: Account) -> None:
    sent, lines = started(backend, backend.identity.token(ada.id, 0), leaves=False)
    assert lines == 100 and all(message["more_body"] for message in sent[1:]), "whoever reads it can tell that it was cut"


def test_an_export_stops_when_nobody_reads_it(backend: Backend, ada: Account) -> None:
    _, lines = started(backend, backend.identity.token(ada.id, 0), leaves=True)
    assert 100 <= lines < ROWS


def test_exports_that_nobody_reads_leave_room_for_other_calls(backend: Backend, ada: Account) -> None:
    """They are told to come back, and so is no one else, until one of them has come to an end."""
    backend.ask("HEAD", f"{BASE}/posts", headers=[("accept", LINES)])  # which has none
    assert export(backend, LINES, "?sort=title").status == 400  # and neither has a refusal
    assert backend.loop is not None

    async def story() -> None:
        read = asyncio.Event()
        heads = asyncio.Semaphore(0)

        async def receive() -> Message:
            nothing: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
            return await nothing

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                assert message["status"] == 200
                heads.release()
                await read.wait()

        scope: Message = {
            "type": "http",
            "extensions": {INSIDE: {}}, "http_version": "1.1", "method": "GET", "path": f"{BASE}/posts", "query_string": b"",
            "headers": [(b"accept", LINES.encode())],
        }  # fmt: skip
        async with asyncio.TaskGroup() as group:
            for _ in range(MOST):
                group.create_task(backend.running.rest.serve(dict(scope), receive, send))
            for _ in range(MOST):
                await heads.acquire()
            another = await backend.send("GET", f"{BASE}/posts", headers=[("accept", LINES)])
            assert envelope(another, 503, "UNAVAILABLE").headers["retry-after"] == "1"
            assert (await backend.send("GET", f"{BASE}/posts")).status == 200
            read.set()
        assert (await backend.send("GET", f"{BASE}/posts", headers=[("accept", LINES)])).status == 200

    backend.loop.run_until_complete(story())


def test_of_all_exports_one_page_is_read_in_a_turn_of_the_event_loop(backend: Backend, ada: Account) -> None:
    """A page is read without waiting for anything, so whoever else asks would wait for as many as there are."""
    rest, run = backend.running.rest, backend.running.rest.run
    turns: list[int] = []
    turn = 0

    async def noted(call: Call) -> Result | Failure:
        if call.after:
            turns.append(turn)
        return await run(call)

    async def count() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    async def story() -> list[Answer]:
        counting = asyncio.ensure_future(count())
        asked = (backend.send("GET", f"{BASE}/posts", headers=[("accept", LINES)]) for _ in range(10))
        answers = await asyncio.gather(*asked)
        counting.cancel()
        return answers

    assert backend.loop is not None
    rest.run = noted
    try:
        answers = backend.loop.run_until_complete(story())
    finally:
        rest.run = run
    assert [answer.text.count("\n") for answer in answers] == [ROWS] * 10
    assert len(set(turns)) == len(turns) == 10 * (ROWS // 100)


@pytest.mark.parametrize("path", ["/posts", "/posts/1", "/users/1/posts"])
@pytest.mark.parametrize(
    "accept", ["text/html", "application/json;q=0", "application/xml, text/plain", "*/json", "json", "*/*;q=0"]
)
def test_what_nobody_accepts_is_not_answered(backend: Backend, ada: Account, path: str, accept: str) -> None:
    before = backend.snapshot()
    for method in ("GET", "HEAD", "POST", "PATCH"):
        answer = backend.ask(method, f"{BASE}{path}", {"title": "x"}, ada.token, [("accept", accept)])
        assert answer.status in (405, 406)
        if method == "GET":
            envelope(answer, 406, "NOT_ACCEPTABLE")
    assert backend.snapshot() == before


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "a/a"), ("", "a/a"), ("*/*", "a/a"), ("b/b", "b/b"),
        ("b/b;q=0.1, */*;q=0.5", "a/a"), ("a/*;q=0.2, b/b;q=0.3", "b/b"),
        ("a/a;q=0, */*", "b/b"), ("a/a; q=1.0, b/b", "a/a"), ("A/A", "a/a"),
        ("a/a;q=x", None), ("a/a;q=-1", None), ("a/a;q=9", "a/a"),
        (",,,", None), ("c/c", None),
    ],
)  # fmt: skip
def test_the_form_that_weighs_most_is_chosen(accept: str | None, chosen: str | None) -> None:
    assert preferred(accept, ("a/a", "b/b")) == chosen


@given(st.text(alphabet='ab/*;q=.0123456789, \t"', max_size=300))
def test_any_header_chooses_one_of_the_forms_or_none(text: str) -> None:
    assert preferred(text, ("a/a", "b/b")) in ("a/a", "b/b", None)
