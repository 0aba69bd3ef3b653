"""Only a token of ours is believed, and only as the account stands now (J1 to J4, S6, A11, Z6)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from kingpost.engine.identity import ALGORITHM, ISSUER, LIFETIME, TYPE
from kingpost.engine.marks import derive
from tests.engine.running import BASE, PASSWORD, SECRET, START, Account, Backend, bare

OURS = Ed25519PrivateKey.from_private_bytes(derive(SECRET, "access token"))
THEIRS = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
NOW = int(START)
CLAIMS: dict[str, Any] = {"sub": 1, "epoch": 0, "iat": NOW, "exp": NOW + LIFETIME, "iss": ISSUER, "aud": ISSUER}
HEADER = {"alg": ALGORITHM, "typ": TYPE}


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(claims: object, header: object = None, sign: Callable[[bytes], bytes] = OURS.sign) -> str:
    """Make a token by hand, so that nothing keeps it from being wrong."""
    content = f"{part(header if header is not None else HEADER)}.{part(claims)}"
    return f"{content}.{part(sign(content.encode()))}"


def but(**claims: object) -> dict[str, Any]:
    """Give the claims of a good token but for these; an ellipsis leaves one out."""
    return {name: each for name, each in (CLAIMS | claims).items() if each is not ...}


def forgeries() -> Iterator[tuple[str, str]]:
    """Give tokens that must not be believed, each with what is wrong with it."""
    good = signed(CLAIMS)
    head, claims, seal = good.split(".")
    public = OURS.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    for name in ("none", "None", "NONE", "nOnE", ""):
        yield f"algorithm {name!r} without a seal", f"{part(HEADER | {'alg': name})}.{claims}."
        yield f"algorithm {name!r} with a seal", f"{part(HEADER | {'alg': name})}.{claims}.{seal}"
    for label, key in (("PEM", pem), ("PEM without its last line break", pem.strip()), ("raw", raw), ("nothing", b"")):
        mac = partial(hmac.digest, key, digest=hashlib.sha256)
        yield f"HS256 with the public key as {label}", signed(CLAIMS, HEADER | {"alg": "HS256"}, mac)
        yield f"a MAC called EdDSA with {label}", signed(CLAIMS, HEADER, mac)
    curve = generate_private_key(SECP256R1())
    yield "ES256 with a key of its own", jwt.encode(CLAIMS, curve, "ES256", headers={"typ": TYPE})
    yield "another key", signed(CLAIMS, HEADER, THEIRS.sign)
    theirs = {"kty": "OKP", "crv": "Ed25519", "x": part(THEIRS.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))}
    sources: list[dict[str, object]] = [
        {"jwk": theirs}, {"jku": "https://example.com/keys"}, {"kid": "../../dev/null"}, {"kid": "' OR 1=1 --"},
        {"kid": "x" * 100}, {"kid": 5}, {"kid": None}, {"x5u": "https://example.com/key"}, {"x5c": [part(raw)]}, {"x5t": "x"},
    ]  # fmt: skip
    for source in sources:
        yield f"another key, named by {next(iter(source))}", signed(CLAIMS, HEADER | source, THEIRS.sign)
    for crit in (["exp"], ["x"], ["b64"], [], "exp", None, [1]):
        yield f"critical extension {crit}", signed(CLAIMS, HEADER | {"crit": crit})
    yield "unencoded content", signed(CLAIMS, HEADER | {"b64": False, "crit": ["b64"]})
    for kind in ("JWT", "jwt", "at+JWT2", "", None, 1, ["at+jwt"], "id+jwt"):
        yield f"type {kind!r}", signed(CLAIMS, HEADER | {"typ": kind})
    yield "no type", signed(CLAIMS, {"alg": ALGORITHM})
    yield "no algorithm", signed(CLAIMS, {"typ": TYPE})
    for name in CLAIMS:
        yield f"no {name}", signed(but(**{name: ...}))
        for value in (None, "", "x", True, [1], {"a": 1}, 1.5, 2**70, -(2**70)):
            if (name, value) not in [("exp", 2**70), ("iat", 2**70), ("iat", -(2**70))]:  # a whole number is a moment
                yield f"{name} {value!r}", signed(but(**{name: value}))
    for issuer in ("kingpost2", "KINGPOST", "kingpost ", ["kingpost"]):
        yield f"issuer {issuer!r}", signed(but(iss=issuer))
    for audience in ("other", ["other"], "kingpos", []):
        yield f"audience {audience!r}", signed(but(aud=audience))
    for moment in (NOW, NOW - 1, 0, -1, NOW - LIFETIME, str(NOW + 60), f"{NOW + 60}.0", True):
        yield f"ends at {moment!r}", signed(but(exp=moment))
    for epoch in (1, -1, 2**40, "0", False, None):
        yield f"epoch {epoch!r}", signed(but(epoch=epoch))
    for subject in ("1", 99, 0, -1, True, 1.5, [1], {"id": 1}, None, "", "' OR 1=1 --", "ann@example.com"):
        yield f"subject {subject!r}", signed(but(sub=subject))
    yield "claims twice", f"{head}.{claims}.{claims}.{seal}"
    yield "claims that are a list", signed([CLAIMS])
    yield "claims that are text", signed("claims")
    yield "claims that are no JSON", signed(b"\xff\xfe")
    yield "claims that are deep", signed(b"[" * 3_000 + b"]" * 3_000)
    yield "a header that is deep", signed(CLAIMS, b'{"a":' * 1_000 + b"1" + b"}" * 1_000)
    yield "a header that is a list", signed(CLAIMS, [HEADER])
    yield "a header that is no JSON", signed(CLAIMS, b"{")
    yield "oversized", signed(CLAIMS | {"more": "x" * 9_000})
    yield "oversized rubbish", "x." * 200_000
    yield "no seal", f"{head}.{claims}."
    yield "no third part", f"{head}.{claims}"
    yield "two parts left out", head
    yield "a seal of zeros", f"{head}.{claims}.{part(bytes(64))}"
    yield "a seal cut short", good[:-4]
    yield "other claims under the seal", f"{head}.{part(CLAIMS | {'sub': 2})}.{seal}"
    yield "another header over the seal", f"{part(HEADER | {'kid': 'x'})}.{claims}.{seal}"
    yield "five parts", "a.b.c.d.e"
    yield "rubbish", "rubbish"
    yield "dots", "..."
    yield "not ASCII", "\xe9.\xe9.\xe9"
    yield "a null in it", "a\x00.b.c"
    yield "a space in it", good.replace(".", ". ", 1)


@pytest.fixture(scope="module")
def backend() -> Iterator[Backend]:
    made = Backend()
    ann, bob = made.join("Ann"), made.join("Bob")
    assert made.ask("POST", f"{BASE}/posts", {"title": "Draft"}, ann.token).status == 201
    assert bob.id == 2
    with closing(made):
        yield made


ASKED: list[tuple[str, str, object]] = [
    ("GET", "posts", None), ("GET", "users/1", None), ("POST", "posts", {"title": "x"}), ("PATCH", "posts/1", {"title": "x"}),
    ("DELETE", "posts/1", None), ("POST", "auth/login", {"email": "ann@example.com", "password": PASSWORD}),
    ("POST", "users", {"name": "Eve", "email": "eve@example.com", "password": PASSWORD}),
]  # fmt: skip


def test_the_token_that_the_forgeries_are_made_from_is_good(backend: Backend) -> None:
    assert backend.ask("GET", f"{BASE}/posts/1", None, signed(CLAIMS)).status == 200


@pytest.mark.parametrize("named", list(forgeries()), ids=lambda named: named[0])
def test_no_forged_token_is_believed(backend: Backend, named: tuple[str, str]) -> None:
    """J1 to J4: whatever is asked with it, also what anyone may ask."""
    before = backend.snapshot()
    answers = [backend.ask(method, f"{BASE}/{url}", body, named[1]) for method, url, body in ASKED]
    assert [(answer.status, answer.error.get("code")) for answer in answers] == [(401, "INVALID_TOKEN")] * len(ASKED)
    assert {answer.headers["www-authenticate"] for answer in answers} == {'Bearer error="invalid_token"'}
    assert len({bare(answer) for answer in answers}) == 1
    assert backend.snapshot() == before


def test_there_are_more_than_forty_forgeries() -> None:
    assert len({token for _, token in forgeries()}) > 100


@pytest.mark.parametrize(
    "lines",
    [
        ["Basic YW5uOnBhc3M="], ["Bearer"], ["Bearer "], [""], ["Token {}"], ["bearer{}"], ["{}"], ["Bearer {} {}"],
        ["Bearer {}, x"], ["Bearer {}", "Bearer {}"], ["Bearer {}", "Basic x"], ["Basic x", "Bearer {}"],
        ["", "Bearer {}"], ["DPoP {}"],
        ["Bearer Bearer {}"], ['Bearer "{}"'], ["Bearer\t{}"],
    ],
)  # fmt: skip
def test_an_authorization_that_is_not_one_bearer_token_is_refused(backend: Backend, lines: list[str]) -> None:
    """J4: several headers say several things, so they say nothing."""
    before = backend.snapshot()
    for method, url, body in ASKED:
        headers = [("authorization", line.replace("{}", signed(CLAIMS))) for line in lines]
        answer = backend.ask(method, f"{BASE}/{url}", body, headers=headers)
        assert (answer.status, answer.error.get("code")) == (401, "INVALID_TOKEN"), answer
    assert backend.snapshot() == before


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_token_with_any_character_changed_is_not_believed(backend: Backend, data: st.DataObject) -> None:
    token = signed(CLAIMS)
    # The last character of a seal of 64 bytes has bits that stand for nothing, so it is left alone.
    at = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.sampled_from([each for each in "ABCXYZabcxyz0189-_." if each != token[at]]))
    changed = token[:at] + other + token[at + 1 :]
    answer = backend.ask("GET", f"{BASE}/posts/1", None, changed)
    assert answer.status == 401


def standing(backend: Backend, account: Account) -> int:
    return backend.ask("GET", f"{BASE}/posts/1", None, account.token).status


def test_a_token_ends_by_the_engines_clock_to_the_second() -> None:
    backend = Backend()
    with closing(backend):
        ann = backend.join("Ann")
        assert backend.ask("POST", f"{BASE}/posts", {"title": "Draft"}, ann.token).status == 201
        for passed, status in (
            (0, 200),
            (LIFETIME - 1, 200),
            (LIFETIME - 0.001, 200),
            (LIFETIME, 401),
            (10 * LIFETIME, 401),
            (1, 200),
        ):
            backend.now = START + passed
            assert standing(backend, ann) == status


def test_the_token_of_a_deleted_account_ends_at_once_and_its_id_is_never_given_again() -> None:
    backend = Backend()
    with closing(backend):
        cid, ann = backend.promote(backend.join("Cid")), backend.join("Ann")
        assert backend.ask("GET", f"{BASE}/users/{ann.id}", None, ann.token).body["email"] == ann.email
        assert backend.ask("DELETE", f"{BASE}/users/{ann.id}", None, cid.token).status == 204
        before = backend.snapshot()
        assert backend.ask("POST", f"{BASE}/posts", {"title": "x"}, ann.token).error["code"] == "INVALID_TOKEN"
        assert backend.snapshot() == before
        assert backend.join("Ann").id == ann.id + 1
        assert backend.ask("GET", f"{BASE}/users", None, ann.token).error["code"] == "INVALID_TOKEN"


def test_a_new_epoch_ends_every_token_of_that_account_alone() -> None:
    """S6 and A11: a new password begins one; so does raising it in the database."""
    backend = Backend()
    with closing(backend):
        ann, bob = backend.join("Ann"), backend.join("Bob")
        another = backend.identity.token(ann.id, 0)
        renewed = {"password": "Another1Secret"}
        assert backend.ask("PATCH", f"{BASE}/users/{ann.id}", renewed, ann.token).status == 200
        for token in (ann.token, another):
            assert backend.ask("GET", f"{BASE}/users", None, token).error["code"] == "INVALID_TOKEN"
        assert backend.ask("GET", f"{BASE}/users", None, bob.token).status == 200
        for password, status in ((PASSWORD, 401), (renewed["password"], 200)):
            assert backend.ask("POST", f"{BASE}/auth/login", {"email": ann.email, "password": password}).status == status
        backend.store.writer.execute("UPDATE users SET epoch = epoch + 1 WHERE id = ?", (bob.id,))
        assert backend.ask("GET", f"{BASE}/users", None, bob.token).error["code"] == "INVALID_TOKEN"


def test_an_admin_who_is_one_no_longer_is_refused_at_once() -> None:
    backend = Backend()
    with closing(backend):
        ann, bob = backend.promote(backend.join("Ann")), backend.join("Bob")
        assert backend.ask("PATCH", f"{BASE}/users/{bob.id}", {"name": "Changed"}, ann.token).status == 200
        backend.promote(ann, False)
        before = backend.snapshot()
        for method, body in (("PATCH", {"name": "Again"}), ("DELETE", None), ("PUT", {"name": "Again", "email": bob.email})):
            assert backend.ask(method, f"{BASE}/users/{bob.id}", body, ann.token).status == 403
        assert backend.snapshot() == before


def test_no_input_makes_anyone_an_admin_or_moves_an_epoch() -> None:
    """Z6: neither at sign-up nor by oneself nor by an admin."""
    backend = Backend()
    with closing(backend):
        ann, cid = backend.join("Ann"), backend.promote(backend.join("Cid"))
        before = backend.snapshot()
        whole = {"name": "Eve", "email": "eve@example.com", "password": PASSWORD}
        for name in (
            "admin",
            "is_admin",
            "role",
            "epoch",
            "email_key",
            "Admin",
            "ADMIN",
            "user[admin]",
            "admin ",
            "\uff41dmin",
        ):
            for value in (True, 1, "1", "true", None, [1], {"set": 1}):
                for account in (ann, cid):
                    for method, url, body in (
                        ("POST", "users", whole), ("PATCH", "users/1", {}), ("PUT", "users/1", whole), ("PATCH", "users/2", {}),
                        ("POST", "auth/login", {"email": ann.email, "password": PASSWORD}), ("POST", "posts", {"title": "x"}),
                    ):  # fmt: skip
                        answer = backend.ask(method, f"{BASE}/{url}", {**body, name: value}, account.token)
                        assert answer.status in (400, 403)
        assert backend.snapshot() == before
