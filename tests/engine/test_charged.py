"""Who pays for a call, out of which budget, and how often one may fail to sign in."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Literal

import pytest
from argon2 import PasswordHasher

from kingpost import Access, Account, App, Budget, PasswordPolicy, Resource, anyone, number, owner, serial, signed_in, text
from kingpost.call import Allowance, Call, Failure, Parent, Result
from kingpost.engine.run import run
from tests.engine.running import PASSWORD, Backend

HERE, THERE = "192.0.2.1", "192.0.2.2"
NAMES = ("Ann", "Bob")


class User(Account, table="users"):
    """Someone with an account."""

    id: int = serial()
    name: str = text(max=50)

    password = PasswordPolicy(min=8)
    access = Access(create=anyone, read=anyone, update=owner())


class Note(Resource, table="notes"):
    """Something that may be asked for more often than the rest."""

    id: int = serial()
    title: str = text(max=50)

    access = Access(create=signed_in, read=anyone)
    budget = Budget(20, per=60)


class Project(Resource, table="projects"):
    """A thing whose budget is a field of its own."""

    id: int = serial()
    budget: int | None = number()

    access = Access(read=anyone)


class Counting(PasswordHasher):
    """A cheap hasher that knows how often it was asked."""

    asked = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        """Count, then compare."""
        self.asked += 1
        return super().verify(hash, password)


@pytest.fixture
def backend() -> Iterator[Backend]:
    """A backend with a budget of ten calls for all but notes; what is made inside the process costs nothing."""
    with closing(Backend(App(User, Note, budget=Budget(10, per=100)))) as made:
        for name in NAMES:
            made.join(name)
        made.identity.passwords.hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
        made.identity.passwords.most = 100
        yield made


def asked(backend: Backend, *calls: Call) -> list[Result | Failure]:
    """Ask all at once."""

    async def together() -> list[Result | Failure]:
        return list(await asyncio.gather(*(run(backend.engine, call) for call in calls)))

    assert backend.loop is not None
    return backend.loop.run_until_complete(together())


def token(backend: Backend, key: int) -> str:
    """Give the token of an account."""
    return backend.identity.token(key, 0)


def kinds(outcomes: list[Result | Failure]) -> Counter[str]:
    """Count what came back, by kind."""
    return Counter(each.kind if isinstance(each, Failure) else "ok" for each in outcomes)


def hasher(backend: Backend) -> Counting:
    """Give the backend's hasher."""
    found = backend.identity.passwords.hasher
    assert isinstance(found, Counting)
    return found


def left(outcome: Result | Failure) -> int:
    """Give what remains of the budget that a call was charged to."""
    assert outcome.seen.allowance is not None
    return outcome.seen.allowance.remaining


# ------------------------------------------------------------------------------------------------------------- who pays


def test_a_client_has_its_budget_and_then_is_told_how_long_to_wait(backend: Backend) -> None:
    call = Call("users.list", address=HERE)
    first = asked(backend, call)[0]
    assert isinstance(first, Result) and first.seen.allowance == Allowance("default", 10, 100, 9, 100)
    assert kinds(asked(backend, *[call] * 20)) == {"ok": 9, "limited": 11}
    (refused,) = asked(backend, call)
    assert isinstance(refused, Failure)
    assert (refused.kind, refused.message, refused.retry_after) == ("limited", "Too many calls; try again later", 101)
    assert refused.seen.allowance == Allowance("default", 10, 100, 0, 101)
    backend.now += 101
    assert kinds(asked(backend, *[call] * 20)) == {"ok": 1, "limited": 19}


def test_each_address_and_each_account_pays_for_itself_wherever_it_is(backend: Backend) -> None:
    assert kinds(asked(backend, *[Call("users.list", address=HERE)] * 20))["ok"] == 10
    assert kinds(asked(backend, *[Call("users.list", address=THERE)] * 20))["ok"] == 10
    for key in (1, 2):
        calls = [Call("users.list", address=place, token=token(backend, key)) for place in (HERE, THERE) * 10]
        assert kinds(asked(backend, *calls)) == {"ok": 10, "limited": 10}


def test_all_tokens_of_an_account_are_one_payer(backend: Backend) -> None:
    for second in range(20):
        backend.now += 0.001 + second % 2
        (outcome,) = asked(backend, Call("users.list", address=HERE, token=token(backend, 1)))
        assert isinstance(outcome, Result) == (second < 10)


def test_a_token_that_is_not_believed_is_charged_to_where_it_came_from(backend: Backend) -> None:
    bad = [Call("users.list", address=HERE, token=f"not a token {number}") for number in range(20)]
    outcomes = asked(backend, *bad)
    assert kinds(outcomes) == {"bad_token": 10, "limited": 10}
    assert [left(each) for each in outcomes] == [*range(9, -1, -1), *[0] * 10]
    assert kinds(asked(backend, Call("users.list", address=HERE))) == {"limited": 1}
    assert kinds(asked(backend, Call("users.list", address=HERE, token=token(backend, 1)))) == {"ok": 1}


def test_who_was_known_and_is_no_longer_spends_nothing_of_the_account(backend: Backend) -> None:
    old = token(backend, 1)
    (known, again) = (asked(backend, Call("users.get", key="1", address=HERE, token=old))[0] for _ in range(2))
    assert (left(known), left(again)) == (9, 8)
    (missing,) = asked(backend, Call("users.get", key="77", address=HERE, token=old))
    assert isinstance(missing, Failure)
    assert (missing.kind, left(missing)) == ("not_found", 7), "one call, though it was asked in two ways"
    change = asked(backend, Call("users.merge", key="1", input={"password": "Another123!"}, address=HERE, token=old))
    assert kinds(change) == {"ok": 1}
    outcomes = asked(backend, *[Call("users.get", key="1", address=HERE, token=old)] * 5)
    assert kinds(outcomes) == {"bad_token": 5}
    assert sorted(map(left, outcomes)) == [5, 6, 7, 8, 9], "its address pays"
    (new,) = asked(backend, Call("users.get", key="1", address=HERE, token=backend.identity.token(1, 1)))
    assert left(new) == 5, "the account has paid for four calls and this one"


def test_an_address_of_an_IPv6_network_of_64_bits_is_any_of_them(backend: Backend) -> None:
    calls = [Call("users.list", address=f"2001:db8::{number:x}") for number in range(20)]
    assert kinds(asked(backend, *calls)) == {"ok": 10, "limited": 10}
    assert kinds(asked(backend, Call("users.list", address="2001:db8:0:1::"))) == {"ok": 1}


def test_inside_the_process_nothing_is_counted(backend: Backend) -> None:
    for given in (None, token(backend, 1)):
        outcomes = asked(backend, *[Call("users.list", token=given)] * 50)
        assert kinds(outcomes) == {"ok": 50} and {each.seen.allowance for each in outcomes} == {None}


# ------------------------------------------------------------------------------------------------------ for what it pays


def test_a_resource_with_a_budget_of_its_own_counts_apart(backend: Backend) -> None:
    notes = asked(backend, *[Call("notes.list", address=HERE)] * 30)
    assert kinds(notes) == {"ok": 20, "limited": 10}
    assert notes[0].seen.allowance == Allowance("notes", 20, 60, 19, 60)
    assert kinds(asked(backend, Call("notes.get", key="1", address=HERE))) == {"limited": 1}
    assert kinds(asked(backend, *[Call("users.list", address=HERE)] * 20)) == {"ok": 10, "limited": 10}


def test_a_field_may_be_called_budget() -> None:
    assert App(Project).contract.resource["projects"].budget is None
    assert "budget" in App(Project).contract.resource["projects"].field


def test_one_call_of_many_parts_pays_for_each(backend: Backend) -> None:
    whole = Call("users.list", address=HERE, parts=(Call("users.list"),) * 6)
    assert left(asked(backend, whole)[0]) == 4
    (refused,) = asked(backend, whole)
    assert isinstance(refused, Failure) and refused.kind == "limited" and left(refused) == 4
    assert left(asked(backend, Call("users.list", address=HERE))[0]) == 3


def test_whatever_a_call_comes_to_it_pays_and_is_told_what_is_left(backend: Backend) -> None:
    calls = {
        "ok": Call("users.get", key="1", address=HERE),
        "not_found": Call("users.get", key="99", address=HERE),
        "unauthenticated": Call("notes.create", input={"title": "x"}, address=THERE),
        "bad_mark": Call("users.list", after="x", address=HERE),
        "invalid": Call("users.create", input={}, address=HERE),
        "malformed": Call("users.create", fault=Failure("malformed", "x"), address=HERE),
    }
    outcomes = [asked(backend, call)[0] for call in calls.values()]
    assert [*kinds(outcomes)] == [*calls]
    assert [left(each) for each in outcomes] == [9, 8, 19, 7, 6, 5]


def test_a_refusal_for_want_of_budget_comes_before_all_else_and_changes_nothing(backend: Backend) -> None:
    """R3: no hash, no look at the input, no plan."""
    asked(backend, *[Call("users.list", address=HERE)] * 10)
    before, hashes, plans = backend.snapshot(), hasher(backend).asked, len(backend.engine.plans.kept)
    joining = {"email": "eve@example.com", "password": PASSWORD, "name": "Eve"}
    calls = [
        Call("users.create", input=joining, address=HERE),
        Call("users.create", input="junk", address=HERE),
        Call("users.list", fault=Failure("malformed", "x"), address=HERE),
        Call("users.merge", key="1", input={"name": "x"}, address=HERE),
        Call("users.list", parent=Parent("notes", "1", "user_id"), address=HERE),
        Call("auth.login", input={"email": "ann@example.com", "password": PASSWORD}, address=HERE),
    ]
    assert kinds(asked(backend, *calls)) == {"limited": 6}
    assert (backend.snapshot(), hasher(backend).asked, len(backend.engine.plans.kept)) == (before, hashes, plans)


def test_when_the_counts_can_not_be_read_nothing_is_answered(backend: Backend) -> None:
    """E2."""
    before = backend.snapshot()
    backend.engine.limits.memory.close()
    joining = {"email": "eve@example.com", "password": PASSWORD, "name": "Eve"}
    calls = [Call("users.list", address=HERE), Call("users.create", input=joining, address=HERE)]
    assert kinds(asked(backend, *calls)) == {"internal": 2}
    assert backend.snapshot() == before


# ------------------------------------------------------------------------------------------------------------- signing in


def attempt(email: str, password: str, address: str) -> Call:
    """Give a call that signs in."""
    return Call("auth.login", input={"email": email, "password": password}, address=address)


@pytest.fixture
def door() -> Iterator[Backend]:
    """A backend whose budget of calls never runs out."""
    with closing(Backend(App(User, budget=Budget(100_000)))) as made:
        for name in NAMES:
            made.join(name)
        made.identity.passwords.hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
        made.identity.passwords.most = 100
        yield made


@pytest.mark.parametrize("email", ["ann@example.com", "nobody@example.com"])
def test_of_64_wrong_passwords_at_once_five_are_looked_at(door: Backend, email: str) -> None:
    """A8: whether or not there is such an account, and wherever each comes from."""
    calls = [attempt(email, f"wrong {number}", f"192.0.2.{number}") for number in range(64)]
    outcomes = asked(door, *calls)
    assert kinds(outcomes) == {"bad_credentials": 5, "limited": 59}
    assert hasher(door).asked == 5
    refused = [each for each in outcomes if isinstance(each, Failure) and each.kind == "limited"]
    assert {(each.message, each.retry_after) for each in refused} == {
        ("Too many failed attempts to sign in; try again later", 901)
    }


def test_five_failures_of_one_address_close_it_for_all_accounts_and_others_stay_open(door: Backend) -> None:
    calls = [attempt(f"someone{number}@example.com", "wrong", HERE) for number in range(64)]
    assert kinds(asked(door, *calls)) == {"bad_credentials": 5, "limited": 59}
    assert kinds(asked(door, attempt("ann@example.com", PASSWORD, HERE))) == {"limited": 1}
    assert kinds(asked(door, attempt("ann@example.com", PASSWORD, THERE))) == {"ok": 1}
    # What was refused for the address was not held against the accounts.
    assert kinds(asked(door, *[attempt("someone63@example.com", "wrong", f"198.51.100.{n}") for n in range(6)])) == {
        "bad_credentials": 5,
        "limited": 1,
    }


def test_one_account_is_one_account_in_every_spelling(door: Backend) -> None:
    spellings = ("ann@example.com", "ANN@example.com", "Ann@EXAMPLE.com")
    calls = [attempt(spelling, "wrong", f"192.0.2.{host}") for host, spelling in enumerate(spellings * 4)]
    assert kinds(asked(door, *calls)) == {"bad_credentials": 5, "limited": 7}


def test_successes_are_not_counted_however_many(door: Backend) -> None:
    assert kinds(asked(door, *[attempt("ann@example.com", PASSWORD, HERE)] * 5)) == {"ok": 5}
    for _ in range(20):
        assert kinds(asked(door, attempt("ann@example.com", PASSWORD, HERE))) == {"ok": 1}
    assert kinds(asked(door, *[attempt("ann@example.com", "wrong", HERE)] * 10)) == {"bad_credentials": 5, "limited": 5}


def test_a_failure_is_forgotten_after_fifteen_minutes_and_the_right_password_waits_as_long(door: Backend) -> None:
    asked(door, *[attempt("ann@example.com", "wrong", HERE)] * 5)
    (refused,) = asked(door, attempt("ann@example.com", PASSWORD, HERE))
    assert isinstance(refused, Failure) and (refused.kind, refused.retry_after) == ("limited", 901)
    door.now += 900
    assert kinds(asked(door, attempt("ann@example.com", PASSWORD, HERE))) == {"limited": 1}
    door.now += 1
    assert kinds(asked(door, attempt("ann@example.com", PASSWORD, HERE))) == {"ok": 1}


def test_an_attempt_that_no_one_had_the_time_to_look_at_is_not_held_against_the_account(door: Backend) -> None:
    door.identity.passwords.most = 0
    assert kinds(asked(door, *[attempt("ann@example.com", PASSWORD, HERE)] * 20)) == {"unavailable": 20}
    door.identity.passwords.most = 100
    assert kinds(asked(door, attempt("ann@example.com", PASSWORD, HERE))) == {"ok": 1}


def test_a_caller_that_goes_away_is_counted_all_the_same(door: Backend) -> None:
    """Or one could have any number of hashes made by hanging up."""

    async def hang_up() -> None:
        task = asyncio.create_task(run(door.engine, attempt("ann@example.com", "wrong", HERE)))
        while door.identity.passwords.under_way == 0:  # noqa: ASYNC110  # nothing tells when it begins
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    assert door.loop is not None
    for _ in range(5):
        door.loop.run_until_complete(hang_up())
    assert kinds(asked(door, attempt("ann@example.com", PASSWORD, HERE))) == {"limited": 1}


def test_signing_in_from_inside_the_process_is_not_counted(door: Backend) -> None:
    assert kinds(asked(door, *[attempt("ann@example.com", "wrong", "")] * 20)) == {"bad_credentials": 20}


def test_an_account_that_is_closed_and_none_at_all_answer_in_the_same_bytes(door: Backend) -> None:
    door.join("Zoe")
    known, unknown = ("zoe@example.com", "yan@example.com")
    for host in range(7):
        one, other = (asked(door, attempt(email, "wrong", f"192.0.2.{host}"))[0] for email in (known, unknown))
        assert isinstance(one, Failure) and isinstance(other, Failure)
        assert (one.kind, one.message, one.details, one.retry_after) == (
            other.kind, other.message, other.details, other.retry_after
        )  # fmt: skip
