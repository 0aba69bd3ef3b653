"""No text for the database holds anything that was sent, and no request makes the server fail (I1, H9, E1).

The same requests are asked of two equal databases with other words in them: the database was told the same texts, so these
come of the contract and of the shape of what is asked, and there are only so many.
"""

import logging
import math
import re
import time
from collections import Counter
from contextlib import closing

import apsw
import pytest

from kingpost.engine.engine import MOST_PLANS
from kingpost.surface.rest.serve import INSIDE, Message
from tests.engine.running import PASSWORD, Backend
from tests.proofs.blog import unlimited
from tests.proofs.budget import until
from tests.security.canaries import BASE, MOMENT, Drawn, Lot
from tests.security.notes import Note
from tests.surface.rest.scene import Member, Painting, Reply, Style, envelope

OFTEN = 20
ENOUGH = 40
NEXT = re.compile(r'"next":"([^"]+)"')
STATUSES = {200, 201, 204, 304, 400, 401, 403, 404, 405, 406, 409, 412, 413, 414, 415, 422, 431}


class Heard:
    """What one run of requests brought: the texts that the database was told, and how often each status came."""

    def __init__(self) -> None:
        self.texts: set[str] = set()
        self.statuses: Counter[int] = Counter()
        self.longest = 0.0


def gallery() -> tuple[Backend, list[str]]:
    """Make a gallery with three members, of whom one is an admin, and some paintings; gives their tokens."""
    backend = Backend(unlimited(Member, Style, Painting, Note, title="Gallery"))
    tokens = []
    for name in ("ann", "bob", "eve"):
        account = {"email": f"{name}@example.com", "password": PASSWORD, "name": name.title()}
        key = backend.ask("POST", f"{BASE}/members", account).body["id"]
        tokens.append(backend.identity.token(key, 0))
    assert backend.loop is not None
    assert backend.loop.run_until_complete(backend.identity.promote("eve@example.com", True))
    style = backend.ask("POST", f"{BASE}/styles", {"name": "First"}, tokens[2]).body["id"]
    for at in range(8):
        body: dict[str, object] = {"title": f"{at}", "width": at + 1, "style_ids": [style]}
        body["sold_at"] = "2026-01-31T10:30:00Z" if at % 2 else None
        assert backend.ask("POST", f"{BASE}/paintings", body, tokens[at % 2]).status == 201
    for at in range(12):
        note = {"title": f"Some words {at}", "content": None if at % 2 else "Other words", "rank": at // 3, "at": MOMENT}
        assert backend.ask("POST", f"{BASE}/notes", note).status == 201
    backend.keep()
    return backend, tokens


async def send(backend: Backend, drawn: Drawn) -> Reply:
    """Make a request of any bytes."""
    sent: list[Message] = []
    scope: Message = {
        "type": "http",
        "extensions": {INSIDE: {}}, "asgi": {"version": "3.0"}, "http_version": "1.1", "method": drawn.method, "scheme": "http",
        "path": drawn.path.decode("utf-8", "replace"), "raw_path": drawn.path, "query_string": drawn.query,
        "headers": drawn.headers,
    }  # fmt: skip

    async def receive() -> Message:
        return {"type": "http.request", "body": drawn.body, "more_body": False}

    async def take(message: Message) -> None:
        sent.append(message)

    await backend.running.rest.serve(scope, receive, take)
    pairs = [(name.decode(), text.decode("latin-1")) for name, text in sent[0]["headers"]]
    return Reply(sent[0]["status"], pairs, b"".join(message.get("body", b"") for message in sent[1:]))


def judge(drawn: Drawn, reply: Reply) -> None:
    """Assert that an answer is one a caller can rely on, and that no header of it was made longer by what was sent."""
    assert reply.status in STATUSES, (drawn, reply)
    for name, text in reply.headers:
        assert "\r" not in name + text and "\n" not in name + text, drawn
    if drawn.method == "HEAD" or reply.status in (204, 304):
        assert reply.body == b"", drawn
    elif reply.status >= 400:
        envelope(reply.answer, reply.status, reply.answer.error["code"])


async def ask(backend: Backend, lot: Lot, most: int, end: float) -> Heard:
    """Ask so many requests, one after the other."""
    heard = Heard()

    def note(_: apsw.Cursor, text: str, __: object) -> bool:
        if text not in heard.texts:
            assert drawn.word not in text, (drawn, text)
            heard.texts.add(text)
        return True

    for number in range(most):
        if number % OFTEN == 0:
            if time.monotonic() > end:
                break
            backend.restore()  # so that there is always someone to ask and something to ask for
        drawn = lot.draw()
        backend.store.writer.exec_trace = note
        began = time.perf_counter()
        reply = await send(backend, drawn)
        heard.longest = max(heard.longest, time.perf_counter() - began)
        backend.store.writer.exec_trace = None
        judge(drawn, reply)
        heard.statuses[reply.status] += 1
        remember(lot, reply)
    return heard


def remember(lot: Lot, reply: Reply) -> None:
    """Keep the marks and the tags of an answer, to be sent again."""
    if len(lot.marks) < ENOUGH:
        lot.marks += NEXT.findall(reply.body.decode())
    if len(lot.tags) < ENOUGH:
        lot.tags += [text for name, text in reply.headers if name == "etag"]


def fuzz(most: int, seed: int, end: float, caplog: pytest.LogCaptureFixture) -> list[Heard]:
    """Ask the same requests twice, with other words, of a gallery each."""
    print(f"\nseed {seed}")
    found: list[Heard] = []
    for words in (1, 2):
        backend, tokens = gallery()
        lot = Lot(seed, words, tokens)
        with closing(backend), caplog.at_level(logging.WARNING):
            assert backend.loop is not None
            # The second is asked as much as the first, for which there was half of the time.
            much, until_then = (most // 2, (time.monotonic() + end) / 2) if not found else (found[0].statuses.total(), math.inf)
            heard = backend.loop.run_until_complete(ask(backend, lot, much, until_then))
            assert len(backend.engine.plans.kept) <= MOST_PLANS
        found.append(heard)
        print(f"{heard.statuses.total()} requests {dict(heard.statuses)}, {len(heard.texts)} texts, {heard.longest:.3f} s")
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
    return found


def test_what_is_sent_is_never_part_of_what_the_database_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """I1: and what the database is told is the same, whatever the words are."""
    one, other = fuzz(2_000, 20_260_131, until(1), caplog)
    assert one.texts == other.texts
    assert one.statuses == other.statuses
    # What was asked reached far enough to mean something.
    assert {200, 201, 204, 400, 401, 403, 404, 405, 415} <= set(one.statuses), one.statuses


@pytest.mark.prove
def test_what_is_sent_in_a_hundred_thousand_requests_is_never_part_of_what_the_database_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """I1."""
    one, other = fuzz(100_000, int(time.time()), until(0.07), caplog)
    assert one.texts == other.texts
