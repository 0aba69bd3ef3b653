"""Whatever is sent, what comes back is an answer or a refusal that says what is wrong, and never a failure of ours."""

import json
import logging
from typing import cast
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kingpost.store.sqlite.connect import SqliteStore
from kingpost.testing import Client
from tests.surface.rest.scene import BASE, Reply, ask, become, envelope, gallery, join

CANARY = "c4n4ry\u00e9"
CODES = {
    400: {"VALIDATION_ERROR", "MALFORMED_REQUEST", "INVALID_CURSOR"},
    401: {"UNAUTHENTICATED", "INVALID_TOKEN", "INVALID_CREDENTIALS"},
    403: {"FORBIDDEN"},
    404: {"NOT_FOUND"},
    405: {"METHOD_NOT_ALLOWED"},
    409: {"CONFLICT"},
    415: {"UNSUPPORTED_MEDIA_TYPE"},
}

keys = st.sampled_from(["1", "2", "3", "0", "-1", "999", "9223372036854775808", "01890a5d-ac96-774b-bcce-b302099a8057", CANARY])
text = st.text(max_size=30) | st.sampled_from(
    ["", CANARY, f"' OR '{CANARY}'='1", f"%{CANARY}_", "\r\nX: y", "\0", "\\", "1", "-1", "10000000000000000000000", "true",
    "null",
     "2026-01-31T10:30:00Z", "2026-01-31", "12.50", "oil", "ada@example.com", "Good Pass 123",
     "01890a5d-ac96-774b-bcce-b302099a8057"]
)  # fmt: skip
names = st.sampled_from(
    ["limit", "after", "sort", "fields", "include", "member_id", "technique", "framed", "contact", "style_ids", "id", CANARY]
)
phrases = st.sampled_from(
    ["1", "3", "100", "-made_at", "made_at", "-made_at,id", "title", "name", "joined_at", "id,title", "id,name", "member",
     "member.paintings", "paintings.member", "paintings", "true", "false", "oil", "a@b.example"]
)  # fmt: skip
pieces = st.sampled_from(["members", "paintings", "styles", "auth", "login", "", ".", "..", CANARY, "%", "%2f", "%00", "docs"])
lists = st.sampled_from(["members", "paintings", "paintings", "styles"])
rows = st.tuples(lists, keys).map("/".join)
nested = st.tuples(rows, st.sampled_from(["paintings", "styles"])).map("/".join)
anything = st.lists(pieces | keys | text, max_size=5).map("/".join)
methods = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
asked = st.one_of(
    st.tuples(st.sampled_from(["GET", "POST", "POST", "HEAD"]), lists),
    st.tuples(st.sampled_from(["GET", "PUT", "PATCH", "DELETE"]), rows),
    st.tuples(st.sampled_from(["GET", "POST"]), nested),
    st.tuples(methods, st.one_of(lists, rows, nested, anything, st.just("auth/login"))),
).map(lambda pair: (pair[0], f"{BASE}/{pair[1]}".encode()))
places = st.one_of(asked, asked, asked, st.tuples(methods, st.binary(max_size=40).map(lambda raw: b"/" + raw)))
sound = st.lists(
    st.sampled_from(
        ["limit=1", "limit=3", "fields=id", "fields=id,title", "include=member", "include=styles",
        "include=member.paintings.styles",
         "include=paintings", "include=paintings.member", "sort=-made_at", "sort=made_at", "member_id=1", "technique=oil",
         "sort=title"]
    ),
    max_size=3,
    unique_by=lambda part: part.partition("=")[0],
).map(lambda parts: "&".join(parts).encode())  # fmt: skip
queries = st.one_of(
    sound,
    sound,
    st.lists(st.tuples(names | text, phrases | text), max_size=4).map(
        lambda pairs: "&".join(
            f"{quote_from_bytes(name.encode('utf-8', 'replace'))}={quote_from_bytes(words.encode('utf-8', 'replace'))}"
            for name, words in pairs
        ).encode()
    ),
    st.binary(max_size=30),
    st.just(b""),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(0, 3) | st.floats() | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(
    ["email", "password", "name", "motto", "title", "notes", "width", "price", "framed", "begun_on", "sold_at", "catalogue",
     "technique", "tags", "extra", "contact", "style_ids", "member_id", "id", "admin", "epoch", "painting_count", CANARY]
)  # fmt: skip
good = st.fixed_dictionaries(
    {"title": st.text("ab'%_\u00e9", min_size=1), "width": st.integers(1, 9)},
    optional={"sold_at": st.just("2026-01-31T10:30:00Z"), "extra": values, "tags": st.lists(text, max_size=2), "notes": text},
) | st.fixed_dictionaries(
    {"email": st.emails(), "password": st.just("Good Pass 123"), "name": st.just("Al")}, optional={"motto": text}
)
bodies = st.one_of(
    good.map(lambda body: json.dumps(body).encode()),
    (good | st.dictionaries(fields | text, values, max_size=6)).map(lambda body: json.dumps(body).encode()),
    values.map(lambda body: json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")),
    st.binary(max_size=60),
)
kinds = st.sampled_from([b"application/json"] * 8 + [b"application/merge-patch+json", b"text/plain", b"", b"\xff"])


def judge(method: str, reply: Reply) -> None:
    """Say whether one reply is one that a caller can rely on."""
    if reply.status in (200, 201):
        assert reply.header("content-type") == "application/json"
        assert reply.status == 200 or reply.header("location").startswith(f"{BASE}/")
        assert method == "HEAD" or isinstance(json.loads(reply.body), dict)
    elif reply.status == 204:
        assert reply.body == b"" and method in ("DELETE", "OPTIONS")
    elif method == "HEAD":
        assert reply.status in CODES and reply.body == b""
    else:
        code = reply.answer.error["code"]
        assert code in CODES[reply.status]
        envelope(reply.answer, reply.status, code)
    for name, words in reply.headers:
        assert "\r" not in name + words and "\n" not in name + words


def test_no_request_makes_the_server_fail_or_say_what_was_sent_in_SQL(caplog: pytest.LogCaptureFixture) -> None:
    """I1, H9 and E1."""
    seen: dict[int, int] = {}
    with Client(gallery()) as client:
        said: set[str] = set()
        tokens = []
        for name in ("ada", "bob", "eve"):
            join(client, name)
            tokens.append(become(client, name).token)
        client.make_admin("eve@example.com")
        style = client.post(f"{BASE}/styles", {"name": CANARY}).body["id"]
        for title in ("one", "two"):  # so that links lead somewhere
            sold = {"title": title, "width": 1, "sold_at": "2026-01-31T10:30:00Z", "style_ids": [style]}
            assert client.post(f"{BASE}/paintings", sold).status == 201
        connection = cast("SqliteStore", client.engine.store).writer

        def note(_: object, statement: str, __: object) -> bool:
            said.add(statement)
            return True

        @settings(max_examples=2_000, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(places, queries, bodies, kinds, st.sampled_from(["", "x", *tokens, *tokens]))
        def law(place: tuple[str, bytes], query: bytes, body: bytes, kind: bytes, token: str) -> None:
            method, path = place
            headers = [(b"host", b"testserver"), (b"content-type", kind)]
            headers += [(b"authorization", f"Bearer {token}".encode())] if token else []
            reply = ask(client, method, path, query, headers, body[:3], body[3:])
            seen[reply.status] = seen.get(reply.status, 0) + 1
            judge(method, reply)

        connection.exec_trace = note
        with caplog.at_level(logging.INFO, "kingpost"):
            law()
        connection.exec_trace = None
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert said and not [statement for statement in said if "c4n4ry" in statement]
    assert "c4n4ry" not in caplog.text
    # What was asked reached far enough to mean something.
    assert {200, 204, 400, 401, 404, 405, 415} <= set(seen), seen
