"""A small world to ask things of: an app with every kind of field, people in it, and requests in every shape."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from kingpost import (
    Access,
    Account,
    App,
    Lists,
    PasswordPolicy,
    Resource,
    actor,
    admin,
    anyone,
    back,
    count,
    created,
    decimal,
    email,
    is_set,
    json,
    many,
    number,
    owner,
    ref,
    serial,
    signed_in,
    text,
    texts,
    updated,
    value,
    where,
)
from kingpost.settings import LEAST_SECRET, Settings
from kingpost.store.sqlite.connect import MEMORY
from kingpost.surface.rest.serve import INSIDE, Message
from kingpost.testing import Answer, Client

PASSWORD = "SecurePass123!"
BASE = "/api/v1"
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Member(Account, table="members"):
    """Someone who paints."""

    id: int = serial()
    name: str = text(min=2, max=50)
    motto: str | None = text(max=200)
    joined_at: datetime = created()
    changed_at: datetime = updated()
    paintings: "list[Painting]" = back("member")
    painting_count: int = count("paintings", where=where(sold_at=is_set), stored=True)

    password = PasswordPolicy(min=8, lower=1, upper=1, digit=1)
    access = Access(create=anyone, read=anyone.fields("id", "name") | owner() | admin, update=owner() | admin, delete=admin)
    lists = Lists("-painting_count", "joined_at", most=100)


class Style(Resource, table="styles"):
    """A way to paint; only an admin may add one."""

    name: str = text(min=1, max=40, unique=True)
    paintings: "list[Painting]" = many(of="styles")

    access = Access(create=admin, read=anyone)
    lists = Lists("name")


class Painting(Resource, table="paintings"):
    """Has a field of every kind; unsold ones are seen by who made them alone."""

    id: int = serial()
    member: Member = ref(on_delete="restrict", default=actor)
    title: str = text(min=1, max=255)
    notes: str | None = text()
    width: int = number(min=1, max=10_000)
    price: Decimal | None = decimal(precision=12, scale=2)
    framed: bool = value(default=False)
    begun_on: date | None = value()
    sold_at: datetime | None = value()
    catalogue: UUID | None = value(unique=True)
    technique: Literal["oil", "ink"] = value(default="oil")
    tags: list[str] = texts(max=5, each=20, default=[])
    extra: object | None = json()
    contact: str | None = email()
    styles: list[Style] = many()
    made_at: datetime = created()

    access = Access(
        create=signed_in & owner("member"),
        read=where(sold_at=is_set) | owner("member") | admin,
        update=owner("member") | admin,
        delete=owner("member") | admin,
    )
    lists = Lists("-made_at", "member_id -made_at", "technique title", "contact -made_at", "framed width", page=3, most=100)


def gallery() -> App:
    """Give the app, made anew."""
    return App(Member, Style, Painting, title="Gallery", description="Who painted what, and in which style.")


def opened(app: App, clock: Callable[[], float] = time.time, **settings: Any) -> Client:
    """Give a client of an app that was opened with settings of its own."""
    client = Client(app, clock)
    client.loop.run_until_complete(client.running.stop())
    client.running = app.open(Settings(MEMORY, b"of the scene".ljust(LEAST_SECRET, b"."), **settings), clock)
    client.engine = client.running.engine
    return client


@dataclass(frozen=True)
class Reply:
    """What one request brought back over the wire, as far as ASGI knows a wire."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """Give a header that must be there exactly once."""
        (only,) = [text for each, text in self.headers if each == name]
        return only

    @property
    def answer(self) -> Answer:
        """Read it as a client's answer."""
        return Answer(self.status, dict(self.headers), self.body)


def ask(
    client: Client, method: str, path: bytes, query: bytes = b"", headers: Sequence[tuple[bytes, bytes]] = (), *parts: bytes
) -> Reply:
    """Make a request that no well-behaved client makes: any bytes anywhere, a body in any number of parts."""
    waiting = list(parts or [b""])
    sent: list[Message] = []
    scope: Message = {
        "type": "http",
        "extensions": {INSIDE: {}}, "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path.decode("utf-8", "replace"), "raw_path": path, "query_string": query, "headers": list(headers),
    }  # fmt: skip

    async def receive() -> Message:
        part = waiting.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    async def send(message: Message) -> None:
        sent.append(message)

    client.loop.run_until_complete(client.running.rest.serve(scope, receive, send))
    pairs = [(name.decode(), text.decode("latin-1")) for name, text in sent[0]["headers"]]
    return Reply(sent[0]["status"], pairs, b"".join(message["body"] for message in sent[1:]))


def envelope(answer: Answer, status: int, code: str) -> Answer:
    """Assert that an answer is a refusal in the one form that refusals have, and give it back."""
    assert (answer.status, answer.error["code"]) == (status, code), answer
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == str(len(answer.text.encode()))
    assert set(answer.body) == {"error"}
    error = answer.body["error"]
    assert set(error) - {"details"} == {"code", "message", "timestamp", "requestId"}
    assert error["message"] and TIMESTAMP.fullmatch(error["timestamp"])
    assert re.fullmatch(r"req_[0-9a-f]{24}", error["requestId"]) and answer.headers["x-request-id"] == error["requestId"]
    for detail in error.get("details", []):
        assert set(detail) == {"field", "message"} and detail["message"]
    assert "details" not in error or error["details"]
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert ("allow" in answer.headers) == (status == 405)
    assert ("retry-after" in answer.headers) == (status == 503)
    return answer


def join(client: Client, name: str) -> int:
    """Make a member and give the id."""
    answer = client.post(f"{BASE}/members", {"email": f"{name}@example.com", "password": PASSWORD, "name": name.title()})
    assert answer.status == 201, answer
    key: int = answer.body["id"]
    return key


def become(client: Client, name: str) -> Client:
    """Go on as a member."""
    return client.sign_in(f"{name}@example.com", PASSWORD)
