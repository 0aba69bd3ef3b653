"""Who is who: an app without accounts believes no one, and a token is good only for the one who is meant."""

from collections.abc import Iterator
from contextlib import closing

import jwt
import pytest

from kingpost import Access, App, Lists, Resource, anyone, serial, text
from kingpost.call import ANONYMOUS, Actor, Refused
from kingpost.engine.identity import ALGORITHM, ISSUER, LIFETIME, TYPE, Identity
from tests.engine.running import BASE, PASSWORD, START, Backend


class Thing(Resource, table="things"):
    id: int = serial()
    name: str = text(max=50)

    access = Access(create=anyone, read=anyone)
    lists = Lists("id")


THINGS = App(Thing)


@pytest.fixture
def backend() -> Iterator[Backend]:
    made = Backend()
    with closing(made):
        yield made


def test_an_app_without_accounts_believes_no_token_not_even_one_it_signed() -> None:
    backend = Backend(THINGS)
    with closing(backend):
        assert backend.ask("POST", f"{BASE}/things", {"name": "x"}).status == 201
        before = backend.snapshot()
        for token in (backend.identity.token(1, 0), "rubbish"):
            for method, body in (("GET", None), ("POST", {"name": "y"})):
                assert backend.ask(method, f"{BASE}/things", body, token).error["code"] == "INVALID_TOKEN"
        assert backend.snapshot() == before
        assert backend.ask("POST", f"{BASE}/auth/login", {"email": "a@example.com", "password": PASSWORD}).status == 404


async def test_a_token_makes_the_actor_that_the_account_is_now() -> None:
    backend = Backend()
    body = {"name": "Ann", "email": "ann@example.com", "password": PASSWORD}
    assert (await backend.send("POST", f"{BASE}/users", body)).status == 201
    identity, token = backend.identity, backend.identity.token(1, 0)
    assert await identity.believe(None) == ANONYMOUS
    assert await identity.believe(token) == Actor(1, True, False)
    assert await identity.promote("ANN@Example.com", True) is True
    assert await identity.believe(token) == Actor(1, True, True)
    assert await identity.promote("nobody@example.com", True) is False
    with pytest.raises(Refused):
        await identity.believe("")
    await backend.running.stop()


def test_a_token_says_no_more_than_it_must(backend: Backend) -> None:
    """RFC 9068, as far as one server needs it; nothing about the person."""
    backend.join("Ann")
    answer = backend.ask("POST", f"{BASE}/auth/login", {"email": "ann@example.com", "password": PASSWORD})
    assert (answer.body["token_type"], answer.body["expires_in"]) == ("Bearer", LIFETIME)
    token = answer.body["access_token"]
    assert jwt.get_unverified_header(token) == {"alg": ALGORITHM, "typ": TYPE}
    claims = jwt.decode(token, options={"verify_signature": False})
    now = int(START)
    assert claims == {"sub": 1, "epoch": 0, "iat": now, "exp": now + LIFETIME, "iss": ISSUER, "aud": ISSUER}
    assert answer.headers["cache-control"] == "no-store"


def test_a_token_of_another_server_with_another_secret_is_not_believed(backend: Backend) -> None:
    ann = backend.join("Ann")
    other = Identity(backend.engine.contract, backend.store, b"another secret".ljust(32), lambda: START, backend.engine.limits)
    other.passwords.threads.shutdown()
    assert backend.ask("GET", f"{BASE}/users", None, ann.token).status == 200
    assert backend.ask("GET", f"{BASE}/users", None, other.token(ann.id, 0)).error["code"] == "INVALID_TOKEN"


def test_signing_in_takes_an_address_in_any_case_and_any_spelling(backend: Backend) -> None:
    """A15: and never the address of another."""
    backend.join("Ann", "M\u00fcller@Example.com")
    before = backend.snapshot()
    for email in ("m\u00fcller@example.com", "MU\u0308LLER@EXAMPLE.COM", "M\u00fcller@example.com"):
        assert backend.ask("POST", f"{BASE}/auth/login", {"email": email, "password": PASSWORD}).status == 200
        body = {"name": "Eve", "email": email, "password": PASSWORD}
        assert backend.ask("POST", f"{BASE}/users", body).status == 409
    for email in ("muller@example.com", "m\u00fcller@example.co", " m\u00fcller@example.com", "m\u00fcller@example.com "):
        assert backend.ask("POST", f"{BASE}/auth/login", {"email": email, "password": PASSWORD}).status == 401
    assert backend.snapshot() == before
