"""Every way to be refused ends in the one error envelope; these go through all of them."""

import logging
from collections.abc import Iterator

import msgspec
import pytest

from kingpost.store.protocol import Busy, Full
from kingpost.surface.rest.forms import MOST_BYTES
from kingpost.surface.rest.refusals import CODES
from kingpost.testing import Client
from tests.surface.rest.scene import BASE, PASSWORD, ask, become, envelope, gallery, join

HOST = (b"host", b"testserver")
KIND = (b"content-type", b"application/json")
ADA = {"email": "ada@example.com", "password": PASSWORD, "name": "Ada"}


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A gallery with two members; ada owns painting 1, which is not sold, and 2, which is."""
    with Client(gallery()) as made:
        join(made, "ada")
        join(made, "bob")
        become(made, "ada")
        assert made.post(f"{BASE}/paintings", {"title": "Hidden", "width": 1}).body["id"] == 1
        sold = {"title": "Sold", "width": 2, "sold_at": "2026-01-31T10:30:00Z"}
        assert made.post(f"{BASE}/paintings", sold).body["id"] == 2
        yield made


@pytest.fixture
def nobody(client: Client) -> Client:
    """The gallery, asked by no one in particular."""
    return client.sign_out()


@pytest.fixture
def bob(client: Client) -> Client:
    """The gallery, asked by someone who owns nothing."""
    return become(client, "bob")


# --------------------------------------------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    "path",
    [
        "/", "/nothing", "/api", "/api/v1", "/api/v1/", "/api/v2/members", "/API/V1/members", "/api/v1/Members",
        "/api/v1/members/", "/api/v1//members", "//api/v1/members", "/api/v1/members//", "/api/v1/members/1/",
        "/api/v1/members//paintings", "/api/v1/members/1//paintings", "/api/v1/members/1/paintings/",
        "/api/v1/members/1/paintings/1", "/api/v1/members/1/nothing", "/api/v1/members/1/password", "/api/v1/nothing/1",
        "/api/v1/auth", "/api/v1/auth/login/", "/api/v1/%6dembers", "/api/v1/members%2F1", "/api/v1/./members",
        "/api/v1/members/../styles", "/api/v1members", "/docs/", "/docs/..", "/docs/nothing.js", "/openapi", "/openapi.yaml",
        "/api/v1/members\u00e9", "/api/v1/kingpost_meta", "/api/v1/kingpost_changes", "/.env", "*",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_an_address_that_leads_nowhere_is_404_for_every_method(nobody: Client, method: str, path: str) -> None:
    reply = ask(nobody, method, path.encode(), b"", [HOST, KIND], b"{}")
    if method == "HEAD":
        assert (reply.status, reply.body) == (404, b"")
    else:
        envelope(reply.answer, 404, "NOT_FOUND")


@pytest.mark.parametrize(
    "key",
    [
        "0", "-1", "+1", "01", "1.0", "1e0", "1 ", " 1", "%20", "%2B1", "1%20", "1%00", "%00", "1%0d%0aX:%20y", "abc", "null",
        "true", "1,2", "1;2", "1'--", "1%20OR%201=1", "*", "%25", "%2F", "..", ".", "%2e%2e", "\uff11", "%EF%BC%91", "%d9%a1",
        "%ff", "%C0%80", "%ED%A0%80", "1" * 5_000, "9223372036854775807", "9223372036854775808", "100000000000000000000",
        "-9223372036854775809", "01890a5d-ac96-774b-bcce-b302099a8057", "[1]", "{id}", "1%", "%1", "%zz",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["members/{}", "paintings/{}", "styles/{}", "members/{}/paintings"])
def test_an_id_that_no_row_has_is_404_however_it_is_written(nobody: Client, path: str, key: str) -> None:
    reply = ask(nobody, "GET", f"{BASE}/{path.format(key)}".encode(), b"", [HOST])
    envelope(reply.answer, 404, "NOT_FOUND")


def test_an_id_may_be_percent_encoded(client: Client) -> None:
    become(client, "ada")
    assert client.get(f"{BASE}/paintings/%31").body == client.get(f"{BASE}/paintings/1").body
    assert client.get(f"{BASE}/members/%31/paintings").body == client.get(f"{BASE}/members/1/paintings").body


# ----------------------------------------------------------------------------------------------------------- methods


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/v1/members", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("/api/v1/members/1", {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "PUT"}),
        ("/api/v1/members/1/paintings", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("/api/v1/styles", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("/api/v1/styles/x", {"GET", "HEAD", "OPTIONS"}),
        ("/api/v1/auth/login", {"OPTIONS", "POST"}),
        ("/openapi.json", {"GET", "HEAD", "OPTIONS"}),
        ("/docs", {"GET", "HEAD", "OPTIONS"}),
        ("/docs/docs.js", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_method_that_is_not_offered_is_405_and_names_those_that_are(nobody: Client, path: str, allowed: set[str]) -> None:
    """H5: TRACE and the like are off."""
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "BREW", "get", "Post", ""} - allowed:
        refused = envelope(ask(nobody, method, path.encode(), b"", [HOST, KIND], b"{}").answer, 405, "METHOD_NOT_ALLOWED")
        assert set(refused.headers["allow"].split(", ")) == allowed
    offered = nobody.request("OPTIONS", path)
    assert (offered.status, offered.text) == (204, "") and "content-length" not in offered.headers
    assert set(offered.headers["allow"].split(", ")) == allowed


def test_a_method_written_into_a_header_changes_nothing(client: Client) -> None:
    become(client, "ada")
    for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert client.get(f"{BASE}/paintings/1", {header: "DELETE"}).status == 200
    assert client.get(f"{BASE}/paintings/1").status == 200


# ------------------------------------------------------------------------------------------------------------ bodies


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"content-type", b"")],
        [(b"content-type", b"text/plain")],
        [(b"content-type", b"application/x-www-form-urlencoded")],
        [(b"content-type", b"multipart/form-data; boundary=x")],
        [(b"content-type", b"text/json")],
        [(b"content-type", b"application/jsonx")],
        [(b"content-type", b"application/json, text/plain")],
        [(b"content-type", b"application/json"), (b"content-type", b"text/plain")],
        [(b"content-type", b"application/json; charset=latin-1")],
        [(b"content-type", b"application/json; charset=utf-16")],
        [(b"content-type", b"application/json; charset=utf-8; charset=utf-16")],
        [(b"content-type", b"application/merge-patch+json")],
        [(b"content-type", b"application/\xffjson")],
        [KIND, (b"content-encoding", b"gzip")],
        [KIND, (b"content-encoding", b"identity, br")],
    ],
)
def test_a_body_of_another_kind_is_415(nobody: Client, headers: list[tuple[bytes, bytes]]) -> None:
    """C3: a browser's form or text can not pass for JSON."""
    reply = ask(nobody, "POST", b"/api/v1/members", b"", [HOST, *headers], msgspec.json.encode(ADA))
    envelope(reply.answer, 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON", "application/json; charset=utf-8", 'application/json;charset="UTF-8"']
)
def test_a_body_in_json_is_read_however_its_kind_is_spelled(kind: str) -> None:
    with Client(gallery()) as client:
        assert client.post(f"{BASE}/members", ADA, {"Content-Type": kind, "Content-Encoding": "identity"}).status == 201


def test_a_merge_patch_may_say_that_it_is_one(client: Client) -> None:
    become(client, "ada")
    kind = {"content-type": "application/merge-patch+json"}
    assert client.patch(f"{BASE}/paintings/1", {"notes": "x"}, kind).body["notes"] == "x"
    envelope(client.put(f"{BASE}/paintings/1", {"title": "y", "width": 1}, kind), 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("length", [str(MOST_BYTES + 1).encode(), b"9" * 30, b"9" * 4_000])
def test_a_body_announced_as_too_large_is_413_before_any_of_it_is_read(nobody: Client, length: bytes) -> None:
    """I5."""
    reply = ask(nobody, "POST", b"/api/v1/members", b"", [HOST, KIND, (b"content-length", length)], b"unread")
    envelope(reply.answer, 413, "PAYLOAD_TOO_LARGE")
    assert reply.header("connection") == "close"


@pytest.mark.parametrize("announced", [[], [(b"content-length", b"2")], [(b"content-length", b"-1")]])
def test_a_body_that_turns_out_too_large_is_413_whatever_was_announced(
    nobody: Client, announced: list[tuple[bytes, bytes]]
) -> None:
    """I5: what counts is what comes."""
    part = b" " * (MOST_BYTES // 4)
    reply = ask(nobody, "POST", b"/api/v1/members", b"", [HOST, KIND, *announced], part, part, part, part, b"x", b"never read")
    envelope(reply.answer, 413, "PAYLOAD_TOO_LARGE")
    body = msgspec.json.encode(ADA)
    padded = [part, part, part, b" " * (MOST_BYTES // 4 - len(body)), body]
    exact = ask(nobody, "POST", b"/api/v1/auth/login", b"", [HOST, KIND, *announced], *padded)
    envelope(exact.answer, 400, "VALIDATION_ERROR")  # read in whole: it has a name too many


MALFORMED = [
    b"", b" ", b"\n", b"{", b"}", b"{]", b"nul", b"True", b"undefined", b"{'a':1}", b"{a:1}", b'{"a":1,}', b"[1,]",
    b'{"a":1 "b":2}',
    b'{"a"}', b'{"a":}', b'{,"a":1}', b'{"a":1}{"b":2}', b"{}x", b"// no\n{}", b"/* no */{}", b"\xef\xbb\xbf{}", b"\xff",
    b"{\"a\":\"\xc3\"}",
    "{}".encode("utf-16"), "{}".encode("utf-16-le"), b'{"a":NaN}', b'{"a":Infinity}', b'{"a":-Infinity}', b'{"a":1e999}',
    b"-1e999",
    b'{"a":1,"a":1}', b'{"b":{"a":1,"\\u0061":2}}', b'{"a":"\\u0000"}', b'{"\\u0000":1}', b'{"a":"\x00"}', b'{"a":"\\ud800"}',
    b'{"a":"\\udc00\\ud800"}', b'{"a":"\n"}', b'{"a":"\x1f"}', b'{"a":"\\x"}', b'{"a":"\\u12"}', b'{"a":"', b"01", b"1.",
    b".5", b"+1",
    b"0x1", b"- 1", b"9" * 5_000, b"[" * 65 + b"]" * 65, b"[" * 100_000, b'{"a":' * 100_000, b"[" + b"1," * 100_000 + b"1]",
    b"\x0b{}", "\u00a0{}".encode(),
]  # fmt: skip


@pytest.mark.parametrize("body", MALFORMED, ids=[f"{number}" for number in range(len(MALFORMED))])
@pytest.mark.parametrize("path", ["/api/v1/members", "/api/v1/auth/login"])
def test_json_that_could_be_misunderstood_is_400_and_says_so(nobody: Client, path: str, body: bytes) -> None:
    """I4."""
    refused = envelope(ask(nobody, "POST", path.encode(), b"", [HOST, KIND], body).answer, 400, "MALFORMED_REQUEST")
    assert refused.message.startswith("The body ") and refused.details == {}


@pytest.mark.parametrize("body", [b"null", b"1", b"true", b'"x"', b"[]", b"[{}]", b"1.5"])
@pytest.mark.parametrize("path", ["/api/v1/members", "/api/v1/auth/login"])
def test_json_that_is_no_object_is_refused_as_a_whole(nobody: Client, path: str, body: bytes) -> None:
    refused = envelope(nobody.post(path, body), 400, "VALIDATION_ERROR")
    assert refused.details == {"": "Must be a JSON object"}


def test_every_field_that_does_not_fit_is_named_at_once(nobody: Client) -> None:
    """Z6: what a caller may not set is refused, not ignored."""
    sent = {"email": "invalid-email", "password": "weak", "name": "T", "id": 7, "admin": True, "epoch": 1, "painting_count": 9}
    refused = envelope(nobody.post(f"{BASE}/members", sent), 400, "VALIDATION_ERROR")
    assert refused.message == "Invalid input data"
    assert refused.details == {
        "email": "Invalid email format",
        "password": "Must have at least 8 characters, at least 1 upper-case letter and at least 1 digit",
        "name": "Must have at least 2 characters",
        "id": "Is read-only",
        "painting_count": "Is read-only",
        "admin": "Is not a field",
        "epoch": "Is not a field",
    }


# ----------------------------------------------------------------------------------------------------------- queries


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (b"unknown=1", "unknown"), (b"password=x", "password"), (b"email=x", "email"), (b"admin=1", "admin"), (b"LIMIT=1",
        "LIMIT"),
        (b"id=1", "id"), (b"=1", ""), (b"name=Ada", "name"), (b"member_id[gte]=1", "member_id[gte]"),
        (b"title=x;DROP", "title"),
        (b"limit=1&limit=1", "limit"), (b"limit=1&%6cimit=2", "limit"), (b"fields=id&fields=title", "fields"),
        (b"framed=true&framed=true", "framed"), (b"fields=%ff", ""), (b"%ff=1", ""), (b"fields=\xff", ""), (b"fields=id%00",
        ""),
        (b"%00=1", ""), (b"x\x00=1", ""), (b"&".join(b"a%d=1" % number for number in range(51)), "a0"),
        (b"limit=0", "limit"), (b"limit=-1", "limit"), (b"limit=101", "limit"), (b"limit=100000000000000000000", "limit"),
        (b"limit=ten", "limit"), (b"limit=", "limit"), (b"limit=1.0", "limit"), (b"limit=1e1", "limit"), (b"limit=+1", "limit"),
        (b"limit=%EF%BC%91", "limit"), (b"limit=%C2%B2", "limit"), (b"limit= 1", "limit"), (b"limit=0x1", "limit"),
        (b"fields=", "fields"), (b"fields=id,", "fields"), (b"fields=password", "fields"), (b"fields=member", "fields"),
        (b"fields=contact_key", "fields"), (b"fields=*", "fields"), (b"fields=id;title", "fields"), (b"include=", "include"),
        (b"include=nothing", "include"), (b"include=member.nothing", "include"), (b"include=member.", "include"),
        (b"include=.member", "include"), (b"include=member_id", "include"), (b"include=" + b",".join([b"member"] * 21),
        "include"),
        (b"include=" + b".".join([b"member.paintings"] * 30), "include"), (b"sort=", "sort"), (b"sort=-", "sort"),
        (b"sort=--made_at", "sort"),
        (b"sort=id", "sort"), (b"sort=contact_key", "sort"), (b"sort=price", "sort"), (b"sort=made_at;DROP TABLE members",
        "sort"),
        (b"sort=made_at,(select 1)", "sort"), (b"member_id=abc", "member_id"), (b"member_id=", "member_id"),
        (b"member_id=null", "member_id"),
        (b"member_id=1.0", "member_id"), (b"member_id=100000000000000000000", "member_id"), (b"member_id=1 OR 1=1",
        "member_id"),
        (b"technique=fresco&sort=title", "technique"), (b"framed=1&sort=width", "framed"), (b"contact=nobody", "contact"),
        (b"contact=%25@example.com'--", "contact"),
    ],
)  # fmt: skip
def test_a_query_that_does_not_say_one_known_thing_is_400_and_names_it(nobody: Client, query: bytes, field: str) -> None:
    """I1 and I9: names come from the contract, and none twice."""
    reply = ask(nobody, "GET", b"/api/v1/paintings", query, [HOST])
    refused = envelope(reply.answer, 400, "VALIDATION_ERROR")
    assert field in refused.details or "" in refused.details
    assert all(len(name) <= 100 and len(message) < 2_000 for name, message in refused.details.items())


def test_more_than_fifty_parameters_are_too_many_however_harmless(nobody: Client) -> None:
    reply = ask(nobody, "POST", b"/api/v1/auth/login", b"&".join(b"a%d" % number for number in range(51)), [HOST, KIND], b"{}")
    assert envelope(reply.answer, 400, "VALIDATION_ERROR").details == {"": "Has more than 50 parameters"}


def test_an_unknown_parameter_is_answered_with_those_there_are(nobody: Client) -> None:
    refused = envelope(nobody.get(f"{BASE}/paintings?page=2"), 400, "VALIDATION_ERROR")
    assert refused.details == {
        "page": "Is not a parameter here; there are limit, after, sort, total, fields, include, contact, framed, member_id, "
        "technique, made_at[gt|gte|lt|lte], title[gt|gte|lt|lte], width[gt|gte|lt|lte]"
    }
    refused = envelope(nobody.get(f"{BASE}/paintings/2?limit=1"), 400, "VALIDATION_ERROR")
    assert refused.details == {"limit": "Is not a parameter here; there are fields, include"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_write_takes_no_parameters(client: Client, method: str) -> None:
    become(client, "ada")
    path = f"{BASE}/paintings" if method == "POST" else f"{BASE}/paintings/1"
    refused = client.request(method, f"{path}?{'x' * 500}=1", {"title": "y", "width": 1})
    assert envelope(refused, 400, "VALIDATION_ERROR").details == {"x" * 100: "This method takes no parameters"}
    assert client.get(f"{BASE}/paintings/1").body["title"] == "Hidden"


@pytest.mark.parametrize("mark", ["x", "AAAA", "=", "%", "a" * 5_000, "%C3%A9", "' OR 1=1", "eyJhbGciOiJub25lIn0"])
def test_a_page_mark_that_is_not_ours_is_400(nobody: Client, mark: str) -> None:
    """U2."""
    envelope(nobody.get(f"{BASE}/paintings?after={mark}"), 400, "INVALID_CURSOR")


# ------------------------------------------------------------------------------------------------------- who may what


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/paintings"), ("PUT", "/paintings/2"), ("PATCH", "/paintings/2"), ("DELETE", "/paintings/2"), ("DELETE",
    "/members/1"),
     ("POST", "/styles"), ("POST", "/members/1/paintings")],
)  # fmt: skip
def test_no_one_in_particular_is_asked_for_a_token(nobody: Client, method: str, path: str) -> None:
    refused = envelope(nobody.request(method, BASE + path, {}), 401, "UNAUTHENTICATED")
    assert refused.message == "Access token required" and refused.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer x", "bearer x.y.z", "Basic YTpi", "Token x", "Bearer a b", "Bearer x, Bearer y",
    "x" * 10_000,
     "Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer \u00ff", "Bearer null", "Bearer undefined"],
)  # fmt: skip
def test_a_token_that_is_not_ours_is_401_even_where_none_is_needed(nobody: Client, header: str) -> None:
    """J1: none of them makes the caller anyone, and none makes the caller no one."""
    for method, path in [("GET", "/members"), ("GET", "/members/1"), ("POST", "/paintings"), ("POST", "/auth/login")]:
        refused = envelope(nobody.request(method, BASE + path, {}, {"authorization": header}), 401, "INVALID_TOKEN")
        assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_two_authorization_headers_are_no_token_even_if_one_of_them_is(client: Client) -> None:
    become(client, "ada")
    good = (b"authorization", f"Bearer {client.token}".encode())
    assert ask(client, "GET", b"/api/v1/paintings/1", b"", [HOST, good]).status == 200
    for pair in ([good, good], [good, (b"authorization", b"Bearer x")], [(b"authorization", b"Bearer x"), good]):
        envelope(ask(client, "GET", b"/api/v1/paintings/1", b"", [HOST, *pair]).answer, 401, "INVALID_TOKEN")


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(nobody: Client) -> None:
    """A7, but for the time it takes."""
    bodies = [{"email": email, "password": password} for email, password in [
        ("ada@example.com", "WrongPass123!"), ("ada@example.com", ""), ("nobody@example.com", PASSWORD),
        ("no address", PASSWORD),
        ("", ""), ("@", "x"), ("a@" + "b" * 200, "x"),
    ]]  # fmt: skip
    refused = [envelope(nobody.post(f"{BASE}/auth/login", body), 401, "INVALID_CREDENTIALS") for body in bodies]
    assert {answer.message for answer in refused} == {"Email or password is wrong"}
    assert {tuple(sorted(answer.headers)) for answer in refused} == {tuple(sorted(refused[0].headers))}


def test_a_known_caller_who_may_not_is_403_and_a_row_that_may_not_be_read_is_404(bob: Client) -> None:
    """Z4: what may not be read is answered as what is not there."""
    for method, body in [("PUT", {"title": "Mine", "width": 1}), ("PATCH", {"title": "Mine"}), ("DELETE", None)]:
        envelope(bob.request(method, f"{BASE}/paintings/2", body), 403, "FORBIDDEN")
        hidden = envelope(bob.request(method, f"{BASE}/paintings/1", body), 404, "NOT_FOUND")
        missing = envelope(bob.request(method, f"{BASE}/paintings/999", body), 404, "NOT_FOUND")
        assert hidden.message == missing.message == "There is no such painting"
    envelope(bob.post(f"{BASE}/styles", {"name": "Cubism"}), 403, "FORBIDDEN")
    envelope(bob.get(f"{BASE}/paintings/1"), 404, "NOT_FOUND")
    assert "Hidden" in become(bob, "ada").get(f"{BASE}/paintings/1").text


def test_what_clashes_is_409_and_says_with_what(bob: Client) -> None:
    body = {"email": "ADA@example.com", "password": PASSWORD, "name": "Other"}
    refused = envelope(bob.post(f"{BASE}/members", body), 409, "CONFLICT")
    assert (refused.message, refused.details) == ("Another member has this email", {"email": "Is already taken"})
    envelope(bob.patch(f"{BASE}/members/2", {"email": "ada@example.com"}), 409, "CONFLICT")
    bob.make_admin("bob@example.com")
    refused = envelope(bob.delete(f"{BASE}/members/1"), 409, "CONFLICT")
    assert refused.message == "A painting still points to it"
    bob.loop.run_until_complete(bob.engine.identity.promote("bob@example.com", False))


# ------------------------------------------------------------------------------------------------- order of refusals


def test_words_of_the_protocol_come_first_then_who_asks(nobody: Client) -> None:
    assert nobody.request("TRACE", f"{BASE}/paintings", {}, {"authorization": "x"}).status == 405
    assert nobody.post(f"{BASE}/paintings", b"{", {"content-type": "text/plain"}).status == 415
    assert nobody.post(f"{BASE}/paintings", b" " * (MOST_BYTES + 1)).status == 413
    assert nobody.post(f"{BASE}/paintings", b"{").status == 401


def test_who_asks_comes_before_what_is_wrong_with_the_question(nobody: Client) -> None:
    for body in (b"{", b"[]", b'{"nothing":1}'):
        envelope(nobody.post(f"{BASE}/paintings?x=1", body), 401, "UNAUTHENTICATED")
        envelope(nobody.patch(f"{BASE}/paintings/999", body), 401, "UNAUTHENTICATED")
        envelope(nobody.post(f"{BASE}/members", body, {"authorization": "Bearer x"}), 401, "INVALID_TOKEN")


def test_what_is_wrong_with_the_question_comes_before_whether_the_row_is_there(bob: Client) -> None:
    for key in ("1", "2", "999"):
        envelope(bob.get(f"{BASE}/paintings/{key}?fields=nothing"), 400, "VALIDATION_ERROR")
        envelope(bob.get(f"{BASE}/members/{key}/paintings?limit=0"), 400, "VALIDATION_ERROR")
        envelope(bob.patch(f"{BASE}/paintings/{key}", {"width": 0}), 400, "VALIDATION_ERROR")
        envelope(bob.put(f"{BASE}/paintings/{key}", b"{"), 400, "MALFORMED_REQUEST")
        envelope(bob.delete(f"{BASE}/paintings/{key}?x=1"), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize("key", ["abc", "1.0", "100000000000000000000"])
def test_an_id_that_can_not_be_one_is_refused_in_the_same_order(bob: Client, key: str) -> None:
    envelope(bob.get(f"{BASE}/paintings/{key}?fields=nothing"), 400, "VALIDATION_ERROR")
    envelope(bob.get(f"{BASE}/members/{key}/paintings?limit=0"), 400, "VALIDATION_ERROR")
    envelope(bob.post(f"{BASE}/members/{key}/paintings", {"width": 0}), 400, "VALIDATION_ERROR")
    envelope(bob.patch(f"{BASE}/paintings/{key}", {"width": 0}), 400, "VALIDATION_ERROR")


def test_whether_the_row_is_there_comes_before_whether_it_may_be_changed_and_that_before_what_clashes(bob: Client) -> None:
    envelope(bob.patch(f"{BASE}/members/999", {"email": "ada@example.com"}), 404, "NOT_FOUND")
    envelope(bob.patch(f"{BASE}/members/1", {"email": "bob@example.com"}), 403, "FORBIDDEN")
    envelope(bob.patch(f"{BASE}/members/2", {"email": "ada@example.com"}), 409, "CONFLICT")


# --------------------------------------------------------------------------------------------------- when all is lost


def test_an_error_that_no_one_foresaw_is_500_and_says_nothing_of_why(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """E1, H9 and L1: neither the caller nor the log learns the text of the error."""

    async def broken(program: object) -> object:
        raise ZeroDivisionError("the secret canary")

    client.sign_out()
    with monkeypatch.context() as patch, caplog.at_level(logging.INFO, "kingpost"):
        patch.setattr(client.engine.store, "read", broken)
        refused = envelope(client.get(f"{BASE}/styles"), 500, "INTERNAL")
    assert refused.message == "Something went wrong on the server"
    assert "canary" not in refused.text + caplog.text
    (line,) = [msgspec.json.decode(record.getMessage()) for record in caplog.records]
    assert line["requestId"] == refused.error["requestId"] and line["cause"].startswith("ZeroDivisionError at test_refusals.py")
    assert client.get(f"{BASE}/styles").status == 200


@pytest.mark.parametrize(("error", "status", "code"), [(Busy("x"), 503, "UNAVAILABLE"), (Full("x"), 507, "STORAGE_FULL")])
def test_a_store_that_can_not_is_told_apart_from_one_that_fails(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    async def refusing(program: object) -> object:
        raise error

    become(client, "ada")
    with monkeypatch.context() as patch:
        patch.setattr(client.engine.store, "write", refusing)
        refused = envelope(client.patch(f"{BASE}/paintings/1", {"title": "New"}), status, code)
    assert refused.headers.get("retry-after") == ("1" if status == 503 else None)
    assert client.get(f"{BASE}/paintings/1").body["title"] == "Hidden"


def test_too_many_passwords_at_once_are_503_with_the_seconds_to_wait(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A6."""
    client.sign_out()
    with monkeypatch.context() as patch:
        patch.setattr(client.engine.identity.passwords, "most", 0)
        refused = envelope(client.post(f"{BASE}/auth/login", {"email": "a@b.example", "password": "x"}), 503, "UNAVAILABLE")
    assert refused.headers["retry-after"] == "1"


def test_every_code_is_a_word_of_its_own_that_always_has_one_status() -> None:
    assert len({code for _, code in CODES.values()}) == len(CODES)
