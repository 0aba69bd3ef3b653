"""Whatever is sent over the wire is refused in the one form, tells nothing of the inside and changes nothing.

Each test is a row of the list of rules, by its letter and number; all of them go to one server, whose log is read at the end.
"""

import gzip
import json
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import quote

import pytest

from tests.cli.process import SECRET, kingpost, serving
from tests.engine.running import PASSWORD
from tests.security.wire import APP, HOST, JSON, LISTS, READS, WORD, WRITES, Place, Wire, hear, refused

LEVELS, ITEMS, MEBIBYTE = 10_000, 1_000_000, 1_048_576
NAMED = [f"{each.method} {each.path}" for each in WRITES]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """The gallery with Ann, who is an admin, Bob, a style, and a painting of Ann's that is sold and one that is not."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "app.py").write_text(APP, encoding="utf-8")
    with serving(folder, "serve", "app.py", SECRET_KEY=SECRET) as server:
        wire = Wire(server, folder)
        for name in ("ann", "bob"):
            wire.sound("POST", "/members", {"email": f"{name}@example.com", "password": PASSWORD, "name": name.title()})
        assert kingpost(folder, "user", "promote", "ann@example.com", SECRET_KEY=SECRET).returncode == 0
        wire.token = wire.sound("POST", "/auth/login", {"email": "ann@example.com", "password": PASSWORD})["access_token"]
        wire.style = wire.sound("POST", "/styles", {"name": "First"})["id"]
        wire.sound("POST", "/paintings", {"title": "Kept", "width": 1, "style_ids": [wire.style]})
        wire.sound("POST", "/notes", {"title": "Some words", "content": "and others"})
        for at in range(5):
            sold = {"title": f"Sold {at}", "width": 2, "sold_at": "2026-01-31T10:30:00Z", "style_ids": [wire.style]}
            wire.sound("POST", "/paintings", sold)
        yield wire
        if wire.socket is not None:
            wire.socket.close()
        assert server.process.poll() is None
        lines = wire.log().splitlines()
        # L1, L2, H9: a line is ours, says nothing that was sent, and tells of nothing that broke.
        assert all(json.loads(line) for line in lines) and WORD not in "".join(lines) and "cause" not in "".join(lines)


@pytest.fixture
def wire(running: Wire) -> Iterator[Wire]:
    """The gallery, whose data are afterwards what they were before."""
    before = running.snapshot()
    yield running
    assert running.snapshot() == before


# ---------------------------------------------------------------------------------------------------------- I4: bodies

MALFORMED = {
    "nothing": b"", "NaN": b'{"a":NaN}', "Infinity": b'{"a":[-Infinity]}', "an infinite number": b'{"a":1e999}',
    "a name twice": b'{"title":"a","title":"b"}', "a name twice, spelled apart": b'{"a":1,"\\u0061":2}',
    "ten thousand levels": b"[" * LEVELS + b"]" * LEVELS,
    "ten thousand levels of objects": b'{"a":' * LEVELS + b"1" + b"}" * LEVELS,
    "a million items": b"[1" + b",1" * 499_999 + b"]", "bad UTF-8": b'{"title":"\xc3\x28"}',
    "overlong UTF-8": b'{"title":"\xc0\xaf"}', "a byte order mark": b"\xef\xbb\xbf{}", "UTF-16": '{"a":1}'.encode("utf-16"),
    "half a character": b'{"title":"\\ud800"}', "half a character as UTF-8": b'{"title":"\xed\xa0\x80"}',
    "U+0000": b'{"title":"a\\u0000b"}', "U+0000 as it is": b'{"title":"a\x00b"}', "a name of U+0000": b'{"\\u0000":1}',
    "a number of 5,000 digits": b'{"width":' + b"9" * 5_000 + b"}", "two values": b"{}{}", "a comment": b"/**/{}",
    "a line in a text": b'{"title":"a\nb"}', "no end": b'{"title":"',
}  # fmt: skip


@pytest.mark.parametrize("place", WRITES, ids=NAMED)
def test_json_that_could_be_misunderstood_is_refused_everywhere(wire: Wire, place: Place) -> None:
    """I4."""
    for name, body in MALFORMED.items():
        answer = refused(wire.ask(place.method, place.path, body))
        assert answer.error["code"] == "MALFORMED_REQUEST", name
    for body in (b"null", b"[]", b"1", b'"x"', b"true", b"[{}]"):
        assert refused(wire.ask(place.method, place.path, body)).error["code"] == "VALIDATION_ERROR"


# ---------------------------------------------------------------------------------------------------- I10, Z6: fields

KINDS: dict[str, list[object]] = {
    "text": [None, 1, 1.5, True, [], {}, ["a"], {"a": 1}],
    "number": [None, "1", 1.5, True, [], {}, "", 10**20, -(10**20), 1e300, 0, 10_001],
    "decimal": [1, 1.5, True, [], {}, "1e5", "NaN", "Infinity", "1.234", "9" * 30, "", " 1", "1_000", "\uff11", "+1", "0x1"],
    "boolean": [None, 0, 1, "true", "false", "", [], {}],
    "date": [1, True, "2026-02-30", "2026-1-1", "20260101", "2026-01-01T00:00:00Z", "", "9999999-01-01", []],
    "moment": [1, True, "2026-01-31", "2026-01-31T10:30:00", "2026-01-31T25:00:00Z", "", "now", [], "0000-00-00T00:00:00Z"],
    "uuid": [1, True, "x", "0" * 31, "g" * 32, "", [], {}],
    "choice": [None, 1, True, "Oil", "oil ", "", [], {}],
    "texts": [None, "a", {}, [1], [None], [["a"]], ["a"] * 6, ["x" * 21]],
    "email": [1, True, "a", "a@", "@b", "a b@c.de", "a@b", "a@b..de", "a@b.de\r\nbcc: x@y.de", "", "a" * 300 + "@b.de", [], {}],
    "link": [None, "1", 1.5, True, [], {}, 0, -1, 10**20, 999_999],
    "links": [None, "a", {}, [1], ["x"], [None], ["00000000-0000-7000-8000-000000000000"]],
}
FIELDS = {
    "title": "text", "notes": "text", "width": "number", "price": "decimal", "framed": "boolean", "begun_on": "date",
    "sold_at": "moment", "catalogue": "uuid", "technique": "choice", "tags": "texts", "contact": "email",
    "member_id": "link", "style_ids": "links",
}  # fmt: skip
MAY_BE_NULL = ("notes", "price", "begun_on", "sold_at", "catalogue", "contact")
PAINTINGS = [each for each in WRITES if each.path.startswith("/paintings") and not each.path.endswith("batch")]


@pytest.mark.parametrize("place", PAINTINGS, ids=[f"{each.method} {each.path}" for each in PAINTINGS])
@pytest.mark.parametrize("field", FIELDS)
def test_a_value_of_another_kind_is_refused_by_the_name_of_its_field(wire: Wire, place: Place, field: str) -> None:
    """I10: nothing is taken for what it looks like."""
    for value in KINDS[FIELDS[field]]:
        if value is None and field in MAY_BE_NULL:
            continue
        answer = refused(wire.ask(place.method, place.path, json.dumps({**place.body, field: value}).encode()), field=field)
        assert list(answer.details) == [field]


SERVERS = ("id", "made_at", "admin", "epoch", "painting_count", "joined_at", "changed_at", "email_key", "is_admin", "role",
           "tenant_id", "created_by", "user_id", "__proto__", "constructor", "_id", "ID", "Title", "title ", "titl\u0435",
           "title\u200b", "member", "paintings", "styles", "'; DROP TABLE members", "", "a.b", "$where", "*", WORD)  # fmt: skip


@pytest.mark.parametrize("place", WRITES, ids=NAMED)
def test_a_field_that_no_one_may_set_is_refused_by_its_name(wire: Wire, place: Place) -> None:
    """Z6: unknown, hidden and read-only fields are never passed over."""
    for name in SERVERS:
        body = {**place.body, name: 1}
        expected = name
        if "items" in place.body:
            body = {"items": [{"do": "create", "data": {**place.body["items"][0]["data"], name: 1}}]}
            expected = f"items.0.{name}" if name else "items.0"
        refused(wire.ask(place.method, place.path, json.dumps(body).encode()), field=expected)


def test_who_makes_something_is_never_taken_from_what_is_sent(wire: Wire) -> None:
    """Z6, Z5: a painting of someone else's, by its owner's id, by its path or in a batch."""
    bob = wire.sound("POST", "/auth/login", {"email": "bob@example.com", "password": PASSWORD})["access_token"]
    mine = {"title": "Theirs", "width": 1}
    for method, path, body in (
        ("POST", "/paintings", {**mine, "member_id": 1}), ("POST", "/members/1/paintings", mine),
        ("PATCH", "/paintings/2", mine),
        ("PUT", "/paintings/2", mine), ("DELETE", "/paintings/2", None),
        ("POST", "/paintings/batch", {"items": [{"do": "create", "data": {**mine, "member_id": 1}}]}),
        ("POST", "/paintings/batch", {"items": [{"do": "create", "data": mine}, {"do": "delete", "id": 2}]}),
        ("PATCH", "/members/1", {"name": "Bobs"}), ("POST", "/styles", {"name": "Mine"}),
    ):  # fmt: skip
        refused(wire.ask(method, path, None if body is None else json.dumps(body).encode(), token=bob), (403,))
    for method, path in (("GET", "/paintings/1"), ("PATCH", "/paintings/1"), ("DELETE", "/paintings/1")):
        hidden = refused(wire.ask(method, path, b"{}" if method == "PATCH" else None, token=bob), (404,))
        absent = refused(wire.ask(method, "/paintings/999", b"{}" if method == "PATCH" else None, token=bob), (404,))
        assert (hidden.message, hidden.details) == (absent.message, absent.details)  # Z4


# ------------------------------------------------------------------------------------------- I1, I3, I9: places in text

METAS = (f"{WORD}' OR '1'='1", f'{WORD}" OR 1=1 --', f"{WORD}; DROP TABLE members", f"%{WORD}%", f"{WORD}_", f"*{WORD}*",
         f"[{WORD}]",
         f'"{WORD}', f"{WORD}\\", f"NEAR({WORD} x, 10)", f"{WORD} AND", f"title:{WORD}", f"-{WORD}", f"^{WORD}", f"({WORD}",
         f"{WORD}*", f"{WORD}\r\nSet-Cookie: a=b", f"{WORD}\x00", f"{WORD}\u202e", f"{{{{{WORD}}}}}", f"${{{WORD}}}",
         f"../../{WORD}", f"|{WORD}|", f"{WORD}'||(VALUES(1))||'", "1" * 20, "-1", "9" * 400)  # fmt: skip
PARAMETERS = ("limit", "after", "sort", "fields", "include", "total", "q", "member_id", "technique", "framed", "contact", "id",
              "made_at[gte]", "title[lt]", "name", WORD, f"{WORD}'--", f"limit[{WORD}]", "sort[]", "")  # fmt: skip


@pytest.mark.parametrize("path", READS)
def test_no_text_in_a_parameter_means_more_than_itself(wire: Wire, path: str) -> None:
    """I1, I3, H8: an answer of no rows at most, and never a header or a statement of its own."""
    for name in PARAMETERS:
        for text in METAS:
            heard = wire.ask("GET", f"{path}?{quote(name)}={quote(text)}")
            assert "set-cookie" not in heard.headers
            if heard.status == 200:
                # Everything is before or after some text; but no row is, or holds, any of these.
                assert name in ("contact", "member_id", "q", "title[lt]"), heard
                assert name == "title[lt]" or json.loads(heard.body)["items"] == [], heard
            else:
                refused(heard)


@pytest.mark.parametrize(
    "path", ["/members/{}", "/paintings/{}", "/styles/{}", "/members/{}/paintings", "/paintings/{}/styles"]
)
def test_no_text_in_a_path_means_more_than_itself(wire: Wire, path: str) -> None:
    """I1: an id that no row can have is not there, whoever asks and for whatever."""
    for text in METAS:
        asked = path.format(quote(text, safe=""))
        refused(wire.ask("GET", asked), (404,))
        if not path.endswith("s"):
            for method in ("PATCH", "PUT", "DELETE"):
                body = None if method == "DELETE" else b'{"title":"a","width":1}' if "paint" in path else b'{"name":"Al"}'
                refused(wire.ask(method, asked, body), (404, 405) if method == "DELETE" else (400, 404, 405))


@pytest.mark.parametrize("path", READS)
def test_a_parameter_that_comes_twice_is_refused_by_its_name(wire: Wire, path: str) -> None:
    """I9."""
    for name in ("limit", "after", "sort", "fields", "include", "member_id", "total", WORD):
        twice = "&".join([f"{name}=1", f"{name[:1]}{name[1:]}=1"])
        assert len(refused(wire.ask("GET", f"{path}?{twice}")).details) == 1
        encoded = "".join(f"%{ord(each):02x}" for each in name)
        assert len(refused(wire.ask("GET", f"{path}?{name}=1&{encoded}=1")).details) == 1


def test_a_number_beyond_every_number_is_refused_wherever_it_stands(wire: Wire) -> None:
    """I4, I10."""
    for number in (10**20, 2**63, -(2**63) - 1, 10**400):
        refused(wire.ask("GET", f"/paintings?limit={number}"), field="limit")
        refused(wire.ask("GET", f"/paintings?member_id={number}"), field="member_id")
        refused(wire.ask("GET", f"/paintings/{number}"), (404,))
        refused(wire.ask("PATCH", f"/paintings/{number}", b"{}"), (404,))
        for field in ("width", "member_id"):
            refused(wire.ask("PATCH", "/paintings/1", json.dumps({field: number}).encode()))


# ------------------------------------------------------------------------------------------------ U2, U3: what we gave


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_with_any_character_changed_or_from_another_list_is_refused(wire: Wire, path: str) -> None:
    """U2."""
    mark = wire.sound("GET", "/paintings?limit=1")["next"]
    for at in range(len(mark)):
        for other in ("A" if mark[at] != "A" else "B", "", "%00", "+"):
            answer = refused(wire.ask("GET", f"{path}?after={mark[:at]}{other}{mark[at + 1 :]}"))
            assert set(answer.details) <= {"", "after"}
    if path != "/paintings":
        assert refused(wire.ask("GET", f"{path}?after={mark}")).error["code"] == "INVALID_CURSOR"
    else:
        refused(wire.ask("GET", f"{path}?after={mark}", token=""))  # another reader
        refused(wire.ask("GET", f"{path}?after={mark}&sort=made_at"))
        refused(wire.ask("GET", f"{path}?after={mark}&member_id=1"))


def test_a_version_that_was_changed_matches_nothing(wire: Wire) -> None:
    """U3: a write under it is not done."""
    tag = wire.ask("GET", "/paintings/1").headers["etag"]
    forged = [tag[:at] + ("A" if tag[at] != "A" else "B") + tag[at + 1 :] for at in range(1, 13)]
    for text in [*forged, '""', '"x"', '"' + "a" * 5_000 + '"', f'"{WORD}\'--"', f"W/{tag}", tag.strip('"'), f"{tag} {tag}"]:
        for method, body in (("PATCH", b'{"title":"Changed"}'), ("PUT", b'{"title":"Changed","width":1}'), ("DELETE", None)):
            refused(wire.ask(method, "/paintings/1", body, [f"if-match: {text}".encode()]), (400, 412))
    for text in ("*", tag, f'"x", {tag}'):
        refused(wire.ask("PATCH", "/paintings/1", b'{"title":"Changed"}', [f"if-none-match: {text}".encode()]), (412,))


@pytest.mark.parametrize("place", WRITES, ids=NAMED)
def test_a_token_that_was_changed_is_none(wire: Wire, place: Place) -> None:
    """J1: neither what was signed nor what was not lets anyone in."""
    head, claims, seal = wire.token.split(".")
    for token in (
        f"{head}.{claims}.", f"{head}.{claims}", f".{claims}.{seal}", f"{claims}.{head}.{seal}",
        f"{head}.{claims}.{seal}.{seal}",
        f"eyJhbGciOiJub25lIn0.{claims}.", f"{head}.{claims[:-2]}AA.{seal}", f"{head}.{claims}.{seal[:-8]}AAAAAAAA", "x" * 7_000,
        f"{wire.token}, {wire.token}", f"{wire.token} {wire.token}", "%00", "null",
    ):  # fmt: skip
        refused(wire.ask(place.method, place.path, json.dumps(place.body).encode(), token=token), (401,))


# --------------------------------------------------------------------------------------- I5, C3: what a body comes as


@pytest.mark.parametrize("place", WRITES, ids=NAMED)
def test_a_body_of_any_other_kind_is_refused(wire: Wire, place: Place) -> None:
    """C3, I5: what a form of a browser can send, what is compressed, what is in another alphabet."""
    body = json.dumps(place.body).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/xml",
                 "text/json", "application/json; charset=latin-1", "application/json; charset=utf-16", "application/jsonp",
                 "application/json, text/plain", "text/plain; application/json", f"application/json;{WORD}"):  # fmt: skip
        refused(wire.ask(place.method, place.path, body, [f"content-type: {kind}".encode()]), (415,))
    for encoding in ("gzip", "br", "deflate", "identity, gzip", "x-gzip", WORD):
        packed = gzip.compress(body) if "gzip" in encoding else body
        refused(wire.ask(place.method, place.path, packed, [f"content-encoding: {encoding}".encode()]), (415,))


@pytest.mark.parametrize("place", WRITES, ids=NAMED)
def test_a_body_that_is_too_long_is_refused_however_it_is_announced(wire: Wire, place: Place) -> None:
    """I5: a gigabyte that is only announced, two mebibytes that come, and two that come in pieces."""
    top = f"{place.method} /api/v1{place.path} HTTP/1.1\r\n".encode()
    lines = [HOST, JSON, b"authorization: Bearer " + wire.token.encode()]
    piece = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    for length, sent in (
        (b"content-length: 1000000000", b"{"), (b"content-length: 2097152", b" " * 2 * MEBIBYTE),
        (b"content-length: " + b"9" * 18, b""),
        (b"transfer-encoding: chunked", piece * 64 + b"0\r\n\r\n"),
    ):  # fmt: skip
        with wire.connect() as connection:
            with suppress(BrokenPipeError, ConnectionResetError):  # it may hang up before all of it came, as it should
                connection.sendall(top + b"\r\n".join([*lines, length, b"", sent]))
            heard = hear(connection)
            assert heard is not None
            assert refused(heard, (413,)).headers["connection"] == "close"


def test_as_many_items_as_fit_into_a_body_are_refused_soon(wire: Wire) -> None:
    """I4: a million of anything."""
    for body in (b"[" + b"1," * (ITEMS // 2 - 10) + b"1]", b'{"a":[' + b"{}," * (ITEMS // 3 - 10) + b"{}]}"):
        assert refused(wire.ask("POST", "/paintings", body)).error["code"] == "MALFORMED_REQUEST"
    refused(
        wire.ask("POST", "/paintings/batch", json.dumps({"items": [{"do": "delete", "id": 1}] * 101}).encode()), field="items"
    )


# -------------------------------------------------------------------------------------------------------- H1: framing

NEXT = b"DELETE /api/v1/paintings/1 HTTP/1.1\r\nhost: x\r\n"
FRAMES = {
    "a length and pieces": b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "pieces and a length": b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": b"content-length: 0\r\ncontent-length: 44\r\n\r\n",
    "pieces that are none": b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": b"content-length : 44\r\n\r\n",
    "a line feed alone": b"x: a\ncontent-length: 44\ncontent-length: 2\n\n{}",
    "a piece that does not end": b"transfer-encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n",
    "a piece larger than numbers": b"transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("frame", FRAMES)
def test_a_request_whose_end_is_not_clear_is_refused_and_nothing_after_it_is_read(wire: Wire, frame: str) -> None:
    """H1, with the whole app behind it: a removal that was hidden behind the request is never done."""
    signed = b"authorization: Bearer " + wire.token.encode()
    top = b"POST /api/v1/paintings HTTP/1.1\r\n" + b"\r\n".join([HOST, JSON, signed, b""])
    with wire.connect() as connection:
        connection.sendall(top + FRAMES[frame] + NEXT + signed + b"\r\n\r\n")
        heard = hear(connection)
        assert heard is not None
        assert refused(heard, (400, 501)).headers["connection"] == "close"
        with suppress(ConnectionResetError):  # what was sent behind it is not read, so the end may be a rude one
            assert connection.recv(65_536) == b""
