"""Pages of other origins: those that are let in, to the letter, and what every answer says to the browser that shows it."""

from collections.abc import Iterator

import pytest

from kingpost.testing import Answer, Client
from tests.surface.rest.scene import BASE, Reply, ask, gallery, opened

PAGE, OTHER = "https://app.example.com", "http://localhost:3000"
ALLOWED = {
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "ETag, Location, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, "
    "Idempotency-Replayed, Kingpost-Position",
}
PREVIEW = {
    "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    "access-control-allow-headers": "Content-Type, Authorization, X-CSRF-Token, Idempotency-Key, If-Match, If-None-Match, "
    "Kingpost-Position",
    "access-control-max-age": "600",
}
VARY = "Authorization, Origin, Accept"

HOSTILE = [
    # beginnings and ends
    "https://app.example.com.evil.com", "https://app.example.comevil.com", "https://app.example.com.", "https://app.example.co",
    "https://evilapp.example.com", "https://evil.app.example.com", "https://x-app.example.com", "https://example.com",
    "https://evil.com/https://app.example.com", "https://evil.com?https://app.example.com", "https://evil.com#app.example.com",
    "https://app.example.com/", "https://app.example.com/x", "https://app.example.com?x", "https://app.example.com#x",
    "https://app.example.com\\.evil.com", "https://app.example.com_.evil.com", "https://app.example.com-.evil.com",
    # the dot of a pattern
    "https://appxexample.com", "https://app.examplexcom", "https://app-example.com", "https://app%2eexample.com",
    # case
    "HTTPS://app.example.com", "https://APP.example.com", "https://App.Example.Com", "Https://app.example.com",
    # schemes
    "http://app.example.com", "ftp://app.example.com", "//app.example.com", "app.example.com", "file://", "data:text/html,x",
    "chrome-extension://app.example.com", "https:app.example.com", "https:/app.example.com", "https:///app.example.com",
    # ports
    "https://app.example.com:443", "https://app.example.com:80", "https://app.example.com:8443", "https://app.example.com:",
    "https://app.example.com:0443", "http://localhost", "http://localhost:30000", "http://localhost:3001", "http://127.0.0.1:3000",
    "http://[::1]:3000", "http://localhost:3000.evil.com", "http://localhost:3000@evil.com", "https://localhost:3000",
    # names and passwords
    "https://app.example.com@evil.com", "https://user@app.example.com", "https://user:pass@app.example.com",
    "https://app.example.com:443@evil.com", "https://app.example.com%40evil.com", "https://app.example.com&evil.com",
    # other letters, and none
    "https://\xe4pp.example.com", "https://app.ex\xadample.com", "https://app.example.com\xa0", "https://app\xb7example.com",
    "https://xn--pp-xka.example.com", "https://app.example.com\u200b", "https://\u0430pp.example.com",
    "https://app\uff0eexample.com", "https://app\u3002example.com", "\ufeffhttps://app.example.com",
    # words
    "null", "NULL", "*", "", " ", "undefined", "true", "https://*", "https://*.example.com", "*.example.com", "self", "'self'",
    # what ends a header, or says two things
    "https://app.example.com\r\nX-Evil: 1", "https://app.example.com\n", "https://app.example.com\r", "https://app.example.com\0",
    "https://app.example.com\t", " https://app.example.com", "https://app.example.com ", "https://app.example.com,https://evil.com",
    "https://app.example.com https://evil.com", "https://evil.com, https://app.example.com", "https://app.example.com;x",
    '"https://app.example.com"', "https://app.example.com`.evil.com", "https://app.example.com{.evil.com",
]  # fmt: skip


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A client of an app whose pages come from two origins."""
    with opened(gallery(), origins=(PAGE, OTHER)) as made:
        yield made


def told(answer: Answer | Reply) -> dict[str, str]:
    """Give what an answer says to the page of another origin."""
    headers = answer.headers.items() if isinstance(answer, Answer) else answer.headers
    return {name: text for name, text in headers if name.startswith("access-control-")}


ANSWERS: list[tuple[str, str, object, int]] = [
    ("GET", "/members", None, 200), ("HEAD", "/members", None, 200), ("GET", "/members/99", None, 404),
    ("GET", "/members?x=1", None, 400), ("POST", "/members", {}, 400), ("DELETE", "/members/1", None, 401),
    ("PUT", "/members", {}, 405), ("GET", "/nothing", None, 404), ("OPTIONS", "/members", None, 204),
    ("POST", "/members", b"x" * 2_000_000, 413), ("POST", "/members", None, 415),
]  # fmt: skip


@pytest.mark.parametrize("origin", [PAGE, OTHER])
def test_every_answer_lets_a_page_that_is_let_in_read_it_a_refusal_too(client: Client, origin: str) -> None:
    for method, path, body, status in ANSWERS:
        answer = client.request(method, BASE + path, body, {"origin": origin})
        assert answer.status == status
        assert told(answer) == {"access-control-allow-origin": origin, **ALLOWED}
        assert answer.headers["vary"] == VARY


def test_a_request_of_no_other_origin_is_told_nothing_but_that_it_matters(client: Client) -> None:
    for method, path, body, status in ANSWERS:
        answer = client.request(method, BASE + path, body)
        assert (answer.status, told(answer), answer.headers["vary"]) == (status, {}, VARY)


def test_there_are_many_hostile_origins_and_each_is_another() -> None:
    assert len(HOSTILE) == len(set(HOSTILE)) > 60
    assert not {PAGE, OTHER} & set(HOSTILE)


@pytest.mark.parametrize("origin", HOSTILE)
def test_no_origin_that_only_looks_like_one_is_let_in(client: Client, origin: str) -> None:
    """C1."""
    spelt = origin.encode("latin-1") if origin.isascii() or max(origin) < "\u0100" else origin.encode()
    wanted = (b"access-control-request-method", b"DELETE")
    for method, headers in (("GET", []), ("OPTIONS", [wanted]), ("DELETE", [])):
        reply = ask(client, method, f"{BASE}/members".encode(), b"", [(b"origin", spelt), *headers])
        assert told(reply) == {} and reply.header("vary") == VARY
        assert reply.status in (200, 204, 405) and not (method == "OPTIONS" and reply.status == 200)
        assert len(origin) < 6 or spelt not in str(reply.headers).encode() + reply.body


def test_an_origin_that_comes_twice_is_none(client: Client) -> None:
    for first, second in ((PAGE, PAGE), (PAGE, "https://evil.com"), ("https://evil.com", PAGE)):
        pair = [(b"origin", first.encode()), (b"Origin", second.encode())]
        assert told(ask(client, "GET", f"{BASE}/members".encode(), b"", pair)) == {}


def test_without_origins_no_page_is_let_in() -> None:
    with opened(gallery()) as closed:
        for origin in (PAGE, OTHER, "null", "*"):
            answer = closed.get(f"{BASE}/members", {"origin": origin})
            assert (answer.status, told(answer)) == (200, {})


@pytest.mark.parametrize("path", ["/members", "/members/1", "/auth/login", "/nothing", "/members/1/paintings"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "nonsense"])
def test_a_page_that_is_let_in_may_ask_first_what_it_may_send(client: Client, path: str, method: str) -> None:
    answer = client.request(
        "OPTIONS", BASE + path, None, {"origin": PAGE, "access-control-request-method": method,
                                       "access-control-request-headers": "content-type, x-anything"},
    )  # fmt: skip
    assert (answer.status, answer.text, answer.headers["content-length"]) == (200, "", "0")
    assert told(answer) == {"access-control-allow-origin": PAGE, **ALLOWED, **PREVIEW}
    assert answer.headers["vary"] == VARY and "content-type" not in answer.headers


def test_asking_first_costs_nothing_and_reads_no_data(client: Client) -> None:
    client.address = "192.0.2.77"
    client.engine.store.read = None  # type: ignore[method-assign,assignment]  # whoever reads fails
    for _ in range(300):
        answer = client.request("OPTIONS", f"{BASE}/members", None, {"origin": PAGE, "access-control-request-method": "DELETE"})
        assert answer.status == 200 and "ratelimit" not in answer.headers
    del client.engine.store.read
    assert client.get(f"{BASE}/members").headers["ratelimit"].startswith('"default";r=99;')


# ------------------------------------------------------------------------------------------------------- every browser

GUARDS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "vary": VARY,
}
SECURE = {"strict-transport-security": "max-age=31536000; includeSubDomains"}


@pytest.mark.parametrize("production", [True, False])
def test_every_answer_carries_each_guard_once(production: bool) -> None:
    """C4, H6."""
    with opened(gallery(), origins=(PAGE,), production=production) as client:
        for method, path, body, status in [*ANSWERS, ("GET", "/../../docs", None, 404)]:
            parts = [body] if isinstance(body, bytes) else [b"{}"] if body == {} else []
            kind = [] if body is None else [(b"content-type", b"application/json")]
            reply = ask(
                client, method, f"{BASE}{path}".partition("?")[0].encode(), path.partition("?")[2].encode(), kind, *parts
            )
            names = [name for name, _ in reply.headers]
            assert reply.status == status and len(names) == len(set(names))
            found = dict(reply.headers)
            assert found.items() >= GUARDS.items()
            assert found["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
            assert {name: text for name, text in found.items() if name == "strict-transport-security"} == (
                SECURE if production else {}
            )
            closed = found["permissions-policy"].split(", ")
            assert {"camera=()", "geolocation=()", "microphone=()", "payment=()"} <= set(closed)
            assert all(each.endswith("=()") for each in closed)
            assert found.get("content-type") in ("application/json", None)


def test_the_docs_keep_the_policy_that_lets_them_work(client: Client) -> None:
    for path in ("/docs", "/docs/docs.js", "/docs/docs.css"):
        headers = client.get(path).headers
        assert headers.items() >= (GUARDS | SECURE).items()
        assert "script-src 'self'" in headers["content-security-policy"]
    assert client.get("/openapi.json").headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
