"""Two databases that differ only in what a caller may not see answer that caller byte for byte the same (Z3, Z4).

What counts ids says how many there were: an id made after a draft reveals that some row came before it. So both twins make
rows in the same places, and differ in everything else about them. Whoever must not tell so much declares no `serial()`.
The one other exception is declared too: whether an address is taken is told to whoever signs up or moves to it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from kingpost.contract.model import Contract, Key
from kingpost.testing import Answer
from tests.engine.running import BASE, NOBODY, PASSWORD, START, Account, Backend, Bare, bare

SOUGHT = (
    "post",
    "draft",
    "p",
    "d",
    "a",
    "b",
    "c",
    "abc",
    "0",
    "1",
    "post+1",
    "bob+draft",
    "changed",
    "whole",
    "left",
    "%22-%22",
    "not+a",
)
SPANS = (
    "created_at[gte]=2027-01-15T08:00:00Z", "created_at[lt]=2027-01-15T08:00:01Z", "created_at[gt]=2027-01-15T07:59:59Z",
    "created_at[gt]=2027-01-15T08:00:00Z&created_at[lte]=2027-01-15T08:00:10Z", "created_at[lte]=2026-01-01T00:00:00Z",
    "published_at[gte]=2026-01-02T00:00:00Z", "published_at[lt]=2026-01-02T00:00:00Z", "published_at[gt]=2000-01-01T00:00:00Z",
    "published_at[gte]=2026-02-01T00:00:00Z", "post_count[gte]=1", "post_count[lt]=3", "title[gt]=a", "id[gt]=1",
)  # fmt: skip
MISSING = 90
PLACES = 5


class Draft(NamedTuple):
    """What stands in one place that only its owner knows of."""

    owner: int
    title: str
    content: str | None
    second: int
    fate: str


FATES = ("kept", "edited", "deleted", "taken back", "moved")
drafts = st.builds(
    Draft,
    st.integers(0, 1),
    st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=40),
    st.none() | st.text("abc <>&\"'%\\", max_size=400),
    st.integers(-100_000, 100_000),
    st.sampled_from(FATES),
)


class Twin(NamedTuple):
    """A blog with drafts, and those who look at it: no one in particular, someone with posts, someone without."""

    backend: Backend
    lookers: tuple[Account, ...]
    writers: tuple[Account, ...]


def twin(hidden: Sequence[Draft], secrets: Sequence[str] = ("Ann", "Eve")) -> Twin:
    """Make one; posts that can be seen, and those of the lookers, are the same in every twin."""
    backend = Backend()
    ann, eve = (backend.join(name, f"{word}@example.com") for name, word in zip(("Ann", "Eve"), secrets, strict=True))
    bob, cid = backend.join("Bob"), backend.join("Cid")
    for place, draft in enumerate(hidden):
        publish(backend, (ann, bob, eve)[place % 3], place)
        backend.now = START + place * 10
        write(backend, bob, {"title": f"Bob's draft {place}"})
        conceal(backend, (ann, eve), draft)
    publish(backend, eve, len(hidden))
    return Twin(backend, (NOBODY, bob, cid), (ann, eve))


def write(backend: Backend, account: Account, body: object) -> str:
    answer = backend.ask("POST", f"{BASE}/posts", body, account.token)
    assert answer.status == 201, answer
    return answer.headers["location"]


def publish(backend: Backend, account: Account, place: int) -> None:
    """Write a post that anyone sees; some share their times, so that ids decide their order."""
    backend.now = START + place // 2
    write(backend, account, {"title": f"Post {place}", "published_at": f"2026-01-{1 + place // 2:02}T00:00:00Z"})


def conceal(backend: Backend, writers: tuple[Account, ...], draft: Draft) -> None:
    """Make the row of one draft, and let it be there, or no longer, or have been public for a while."""
    owner = writers[draft.owner]
    backend.now = START + draft.second / 1_000
    row = write(backend, owner, {"title": draft.title, "content": draft.content})
    after: dict[str, list[tuple[str, Any]]] = {
        "kept": [],
        "edited": [("PATCH", {"title": draft.title[::-1], "content": "changed"})],
        "deleted": [("DELETE", None)],
        "taken back": [("PATCH", {"published_at": "2026-02-01T00:00:00Z"}), ("PATCH", {"published_at": None})],
        "moved": [("PUT", {"title": "whole"})],
    }
    for method, body in after[draft.fate]:
        assert backend.ask(method, row, body, owner.token).status in (200, 204)


def sorts(contract: Contract, name: str) -> list[str]:
    """Give every declared order of a resource, both ways."""
    keys = [entry.sort or (Key("id"),) for entry in contract.resource[name].lists.entries]
    said = [
        ",".join(f"{'-' if key.descending is not turn else ''}{key.field}" for key in sort) for sort in keys for turn in (0, 1)
    ]
    return ["", *dict.fromkeys(f"sort={each}" for each in said)]


def address(path: str, *parts: str) -> str:
    """Write an address, leaving out the parts that say nothing."""
    return f"{BASE}/{path}?{'&'.join(filter(None, parts))}".removesuffix("?")


def reads(contract: Contract, ids: Sequence[int]) -> Iterator[str]:
    """Give the addresses of everything that can be read, and of much that can not."""
    includes = ("", "include=user", "include=user.posts", "fields=id,title")
    for sort in sorts(contract, "posts"):
        for include in includes:
            for limit in (1, 3, 100):
                yield address("posts", f"limit={limit}", sort, include)
                yield address("users/1/posts", f"limit={limit}", sort, include)
        for user in (1, 2, 3, 4, 5, "x"):
            yield address("posts", f"user_id={user}", sort)
            yield address(f"users/{user}/posts", sort)
    for sort in sorts(contract, "users"):
        for include in ("", "include=posts", "include=posts.user.posts", "fields=post_count", "fields=id,email,created_at"):
            yield address("users", sort, include)
            yield address("users", "limit=1", sort, include)
    for user in (1, 2, 3, 4, 5):
        yield from (address(f"users/{user}", include) for include in ("", "include=posts", "include=posts.user"))
    for key in ids:
        yield from (address(f"posts/{key}", include) for include in includes)
    for words in SOUGHT:
        yield address("posts", f"q={words}", "limit=3", "total=true")
        yield address("users/1/posts", f"q={words}", "total=true")
        yield address("posts", f"q={words}", "user_id=2", "include=user", "total=true")
    for ends in SPANS:
        yield address("posts", ends, "limit=3", "total=true")
        yield address("users/1/posts", ends, "total=true")
        yield address("users", ends, "limit=2", "total=true")
    for path in ("posts", "users", "users/1/posts", "users/2/posts"):
        yield address(path, "total=true", "limit=1")
    for query in ("limit=0", "limit=101", "after=", "after=AAAA", "title=x", "sort=title", "published_at=", "include=secret",
                  "fields=password", "user_id=1&user_id=2", "q=draft", "total=true", "sort=password", "total=true&limit=1",
                  "total=true&user_id=1", "created_at[gte]=2027-01-15T08:00:01Z", "created_at[lt]=2027-01-15T08:00:01Z",
                  "sort=published_at&published_at[lte]=2030-01-01T00:00:00Z", "sort=-published_at&total=true",
                  "user_id=1&created_at[gt]=2027-01-15T08:00:00Z&total=true", "sort=-post_count&post_count[gte]=1",
                  "sort=post_count&post_count[lt]=1&total=true"):  # fmt: skip
        yield address("posts", query)
        yield address("users", query)
        yield address("users/1/posts", query)
    yield from ("/openapi.json", f"{BASE}/nothing", f"{BASE}/auth/login")


def walk(backend: Backend, url: str, token: str) -> Iterator[Answer]:
    """Ask for every page of a list, and for the last mark cut short and carried to another list."""
    after = ""
    for _ in range(100):
        answer = backend.ask("GET", f"{url}{'&' if '?' in url else '?'}after={after}" if after else url, None, token)
        yield answer
        found = answer.body.get("next") if answer.status == 200 else None
        if not isinstance(found, str):
            break
        after = found
    else:
        raise AssertionError(f"{url} has no end")
    if after:
        yield backend.ask("GET", f"{BASE}/posts?limit=2&after={after}", None, token)
        yield backend.ask("GET", f"{url}{'&' if '?' in url else '?'}after={after[:-2]}", None, token)


MARKS = ("*", '"1"', 'W/"x"', "garbage", "")


def attempts(ids: Sequence[int]) -> Iterator[tuple[str, str, object, tuple[tuple[str, str], ...]]]:
    """Give what someone might try on rows that are not theirs to see."""
    bodies: list[object] = [
        {"title": "Mine"},
        {},
        {"title": ""},
        {"user_id": 3},
        {"user_id": 99},
        {"title": "x", "secret": 1},
        [],
        None,
    ]
    for kind in ("text/csv", "application/x-ndjson", "text/html"):
        for path in ("posts", "posts?limit=3", "posts?sort=created_at", "users", "users/1/posts", "posts?include=user"):
            yield "GET", f"{BASE}/{path}", None, (("accept", kind),)
    for key in ids:
        url = f"{BASE}/posts/{key}"
        for body in bodies:
            yield "PATCH", url, body, ()
            yield "PUT", url, body, ()
        yield "DELETE", url, None, ()
        yield "DELETE", url, None, (("idempotency-key", f"remove {key}"),)
        yield "PATCH", url, {"title": "Mine"}, (("idempotency-key", f"change {key}"),)
        item: dict[str, object]
        for item in ({"do": "delete", "id": key}, {"do": "update", "id": key, "data": {"title": "Mine"}},
                     {"do": "replace", "id": key, "data": {"title": "Mine"}, "if_match": '"x"'},
                     {"do": "update", "id": key, "data": {"title": ""}},
                     {"do": "delete", "id": key, "if_match": "*"}):  # fmt: skip
            yield "POST", f"{BASE}/posts/batch", {"items": [item]}, ()
            yield "POST", f"{BASE}/posts/batch", {"items": [{"do": "create", "data": {"title": "Mine"}}, item]}, ()
        for method in ("HEAD", "OPTIONS", "POST", "TRACE"):
            yield method, url, {}, ()
        for name in ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range"):
            for mark in MARKS:
                for method in ("GET", "PATCH", "DELETE"):
                    yield method, url, {"title": "Mine"}, ((name, mark),)


def told(twin: Twin, looker: Account, ids: Sequence[int]) -> Iterator[tuple[str, Bare]]:
    """Give all that one looker can learn by asking, without a change."""
    backend = twin.backend
    for url in reads(backend.engine.contract, ids):
        for answer in walk(backend, url, looker.token):
            yield f"GET {url}", bare(answer)
    for method, url, body, headers in attempts(ids):
        yield f"{method} {url} {body} {headers}", bare(backend.ask(method, url, body, looker.token, headers))


def concealed(places: int) -> list[int]:
    """Give the ids of the places where drafts are."""
    return [place * 3 + 3 for place in range(places)]


def differences(one: Twin, other: Twin, looker: int, ids: Sequence[int]) -> list[tuple[str, Bare, Bare]]:
    left, right = (list(told(each, each.lookers[looker], ids)) for each in (one, other))
    assert [question for question, _ in left] == [question for question, _ in right]
    return [(question, mine, yours) for (question, mine), (_, yours) in zip(left, right, strict=True) if mine != yours]


def compare(pairs: Sequence[tuple[Draft, Draft]]) -> None:
    """Ask two twins everything, as everyone who may not read their drafts."""
    one, other = (twin([pair[side] for pair in pairs]) for side in (0, 1))
    with closing(one.backend), closing(other.backend):
        ids = concealed(PLACES)
        before = [each.backend.snapshot() for each in (one, other)]
        for looker in range(3):
            assert differences(one, other, looker, ids) == []
            statuses = Counter(answer[0] for _, answer in told(one, one.lookers[looker], ids))
            assert statuses[200] > 200
            assert statuses[404] > 50
        assert [each.backend.snapshot() for each in (one, other)] == before
        for each in (one, other):
            assert each.backend.ask("GET", f"{BASE}/posts/2", None, each.lookers[1].token).status == 200
        made = [
            bare(each.backend.ask("POST", f"{BASE}/posts", {"title": "New"}, each.lookers[1].token)) for each in (one, other)
        ]
        assert made[0][0] == 201
        assert made[0] == made[1]


pairs_of_drafts = st.lists(st.tuples(drafts, drafts), min_size=PLACES, max_size=PLACES)


@settings(max_examples=3, deadline=None, phases=[Phase.generate])  # a smaller example would take minutes and tell no more
@given(pairs_of_drafts)
def test_who_may_not_read_a_draft_can_not_tell_one_from_another_nor_from_none(pairs: list[tuple[Draft, Draft]]) -> None:
    compare(pairs)


@pytest.mark.prove
@settings(max_examples=30, deadline=None, phases=[Phase.generate])
@given(pairs_of_drafts)
def test_who_may_not_read_a_draft_can_not_tell_one_from_another_in_many_databases(pairs: list[tuple[Draft, Draft]]) -> None:
    compare(pairs)


def test_a_draft_answers_in_every_way_like_an_id_that_does_not_exist() -> None:
    """Z4: also for conditional requests, and with an input that does not fit."""
    hidden = [Draft(place % 2, f"Draft {place}", "text", place, FATES[place]) for place in range(PLACES)]
    here = twin(hidden)
    with closing(here.backend):
        for looker in here.lookers:
            missing = [(method, bare(here.backend.ask(method, url, body, looker.token, headers)))
                       for method, url, body, headers in attempts([MISSING])]  # fmt: skip
            for key in concealed(PLACES):
                found = [(method, bare(here.backend.ask(method, url, body, looker.token, headers)))
                         for method, url, body, headers in attempts([key])]  # fmt: skip
                assert found == missing


def test_the_twins_do_differ_for_those_who_may_read_the_drafts() -> None:
    """So the comparison above can fail."""
    one, other = (twin([Draft(0, title, None, 0, "kept")]) for title in ("Left", "Right"))
    with closing(one.backend), closing(other.backend):
        answers = [bare(each.backend.ask("GET", f"{BASE}/posts/3", None, each.writers[0].token)) for each in (one, other)]
        assert [answer[0] for answer in answers] == [200, 200]
        assert answers[0] != answers[1]
        for each in (one, other):
            each.backend.promote(each.lookers[2])
        assert differences(one, other, 2, [3]) != []


def strangers(twin: Twin, looker: Account) -> Iterator[tuple[str, Bare]]:
    """Give what a looker learns of accounts by trying to change them, to sign in as them or to make more."""
    backend = twin.backend
    for user in (1, 2, 5):
        for method, body in (
            ("PATCH", {"name": "Mine"}), ("PATCH", {"email": "left@example.com"}), ("PATCH", {"password": PASSWORD}),
            ("PATCH", {"admin": True}), ("PUT", {"name": "Mine", "email": "mine@example.com"}), ("DELETE", None),
        ):  # fmt: skip
            yield f"{method} {user} {body}", bare(backend.ask(method, f"{BASE}/users/{user}", body, looker.token))
    for address in ("left@example.com", "right@example.com", "LEFT@example.com", "no one", "new@example.com"):
        for password in ("Wrong1Wrong", "", "x" * 1_025):
            body = {"email": address, "password": password}
            yield f"sign in {body}", bare(backend.ask("POST", f"{BASE}/auth/login", body, looker.token))


def test_who_may_not_read_an_account_can_not_tell_what_is_hidden_in_it() -> None:
    """Z3 for fields: the address, the password, the times, whether an admin, and how often tokens ended; A7 for signing in."""
    hidden = [Draft(place % 2, "Draft", None, 0, "kept") for place in range(2)]
    one, other = twin(hidden, ("left", "eve")), twin(hidden, ("right", "evelyn"))
    with closing(one.backend), closing(other.backend):
        ann = other.writers[0]
        other.backend.now += 500
        renewed = other.backend.ask("PATCH", f"{BASE}/users/{ann.id}", {"password": "Another1Secret"}, ann.token)
        assert renewed.status == 200
        other.backend.promote(other.writers[1])
        other.backend.now = one.backend.now = START + 100
        columns = ("email", "email_key", "password", "admin", "epoch", "updated_at")
        rows = [each.backend.rows(f"SELECT {', '.join(columns)} FROM users WHERE id < 3") for each in (one, other)]
        differ = {
            name for left, right in zip(*rows, strict=True) for name, a, b in zip(columns, left, right, strict=True) if a != b
        }
        assert differ == set(columns)
        for looker in range(3):
            assert differences(one, other, looker, concealed(2)) == []
            left, right = (list(strangers(each, each.lookers[looker])) for each in (one, other))
            assert left == right


def test_a_hidden_field_can_not_be_named_by_anyone() -> None:
    """Z3 by construction: a question about a hidden field is refused whatever the rows are."""
    backend = Backend()
    with closing(backend):
        ann, bob = backend.join("Ann"), backend.join("Bob")
        backend.promote(bob)
        hidden = [field.name for field in backend.engine.contract.resource["users"].fields if field.hidden]
        assert {"password", "admin", "epoch"} <= set(hidden)
        for name in hidden:
            for token in ("", ann.token, bob.token):
                for query in (
                    f"fields={name}",
                    f"sort={name}",
                    f"sort=-{name}",
                    f"{name}=1",
                    f"include={name}",
                    f"{name}[gte]=1",
                ):
                    assert backend.ask("GET", f"{BASE}/users?{query.format(name)}", None, token).status == 400
