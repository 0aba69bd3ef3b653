"""A list can be narrowed to a range of what it is sorted by first, and counted."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

import pytest

from kingpost import Access, Account, App, Lists, Resource, anyone, decimal, email, key, number, serial, text, value
from kingpost.contract.ranges import ranged
from kingpost.store.sqlite.connect import SqliteStore
from kingpost.testing import Client
from tests.surface.rest.scene import BASE, become, envelope, gallery, join

PAINTINGS = f"{BASE}/paintings"
SOLD = "2026-01-31T10:30:00Z"
WIDTHS = (10, 20, 20, 30, 40)
OFFERED = (
    "Lists of paintings: sort by -made_at; filter by member_id and sort by -made_at; filter by technique and sort by title; "
    "filter by contact and sort by -made_at; filter by framed and sort by width"
)
ONLY_FIRST = f"Is not offered here. {OFFERED}; a range is of what a list is sorted by first"


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A gallery with five framed paintings, who are named by their number."""
    with Client(gallery()) as made:
        join(made, "ada")
        become(made, "ada")
        for number, width in enumerate(WIDTHS, 1):
            body = {"title": f"N{number}", "width": width, "framed": True, "sold_at": SOLD if number % 2 else None}
            assert made.post(PAINTINGS, body).status == 201
        yield made


def widths(client: Client, query: str) -> list[int]:
    answer = client.get(f"{PAINTINGS}?framed=true&limit=100&{query}")
    assert answer.status == 200, answer
    return [row["width"] for row in answer.body["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("width[gt]=20", [30, 40]),
        ("width[gte]=20", [20, 20, 30, 40]),
        ("width[lt]=20", [10]),
        ("width[lte]=20", [10, 20, 20]),
        ("width[gt]=10&width[lt]=40", [20, 20, 30]),
        ("width[lt]=40&width[gt]=10&sort=-width", [30, 20, 20]),
        ("width%5Bgte%5D=30", [30, 40]),
        ("width[gte]=30&width[lte]=10", []),
        ("width[gte]=-5", [10, 20, 20, 30, 40]),
        ("width[lt]=9223372036854775807", [10, 20, 20, 30, 40]),
    ],
)
def test_a_list_gives_the_rows_in_a_range_in_order(query: str, found: list[int], client: Client) -> None:
    assert widths(client, query) == found


def test_an_end_of_a_text_may_be_shorter_than_any_value(client: Client) -> None:
    for query, found in (("title[gt]=", 5), ("title[gte]=N3", 3), ("title[lt]=N3", 2), ("title[lt]=n", 5), ("title[gt]=n", 0)):
        assert len(client.get(f"{PAINTINGS}?technique=oil&limit=100&{query}").body["items"]) == found


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("framed=true&width[gt]=1&width[gte]=1", "width[gte]", "Can not be combined with width[gt]"),
        ("framed=true&width[lte]=1&width[lt]=1", "width[lte]", "Can not be combined with width[lt]"),
        ("framed=true&width[gt]=x", "width[gt]", "Must be a whole number"),
        ("framed=true&width[gt]=", "width[gt]", "Must be a whole number"),
        ("framed=true&width[gt]=99999999999999999999", "width[gt]", "Must be a whole number"),
        ("made_at[gte]=yesterday", "made_at[gte]", "Must be a date and time with a zone such as 2026-01-31T10:30:00Z"),
        ("width[gt]=1", "width[gt]", ONLY_FIRST),
        ("framed=true&made_at[gt]=2026-01-01T00:00:00Z", "made_at[gt]", ONLY_FIRST),
        ("framed=true&sort=width&made_at[gt]=2026-01-01T00:00:00Z", "made_at[gt]", ONLY_FIRST),
        ("made_at[gt]=2026-01-01T00:00:00Z&width[lt]=3", "width[lt]", ONLY_FIRST),
        ("framed=true&width[gt]=1&width[gt]=2", "width[gt]", "Is given twice"),
        ("total=yes", "total", "Must be true or false"),
        ("total=", "total", "Must be true or false"),
    ],
)
def test_a_range_that_is_not_one_is_refused_with_its_reason(query: str, field: str, message: str, client: Client) -> None:
    assert envelope(client.get(f"{PAINTINGS}?{query}"), 400, "VALIDATION_ERROR").details == {field: message}


@pytest.mark.parametrize(
    "name", ["notes[gt]", "framed[gte]", "password[gt]", "width[eq]", "width[]", "width[gt", "width]", "[gt]", "width[gt][lt]"]
)
def test_what_has_no_ranges_is_no_parameter(name: str, client: Client) -> None:
    refused = envelope(client.get(f"{PAINTINGS}?framed=true&{name}=1"), 400, "VALIDATION_ERROR")
    known = "limit, after, sort, total, fields, include, contact, framed, member_id, technique, "
    ends = ", ".join(f"{field}[gt|gte|lt|lte]" for field in ("made_at", "title", "width"))
    assert refused.details == {name: f"Is not a parameter here; there are {known}{ends}"}


def test_one_row_takes_no_range_and_no_total(client: Client) -> None:
    for query in ("id[gt]=1", "total=true", "q=a"):
        refused = envelope(client.get(f"{PAINTINGS}/1?{query}"), 400, "VALIDATION_ERROR")
        assert list(refused.details) == [query.partition("=")[0]]


def test_a_mark_of_one_range_is_none_of_another(client: Client) -> None:
    url = f"{PAINTINGS}?framed=true&limit=1"
    first = client.get(f"{url}&width[gte]=20&width[lt]=40")
    mark = first.body["next"]
    assert [row["width"] for row in client.get(f"{url}&width[gte]=20&width[lt]=40&after={mark}").body["items"]] == [20]
    assert client.get(f"{url}&width[gte]=20&width[lt]=40&after={mark}&total=true").body["total"] == 4 - 1
    for other in ("", "width[gte]=20", "width[gt]=20&width[lt]=40", "width[gte]=20&width[lt]=41", "sort=-width"):
        envelope(client.get(f"{url}&{other}&after={mark}"), 400, "INVALID_CURSOR")


def test_a_total_says_how_many_rows_the_caller_may_see(client: Client) -> None:
    for token, there in ((client.token, 5), ("", 3)):
        client.token, mine = token, client.token
        for query in ("", "&limit=2", "&width[gte]=10"):
            answer = client.get(f"{PAINTINGS}?framed=true&total=true{query}")
            assert (answer.status, list(answer.body)) == (200, ["items", "next", "total"])
            assert answer.body["total"] == there
        assert client.get(f"{BASE}/members/1/paintings?total=true&limit=1").body["total"] == there
        assert list(client.get(f"{PAINTINGS}?total=false").body) == ["items", "next"]
        client.token = mine


def test_a_total_says_no_number_over_ten_thousand() -> None:
    with Client(gallery()) as many:
        store = many.engine.store
        assert isinstance(store, SqliteStore)
        for count, told in ((10_000, 10_000), (10_001, "10000+"), (10_002, "10000+")):
            with store.writer:
                store.writer.execute("DELETE FROM styles")
                names = ((f"01890a5d-ac96-774b-bcce-{number:012}", f"Style {number}") for number in range(count))
                store.writer.executemany("INSERT INTO styles (id, name) VALUES (?, ?)", names)
            answer = many.get(f"{BASE}/styles?total=true&limit=1")
            assert (answer.status, answer.body["total"]) == (200, told)


class Person(Account, table="persons"):
    id: int = serial()
    nickname: str = text(max=20)
    access = Access(read=anyone)
    lists = Lists("email", "nickname email", "email nickname")


class Item(Resource, table="items"):
    id: UUID = key()
    kind: Literal["b", "a"] = value()
    open: bool = value()
    contact: str = email()
    seen_at: datetime | None = value()
    price: Decimal = decimal(precision=6, scale=2)
    day: date = value()
    size: int = number()
    access = Access(read=anyone)
    lists = Lists("kind", "open", "contact", "id", "seen_at", "price", "day", "size", "kind price", "open -day")


def test_only_what_has_an_order_of_its_own_has_ranges() -> None:
    """Words of a choice go by letter and not as declared; an address is compared by another form than it is sorted by."""
    contract = App(Person, Item).contract
    assert ranged(contract.resource["items"]) == ("id", "seen_at", "price", "day", "size")
    assert ranged(contract.resource["persons"]) == ("nickname",)
