"""H3: how long and how much a client may take; each bound is one that a test can wait for."""

import json
import select
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import msgspec
import pytest

from kingpost.server.bounds import Bounds
from tests.server.hosted import HASTE, Host, answers, hosting, one, refused, rest, until

LATE = (408, "REQUEST_TIMEOUT", "The request did not come in time")
URL = (414, "URI_TOO_LONG", "The address may have at most 8192 bytes")
HEAD = (431, "HEADERS_TOO_LARGE", "A request may have at most 100 headers and 16384 bytes of them")
FRAMES = (400, "MALFORMED_REQUEST", "The chunks of the body are mostly framing")
GET = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: a\r\n"


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with hosting(bounds=HASTE) as made:
        yield made


@pytest.fixture(scope="module")
def patient() -> Iterator[Host]:
    with hosting() as made:
        yield made


def trickle(connection: socket.socket, data: bytes, pause: float) -> float:
    """Send byte after byte until the server answers or ends the connection; give how long that took."""
    began = time.monotonic()
    for at in range(len(data)):
        ready, _, _ = select.select([connection], [], [], pause)
        if ready:
            break
        connection.sendall(data[at : at + 1])
    return time.monotonic() - began


def test_the_bounds_are_those_that_are_documented() -> None:
    bounds = Bounds()
    assert (bounds.head, bounds.body, bounds.grace, bounds.pace, bounds.idle, bounds.unread) == (5, 30, 5, 1_024, 15, 30)
    assert (bounds.url, bounds.headers, bounds.header_bytes) == (8_192, 100, 16_384)


def test_a_connection_on_which_nothing_comes_is_closed_without_a_word(host: Host) -> None:
    began = time.monotonic()
    assert host.ask(b"") == b""
    assert HASTE.head <= time.monotonic() - began < 2 * HASTE.head


def test_a_head_that_is_not_whole_in_time_is_408_however_steadily_it_comes(host: Host) -> None:
    connection = host.connect()
    taken = trickle(connection, GET[:-2] + b"X: " + b"y" * 1_000, 0.02)
    assert HASTE.head <= taken < 2 * HASTE.head
    assert refused(rest(connection)) == LATE


def test_empty_lines_before_a_request_do_not_stop_the_clock(host: Host) -> None:
    connection = host.connect()
    assert trickle(connection, b"\r\n" * 500, 0.02) < 2 * HASTE.head
    assert refused(rest(connection)) == LATE


def test_a_body_that_stops_is_408_after_the_grace(host: Host) -> None:
    host.app.seen.clear()
    began = time.monotonic()
    assert refused(host.ask(POST + b"Content-Length: 3\r\n\r\nab")) == LATE
    assert HASTE.grace <= time.monotonic() - began < HASTE.body
    assert host.app.seen == []


def test_a_body_that_comes_too_slowly_is_408_and_the_app_knows_nothing_of_it(host: Host) -> None:
    host.app.seen.clear()
    for head in (b"Content-Length: 9000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n2000\r\n"):
        connection = host.connect(POST + head)
        assert HASTE.grace <= trickle(connection, b"x" * 9_000, 0.01) < HASTE.grace + 1.5
        assert refused(rest(connection)) == LATE
    assert host.app.seen == []


def test_a_body_that_is_fast_enough_but_endless_is_408_at_the_end_of_its_time() -> None:
    with hosting(bounds=msgspec.structs.replace(HASTE, pace=1)) as host:
        connection = host.connect(POST + b"Content-Length: 9000\r\n\r\n")
        assert HASTE.body <= trickle(connection, b"x" * 9_000, 0.01) < HASTE.body + 1.3
        assert refused(rest(connection)) == LATE


def test_a_long_body_that_the_app_already_waits_for_is_given_up_too(host: Host) -> None:
    host.app.seen.clear()
    assert refused(host.ask(POST + b"Content-Length: 100000\r\n\r\n" + b"x" * 70_000)) == LATE
    until(lambda: host.app.seen)
    assert host.app.seen == ["gone /a"]


def test_a_connection_is_kept_between_requests_and_then_closed(host: Host) -> None:
    connection = host.connect(GET)
    assert one(connection)[0] == 200
    assert select.select([connection], [], [], HASTE.idle / 2) == ([], [], [])
    connection.sendall(GET)
    assert one(connection)[0] == 200
    began = time.monotonic()
    assert connection.recv(1) == b""
    assert HASTE.idle <= time.monotonic() - began < 2 * HASTE.idle


def test_while_a_request_is_answered_no_clock_runs(host: Host) -> None:
    connection = host.connect(GET.replace(b"/a", b"/wait"))
    assert host.app.waiting.acquire(timeout=10)
    assert select.select([connection], [], [], 2 * HASTE.idle) == ([], [], [])
    host.app.gate.set()
    assert one(connection)[0] == 200
    host.app.gate.clear()


@pytest.mark.parametrize("kind", ["", "/stream"])
def test_an_answer_that_no_one_reads_is_given_up(host: Host, kind: str) -> None:
    connection = host.connect(GET.replace(b"/a", f"/large{kind}/30000000".encode()), window=4_096)
    assert connection.recv(1) == b"H"
    began = time.monotonic()
    until(lambda: not host.server.shared.connections)
    assert HASTE.unread - 0.1 <= time.monotonic() - began < 4 * HASTE.unread
    with pytest.raises(ConnectionResetError):
        while connection.recv(65_536):
            pass
    assert host.server.shared.admission.requests.under_way == 0


def test_an_answer_that_is_read_at_a_fair_pace_is_whole_however_long_it_takes(host: Host) -> None:
    began, size = time.monotonic(), 6_000_000
    connection = host.connect(GET.replace(b"/a", f"/large/stream/{size}".encode()), window=65_536)
    taken = 0
    while taken < size:
        time.sleep(0.02)
        part = len(connection.recv(60_000))
        assert part
        taken += part
    assert time.monotonic() - began > 2 * HASTE.unread


def test_an_address_may_have_8_KiB_and_no_byte_more(patient: Host) -> None:
    path = b"/" + b"a" * 8_191
    status, _, body = one(patient.connect(GET.replace(b"/a", path)))
    assert (status, json.loads(body)["path"]) == (200, path.decode())
    assert refused(patient.ask(GET.replace(b"/a", path + b"a"))) == URL
    assert refused(patient.ask(b"GET /" + b"a" * 9_000)) == URL  # which never ends
    assert refused(patient.ask(b"GET /" + b"a" * 900_000)) == URL


def test_a_head_may_have_100_headers_and_16_KiB_of_them(patient: Host) -> None:
    def headed(*lines: bytes) -> bytes:
        return GET[:-2] + b"".join(lines) + b"\r\n"

    assert one(patient.connect(headed(*(b"X%d: y\r\n" % number for number in range(99)))))[0] == 200
    assert refused(patient.ask(headed(*(b"X%d: y\r\n" % number for number in range(100))))) == HEAD
    room = 16_384 - len(b"Host: a\r\n")
    assert one(patient.connect(headed(b"X: " + b"y" * (room - 5) + b"\r\n")))[0] == 200
    assert refused(patient.ask(headed(b"X: " + b"y" * (room - 4) + b"\r\n"))) == HEAD


@pytest.mark.parametrize(
    "more", [b"X: " + b"y" * 30_000, b"X" * 30_000, b"a:\r\n" * 8_000, b"X: " + b"y" * 5_000_000, b"a:\r\n" * 500_000]
)
def test_headers_without_an_end_are_refused_while_they_come(patient: Host, more: bytes) -> None:
    patient.app.seen.clear()
    connection = patient.connect(GET[:-2])
    with suppress(ConnectionError):
        connection.sendall(more)
    assert refused(rest(connection)) == HEAD
    assert patient.app.seen == []


def test_a_head_in_pieces_of_one_byte_is_weighed_all_the_same(patient: Host) -> None:
    began = time.process_time()
    connection = patient.connect(GET[:-2] + b"X: ")
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for _ in range(40_000):
        try:
            connection.sendall(b"y")
        except ConnectionError:
            break
    assert refused(rest(connection)) == HEAD
    assert time.process_time() - began < 10


def test_extensions_and_trailers_of_chunks_are_bounded(patient: Host) -> None:
    patient.app.seen.clear()
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    trailers, extensions = b"1\r\nx\r\n0\r\n" + b"a:b\r\n" * 80_000, (b"1;" + b"x" * 500 + b"\r\ny\r\n") * 2_000
    for more in (b"1;" + b"x" * 400_000, trailers, extensions):
        assert refused(patient.ask(head + more)) == FRAMES
    assert patient.app.seen == []
    assert one(patient.connect(head + b"1\r\nx\r\n" * 50_000 + b"0\r\n\r\n"))[0] == 200


def test_requests_in_a_row_are_answered_in_order_and_no_more_than_a_few_wait(patient: Host) -> None:
    patient.app.seen.clear()
    few = b"".join(GET.replace(b"/a", b"/%d" % number) for number in range(10))
    connection = patient.connect(few)
    assert [json.loads(one(connection)[2])["path"] for _ in range(10)] == [f"/{number}" for number in range(10)]
    patient.app.seen.clear()
    found = answers(patient.ask(GET * 2_000))
    assert [status for status, _, _ in found] == [200] * len(found)
    assert len(found) == len(patient.app.seen) == Bounds().pipelined + 1


def test_a_body_longer_than_is_held_arrives_whole(patient: Host) -> None:
    status, _, body = one(patient.connect(POST + b"Content-Length: 3000000\r\n\r\n" + b"x" * 3_000_000))
    assert (status, json.loads(body)["body"]) == (200, 3_000_000)


def test_one_address_has_only_so_many_connections_and_others_are_served() -> None:
    with hosting(bounds=msgspec.structs.replace(HASTE, per_address=3, idle=30)) as host:
        kept = [host.connect(GET) for _ in range(3)]
        assert [one(each)[0] for each in kept] == [200] * 3
        with pytest.raises(ConnectionResetError):
            host.connect().recv(1)
        assert one(host.connect(GET, address="127.0.0.2"))[0] == 200
        kept[0].close()
        until(lambda: host.server.shared.addresses.there["127.0.0.1"] <= 2)
        assert one(host.connect(GET))[0] == 200


def test_a_trusted_proxy_may_have_more_but_not_more_than_there_are() -> None:
    bounds = msgspec.structs.replace(HASTE, per_address=1, connections=4, idle=30)
    with hosting(bounds=bounds, proxies=("127.0.0.0/30",)) as host:
        kept = [host.connect(GET) for _ in range(4)]
        assert [one(each)[0] for each in kept] == [200] * 4
        with pytest.raises(ConnectionResetError):
            host.connect().recv(1)


def test_what_no_one_reads_is_bounded_in_all_and_who_has_waited_longest_goes_first() -> None:
    with hosting(bounds=msgspec.structs.replace(HASTE, unread=60, unsent=12_000_000)) as host:
        slow = []
        for _ in range(3):
            slow.append(host.connect(GET.replace(b"/a", b"/large/9000000"), window=4_096))
            assert slow[-1].recv(1) == b"H"
        with pytest.raises(ConnectionResetError):
            while slow[0].recv(65_536):
                pass
        assert one(host.connect(GET))[0] == 200
        total = len(b"H")
        while total < 9_000_000:
            total += len(slow[2].recv(65_536))
