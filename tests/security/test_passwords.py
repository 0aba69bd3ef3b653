"""Passwords go in and nothing comes out (A1, A4 to A7, L1)."""

import asyncio
import json
import logging
import re
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from statistics import median
from typing import Any

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from kingpost.call import Refused
from kingpost.contract.scalars import LONGEST_PASSWORD
from kingpost.engine.identity import Passwords
from tests.engine.running import BASE, NOBODY, PASSWORD, Backend, bare

LOGIN = f"{BASE}/auth/login"


@pytest.fixture
def backend() -> Iterator[Backend]:
    made = Backend()
    with closing(made):
        yield made


def sign_in(backend: Backend, email: str, password: object) -> int:
    return backend.ask("POST", LOGIN, {"email": email, "password": password}).status


def test_hashes_are_argon2id_with_at_least_the_parameters_that_owasp_asks_for() -> None:
    """A5."""
    passwords = Passwords(1)
    try:
        for hashed in (asyncio.run(passwords.hash(PASSWORD)), passwords.nobody):
            found = extract_parameters(hashed)
            assert found.type == Type.ID
            assert (found.memory_cost, found.time_cost, found.parallelism) >= (19_456, 2, 1)
            assert (found.salt_len, found.hash_len) >= (16, 32)
        assert asyncio.run(passwords.hash(PASSWORD)) != asyncio.run(passwords.hash(PASSWORD))
    finally:
        passwords.threads.shutdown()


async def test_hashing_is_off_the_loop_behind_a_bounded_queue_and_what_does_not_fit_is_refused_at_once() -> None:
    """A6: the loop answers while every core hashes; a place that becomes free is given to the next."""
    passwords = Passwords(2)
    assert passwords.most <= 3 * 2
    going, let_go = threading.Barrier(3), threading.Event()

    def job() -> str:
        going.wait(30)
        assert let_go.wait(30)
        return threading.current_thread().name

    def short() -> str:
        return threading.current_thread().name

    try:
        first = [asyncio.create_task(passwords.work(job)) for _ in range(2)]
        await asyncio.to_thread(going.wait, 30)
        waiting = [asyncio.create_task(passwords.work(short)) for _ in range(passwords.most - 2)]
        await asyncio.sleep(0)
        for _ in range(100):
            with pytest.raises(Refused) as refused:
                await passwords.work(short)
            assert (refused.value.failure.kind, refused.value.failure.retry_after) == ("unavailable", 1)
        waiting[0].cancel()
        await asyncio.gather(waiting[0], return_exceptions=True)
        late = asyncio.create_task(passwords.work(short))
        let_go.set()
        names = await asyncio.gather(*first, *waiting[1:], late)
        assert {name.rpartition("_")[0] for name in names} == {"kingpost-password"}
        assert passwords.under_way == 0
    finally:
        let_go.set()
        passwords.threads.shutdown()


def test_more_sign_ins_than_the_queue_holds_are_told_to_come_again_while_reads_go_on(backend: Backend) -> None:
    """A6, from outside: every sign-in is answered 200, or 503 with Retry-After; nothing is written."""
    ann = backend.join("Ann")
    passwords = backend.identity.passwords
    let_go = threading.Event()
    verify = passwords.verify

    def slow(hashed: str, password: str) -> bool:
        assert let_go.wait(30)
        return verify(hashed, password)

    async def storm() -> None:
        passwords.verify = slow  # type: ignore[method-assign]  # holds every thread until the reads are done
        body = {"email": ann.email, "password": PASSWORD}
        logins = [asyncio.create_task(backend.send("POST", LOGIN, body)) for _ in range(passwords.most + 50)]
        await asyncio.sleep(0)
        reads = [await backend.send("GET", f"{BASE}/users", None, ann.token) for _ in range(20)]
        assert {read.status for read in reads} == {200}
        let_go.set()
        answers = await asyncio.gather(*logins)
        assert [answer.status for answer in answers] == [200] * passwords.most + [503] * 50
        assert {answer.headers.get("retry-after") for answer in answers} == {None, "1"}
        assert {answer.error.get("code") for answer in answers if answer.status == 503} == {"UNAVAILABLE"}

    before = backend.snapshot()
    backend.loop = backend.loop or asyncio.new_event_loop()
    backend.loop.run_until_complete(storm())
    assert backend.snapshot() == before


WRONG = ["Wrong1Wrong", "", f"{PASSWORD} ", f" {PASSWORD}", PASSWORD.lower(), PASSWORD.upper(), PASSWORD[:-1], "x" * 1_024]
STRANGE = ["nobody@example.com", "no address", "", "@", "a@b", "x" * 254, "\u00e9@\u00e9.\u00e9"]


def test_an_unknown_address_and_a_wrong_password_are_answered_alike(backend: Backend) -> None:
    """A7: one answer, to the byte, whatever is wrong; and nothing is trimmed, cut or folded (A4)."""
    ann = backend.join("Ann")
    before = backend.snapshot()
    asked = [(ann.email, wrong) for wrong in WRONG]
    asked += [(email, password) for email in STRANGE for password in (PASSWORD, "")]
    answers = [backend.ask("POST", LOGIN, {"email": email, "password": wrong}) for email, wrong in asked]
    assert {(answer.status, answer.error["code"], answer.message) for answer in answers} == {
        (401, "INVALID_CREDENTIALS", "Email or password is wrong")
    }
    assert len({bare(answer) for answer in answers}) == 1
    assert backend.snapshot() == before


def test_an_unknown_address_and_a_wrong_password_take_as_long(backend: Backend) -> None:
    """A7: pairs, one after the other, so that a busy machine slows both; a loose bound, as no hash takes next to nothing."""
    backend.identity.passwords.hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
    backend.identity.passwords.nobody = backend.identity.passwords.hasher.hash("nobody")
    ann = backend.join("Ann")
    took: dict[str, list[float]] = {ann.email: [], "nobody@example.com": [], "no address": []}
    for _ in range(12):
        for email, times in took.items():
            began = time.perf_counter()
            assert sign_in(backend, email, "Wrong1Wrong") == 401
            times.append(time.perf_counter() - began)
    known = median(took[ann.email])
    for times in took.values():
        assert 0.5 < median(times) / known < 2


SPELLINGS = [
    ("P\u00e4ssword1", "Pa\u0308ssword1"), ("\u212bngstrom1x", "A\u030angstrom1x"), ("Pa\ufb01xword1", "Pafixword1"),
    ("\uff30assword1", "Password1"), ("Passwor\u00b2d1", "Passwor2d1"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_two_spellings_of_one_text_are_one_password(backend: Backend, one: str, other: str) -> None:
    """A4: NFKC, the same at sign-up and at sign-in."""
    for name, made, typed in (("Ann", one, other), ("Bob", other, one)):
        account = backend.join(name, password=made)
        assert [sign_in(backend, account.email, each) for each in (made, typed)] == [200, 200]
        assert sign_in(backend, account.email, made + "x") == 401


def test_every_byte_of_a_password_counts_up_to_the_cap_and_none_beyond_is_hashed(backend: Backend) -> None:
    """A1, A4: no silent cut at 72 bytes or anywhere else; 1,024 bytes are taken and 1,025 are not."""
    for at, length in enumerate((64, 73, 128, 255, 1_023, LONGEST_PASSWORD)):
        password = ("Aa1" + "x" * length)[:length]
        account = backend.join(f"Ann{at}", password=password)
        changed = password[:-1] + "y"
        assert [sign_in(backend, account.email, each) for each in (password, changed, password[:-1])] == [200, 401, 401]
    before = backend.snapshot()
    for long in ("Aa1" + "x" * 1_022, "Aa1" + "\u00e9" * 511, "Aa1" + "\U0001f389" * 256, "Aa1" + "\ufdfa" * 60):
        assert len(long.encode()) > 160
        answer = backend.ask("POST", f"{BASE}/users", {"name": "Eve", "email": "eve@example.com", "password": long})
        assert answer.details == {"password": "Must have at most 1024 bytes"}
        assert sign_in(backend, "ann0@example.com", long) in (400, 401)
    assert backend.snapshot() == before
    emoji = backend.join("Emoji", password="Aa1 \U0001f389 correct horse")
    assert sign_in(backend, emoji.email, "Aa1 \U0001f389 correct horse") == 200


def test_a_hash_with_other_parameters_is_made_anew_at_the_next_sign_in_and_only_then(backend: Backend) -> None:
    """A5: and nothing else of the account changes, so its tokens stay good."""
    ann, bob = backend.join("Ann"), backend.join("Bob")
    old = backend.rows("SELECT id, password FROM users")
    backend.identity.passwords.hasher = better = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    before = backend.snapshot()
    assert sign_in(backend, ann.email, "Wrong1Wrong") == 401
    assert backend.snapshot() == before
    assert sign_in(backend, ann.email, PASSWORD) == 200
    new = dict(backend.rows("SELECT id, password FROM users"))
    assert (extract_parameters(new[ann.id]).time_cost, extract_parameters(new[ann.id]).memory_cost) == (2, 16)
    assert better.verify(new[ann.id], PASSWORD)
    assert new[bob.id] == dict(old)[bob.id]
    swapped = [tuple(new[ann.id] if each == dict(old)[ann.id] else each for each in row) for row in before["users"]]
    assert backend.snapshot() == before | {"users": swapped}
    again = backend.snapshot()
    assert sign_in(backend, ann.email, PASSWORD) == 200
    assert backend.snapshot() == again
    assert backend.ask("GET", f"{BASE}/users/{ann.id}", None, ann.token).body["email"] == ann.email


def test_a_hash_that_is_none_lets_no_one_in(backend: Backend) -> None:
    """E2: broken data denies."""
    ann = backend.join("Ann")
    for rubbish in ("", "x", "$argon2id$", PASSWORD):
        backend.store.writer.execute("UPDATE users SET password = ?", (rubbish,))
        assert 200 not in [sign_in(backend, ann.email, each) for each in (PASSWORD, rubbish, "")]


CANARIES = ("Canary1Canary", "Other9Canary")
HASH = "$argon2"
URLS = ("users", "users/1", "users/2", "posts", "posts/1", "users/1/posts", "auth/login")
TOKEN = re.compile(r'"access_token":"[^"]+"')
SHOWN = re.compile(r'"(name|title)": ?"[^"]*"')  # what was sent to be read by others, whatever it says


def test_no_password_hash_or_token_comes_out_anywhere(
    backend: Backend, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L1: canaries in every field of every operation, also when the server breaks; but for the token that signing in gives."""
    caplog.set_level(logging.DEBUG)
    ann, cid = backend.join("Ann", password=CANARIES[0]), backend.promote(backend.join("Cid"))
    signed_in = backend.ask("POST", LOGIN, {"email": ann.email, "password": CANARIES[0]})
    tokens = {ann.token, cid.token, signed_in.body["access_token"]}
    assert set(signed_in.body) == {"access_token", "token_type", "expires_in"}
    texts = [json.dumps({**signed_in.body, "access_token": ""})]

    def push() -> None:
        for who in (NOBODY, ann, cid):
            for canary in CANARIES:
                for url in (
                    "users",
                    "users/1",
                    "users/2",
                    "posts",
                    "posts/1",
                    "users/1/posts",
                    "auth/login",
                    f"users/{canary}",
                    canary,
                ):
                    for method in ("POST", "PUT", "PATCH", "GET", "DELETE"):
                        if (method, url, who) == ("DELETE", "users/1", cid):
                            continue
                        for body in bodies(canary):
                            answer = backend.ask(method, f"{BASE}/{url}", body, who.token)
                            text = TOKEN.sub("", answer.text) if (url, answer.status) == ("auth/login", 200) else answer.text
                            texts.append(SHOWN.sub("", text))
                            if method in ("GET", "DELETE"):
                                break

    push()
    texts += [backend.ask("GET", url).text for url in ("/openapi.json", "/docs")]
    monkeypatch.setattr(backend.engine, "now", lambda: 1 // 0)
    monkeypatch.setattr(backend.store, "read", fail)
    push()
    texts += [record.getMessage() + str(record.exc_text or "") + str(record.args) for record in caplog.records]
    assert len(texts) > 1_000
    columns = [f'"{field.name}"' for field in backend.engine.contract.resource["users"].fields if field.hidden]
    changes = json.dumps(backend.changes())
    assert not [column for column in (*columns, HASH) if column.replace('"', '\\"') in changes or column in changes]
    hashes = {each for (each,) in backend.rows("SELECT password FROM users")}
    for text in (*texts, SHOWN.sub("", changes)):
        assert not [secret for secret in (*tokens, *hashes, HASH, "ZeroDivisionError: ", "UNIQUE constraint") if secret in text]
        assert not [canary for canary in CANARIES if canary in text], text


def fail(*_: object) -> Any:
    raise RuntimeError(*CANARIES)


def bodies(canary: str) -> Iterator[object]:
    """Give inputs that carry a canary as a password, and in every other place where someone may have typed one."""
    yield {"name": "Eve", "email": "eve@example.com", "password": canary}
    yield {"name": canary, "email": f"{canary.lower()}@example.com", "password": canary}
    yield {"name": "Eve", "email": canary, "password": canary}
    yield {"password": canary}
    yield {"password": [canary]}
    yield {"password": {"value": canary}}
    yield {"email": "ann@example.com", "password": canary}
    yield {"email": canary, "password": 5}
    yield {"title": "x", "content": 5, "published_at": canary, "user_id": canary, "password": canary}
    yield {"title": [canary], "id": canary, "created_at": canary, "post_count": canary, "admin": canary, "epoch": canary}
    yield [canary]
    yield canary
    yield f'{{"password": "{canary}"'.encode()
    yield f'{{"password": "{canary}", "password": "{canary}"}}'.encode()
    yield f'{{"password": "{canary}\\u0000"}}'.encode()
    yield canary.encode("utf-16")
