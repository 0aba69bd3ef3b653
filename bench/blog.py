"""The blog's 10,000 users and 100,000 posts: the same rows for everyone, made from a number.

Gives the rows, and what is asked of them in `Question`s, in no server's words.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

USERS, POSTS, PAGE, TOP = 10_000, 100_000, 20, 100
SEED = 20260131
START = datetime(2024, 1, 1, tzinfo=UTC)
SPAN = 60_000_000
"""Over how many seconds the posts are spread: about two years."""
DRAFTS = 0.1
WORDS = (
    "beam", "brace", "bracket", "chisel", "clamp", "column", "cornice", "eave", "frame", "gable", "girder", "hinge",
    "joist", "king", "lath", "lintel", "mallet", "mortise", "nail", "oak", "pine", "plank", "post", "purlin", "queen",
    "rafter", "ridge", "roof", "saw", "shingle", "slate", "spar", "strut", "tenon", "thatch", "tie", "timber", "truss",
    "valley", "wall",
)  # fmt: skip


@dataclass(frozen=True)
class User:
    """A row of `users`."""

    id: int
    name: str
    email: str
    created_at: datetime
    post_count: int


@dataclass(frozen=True)
class Post:
    """A row of `posts`; one without a date of publishing is a draft, which its author alone may read."""

    id: int
    user_id: int
    title: str
    content: str
    published_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class Question:
    """One thing to ask.

    `name` is one of `hello`, `post`, `posts`, `posts+user`, `create` and `top`; `key` is whose row, `before` since when the
    page begins, `body` what to create, and `user` who asks, with a token, where it is not 0.
    """

    name: str
    key: int | str = 0
    before: datetime | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    user: int = 0


@cache
def rows() -> tuple[tuple[User, ...], tuple[Post, ...]]:
    """Make all rows."""
    chance = random.Random(SEED)
    posts = []
    counts = [0] * (USERS + 1)
    for key in range(1, POSTS + 1):
        user = chance.randint(1, USERS)
        created = START + timedelta(seconds=chance.randrange(SPAN))
        published = None if chance.random() < DRAFTS else created + timedelta(hours=chance.randrange(48))
        counts[user] += published is not None
        posts.append(Post(key, user, title(chance), content(chance), published, created))
    users = [
        User(key, f"{chance.choice(WORDS).title()} {chance.choice(WORDS).title()}", f"u{key}@example.com", at(key), counts[key])
        for key in range(1, USERS + 1)
    ]
    return tuple(users), tuple(posts)


def at(key: int) -> datetime:
    """Say when a user came."""
    return START - timedelta(days=400) + timedelta(minutes=key)


def title(chance: random.Random) -> str:
    """Invent a title of about forty letters."""
    return " ".join(chance.choices(WORDS, k=7)).capitalize()


def content(chance: random.Random) -> str:
    """Invent a text of about two hundred letters."""
    return " ".join(chance.choices(WORDS, k=36)).capitalize() + "."


@cache
def published() -> tuple[int, ...]:
    """Give the ids of all posts that anyone may read."""
    return tuple(post.id for post in rows()[1] if post.published_at is not None)


def draft(chance: random.Random) -> Mapping[str, Any]:
    """Invent a post to create."""
    when = spell(START + timedelta(seconds=chance.randrange(SPAN)))
    return {"user_id": chance.randint(1, USERS), "title": title(chance), "content": content(chance), "published_at": when}


def spell(moment: datetime) -> str:
    """Spell a point in time as RFC 3339 does."""
    return moment.isoformat().replace("+00:00", "Z")


def moment(chance: random.Random) -> datetime:
    """Choose since when a page begins: anywhere but where there are not enough posts left to fill it."""
    return START + timedelta(seconds=chance.randrange(SPAN // 100, SPAN))


@dataclass(frozen=True)
class Workload:
    """What is asked again and again: its name, in words, and out of what it is mixed, in hundredths."""

    name: str
    words: str
    mixed: tuple[tuple[int, str], ...]
    signed_in: bool = False

    @property
    def writes(self) -> bool:
        """Whether rows come of it."""
        return any(name == "create" for _, name in self.mixed)

    def questions(self, chance: random.Random) -> Iterator[Question]:
        """Ask without end, each time for something else."""
        weights, names = zip(*self.mixed, strict=True)
        while True:
            (name,) = chance.choices(names, weights)
            yield question(name, chance, signed_in=self.signed_in)


def question(name: str, chance: random.Random, *, signed_in: bool = False) -> Question:
    """Choose what to ask, where only its name is given."""
    user = chance.randint(1, USERS) if signed_in else 0
    match name:
        case "post":
            return Question(name, key=chance.choice(published()), user=user)
        case "posts" | "posts+user":
            return Question(name, before=moment(chance), user=user)
        case "create":
            return Question(name, body=draft(chance), user=user)
        case _:
            return Question(name, user=user)


# Those that write come last, so that the others of a round meet the rows as they were made.
WORKLOADS = (
    Workload("W1", "one post by its id", ((100, "post"),)),
    Workload("W2", "a page of 20 posts, the newest before a moment", ((100, "posts"),)),
    Workload("W4", "hello: code that touches no data", ((100, "hello"),)),
    Workload("W5", "W1 by someone signed in, with one of 10,000 tokens", ((100, "post"),), signed_in=True),
    Workload("W6", "the 100 users with the most posts, and how many", ((100, "top"),)),
    Workload("W7", "W2, each post with its author", ((100, "posts+user"),)),
    Workload("W8", "mixed: 45 % W1, 45 % W2, 10 % W3", ((45, "post"), (45, "posts"), (10, "create"))),
    Workload("W3", "create a post", ((100, "create"),)),
)
