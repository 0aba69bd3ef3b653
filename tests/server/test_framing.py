"""H1: where a request ends, and whether it is one: every byte that could be read in two ways ends the connection."""

import json
import socket
from collections.abc import Iterator
from functools import partial

import pytest

from examples.blog.app import Post, User
from kingpost.app import App
from kingpost.settings import LEAST_SECRET, Settings
from kingpost.store.sqlite.connect import MEMORY
from tests.server.hosted import Host, answers, hosting, one, refused

ILL = (400, "MALFORMED_REQUEST", "The request is not well-formed HTTP/1.1")
NO_HOST = (400, "MALFORMED_REQUEST", "The Host header is missing")
TWO_HOSTS = (400, "MALFORMED_REQUEST", "There are two Host headers")
BAD_HOST = (400, "MALFORMED_REQUEST", "The Host header is no host")
VERSION = (400, "MALFORMED_REQUEST", "The version is neither HTTP/1.1 nor HTTP/1.0")
FRAGMENT = (400, "MALFORMED_REQUEST", "The request's target has a fragment")
TARGET = (400, "MALFORMED_REQUEST", "The request's target is neither a path nor an http address")
STAR = (400, "MALFORMED_REQUEST", "The target * is for OPTIONS alone")
CODING = (501, "NOT_IMPLEMENTED", "The only transfer coding here is chunked")
OLD_CODING = (400, "MALFORMED_REQUEST", "HTTP/1.0 has no transfer codings")
PROXY = (501, "NOT_IMPLEMENTED", "This server is no proxy")
NEXT = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKS = b"3\r\nabc\r\n0\r\n\r\n"


def get(*lines: bytes, first: bytes = b"GET / HTTP/1.1", host: bytes = b"Host: a\r\n") -> bytes:
    return first + b"\r\n" + host + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def post(*lines: bytes, body: bytes) -> bytes:
    return get(*lines, first=b"POST / HTTP/1.1") + body


CORPUS: dict[str, tuple[bytes, tuple[int, str, str]]] = {
    "no Host": (get(host=b""), NO_HOST),
    "two Hosts": (get(b"Host: a"), TWO_HOSTS),
    "two Hosts in HTTP/1.0": (get(b"Host: b", first=b"GET / HTTP/1.0"), TWO_HOSTS),
    "an empty Host": (get(host=b"Host: \r\n"), BAD_HOST),
    "a Host with a user": (get(host=b"Host: u@a\r\n"), BAD_HOST),
    "a Host with a path": (get(host=b"Host: a/b\r\n"), BAD_HOST),
    "a Host with a space": (get(host=b"Host: a b\r\n"), BAD_HOST),
    "a list of Hosts": (get(host=b"Host: a, b\r\n"), BAD_HOST),
    "a Host with letters for a port": (get(host=b"Host: a:x\r\n"), BAD_HOST),
    "a Host with half an address": (get(host=b"Host: [::1\r\n"), BAD_HOST),
    "a Host beyond ASCII": (get(host=b"Host: \xc3\xa4\r\n"), BAD_HOST),
    "a length and chunks": (post(b"Content-Length: 3", b"Transfer-Encoding: chunked", body=CHUNKS), ILL),
    "chunks and a length": (post(b"Transfer-Encoding: chunked", b"Content-Length: 3", body=CHUNKS), ILL),
    "two lengths": (post(b"Content-Length: 3", b"Content-Length: 4", body=b"abcd"), ILL),
    "two equal lengths": (post(b"Content-Length: 3", b"Content-Length: 3", body=b"abc"), ILL),
    "a list of lengths": (post(b"Content-Length: 3, 3", body=b"abc"), ILL),
    "a length with plus": (post(b"Content-Length: +3", body=b"abc"), ILL),
    "a length with minus": (post(b"Content-Length: -3", body=b"abc"), ILL),
    "a length in hexadecimal": (post(b"Content-Length: 0x3", body=b"abc"), ILL),
    "a length with a space within": (post(b"Content-Length: 3 3", body=b"abc"), ILL),
    "a length with an underscore": (post(b"Content-Length: 1_0", body=b"abcdefghij"), ILL),
    "a length with a fraction": (post(b"Content-Length: 3.0", body=b"abc"), ILL),
    "an empty length": (post(b"Content-Length: ", body=b"abc"), ILL),
    "a length beyond 64 bits": (post(b"Content-Length: 18446744073709551619", body=b"abc"), ILL),
    "an unknown coding": (post(b"Transfer-Encoding: xchunked", body=CHUNKS), CODING),
    "no coding": (post(b"Transfer-Encoding: identity", body=CHUNKS), CODING),
    "a coding before chunks": (post(b"Transfer-Encoding: gzip, chunked", body=CHUNKS), CODING),
    "a coding after chunks": (post(b"Transfer-Encoding: chunked, gzip", body=CHUNKS), ILL),
    "chunks twice": (post(b"Transfer-Encoding: chunked, chunked", body=CHUNKS), ILL),
    "two codings": (post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=CHUNKS), ILL),
    "an empty coding": (post(b"Transfer-Encoding:", body=CHUNKS), ILL),
    "a coding after a vertical tab": (post(b"Transfer-Encoding: \x0bchunked", body=CHUNKS), ILL),
    "a coding with a quote": (post(b'Transfer-Encoding: "chunked"', body=CHUNKS), CODING),
    "chunks in HTTP/1.0": (get(b"Transfer-Encoding: chunked", first=b"POST / HTTP/1.0") + CHUNKS, OLD_CODING),
    "bare LF": (b"GET / HTTP/1.1\nHost: a\n\n", ILL),
    "a bare LF after a header": (b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", ILL),
    "a bare LF at the end": (b"GET / HTTP/1.1\r\nHost: a\r\n\n", ILL),
    "a bare CR": (b"GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", ILL),
    "a header over two lines": (get(b"X: a", b" b"), ILL),
    "a header over two lines with a tab": (get(b"X: a", b"\tb"), ILL),
    "a first header that goes on": (b"GET / HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n", ILL),
    "a space before a colon": (get(b"X : a"), ILL),
    "a header without a colon": (get(b"Xa"), ILL),
    "a header without a name": (get(b": a"), ILL),
    "a NUL in a header": (get(b"X: a\0b"), ILL),
    "a control in a header": (get(b"X: a\x01b"), ILL),
    "a DEL in a header": (get(b"X: a\x7fb"), ILL),
    "a NUL in a name": (get(b"X\0: a"), ILL),
    "a name beyond ASCII": (get(b"X\xff: a"), ILL),
    "a bracket in a name": (get(b"X(: a"), ILL),
    "an unknown method": (get(first=b"SMUGGLE / HTTP/1.1"), ILL),
    "a method in small letters": (get(first=b"get / HTTP/1.1"), ILL),
    "a space before the method": (get(first=b" GET / HTTP/1.1"), ILL),
    "a tab after the method": (get(first=b"GET\t/ HTTP/1.1"), ILL),
    "no version": (b"GET /\r\n\r\n", VERSION),
    "a space after the version": (get(first=b"GET / HTTP/1.1 "), ILL),
    "version 0.9": (get(first=b"GET / HTTP/0.9"), VERSION),
    "version 1.2": (get(first=b"GET / HTTP/1.2"), ILL),
    "version 2.0": (get(first=b"GET / HTTP/2.0"), VERSION),
    "a version in small letters": (get(first=b"GET / http/1.1"), ILL),
    "the beginning of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ILL),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", ILL),
    "a fragment": (get(first=b"GET /#a HTTP/1.1"), FRAGMENT),
    "no slash": (get(first=b"GET x HTTP/1.1"), ILL),
    "another scheme": (get(first=b"GET ftp://a/ HTTP/1.1"), TARGET),
    "a user in the target": (get(first=b"GET http://u@a/ HTTP/1.1"), BAD_HOST),
    "no authority in the target": (get(first=b"GET http:///x HTTP/1.1"), BAD_HOST),
    "a byte beyond ASCII in the path": (get(first=b"GET /\xff HTTP/1.1"), ILL),
    "a control in the path": (get(first=b"GET /\x01 HTTP/1.1"), ILL),
    "an asterisk for another method": (get(first=b"GET * HTTP/1.1"), STAR),
    "CONNECT": (get(first=b"CONNECT a:443 HTTP/1.1"), PROXY),
    "chunks without CR": (post(b"Transfer-Encoding: chunked", body=b"3\nabc\n0\n\n"), ILL),
    "a chunk without CR after it": (post(b"Transfer-Encoding: chunked", body=b"3\r\nabc\n0\r\n\r\n"), ILL),
    "an extension that ends with LF": (post(b"Transfer-Encoding: chunked", body=b"3;a\nabc\r\n0\r\n\r\n"), ILL),
    "a chunk longer than it says": (post(b"Transfer-Encoding: chunked", body=b"3\r\nabcd\r\n0\r\n\r\n"), ILL),
    "a chunk's size with 0x": (post(b"Transfer-Encoding: chunked", body=b"0x3\r\nabc\r\n0\r\n\r\n"), ILL),
    "a chunk's size with plus": (post(b"Transfer-Encoding: chunked", body=b"+3\r\nabc\r\n0\r\n\r\n"), ILL),
    "a chunk's size with minus": (post(b"Transfer-Encoding: chunked", body=b"-3\r\nabc\r\n0\r\n\r\n"), ILL),
    "a chunk's size with a space": (post(b"Transfer-Encoding: chunked", body=b"3 \r\nabc\r\n0\r\n\r\n"), ILL),
    "a chunk's size beyond 64 bits": (post(b"Transfer-Encoding: chunked", body=b"1000000000000000003\r\nabc\r\n"), ILL),
    "a chunk without a size": (post(b"Transfer-Encoding: chunked", body=b"\r\nabc\r\n0\r\n\r\n"), ILL),
}  # fmt: skip


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with hosting() as made:
        yield made


@pytest.mark.parametrize("name", CORPUS)
def test_what_could_be_read_in_two_ways_is_refused_and_nothing_after_it_is_read(host: Host, name: str) -> None:
    sent, expected = CORPUS[name]
    host.app.seen.clear()
    assert refused(host.ask(sent + NEXT)) == expected
    assert host.app.seen == []


@pytest.mark.parametrize("name", ["a length and chunks", "a header over two lines", "chunks without CR", "no Host", "CONNECT"])
def test_it_is_refused_however_it_is_cut_into_pieces(host: Host, name: str) -> None:
    sent, expected = CORPUS[name]
    host.app.seen.clear()
    connection = host.connect()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for at in range(len(sent)):
        connection.sendall(sent[at : at + 1])
    assert refused(b"".join(iter(lambda: connection.recv(65_536), b""))) == expected
    assert host.app.seen == []


def test_a_request_before_a_malformed_one_is_answered_first(host: Host) -> None:
    raw = host.ask(get(first=b"GET /first HTTP/1.1") + get(b"X : a") + NEXT)
    first, _ = answers(raw)
    assert (first[0], json.loads(first[2])["path"]) == (200, "/first")
    assert refused(raw[raw.index(b"HTTP/1.1 400") :]) == ILL


@pytest.mark.parametrize(
    ("sent", "path", "query", "host_seen"),
    [
        (get(first=b"GET /a%20b//c/../d?x=%2F?y HTTP/1.1"), "/a b//c/../d", "x=%2F?y", "a"),
        (get(first=b"GET http://b.example:8000/x?y HTTP/1.1"), "/x", "y", "b.example:8000"),
        (get(first=b"GET HTTPS://b.example?y HTTP/1.1"), "/", "y", "b.example"),
        (get(first=b"GET //evil.example/x HTTP/1.1"), "//evil.example/x", "", "a"),
        (get(host=b"Host: [::1]:8000\r\n"), "/", "", "[::1]:8000"),
        (b"\r\n" + get(), "/", "", "a"),
    ],
)
def test_a_target_in_each_of_its_forms_is_understood(host: Host, sent: bytes, path: str, query: str, host_seen: str) -> None:
    """RFC 9112, section 3.2.2: the authority of a target in absolute form counts instead of the Host."""
    status, _, body = one(host.connect(sent))
    said = json.loads(body)
    assert (status, said["path"], said["query"], said["headers"]["host"]) == (200, path, query, host_seen)


def test_OPTIONS_of_the_server_as_a_whole_is_answered_by_the_server(host: Host) -> None:
    host.app.seen.clear()
    connection = host.connect(get(first=b"OPTIONS * HTTP/1.1"))
    status, headers, body = one(connection)
    assert (status, body, headers["allow"]) == (204, b"", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
    assert host.app.seen == []
    connection.sendall(get())
    assert one(connection)[0] == 200


def test_what_comes_after_the_last_request_is_not_read(host: Host) -> None:
    for last in (get(b"Connection: close"), get(first=b"GET / HTTP/1.0")):
        host.app.seen.clear()
        ((status, headers, _),) = answers(host.ask(last + NEXT))
        assert (status, headers["connection"], host.app.seen) == (200, "close", ["GET /"])


def test_a_header_after_the_body_is_no_header(host: Host) -> None:
    """RFC 9110, section 6.5.1: an Authorization in a trailer must not count."""
    sent = post(b"Transfer-Encoding: chunked", body=b"3\r\nabc\r\n0\r\nAuthorization: Bearer x\r\n\r\n")
    _, _, body = one(host.connect(sent))
    assert json.loads(body)["headers"] == {"host": "a", "transfer-encoding": "chunked"}
    assert json.loads(body)["body"] == "abc"


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
def test_an_offer_to_speak_another_protocol_is_passed_over(host: Host, protocol: bytes) -> None:
    offer = (b"Connection: Upgrade", b"Upgrade: " + protocol, b"Sec-WebSocket-Version: 13")
    connection = host.connect(get(*offer) + post(*offer, b"Content-Length: 3", body=b"abc") + get(first=b"GET /after HTTP/1.1"))
    found = [one(connection) for _ in range(3)]
    assert [status for status, _, _ in found] == [200, 200, 200]
    assert [json.loads(body)["body"] for _, _, body in found] == ["", "abc", ""]
    assert json.loads(found[2][2])["path"] == "/after"


def test_an_answer_to_HEAD_has_no_body_even_when_it_is_a_refusal(host: Host) -> None:
    raw = host.ask(get(first=b"HEAD /#x HTTP/1.1"))
    head, _, body = raw.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ") and body == b""


def test_a_client_that_waits_to_be_told_is_told(host: Host) -> None:
    connection = host.connect(get(b"Expect: 100-continue", b"Content-Length: 3", first=b"PUT /x HTTP/1.1"))
    assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sendall(b"abc")
    assert json.loads(one(connection)[2])["body"] == "abc"


def test_an_app_that_breaks_is_told_in_the_one_envelope_and_says_nothing_of_why(host: Host) -> None:
    assert refused(host.ask(get(first=b"GET /break HTTP/1.1"))) == (500, "INTERNAL", "Something went wrong on the server")


def test_a_client_that_has_said_all_and_still_listens_is_answered(host: Host) -> None:
    connection = host.connect(get())
    connection.shutdown(socket.SHUT_WR)
    ((status, _, _),) = answers(b"".join(iter(lambda: connection.recv(65_536), b"")))
    assert status == 200


def test_an_answer_in_one_piece_reaches_who_has_said_all() -> None:
    app = App(User, Post)
    app.settings = Settings(MEMORY, b"x" * LEAST_SECRET)
    with hosting(app) as host:
        for _ in range(30):
            connection = host.connect(get(first=b"GET /nothing HTTP/1.1"))
            connection.shutdown(socket.SHUT_WR)
            ((status, _, _),) = answers(b"".join(iter(partial(connection.recv, 65_536), b"")))
            assert status == 404


def test_a_refusal_by_the_server_has_the_headers_of_one_by_the_app() -> None:
    app = App(User, Post)
    app.settings = Settings(MEMORY, b"x" * LEAST_SECRET)
    with hosting(app, secure=True) as host:
        by_app, by_server = (one(host.connect(get(first=first)))[1] for first in (b"GET /x HTTP/1.1", b"GET /#x HTTP/1.1"))
    assert by_server.pop("connection") == "close"
    volatile = ("x-request-id", "content-length", "date")
    assert by_app.keys() == by_server.keys()
    assert [pair for pair in sorted(by_app.items()) if pair[0] not in volatile] == [
        pair for pair in sorted(by_server.items()) if pair[0] not in volatile
    ]


def test_pieces_go_to_HTTP_1_0_as_they_are_and_the_connection_ends_them(host: Host) -> None:
    """RFC 9112, section 6.1: no chunks go to who does not know them."""
    head, _, body = host.ask(get(first=b"GET /pieces/whole HTTP/1.0")).partition(b"\r\n\r\n")
    assert body == b"onetwo" and b"transfer-encoding" not in head and b"connection: close" in head
    head, _, body = host.ask(get(b"Connection: close", first=b"GET /pieces/whole HTTP/1.1")).partition(b"\r\n\r\n")
    assert body == b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n" and b"transfer-encoding: chunked" in head


def test_no_one_takes_pieces_for_whole_that_are_cut_off(host: Host) -> None:
    """To HTTP/1.0 an orderly end of the connection would be the end of the body."""
    with pytest.raises(ConnectionResetError):
        host.ask(get(first=b"GET /pieces/cut HTTP/1.0"))
    assert not host.ask(get(b"Connection: close", first=b"GET /pieces/cut HTTP/1.1")).endswith(b"0\r\n\r\n")


def test_HTTP_1_0_is_not_told_to_go_on(host: Host) -> None:
    """RFC 9110, section 10.1.1: it would take that for the answer."""
    lines = (b"Expect: 100-continue", b"Content-Length: 2")
    assert host.ask(get(*lines, first=b"POST / HTTP/1.0") + b"{}").startswith(b"HTTP/1.1 200 OK\r\n")
