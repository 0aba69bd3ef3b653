"""How each kind of server is asked, and how its answers are read: the one place that knows what differs on the wire.

Takes a `Question`, gives a request; takes an answer, gives plain values that must be the same for all.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from bench.blog import PAGE, TOP, Question, spell

POST = ("id", "user_id", "title", "content", "published_at", "created_at")
USER = ("id", "name", "created_at", "post_count")


@dataclass(frozen=True)
class Spelling:
    """One way to ask: the address of a question, the body of what is created, and the values of one row in an answer.

    `differs` says what its answers have that others' have not, in words.
    """

    address: Callable[[Question], str]
    body: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    row: Callable[[Mapping[str, Any]], dict[str, Any]]
    differs: str
    created: int = 201
    invalid: tuple[int, ...] = (400, 422)

    def request(self, question: Question, token: str = "") -> bytes:
        """Give the request as it goes over the wire."""
        method = "POST" if question.body else "GET"
        lines = [f"{method} {self.address(question)} HTTP/1.1", "Host: localhost", "Accept: application/json"]
        content = b""
        if question.body:
            content = json.dumps(self.body(question.body)).encode()
            lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        return "\r\n".join([*lines, "", ""]).encode() + content

    def read(self, question: Question, body: bytes) -> Any:
        """Give what an answer says."""
        found = json.loads(body)
        match question.name:
            case "hello":
                return found["message"]
            case "post" | "create":
                return self.row(found)
            case _:
                return [self.row(item) for item in found["items"]]


def instant(text: str | None) -> datetime | None:
    """Read a point in time, however it is spelled."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def whole(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give the values of a row, and of the user in it; anything more or less than what was asked for is refused."""
    if "name" in row:
        assert set(row) == set(USER), sorted(row)
        return {**row, "created_at": instant(row["created_at"])}
    values = {name: value for name, value in row.items() if name != "user" or value is not None}
    assert set(values) - {"user"} == set(POST), sorted(values)
    values |= {name: instant(values[name]) for name in ("published_at", "created_at")}
    return values | ({"user": whole(values["user"])} if "user" in values else {})


def plain(question: Question) -> str:
    """Give the address as the peers' own code names it."""
    match question.name:
        case "hello":
            return "/api/v1/hello"
        case "post":
            return f"/api/v1/posts/{question.key}"
        case "create":
            return "/api/v1/posts"
        case "top":
            return f"/api/v1/users?limit={TOP}"
        case _:
            assert question.before is not None
            path = "posts" if question.name == "posts" else "feed"
            return f"/api/v1/{path}?limit={PAGE}&before={spell(question.before)}"


def kingpost(question: Question) -> str:
    """Give the address as Kingpost derives it."""
    match question.name:
        case "top":
            return f"/api/v1/users?sort=-post_count&limit={TOP}"
        case "posts" | "posts+user":
            assert question.before is not None
            include = "&include=user" if question.name == "posts+user" else ""
            return f"/api/v1/posts?sort=-created_at&limit={PAGE}&created_at[lt]={spell(question.before)}{include}"
        case _:
            return plain(question)


def pocketbase(question: Question) -> str:
    """Give the address as PocketBase derives it; its route in JavaScript is where its documentation puts such routes."""
    posts = "/api/collections/posts/records"
    match question.name:
        case "hello":
            return "/api/v1/hello"
        case "post":
            return f"{posts}/{padded(question.key)}"
        case "create":
            return posts
        case "top":
            return f"/api/collections/users/records?sort=-post_count,-id&perPage={TOP}&skipTotal=true"
        case _:
            assert question.before is not None
            older = quote(f"created_at < '{question.before:%Y-%m-%d %H:%M:%S.000Z}'")
            expand = "&expand=user_id" if question.name == "posts+user" else ""
            return f"{posts}?filter={older}&sort=-created_at,-id&perPage={PAGE}&skipTotal=true{expand}"


def padded(key: int | str) -> str:
    """Give an id as PocketBase has it, in fifteen letters; what it made itself is left as it is."""
    return f"{key:015}" if isinstance(key, int) else key


def number(key: str) -> int | str:
    """Give what `padded` was given."""
    return int(key) if key.isdigit() else key


def stored(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what PocketBase is sent to create a post: its ids are texts."""
    return {**body, "user_id": padded(body["user_id"])}


def record(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give the values of a record of PocketBase: its ids are texts, and nothing is an empty text."""
    names = USER if row["collectionName"] == "users" else POST
    values = {name: row[name] for name in names}
    values |= {name: number(values[name]) for name in ("id", "user_id") if name in values}
    values |= {name: instant(values[name]) for name in ("published_at", "created_at") if name in values}
    return values | ({"user": record(row["expand"]["user_id"])} if row.get("expand") else {})


SAME: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict
PLAIN = Spelling(plain, SAME, whole, "")
KINGPOST = Spelling(kingpost, SAME, whole, "a list has the mark of the next page beside its items")
POCKETBASE = Spelling(
    pocketbase, stored, record,
    "ids are texts, a value that is missing is an empty text, each record names its collection, and a list tells its page",
    created=200,
)  # fmt: skip
