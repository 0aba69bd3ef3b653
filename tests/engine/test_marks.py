"""A page mark is good for the list, the filter and the reader it was written for, in the spelling it was written in."""

import base64
from contextlib import closing

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kingpost.call import Actor, Refused
from kingpost.contract.scalars import LARGEST, SMALLEST, Stored
from kingpost.engine.marks import SEAL, Marks, derive
from tests.engine.running import BASE, NOBODY, SECRET, Account, Backend

MARKS = Marks(SECRET)
OTHER: list[Stored] = ["\ud800 is in no text that is stored"] * 4
SCOPE: tuple[object, ...] = ("posts.list", ("user_id",), [1], Actor(1, True))
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=., \x00é"

values = st.lists(
    st.none() | st.integers(SMALLEST, LARGEST) | st.text(st.characters(codec="utf-8"), max_size=20), min_size=1, max_size=4
)
scopes = st.tuples(st.text(max_size=5), st.lists(st.text(max_size=3)), st.none() | st.integers(), st.booleans())


def refused(scope: tuple[object, ...], mark: str, length: int, marks: Marks = MARKS) -> bool:
    """Whether a mark is refused; with the one failure there is for it."""
    with pytest.raises(Refused) as refusal:
        marks.read(scope, mark, length)
    return refusal.value.failure.kind == "bad_mark" and refusal.value.failure.details == ()


@given(scopes, values)
def test_a_mark_gives_back_the_values_it_was_written_with(scope: tuple[object, ...], given_values: list[Stored]) -> None:
    assert MARKS.read(scope, MARKS.write(scope, given_values, OTHER[: len(given_values)]), len(given_values)) == (
        0,
        given_values,
    )


@given(values, st.data())
def test_a_mark_tells_how_many_of_its_first_keys_the_next_row_shares(given_values: list[Stored], data: st.DataObject) -> None:
    alike = data.draw(st.integers(0, len(given_values)))
    following = [*given_values[:alike], *([b"another"] * (len(given_values) - alike))]
    mark = MARKS.write(SCOPE, given_values, following)  # type: ignore[arg-type]  # bytes are like no value that is stored
    assert MARKS.read(SCOPE, mark, len(given_values)) == (alike, given_values)


@given(values, st.data())
def test_a_mark_with_a_character_changed_added_or_left_out_is_refused(given_values: list[Stored], data: st.DataObject) -> None:
    """U2."""
    mark = MARKS.write(SCOPE, given_values, OTHER[: len(given_values)])
    at = data.draw(st.integers(0, len(mark)))
    until = data.draw(st.sampled_from([at, at + 1, len(mark)]))
    forged = mark[:at] + data.draw(st.text(ALPHABET, max_size=2)) + mark[until:]
    assume(forged != mark)
    assert refused(SCOPE, forged, len(given_values))


@given(values)
def test_a_mark_with_any_bit_turned_is_refused(given_values: list[Stored]) -> None:
    mark = MARKS.write(SCOPE, given_values, OTHER[: len(given_values)])
    raw = base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4))
    for at in range(len(raw)):
        for bit in range(8):
            turned = bytes([*raw[:at], raw[at] ^ 1 << bit, *raw[at + 1 :]])
            assert refused(SCOPE, base64.urlsafe_b64encode(turned).rstrip(b"=").decode(), len(given_values))


@given(scopes, scopes, values)
def test_a_mark_of_another_list_or_reader_is_refused(
    mine: tuple[object, ...], other: tuple[object, ...], given_values: list[Stored]
) -> None:
    assume(mine != other or repr(mine) != repr(other))
    assert refused(other, MARKS.write(mine, given_values, OTHER[: len(given_values)]), len(given_values))


@given(values, st.integers(0, 6))
def test_a_mark_of_another_length_is_refused(given_values: list[Stored], length: int) -> None:
    assume(length != len(given_values))
    assert refused(SCOPE, MARKS.write(SCOPE, given_values, OTHER[: len(given_values)]), length)


@settings(max_examples=300)
@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_text_that_is_no_mark_is_refused(text: str) -> None:
    assert refused(SCOPE, text, 1)


def test_a_mark_of_another_secret_or_of_too_great_a_length_is_refused() -> None:
    assert refused(SCOPE, Marks(b"another secret".ljust(32)).write(SCOPE, [1], [2]), 1)
    assert refused(SCOPE, "A" * 10_000_000, 1)


def test_every_purpose_has_a_key_of_its_own() -> None:
    keys = {derive(SECRET, purpose) for purpose in ("page mark", "access token", "page  mark", "")}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}
    assert SEAL >= 16


def test_a_mark_from_one_list_reader_or_filter_is_an_invalid_cursor_everywhere_else() -> None:
    backend = Backend()
    with closing(backend):
        ann, bob = backend.join("Ann"), backend.join("Bob")
        for account in (ann, bob):
            for number in range(4):
                body = {"title": f"Post {number}", "published_at": "2026-01-31T10:30:00Z"}
                assert backend.ask("POST", f"{BASE}/posts", body, account.token).status == 201
        narrowed = ["", "&sort=created_at", "&sort=-published_at", "&sort=published_at", "&user_id=1", "&user_id=2"]
        lists = [*(f"posts?limit=1{each}" for each in narrowed), "users?limit=1"]
        places: list[tuple[Account, str]] = [(account, each) for account in (NOBODY, ann, bob) for each in lists]
        marks = [backend.ask("GET", f"{BASE}/{each}", None, account.token).body["next"] for account, each in places]
        assert len({*marks}) == len(marks)
        before = backend.snapshot()
        for at, mark in enumerate(marks):
            for here, (account, each) in enumerate(places):
                answer = backend.ask("GET", f"{BASE}/{each}&after={mark}", None, account.token)
                assert (answer.status, answer.error.get("code")) == ((200, None) if at == here else (400, "INVALID_CURSOR")), (
                    answer
                )
        # The list of an address and the list of a filter are one list, so they share their marks.
        shared = marks[places.index((ann, "posts?limit=1&user_id=2"))]
        assert backend.ask("GET", f"{BASE}/users/2/posts?limit=1&after={shared}", None, ann.token).status == 200
        assert backend.snapshot() == before


def test_a_mark_ends_with_the_standing_it_was_given_to() -> None:
    backend = Backend()
    with closing(backend):
        ann = backend.join("Ann")
        for _ in range(2):
            assert backend.ask("POST", f"{BASE}/posts", {"title": "Draft"}, ann.token).status == 201
        backend.promote(ann)
        mark = backend.ask("GET", f"{BASE}/posts?limit=1", None, ann.token).body["next"]
        assert backend.ask("GET", f"{BASE}/posts?limit=1&after={mark}", None, ann.token).status == 200
        backend.promote(ann, False)
        assert backend.ask("GET", f"{BASE}/posts?limit=1&after={mark}", None, ann.token).error["code"] == "INVALID_CURSOR"
