"""Nobody takes, gives away or edits what is another's (Z2, Z5, Z6): every actor, every operation, every target, every input.

What must happen is said a second time here, in plain Python that knows nothing of plans or SQL, and compared with all the
data: a refusal leaves every row of every table as it was, a success changes just its rows and writes just its Changes.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, NamedTuple, TypeAlias

from kingpost.testing import Answer
from tests.engine.running import BASE, NOBODY, PASSWORD, START, Account, Backend

Rows: TypeAlias = dict[int, dict[str, Any]]
Body: TypeAlias = Any
NOW = int(START + 60) * 1_000_000
MOMENT = "2026-01-31T10:30:00Z"
MOMENTS = {MOMENT: 1_769_855_400_000_000, None: None}
ANN, BOB, CID = 1, 2, 3  # who owns, another, an admin
LARGEST = 2**63 - 1


class World(NamedTuple):
    """All that is visible to someone."""

    users: Rows
    posts: Rows


class Verdict(NamedTuple):
    """What must come back, and what the world is like afterwards."""

    status: int
    world: World
    answer: dict[str, Any] | None = None


# The rules of the blog, said a second time. In the words of the contract: 401 for those whom no row lets in, then 400 for
# what does not fit, 404 for a row one may not read, 400 for a link to nothing (found with the row), 403, and last 409.


def fits(kind: str, verb: str, body: Body) -> bool:
    known = {"posts": ("title", "content", "published_at", "user_id"), "users": ("name", "email", "password")}[kind]
    needed = {"posts": ("title",), "users": ("name", "email", *(["password"] if verb == "create" else []))}[kind]
    if type(body) is not dict or set(body) - set(known) or (verb != "merge" and set(needed) - set(body)):
        return False
    tests: dict[str, Callable[[Any], bool]] = {
        "title": lambda it: type(it) is str and 1 <= len(it) <= 255,
        "content": lambda it: it is None or type(it) is str,
        "published_at": lambda it: type(it) in (str, type(None)) and it in MOMENTS,
        "user_id": lambda it: type(it) is int and abs(it) <= LARGEST,
        "name": lambda it: type(it) is str and 2 <= len(it) <= 50,
        "email": lambda it: type(it) is str and it.lower().endswith("@example.com") and " " not in it,
        "password": lambda it: it == PASSWORD,
    }
    return all(tests[name](each) for name, each in body.items())


def seen(kind: str, row: dict[str, Any], who: int | None, wrote: Body = ()) -> dict[str, Any] | None:
    mine = who == CID or (who is not None and who == row["user_id" if kind == "posts" else "id"])
    if kind == "posts":
        return row if mine or row["published_at"] is not None else None
    return {name: each for name, each in row.items() if mine or name in ("id", "name", "post_count") or name in wrote}


def judge(world: World, tried: "Try") -> Verdict:
    who, verb, kind, target, body, parent = tried.who.id, tried.verb, tried.kind, tried.target, tried.body, tried.parent
    users, posts = ({key: dict(row) for key, row in rows.items()} for rows in world)
    rows = users if kind == "users" else posts
    if who is None and verb != "get" and (kind, verb) != ("users", "create"):
        return Verdict(401, world)
    if verb in METHODS_WITH_BODY and (not fits(kind, verb, body) or (parent is not None and "user_id" in body)):
        return Verdict(400, world)
    if kind == "users" and verb == "delete" and who != CID:
        return Verdict(403, world)
    old = rows.get(target)
    if (verb != "create" and (old is None or seen(kind, old, who) is None)) or (parent is not None and parent not in users):
        return Verdict(404, world)
    if verb == "get" and old is not None:
        return Verdict(200, world, seen(kind, old, who))
    owner = "user_id" if kind == "posts" else "id"
    new = dict(old or {"id": len(rows) + 1, "created_at": NOW, "post_count": 0})
    if kind == "posts":
        new |= {"user_id": who if parent is None else parent} if verb == "create" else {}
        new |= {"content": None, "published_at": None} if verb in ("create", "replace") else {}
        new |= {name: MOMENTS[each] if name == "published_at" else each for name, each in (body or {}).items()}
        new.pop("post_count", None)
        if new["user_id"] not in users:
            return Verdict(400, world)
    elif verb != "delete":
        new |= {name: each for name, each in body.items() if name != "password"} | {"updated_at": NOW}
    may = (
        who == new["user_id"]
        if (kind, verb) == ("posts", "create")
        else who == CID or not old or who == old[owner] == new[owner]
    )
    if not may:
        return Verdict(403, world)
    if kind == "users" and any(row["email"].lower() == new["email"].lower() for key, row in users.items() if key != new["id"]):
        return Verdict(409, world)
    rows[new["id"]] = new
    if verb == "delete":
        del rows[new["id"]]
        posts = {key: row for key, row in posts.items() if row["user_id"] in users}
    for key, row in users.items():
        row["post_count"] = sum(each["user_id"] == key and each["published_at"] is not None for each in posts.values())
    status = {"create": 201, "delete": 204}.get(verb, 200)
    return Verdict(status, World(users, posts), seen(kind, new, who, body) if verb != "delete" else None)


# What is tried.

POSTS: list[Body] = [
    {"title": "New"}, {}, {"content": "c"}, {"title": "New", "content": None, "published_at": None},
    {"title": "New", "published_at": MOMENT}, {"published_at": MOMENT}, {"published_at": None},
    *({"user_id": user} for user in (1, 2, 3, 99, 0, -1, LARGEST)),
    *({"title": "New", "user_id": user} for user in (1, 2, 3, 99, -LARGEST)),
    *({"title": "New", "user_id": user} for user in (None, "1", True, 1.0, LARGEST + 1, [1], {"id": 1}, "")),
    {"title": None}, {"title": ""}, {"title": "x" * 256}, {"title": 1}, {"title": ["New"]}, {"title": "New", "content": 5},
    {"title": "New", "published_at": 5}, {"title": "New", "published_at": "today"}, {"title": "New", "published_at": True},
    *({"title": "New", name: 1} for name in ("id", "created_at", "admin", "role", "owner", "user", "__proto__", "")),
    {"title": "New", "user": {"id": 1}}, {"title": "New", "USER_ID": 1}, {"title": "New", "user_id ": 1},
    [], [{"title": "New"}], None, "New", 1, True,
]  # fmt: skip
USERS: list[Body] = [
    {"name": "Nu"}, {}, {"email": "new@example.com"}, {"email": "Bob@Example.com"}, {"email": "ann@example.com"},
    {"password": PASSWORD}, {"name": "Nu", "email": "new@example.com"}, {"name": "Nu", "email": "bob@example.com"},
    {"name": "Nu", "email": "new@example.com", "password": PASSWORD},
    {"name": "Nu", "email": "cid@example.com", "password": PASSWORD},
    *({"name": "Nu", "email": "new@example.com", "password": PASSWORD, name: each} for name in (
        "id", "admin", "epoch", "email_key", "post_count", "created_at", "updated_at", "posts", "role", "is_admin", "tenant_id",
    ) for each in (1, True)),
    {"admin": True}, {"admin": 1, "name": "Nu"}, {"epoch": 0}, {"name": None}, {"name": "x"}, {"name": 5}, {"email": None},
    {"email": "no address"}, {"password": "short"}, {"password": None}, {"password": 5}, [], None, 7,
]  # fmt: skip
TARGETS = ["1", "2", "3", "4", "5", "99", "0", "-1", str(LARGEST)]
GARBAGE = [
    "abc",
    "1.0",
    "01",
    "+1",
    "1e0",
    str(LARGEST + 1),
    "%20",
    "null",
    "1,2",
    "%F0%9F%92%A9",
    "1%20OR%201=1",
    "*",
    "..",
    "'",
]
METHODS_WITH_BODY = ("create", "merge", "replace")
METHODS = {"get": "GET", "merge": "PATCH", "replace": "PUT", "delete": "DELETE", "create": "POST"}


class Try(NamedTuple):
    who: Account
    verb: str
    kind: str
    key: str
    body: Body = None
    parent: Any = None

    @property
    def target(self) -> int:
        return int(self.key) if self.key in TARGETS else -2

    @property
    def url(self) -> str:
        if self.parent is not None:
            return f"{BASE}/users/{self.parent}/posts"
        return f"{BASE}/{self.kind}" + (f"/{self.key}" if self.key else "")


def tries(actors: list[Account]) -> Iterator[Try]:
    for who in actors:
        for kind, bodies in (("posts", POSTS), ("users", USERS)):
            for key in TARGETS + GARBAGE:
                yield Try(who, "get", kind, key)
                yield Try(who, "delete", kind, key)
                for body in bodies if key in TARGETS else bodies[:1]:
                    yield Try(who, "merge", kind, key, body)
                    yield Try(who, "replace", kind, key, body)
            for body in bodies:
                yield Try(who, "create", kind, "", body)
        for parent in (1, 2, 3, 99):
            for body in POSTS:
                yield Try(who, "create", "posts", "", body, parent)


def world_of(backend: Backend) -> World:
    names = {"users": ("id", "email", "created_at", "name", "updated_at", "post_count"),
             "posts": ("id", "user_id", "title", "content", "published_at", "created_at")}  # fmt: skip
    found = {
        kind: {row[0]: dict(zip(each, row, strict=True)) for row in backend.rows(f"SELECT {', '.join(each)} FROM {kind}")}
        for kind, each in names.items()
    }
    return World(found["users"], found["posts"])


def expected_changes(before: World, after: World, who: int | None, kind: str) -> list[dict[str, Any]]:
    """Give the Changes of one write: rows that go are told before the row they hung on."""
    found = []
    for name in ("posts", "users"):
        old, new = getattr(before, name), getattr(after, name)
        for key in sorted({*old, *new}):
            # A count that moves along is no Change of its own: it follows from the rows it counts.
            if old.get(key) == new.get(key) or (name == "users" and kind == "posts"):
                continue
            what = "created" if key not in old else "deleted" if key not in new else "updated"
            row = {"resource": name, "key": key, "kind": what, "actor": who, "at": NOW}
            found.append({**row, "before": old.get(key), "after": new.get(key)})
    return found


def wire(answer: Answer) -> Any:
    """Give an answer with its moments as the database holds them."""
    if answer.status >= 400 or answer.body is None:
        return None
    moments = {MOMENT[:-1] + ".000000Z": MOMENTS[MOMENT], "2027-01-15T08:00:00.000000Z": int(START) * 1_000_000,
               "2027-01-15T08:01:00.000000Z": NOW}  # fmt: skip
    return {name: moments.get(each, each) if isinstance(each, str) else each for name, each in answer.body.items()}


def blog() -> tuple[Backend, list[Account]]:
    """Make the blog that everything is tried on: a draft and a post that is public for Ann, and for Bob."""
    backend = Backend()
    ann, bob, cid = (backend.join(name) for name in ("Ann", "Bob", "Cid"))
    for account in (ann, bob):
        for moment in (None, MOMENT):
            body = {"title": "Old", "content": "old", "published_at": moment}
            assert backend.ask("POST", f"{BASE}/posts", body, account.token).status == 201
    backend.promote(cid)
    backend.now = NOW / 1_000_000
    backend.keep()
    return backend, [NOBODY, ann, bob, cid]


def secrets_of(backend: Backend) -> dict[int, tuple[Any, ...]]:
    """Give what no input may set: who is an admin, how often tokens ended, and the hash."""
    return {row[0]: row[1:] for row in backend.rows("SELECT id, admin, epoch, password FROM users")}


def guarded(backend: Backend, before: dict[int, tuple[Any, ...]], tried: Try) -> bool:
    """Whether what no one may set is as it was; a new password gives a new hash and ends the tokens, of that account alone."""
    renewed = tried.key if tried.kind == "users" and "password" in (tried.body or {}) else ""
    for key, (admin, epoch, password) in secrets_of(backend).items():
        was_admin, was_epoch, was_password = before.get(key, (0, 0, password))
        new = str(key) == renewed
        if (admin, epoch, password != was_password) != (was_admin, was_epoch + new, new):
            return False
    return True


def test_every_write_and_read_is_decided_as_the_rules_say_and_a_refusal_changes_nothing() -> None:
    backend, actors = blog()
    with closing(backend):
        before, world, secrets, told = backend.snapshot(), world_of(backend), secrets_of(backend), len(backend.changes())
        decided: Counter[int] = Counter()
        disagreements = []
        for each in tries(actors):
            verdict = judge(world, each)
            answer = backend.ask(METHODS[each.verb], each.url, each.body, each.who.token)
            after = backend.snapshot()
            same = answer.status == verdict.status and world_of(backend) == verdict.world
            if verdict.status in (201, 204) or (verdict.status == 200 and each.verb != "get"):
                changes = expected_changes(world, verdict.world, each.who.id, each.kind)
                same = same and backend.changes(told) == changes and wire(answer) == verdict.answer
                same = same and guarded(backend, secrets, each)
                backend.restore()
                assert backend.snapshot() == before
            else:
                same = same and after == before and (each.verb != "get" or wire(answer) == verdict.answer)
            decided[verdict.status] += 1
            if not same:
                disagreements.append((each.who.id, each.verb, each.url, each.body, verdict.status, answer))
        assert disagreements == []
        assert sum(decided.values()) > 5_000
        assert set(decided) == {200, 201, 204, 400, 401, 403, 404, 409}
