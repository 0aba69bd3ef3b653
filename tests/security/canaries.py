"""Draws requests by lot: whatever one may write at any place of one, with a word in it that is known to be no one else's.

What is drawn and the words come of two dice, so that the same requests can be asked again with other words.
"""

import json
import random
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

BASE = "/api/v1"
LENGTH = 12
KEYS = ("1", "2", "3", "7", "0", "-1", "999999", "9223372036854775808", "01890a5d-ac96-774b-bcce-b302099a8057")
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE")
PLACES = (
    (("GET", "GET", "HEAD", "POST"), "members"), (("GET", "GET", "GET", "POST", "POST"), "paintings"),
    (("GET", "POST"), "styles"), (("GET", "PATCH", "PUT", "DELETE"), "members/{}"),
    (("GET", "PATCH", "PATCH", "PUT", "DELETE"), "paintings/{}"), (("GET",), "styles/{}"),
    (("GET", "GET", "POST"), "members/{}/paintings"), (("GET",), "paintings/{}/styles"), (("GET",), "styles/{}/paintings"),
    (("POST",), "auth/login"), (("GET", "GET", "GET", "POST"), "notes"), (("GET", "GET"), "notes"), (("GET",), "notes/{}"),
    (("POST",), "notes/batch"), (("POST",), "paintings/batch"), (("POST",), "members/batch"), (METHODS, "{}"),
    (METHODS, "members/{}/{}"), (METHODS, "paintings/{}/member"),
)  # fmt: skip
SORTS = ("-made_at", "made_at", "title", "-title", "width", "-width", "name", "-name", "joined_at", "-joined_at",
         "-painting_count", "id", "made_at,id", "price", "password", "", "-", "--made_at")  # fmt: skip
NAMES = ("limit", "after", "sort", "fields", "include", "total", "q", "member_id", "technique", "framed", "contact", "id",
         "made_at", "title", "width", "password", "style_ids", "member")  # fmt: skip
OPERATORS = ("[gte]", "[gt]", "[lt]", "[lte]", "[eq]", "[]", "__gte", ".name", "->>'a'")
TEXTS = ("1", "3", "100", "0", "-1", "1" * 20, "true", "false", "null", "oil", "a@b.example", "2026-01-31T10:30:00Z",
         "2026-01-31", "12.50", "id", "id,title", "member", "styles", "member.paintings", "paintings", "*")  # fmt: skip
AROUND = ("{}", "' OR '{}'='1", "%{}_", "{}*", '"{}"', "{};--", "[{}]", "{}\r\nX: y", "\\{}", "{}\u0000", "NEAR({}", "({}",
          "{}:a", "\u202e{}", "${{{}}}", "{{{{{}}}}}", "../{}", "{}\ud800", "\ufeff{}", "{}) UNION SELECT 1")  # fmt: skip
FIELDS = ("email", "password", "name", "motto", "title", "notes", "width", "price", "framed", "begun_on", "sold_at",
          "catalogue", "technique", "tags", "extra", "contact", "style_ids", "member_id", "id", "admin", "epoch",
          "painting_count")  # fmt: skip
MOMENT = "2026-01-31T10:30:00Z"
SOUND: dict[str, tuple[dict[str, Any], ...]] = {
    "paintings": (
        {"title": "A", "width": 1}, {"title": "B", "width": 2, "sold_at": MOMENT}, {"notes": "D"}, {"sold_at": MOMENT},
        {"title": "C", "width": 3, "extra": {"a": [1, None]}, "tags": ["x"]}, {"technique": "ink", "framed": True},
    ),
    "members": (
        {"email": "new@example.com", "password": "SecurePass123!", "name": "New"}, {"name": "Newer"}, {"motto": None},
    ),
    "auth": ({"email": "ann@example.com", "password": "SecurePass123!"},),
    "styles": ({"name": "Second"}, {"name": "Third"}),
    "notes": ({"title": "Some words"}, {"title": "Other words", "content": "of some length", "rank": 3, "at": MOMENT}),
}  # fmt: skip
QUERIES: dict[str, tuple[str, ...]] = {
    "paintings": ("limit=3&sort=title&technique=oil", "sort=-made_at", "member_id=1", "include=member,styles",
                  "fields=id,title", "include=member.paintings", "framed=false&sort=width",
                  "contact=a@b.example", "total=true", "limit=2",
                  "made_at[gte]=2026-01-31T10:30:00Z", "sort=title&technique=ink&title[lt]=m", "total=true&limit=1"),
    "members": ("limit=1&include=paintings", "", "sort=-painting_count", "painting_count[gte]=1", "include=paintings.styles"),
    "styles": ("sort=name", "sort=-name&limit=1", "name[gt]=a", "include=paintings"),
    "notes": ("q=some", "q=some+wo", "q=words&rank=3", "q=oth&total=true", "sort=-at&at[lte]=2027-01-01T00:00:00Z",
              "rank[gte]=1", "rank[gt]=0&rank[lte]=9&total=true", "rank=3&sort=-at", "limit=1", "sort=title&title[gte]=b"),
}  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """One request and the word in it."""

    word: str
    method: str
    path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Lot:
    """Draws requests."""

    def __init__(self, seed: int, words: int, tokens: Sequence[str]) -> None:
        """Begin; `seed` says which requests, and `words` which words are in them."""
        self.dice, self.speller = random.Random(seed), random.Random(words)
        self.tokens = tokens
        self.marks, self.tags = ["x"], ['"x"']
        """What answers gave, to be sent again whole, cut or changed."""

    def draw(self) -> Drawn:
        """Draw a request."""
        self.word = "".join(self.speller.choices(string.ascii_lowercase, k=LENGTH))
        methods, place = self.dice.choice(PLACES)
        method = self.dice.choice(methods if self.dice.random() < 0.95 else METHODS)
        path = "/".join([BASE, *(self.segment(part) for part in place.split("/"))])
        body = self.body(place) if method in ("POST", "PUT", "PATCH") or self.dice.random() < 0.02 else b""
        query = self.query(place) if method in ("GET", "HEAD") or self.dice.random() < 0.05 else b""
        return Drawn(self.word, method, path.encode("utf-8", "surrogatepass"), query, self.headers(), body)

    def spelled(self) -> str:
        """Write the word in one of the ways that have broken other programs."""
        return self.dice.choice(AROUND).format(self.word)

    def text(self) -> str:
        """Draw a text for any place."""
        return self.dice.choice(TEXTS) if self.dice.random() < 0.6 else self.spelled()

    def segment(self, part: str) -> str:
        """Fill a part of a path."""
        if part != "{}":
            return part
        sound = self.dice.random()
        key = self.dice.choice(KEYS[:4] if sound < 0.7 else KEYS) if sound < 0.85 else self.spelled()
        return quote(key.encode("utf-8", "surrogatepass"), safe="" if self.dice.random() < 0.8 else "'()*;:=+,$")

    def query(self, place: str) -> bytes:
        """Draw a query of a few parameters."""
        sound = self.dice.random()
        if sound < 0.5:
            return self.dice.choice(QUERIES.get(place.removesuffix("/{}").rpartition("/")[2], ("",))).encode()
        if sound < 0.53:
            return self.dice.choice([b"%ff=1", b"\xff", b"&&", b"=", b"a" * 9_000, b"limit=1&limit=2"]) + self.word.encode()
        pairs = [self.parameter() for _ in range(self.dice.choice([0, 1, 1, 2, 2, 3]))]
        raw = [(name.encode("utf-8", "surrogatepass"), text.encode("utf-8", "surrogatepass")) for name, text in pairs]
        return "&".join(f"{quote(name, safe='[]')}={quote(text, safe=',')}" for name, text in raw).encode()

    def parameter(self) -> tuple[str, str]:
        """Draw one parameter."""
        kind = self.dice.random()
        name = self.dice.choice(NAMES) if kind < 0.9 else self.spelled()
        if self.dice.random() < 0.1:
            name += self.dice.choice(OPERATORS)
        text = self.text()
        if name == "q":  # a few words, of which one is ours
            text = " ".join(self.dice.choices(["some", "wor", "NOT", "AND", "*", '"', self.word, self.spelled()], k=3))
        if name == "sort" and kind < 0.7:
            text = self.dice.choice(SORTS)
        if name == "after" and kind < 0.8:
            text = self.dice.choice(self.marks)
            text += self.word if self.dice.random() < 0.3 else ""
        return name, text

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Draw the headers."""
        found = [(b"host", b"testserver")]
        others = ["application/merge-patch+json", "text/plain", "application/json; charset=latin-1", ""]
        kind = self.dice.choice(others) if self.dice.random() < 0.1 else "application/json"
        found.append((b"content-type", kind.encode()))
        token = self.dice.choice([*self.tokens, *self.tokens, "", self.word])
        if token:
            found.append((b"authorization", f"Bearer {token}".encode()))
        for name, chance in (("if-match", 0.08), ("if-none-match", 0.08), ("idempotency-key", 0.1), ("accept", 0.05),
                             ("x-forwarded-for", 0.02), ("traceparent", 0.02), ("origin", 0.02), ("cookie", 0.02),
                             ("accept-encoding", 0.02), ("range", 0.02)):  # fmt: skip
            if self.dice.random() < chance:
                given = {"if-match": self.tags, "if-none-match": self.tags, "accept": ["text/csv", "*/*", "text/html;q=0"]}
                text = self.dice.choice([*given.get(name, ["a"]), self.spelled()])
                found.append((name.encode(), text.encode("latin-1", "replace")))
        return found

    def body(self, place: str) -> bytes:
        """Draw a body."""
        kind = self.dice.random()
        if kind < 0.03:
            return self.dice.choice([b"", b"{", b'{"a":NaN}', b"[" * 99, b"\xff", b'{"a":1,"a":2}', b"\xef\xbb\xbf{}"])
        body = dict(self.dice.choice(SOUND.get(place.partition("/")[0] if "/{}/" not in place else "paintings", ({},))))
        if kind < 0.6:
            for _ in range(self.dice.choice([1, 1, 2])):
                name = self.dice.choice(FIELDS) if self.dice.random() < 0.85 else self.spelled()
                body[name] = self.value(2)
        if place.endswith("batch") or self.dice.random() < 0.02:
            what = self.dice.choice(["create", "update", "replace", "delete", self.word])
            item: dict[str, object] = {"do": what} if what == "delete" else {"do": what, "data": body}
            item |= {"id": self.dice.choice([1, 2, "1", self.word, None])} if what != "create" else {}
            return json.dumps({"items": [item] * self.dice.choice([1, 1, 2])}).encode()
        return json.dumps(body).encode()

    def value(self, deep: int) -> Any:
        """Draw a value for a field."""
        kind = self.dice.random()
        if deep and kind < 0.15:
            return {self.text(): self.value(deep - 1)}
        if deep and kind < 0.3:
            return [self.value(deep - 1) for _ in range(self.dice.randrange(3))]
        if kind < 0.45:
            return self.dice.choice([None, True, False, 0, 1, -1, 2**63, 2**63 - 1, 10**40, 1.5, 1e300])
        return self.text()
