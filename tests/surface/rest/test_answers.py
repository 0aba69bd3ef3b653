"""What comes back when all is well: statuses, headers and bodies of every method."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from kingpost.testing import Answer, Client
from tests.surface.rest.scene import BASE, PASSWORD, become, envelope, gallery, join

KEY = "01890a5d-ac96-774b-bcce-b302099a8057"
SOLD = "2026-01-31T10:30:00.000000Z"
FULL = {
    "title": "Boats",
    "notes": "In the morning",
    "width": 80,
    "price": "1250.50",
    "framed": True,
    "begun_on": "2025-12-24",
    "sold_at": SOLD,
    "catalogue": KEY,
    "technique": "ink",
    "tags": ["sea", "Ärmel", ""],
    "extra": {"b": [1, None, True, "x"], "a": {}},
    "contact": "Dealer@Example.com",
    "style_ids": [],
}
BLANK: dict[str, object] = {
    "notes": None, "price": None, "framed": False, "begun_on": None, "sold_at": None, "catalogue": None, "technique": "oil",
    "tags": [], "extra": None, "contact": None,
}  # fmt: skip
HOSTILE = [
    "'", "''", '"', "' OR '1'='1", "'; DROP TABLE paintings; --", "1); DELETE FROM members; --", "\\", "\\'", "%", "_",
    "%%", "%_\\",
    "*", "?", "[a-z]", ":name", "?1", "$1", "{}", "{0}", "%s", "%(x)s", "${x}", "{{7*7}}", "<script>alert(1)</script>",
    "a\r\nSet-Cookie: x=1",
    "\r", "\n", "\t", "\x01", "\x1b[31m", "\x7f", "\u0085", "\u2028", "\ufeff", "\u202e", "\u200b", "\ud7ff", "\ue000",
    "\uffff", "\U0010ffff",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467", "e\u0301", "\u00e9", "ﬁ", "İ", "ß", "null", "NaN", "undefined", "true",
    "0", "-1",
    "100000000000000000000", "1e400", " ", " x ", "../../etc/passwd", "file:///etc/passwd", "=1+1", "@SUM(1)", "x" * 255,
    "\U0001f600" * 255,
]  # fmt: skip


@pytest.fixture
def client() -> Iterator[Client]:
    """A gallery with ada, who is signed in."""
    with Client(gallery()) as made:
        join(made, "ada")
        yield become(made, "ada")


def alike(left: Answer, right: Answer) -> bool:
    """Whether two answers differ in nothing but the request's id."""
    headers = [{name: text for name, text in each.headers.items() if name != "x-request-id"} for each in (left, right)]
    return left.status == right.status and headers[0] == headers[1]


# -------------------------------------------------------------------------------------------- what the issue asks for


def test_signing_up_answers_with_the_account_and_never_the_password() -> None:
    with Client(gallery()) as client:
        sent = {"email": "test@example.com", "password": "SecurePass123!", "name": "Test User"}
        answer = client.post(f"{BASE}/members", sent)
        assert answer.status == 201
        assert (answer.body["id"], answer.body["email"], answer.body["name"]) == (1, "test@example.com", "Test User")
        assert "SecurePass123!" not in answer.text and "password" not in answer.text and "argon2" not in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "TEST@EXAMPLE.COM",
        "Test@Example.Com",
        "\uff54est@example.com",
        "test@\uff45xample.com",
        "test@example\u3002com",
        "TEST@EXAMPLE.com",
    ],
)
def test_an_address_in_other_letters_is_still_the_same_address(address: str) -> None:
    """A15."""
    with Client(gallery()) as client:
        sent = {"email": "test@example.com", "password": PASSWORD, "name": "Test User"}
        assert client.post(f"{BASE}/members", sent).status == 201
        refused = envelope(client.post(f"{BASE}/members", sent | {"email": address}), 409, "CONFLICT")
        assert refused.details == {"email": "Is already taken"}
        assert client.sign_in(address, PASSWORD).get(f"{BASE}/members/1").body["email"] == "test@example.com"


def test_an_address_is_the_same_in_either_unicode_form() -> None:
    """A15."""
    with Client(gallery()) as client:
        sent = {"email": "jos\u00e9@b\u00fccher.example", "password": PASSWORD, "name": "José"}
        assert client.post(f"{BASE}/members", sent).status == 201
        for twin in ("jose\u0301@bu\u0308cher.example", "JOSÉ@xn--bcher-kva.example"):
            envelope(client.post(f"{BASE}/members", sent | {"email": twin}), 409, "CONFLICT")
        assert client.post(f"{BASE}/members", sent | {"email": "jose@bucher.example"}).status == 201


# ----------------------------------------------------------------------------------------------- create, read, remove


def test_a_new_row_is_201_and_found_where_its_location_says(client: Client) -> None:
    made = client.post(f"{BASE}/paintings", FULL)
    assert made.status == 201 and made.headers["location"] == f"{BASE}/paintings/1"
    found = client.get(made.headers["location"])
    assert found.status == 200 and found.body == made.body
    sent = {name: each for name, each in FULL.items() if name != "style_ids"}
    assert {name: made.body[name] for name in sent} == sent
    assert set(made.body) == {*sent, "id", "member_id", "made_at"} and made.body["member_id"] == 1


def test_a_location_fits_an_id_that_is_text(client: Client) -> None:
    client.make_admin("ada@example.com")
    made = client.post(f"{BASE}/styles", {"name": "Cubism"})
    assert made.headers["location"] == f"{BASE}/styles/{made.body['id']}"
    assert client.get(made.headers["location"]).body == made.body
    assert client.get(made.headers["location"].upper().replace("/API/V1/STYLES", f"{BASE}/styles")).body == made.body


def test_a_removed_row_is_204_without_a_body_and_then_gone(client: Client) -> None:
    client.post(f"{BASE}/paintings", FULL)
    gone = client.delete(f"{BASE}/paintings/1")
    assert (gone.status, gone.text) == (204, "")
    assert not {"content-length", "content-type", "transfer-encoding"} & set(gone.headers)
    for method in ("GET", "DELETE"):
        envelope(client.request(method, f"{BASE}/paintings/1"), 404, "NOT_FOUND")
    envelope(client.put(f"{BASE}/paintings/1", FULL), 404, "NOT_FOUND")  # PUT never makes a row
    assert client.post(f"{BASE}/paintings", {"title": "Next", "width": 1}).body["id"] == 2


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/members", "/api/v1/members/1", "/api/v1/members/1/paintings?limit=1",
        "/api/v1/paintings?include=member,styles",
        "/api/v1/paintings/1", "/api/v1/paintings/999", "/api/v1/paintings?limit=0", "/api/v1/auth/login", "/nothing",
        "/openapi.json", "/docs", "/docs/docs.css", "/docs/docs.js",
    ],
)  # fmt: skip
def test_HEAD_is_GET_without_the_body(client: Client, path: str) -> None:
    client.post(f"{BASE}/paintings", FULL)
    whole, head = client.get(path), client.request("HEAD", path)
    assert head.text == "" and int(head.headers["content-length"]) == len(whole.text.encode()) > 0
    assert alike(whole, head) and "x-request-id" in head.headers


def test_answers_are_not_kept_by_anyone_on_the_way(client: Client) -> None:
    """H6: whatever depends on who asks says so, and is kept nowhere."""
    for path in (f"{BASE}/members/1", f"{BASE}/paintings", f"{BASE}/docs", f"{BASE}/members/docs"):
        headers = client.get(path).headers
        assert headers["cache-control"] == "no-store" and headers["vary"] == "Authorization, Origin, Accept"
        assert headers["x-content-type-options"] == "nosniff" and headers["content-type"] == "application/json"
        assert "server" not in headers


def test_every_request_has_an_id_of_its_own_whatever_the_caller_says(client: Client) -> None:
    ids = {client.get(f"{BASE}/members", {"x-request-id": "mine\r\nX: y"}).headers["x-request-id"] for _ in range(50)}
    assert len(ids) == 50 and all(each.startswith("req_") and len(each) == 28 for each in ids)


# ------------------------------------------------------------------------------------------------------------- change


def test_PATCH_changes_what_is_sent_and_nothing_else(client: Client) -> None:
    before = client.post(f"{BASE}/paintings", FULL).body
    rest = {name: value for name, value in before["extra"].items() if name != "a"}
    changes: list[tuple[dict[str, object], dict[str, object]]] = [
        ({"title": "Ships"}, {"title": "Ships"}),
        ({"width": 1, "framed": False}, {"width": 1, "framed": False}),
        ({"tags": []}, {"tags": []}),
        ({"extra": {"a": None}}, {"extra": rest}),  # RFC 7396 goes on inside: null takes a member away
        ({"extra": {"c": {"d": None}}}, {"extra": rest | {"c": {}}}),
        ({}, {}),
    ]
    for change, becomes in changes:
        answer = client.patch(f"{BASE}/paintings/1", change, {"content-type": "application/merge-patch+json"})
        before |= becomes
        assert (answer.status, answer.body) == (200, before)
        assert client.get(f"{BASE}/paintings/1").body == before


def test_null_in_a_PATCH_empties_what_may_be_empty_and_is_refused_elsewhere(client: Client) -> None:
    before = client.post(f"{BASE}/paintings", FULL).body
    nullable = ["notes", "price", "begun_on", "sold_at", "catalogue", "extra", "contact"]
    firm = ["title", "width", "framed", "technique", "tags", "member_id"]
    refused = envelope(client.patch(f"{BASE}/paintings/1", dict.fromkeys(nullable + firm)), 400, "VALIDATION_ERROR")
    assert refused.details == dict.fromkeys(firm, "Must not be null")
    assert client.get(f"{BASE}/paintings/1").body == before
    answer = client.patch(f"{BASE}/paintings/1", dict.fromkeys(nullable))
    assert (answer.status, answer.body) == (200, before | dict.fromkeys(nullable))


def test_PUT_sets_the_whole_row_but_keeps_who_owns_it(client: Client) -> None:
    before = client.post(f"{BASE}/paintings", FULL).body
    answer = client.put(f"{BASE}/paintings/1", {"title": "Ships", "width": 9})
    kept = {name: before[name] for name in ("id", "member_id", "made_at")}
    assert (answer.status, answer.body) == (200, {"title": "Ships", "width": 9} | BLANK | kept)
    refused = envelope(client.put(f"{BASE}/paintings/1", {"notes": "x"}), 400, "VALIDATION_ERROR")
    assert refused.details == {"title": "Is required", "width": "Is required"}


def test_an_admin_who_PUTs_does_not_become_the_owner(client: Client) -> None:
    """Z5."""
    client.post(f"{BASE}/paintings", FULL)
    join(client, "eve")
    client.make_admin("eve@example.com")
    answer = become(client, "eve").put(f"{BASE}/paintings/1", FULL)
    assert (answer.status, answer.body["member_id"]) == (200, 1)


def test_PUT_of_an_account_keeps_the_password_and_resets_the_rest(client: Client) -> None:
    client.patch(f"{BASE}/members/1", {"motto": "Onward"})
    answer = client.put(f"{BASE}/members/1", {"email": "ada@new.example", "name": "Ada L"})
    assert answer.status == 200
    assert (answer.body["email"], answer.body["name"], answer.body["motto"]) == ("ada@new.example", "Ada L", None)
    assert client.sign_in("ada@new.example", PASSWORD).get(f"{BASE}/members/1").body == answer.body


def test_a_new_password_lets_in_and_the_old_one_no_more(client: Client) -> None:
    assert client.patch(f"{BASE}/members/1", {"password": "OtherPass456!"}).status == 200
    old = client.sign_out().post(f"{BASE}/auth/login", {"email": "ada@example.com", "password": PASSWORD})
    envelope(old, 401, "INVALID_CREDENTIALS")
    assert client.sign_in("ada@example.com", "OtherPass456!").get(f"{BASE}/members/1").body["email"] == "ada@example.com"


# ------------------------------------------------------------------------------------------------------------- nested


def test_rows_are_listed_and_made_under_the_row_they_hang_on(client: Client) -> None:
    made = client.post(f"{BASE}/members/1/paintings", {"title": "Boats", "width": 1})
    assert made.status == 201 and made.body["member_id"] == 1 and made.headers["location"] == f"{BASE}/paintings/1"
    join(client, "bob")
    assert client.get(f"{BASE}/members/1/paintings").body == {"items": [made.body], "next": None}
    assert client.get(f"{BASE}/members/2/paintings").body == {"items": [], "next": None}
    envelope(client.get(f"{BASE}/members/3/paintings"), 404, "NOT_FOUND")
    envelope(client.post(f"{BASE}/members/3/paintings", {"title": "Boats", "width": 1}), 404, "NOT_FOUND")
    envelope(client.post(f"{BASE}/members/2/paintings", {"title": "Boats", "width": 1}), 403, "FORBIDDEN")
    twice = client.post(f"{BASE}/members/1/paintings", {"title": "Boats", "width": 1, "member_id": 1})
    assert envelope(twice, 400, "VALIDATION_ERROR").details == {"member_id": "Is given by the address"}
    narrowed = client.get(f"{BASE}/members/1/paintings?member_id=2")
    assert "member_id" in envelope(narrowed, 400, "VALIDATION_ERROR").details
    assert len(client.get(f"{BASE}/paintings").body["items"]) == 1


def test_pages_follow_each_other_to_the_end_each_row_once(client: Client) -> None:
    for number in range(1, 9):
        client.post(f"{BASE}/paintings", {"title": f"{number}", "width": number, "sold_at": SOLD})
    for path in ("/paintings", "/members/1/paintings", "/paintings?technique=oil&sort=title"):
        seen, after, pages = [], "", 0
        while after is not None and pages < 9:
            page = client.get(f"{BASE}{path}{'&' if '?' in path else '?'}limit=3{f'&after={after}' if after else ''}").body
            assert set(page) == {"items", "next"}
            seen += [row["id"] for row in page["items"]]
            after, pages = page["next"], pages + 1
        assert pages == 3 and sorted(seen) == list(range(1, 9))


# ------------------------------------------------------------------------------------------------------ hostile values


def test_text_is_kept_as_it_came_whatever_it_would_mean_elsewhere(client: Client) -> None:
    """I1, I3 and H8: a value is bound, never read as anything else."""
    for number, text in enumerate(HOSTILE, start=1):
        sent = {"title": text, "width": number, "notes": text, "tags": [text[:20]], "extra": {text: [text]}, "sold_at": SOLD}
        made = client.post(f"{BASE}/paintings", sent)
        assert made.status == 201, made
        assert {name: made.body[name] for name in sent} == sent
        assert client.get(f"{BASE}/paintings/{number}").body == made.body
        assert client.put(f"{BASE}/paintings/{number}", sent).body == made.body
    kept = client.get(f"{BASE}/paintings?technique=oil&sort=title&limit=100").body["items"]
    assert [row["title"] for row in kept] == sorted(HOSTILE)  # by code points, as Python compares
    assert len(client.get(f"{BASE}/members").body["items"]) == 1


def test_a_hostile_value_in_a_query_or_an_id_finds_nothing_and_breaks_nothing(client: Client) -> None:
    """I1."""
    before = client.post(f"{BASE}/paintings", FULL | {"framed": False}).body
    fine = {("framed", "true"), ("member_id", "0"), ("member_id", "-1")}  # hostile nowhere else than here
    for text in HOSTILE:
        word = quote(text, safe="")
        for name in ("member_id", "technique", "contact", "framed", "limit", "after", "sort", "fields", "include", word):
            answer = client.get(f"{BASE}/paintings?{name}={word}")
            assert answer.status == (200 if (name, text) in fine else 400), (name, answer)
            assert answer.status != 200 or answer.body == {"items": [], "next": None}
        for path in (f"/paintings/{word}", f"/styles/{word}", f"/members/{word}/paintings", f"/{word}", f"/members/1/{word}"):
            envelope(client.get(BASE + path), 404, "NOT_FOUND")
    assert client.get(f"{BASE}/paintings").body == {"items": [before], "next": None}


@pytest.mark.parametrize(
    "number", [10**20, -(10**20), 2**63, 2**64, 2**53 + 1, 10**400, 0.1, 5e-324, 1.7976931348623157e308, 1e22, -0.0, 1.0]
)
def test_a_number_in_JSON_comes_back_as_it_went_in(client: Client, number: float) -> None:
    client.post(f"{BASE}/paintings", {"title": "x", "width": 1, "extra": [number]})
    assert repr(client.get(f"{BASE}/paintings/1").body["extra"]) == repr([number])


WRONG: dict[str, list[object]] = {
    "title": [1, True, [], {}, "", "x" * 256],
    "width": ["1", 1.0, 1.5, True, [], 0, 10_001, 10**20, -(10**20), 10**400],
    "price": [1, 1.5, True, "", "1,5", "1e3", "NaN", "Infinity", "1.234", "10000000000.00", "+1", " 1", "0x1", "1" * 5_000],
    "framed": [0, 1, "true", "", [], {}],
    "begun_on": [1, "", "2026-02-30", "2026-1-1", "26-01-01", "2026-01-01T00:00:00Z", "20260101", "0000-01-01",
    "\u0662026-01-01"],
    "sold_at": [
        0, "", "2026-01-31", "2026-01-31T10:30:00", "2026-01-31 10:30:00Z", "2026-13-01T00:00:00Z", "2026-01-31T24:00:01Z",
        "now",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-31T10:30:00.1234567Z", "2026-01-31T10:30:00+99:00",
    ],
    "catalogue": [1, "", "x", "01890a5dac96774bbcceb302099a8057", "{01890a5d-ac96-774b-bcce-b302099a8057}", "g" * 36],
    "technique": [0, "", "Oil", "fresco", []],
    "tags": ["x", {}, [1], [None], ["x" * 21], ["x"] * 6, [["x"]]],
    "extra": ["x" * 70_000, [["x" * 60_000], ["x" * 10_000]]],
    "contact": [1, "", "x", "@", "a@b", "a b@c.de", "a@b@c.de", "a@b..de", ".a@b.de", "a@-b.de", f"{'x' * 65}@b.de",
    "a@b.de\n"],
    "member_id": ["1", 1.0, True, [], 10**20, 0, -1, 999],
    "style_ids": ["x", {}, [1], ["x"], [KEY], [KEY] * 2, [None]],
}  # fmt: skip


@pytest.mark.parametrize("field", WRONG)
def test_a_value_of_the_wrong_kind_is_refused_by_the_name_of_its_field(client: Client, field: str) -> None:
    """I10: strict types; nothing is turned into something else on the way in."""
    before = client.post(f"{BASE}/paintings", FULL).body
    for wrong in WRONG[field]:
        for answer in (
            client.post(f"{BASE}/paintings", FULL | {"catalogue": None, field: wrong}),
            client.put(f"{BASE}/paintings/1", FULL | {field: wrong}),
            client.patch(f"{BASE}/paintings/1", {field: wrong}),
        ):
            assert envelope(answer, 400, "VALIDATION_ERROR").details.keys() == {field}, wrong
    assert client.get(f"{BASE}/paintings").body == {"items": [before], "next": None}
