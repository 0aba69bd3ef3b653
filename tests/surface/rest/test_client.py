"""Where a request came from: only what trusted proxies say of it is believed, however it is spelt."""

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kingpost import Access, App, Budget, Resource, anyone, text
from kingpost.surface.rest.client import MOST_HOPS, UNKNOWN, Proxies, read
from kingpost.testing import Client
from tests.surface.rest.scene import opened

PEER, PROXY, INNER = "203.0.113.9", "10.0.0.1", "10.1.2.3"
TRUSTED = ("10.0.0.0/8", "2001:db8:ff::/48")

ADDRESSES = {
    "192.0.2.1": "192.0.2.1",
    " 192.0.2.1 ": "192.0.2.1",
    "192.0.2.1:1234": "192.0.2.1",
    "::ffff:192.0.2.1": "192.0.2.1",
    "::FFFF:C000:0201": "192.0.2.1",
    "[::ffff:192.0.2.1]:80": "192.0.2.1",
    "2001:DB8:0:0::1": "2001:db8::1",
    "[2001:db8::1]": "2001:db8::1",
    "[2001:db8::1]:443": "2001:db8::1",
    "fe80::1%eth0": "fe80::1",
    "::1": "::1",
}
JUNK = [
    "", " ", "unknown", "_hidden", "localhost", "proxy.example.com", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "0x7f.1",
    "1.2.3.4/8", "::1::", "12345::", "[", "]", "[]", ":", ":80", "for=1.2.3.4", '"1.2.3.4"',
    "\u0661.2.3.4", "1.2.3.4;", "-1", "0" * 100, "1:2:3:4:5:6:7:8:9", "\0",
]  # fmt: skip


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_has_one_spelling(text: str) -> None:
    assert str(read(text)) == ADDRESSES[text]
    assert Proxies(TRUSTED).client(text, "") == ADDRESSES[text]
    assert Proxies(TRUSTED).client(PROXY, text) == ADDRESSES[text]


@pytest.mark.parametrize("text", JUNK)
def test_what_is_no_address_is_none_and_the_last_good_hop_stands(text: str) -> None:
    assert read(text) is None
    assert Proxies(TRUSTED).client(PROXY, f"192.0.2.1, {text}") == PROXY
    assert Proxies(TRUSTED).client(PROXY, f"192.0.2.1, {text}, {INNER}") == INNER


def test_no_header_is_believed_of_a_peer_that_is_not_trusted() -> None:
    for proxies in (Proxies(()), Proxies(TRUSTED)):
        assert proxies.client(PEER, "192.0.2.1") == PEER
        assert proxies.client(PEER, f"192.0.2.1, {PROXY}") == PEER


def test_a_client_is_the_first_from_the_right_that_is_not_trusted() -> None:
    proxies = Proxies(TRUSTED)
    assert proxies.client(PROXY, "192.0.2.1") == "192.0.2.1"
    assert proxies.client(PROXY, "198.51.100.1, 192.0.2.1") == "192.0.2.1"
    assert proxies.client(PROXY, f"198.51.100.1,192.0.2.1,{INNER}") == "192.0.2.1"
    assert proxies.client("2001:db8:ff::7", f"198.51.100.1, 192.0.2.1:99, [2001:db8:ff::8]:1, ::ffff:{INNER}") == "192.0.2.1"
    assert proxies.client(PROXY, INNER) == INNER
    assert proxies.client(PROXY, "") == PROXY


def test_a_chain_of_hops_is_followed_so_far_and_no_further() -> None:
    chain = ["192.0.2.1", *[f"10.0.0.{number}" for number in range(MOST_HOPS + 5)]]
    assert Proxies(TRUSTED).client(PROXY, ", ".join(chain)) == f"10.0.0.{5}"
    assert Proxies(TRUSTED).client(PROXY, "192.0.2.1," * 100_000 + INNER) == "192.0.2.1"


def test_peers_without_an_address_share_one_name() -> None:
    for proxies in (Proxies(()), Proxies(TRUSTED)):
        assert proxies.client("", "192.0.2.1") == UNKNOWN
        assert proxies.client("testclient", "192.0.2.1") == "testclient"


hops = st.one_of(st.ip_addresses().map(str), st.sampled_from([*ADDRESSES, *JUNK, INNER]), st.text(max_size=20))


@given(st.ip_addresses(v=4).map(str), st.lists(hops, max_size=8))
def test_whatever_a_client_sends_the_proxy_in_front_has_the_last_word(real: str, sent: list[str]) -> None:
    proxies = Proxies(TRUSTED)
    if not proxies.trusts(read(real) or pytest.fail()):
        assert proxies.client(PROXY, ",".join([*sent, real])) == real


# ------------------------------------------------------------------------------------- what rotates, and does not help


class Thing(Resource, table="things"):
    """Something to ask for."""

    name: str = text(max=50)

    access = Access(create=anyone, read=anyone, delete=anyone)


def spoofs() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Give request after request of one client that means to look like many."""
    paths = [
        "/api/v1/things", "/api/v1/things/", "//api/v1/things", "/api//v1/things", "/api/v1/Things", "/API/V1/things",
        "/api/v1/%74hings", "/api/v1/./things", "/api/v1/%2e/things", "/api/v1/x/%2e%2e/things", "/api/v1/things%2f",
        "/api/v1/things?", "/api/v1/things?limit=1", "/api/v1/things;a=1", "/api/v1/things%20", "/api/v1/things%00",
    ]  # fmt: skip
    methods = ["GET", "get", "HEAD", "POST"]
    for number in itertools.count():
        address = f"{number % 223 + 1}.{number // 223 % 256}.{number % 251}.{number % 241}"
        yield methods[number // 16 % 4], paths[number % 16], {
            "X-Forwarded-For": address, "Forwarded": f"for={address}", "X-Real-IP": address,
            "X-Client-IP": address, "True-Client-IP": address, "CF-Connecting-IP": address, "Via": f"1.1 {address}",
            "X-Forwarded-Host": address, "X-Original-URL": f"/api/v1/things?{number}", "X-HTTP-Method-Override": "DELETE",
            "X-Forwarded-Prefix": f"/{number}", "User-Agent": f"agent {number}", "Host": f"{address}:80",
            "Accept-Language": f"x-{number}", "Cookie": f"session={number}",
        } | ({"Authorization": f"Bearer {number}"} if number % 3 else {})  # fmt: skip


def behind(*proxies: str) -> Client:
    """Give a client of an app with a budget of fifty calls, behind a proxy or not; its clock stands still."""
    client = opened(App(Thing, budget=Budget(50, per=900)), lambda: 1_800_000_000.0, proxies=proxies)
    client.address = PROXY if proxies else PEER
    return client


@pytest.mark.parametrize("proxies", [(), TRUSTED])
def test_ten_thousand_requests_in_ever_other_clothes_are_those_of_one_client(proxies: tuple[str, ...]) -> None:
    """R1: 0 extra admitted, also behind a proxy that adds the address it sees."""
    with behind(*proxies) as client:
        admitted, refused = 0, 0
        for method, path, headers in itertools.islice(spoofs(), 10_000):
            headers["X-Forwarded-For"] += f", {PEER}" if proxies else ""
            answer = client.request(method, path, {"name": "x"} if method == "POST" else None, headers)
            assert answer.status in (200, 201, 400, 401, 404, 405, 429), answer
            admitted += answer.status in (200, 201, 400, 401)
            refused += answer.status == 429
        assert admitted == 50 and refused > 1_000
        assert client.get("/api/v1/things", {"x-forwarded-for": PEER}).status == 429


def test_behind_a_proxy_each_client_has_its_own_budget() -> None:
    with behind(*TRUSTED) as client:
        for host in range(1, 4):
            statuses = [client.get("/api/v1/things", {"x-forwarded-for": f"spoofed, 192.0.2.{host}"}).status for _ in range(60)]
            assert statuses == [200] * 50 + [429] * 10
