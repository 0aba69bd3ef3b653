"""A client of the publishing API, written from its contract alone.

Takes an open connection and who is asking; gives what was answered, read so strictly that a member too many or too few is
an error. Stands on a network client and a reader of JSON, and on nothing of Kingpost.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, TypeVar
from urllib.parse import quote

import httpx2
import msgspec

Moment = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$")]
Members = Mapping[str, object]
Kind = TypeVar("Kind")
PLACE = re.compile(r"\{(\w+)\}")


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What has exactly these members."""


class User(Shape, frozen=True):
    """Oneself."""

    email: str
    token: Annotated[str, msgspec.Meta(min_length=1)]
    username: str
    bio: str | None
    image: str | None


class Profile(Shape, frozen=True):
    """A person as others see them."""

    username: str
    bio: str | None
    image: str | None
    following: bool


class Summary(Shape, frozen=True):
    """An article as lists show it."""

    slug: str
    title: str
    description: str
    tag_list: list[str]
    created_at: Moment
    updated_at: Moment
    favorited: bool
    favorites_count: int
    author: Profile


class Article(Summary, frozen=True):
    """An article with its body."""

    body: str

    def in_lists(self) -> Summary:
        """Give it as lists show it."""
        return Summary(**{name: getattr(self, name) for name in Summary.__struct_fields__})


class Comment(Shape, frozen=True):
    """What somebody says about an article."""

    id: int
    created_at: Moment
    updated_at: Moment
    body: str
    author: Profile


class OneUser(Shape, frozen=True):
    """An answer with a user."""

    user: User


class OneProfile(Shape, frozen=True):
    """An answer with a profile."""

    profile: Profile


class OneArticle(Shape, frozen=True):
    """An answer with an article."""

    article: Article


class Articles(Shape, frozen=True):
    """A part of a list of articles, and how many there are in all."""

    articles: list[Summary]
    articles_count: int


class OneComment(Shape, frozen=True):
    """An answer with a comment."""

    comment: Comment


class Comments(Shape, frozen=True):
    """The comments of an article."""

    comments: list[Comment]


class Tags(Shape, frozen=True):
    """The tags in use."""

    tags: list[str]


@dataclass(frozen=True)
class Answer:
    """What the server said: a status, and a text in JSON."""

    status: int
    text: bytes

    @property
    def whole(self) -> tuple[int, object]:
        """Give the status and the whole body."""
        return self.status, msgspec.json.decode(self.text) if self.text else None

    def read(self, status: int, kind: type[Kind]) -> Kind:
        """Give the body as what it should be."""
        assert self.status == status, self
        return msgspec.json.decode(self.text, type=kind)


@dataclass(frozen=True)
class Record:
    """What was asked so far: every route, and every request that is unlike all others."""

    routes: list[str] = field(default_factory=list)
    distinct: set[tuple[object, ...]] = field(default_factory=set)


@dataclass(frozen=True)
class Client:
    """One who asks: a visitor, or somebody with a token."""

    network: httpx2.Client
    record: Record
    authorization: str = ""

    def carrying(self, authorization: str) -> "Client":
        """Give a client that sends this header."""
        return replace(self, authorization=authorization)

    def signed_in(self, user: User) -> "Client":
        """Give a client that asks as this user."""
        return self.carrying(f"Token {user.token}")

    def ask(self, route: str, body: object = None, **values: object) -> Answer:
        """Send one request.

        Args:
            route: The method and the path below /api, such as `GET /articles/{slug}`.
            body: What to send as JSON; bytes are sent as they are, and nothing where it is None.
            values: What stands in the places of the path; the others are the query.
        """
        method, template = route.split(" ")
        places = {name: quote(str(values.pop(name)), safe="") for name in PLACE.findall(template)}
        path = "/api" + template.format(**places)
        query = {name: str(value) for name, value in values.items()}
        content = body if body is None or isinstance(body, bytes) else msgspec.json.encode(body)
        headers = {"authorization": self.authorization} if self.authorization else {}
        if content is not None:
            headers["content-type"] = "application/json"
        self.record.routes.append(route)
        self.record.distinct.add((method, path, *sorted(query.items()), content, self.authorization))
        told = self.network.request(method, path, params=query, content=content, headers=headers)
        if told.status_code == 204:
            assert told.content == b""
        else:
            assert told.headers["content-type"].partition(";")[0] == "application/json", told.text
        return Answer(told.status_code, told.content)

    def register(self, user: Members) -> User:
        """Make an account."""
        return self.ask("POST /users", {"user": user}).read(201, OneUser).user

    def join(self, username: str) -> "Client":
        """Make an account of this name, and give a client that asks as its owner."""
        return self.signed_in(
            self.register({"username": username, "email": f"{username}@example.com", "password": f"secret of {username}"})
        )

    def login(self, email: str, password: str) -> User:
        """Sign in."""
        return self.ask("POST /users/login", {"user": {"email": email, "password": password}}).read(200, OneUser).user

    def myself(self) -> User:
        """Give one's own account."""
        return self.ask("GET /user").read(200, OneUser).user

    def change(self, **user: object) -> User:
        """Change one's own account."""
        return self.ask("PUT /user", {"user": user}).read(200, OneUser).user

    def profile(self, username: str) -> Profile:
        """Give what anyone may know of somebody."""
        return self.ask("GET /profiles/{username}", username=username).read(200, OneProfile).profile

    def follow(self, username: str) -> Profile:
        """Follow somebody."""
        return self.ask("POST /profiles/{username}/follow", username=username).read(200, OneProfile).profile

    def unfollow(self, username: str) -> Profile:
        """Follow somebody no more."""
        return self.ask("DELETE /profiles/{username}/follow", username=username).read(200, OneProfile).profile

    def articles(self, **query: object) -> Articles:
        """Give the newest articles, of those that are meant."""
        return self.ask("GET /articles", **query).read(200, Articles)

    def feed(self, **query: object) -> Articles:
        """Give the newest articles of those whom one follows."""
        return self.ask("GET /articles/feed", **query).read(200, Articles)

    def article(self, slug: str) -> Article:
        """Give one article."""
        return self.ask("GET /articles/{slug}", slug=slug).read(200, OneArticle).article

    def publish(self, title: str, **more: object) -> Article:
        """Write an article."""
        article = {"title": title, "description": "What it is about", "body": "All of it."} | more
        return self.ask("POST /articles", {"article": article}).read(201, OneArticle).article

    def edit(self, slug: str, **article: object) -> Article:
        """Change an article."""
        return self.ask("PUT /articles/{slug}", {"article": article}, slug=slug).read(200, OneArticle).article

    def remove(self, slug: str) -> None:
        """Remove an article."""
        assert self.ask("DELETE /articles/{slug}", slug=slug).whole == (204, None)

    def favorite(self, slug: str) -> Article:
        """Make an article a favourite of one's own."""
        return self.ask("POST /articles/{slug}/favorite", slug=slug).read(200, OneArticle).article

    def unfavorite(self, slug: str) -> Article:
        """Make an article a favourite no more."""
        return self.ask("DELETE /articles/{slug}/favorite", slug=slug).read(200, OneArticle).article

    def comments(self, slug: str) -> list[Comment]:
        """Give what was said about an article."""
        return self.ask("GET /articles/{slug}/comments", slug=slug).read(200, Comments).comments

    def comment(self, slug: str, body: str) -> Comment:
        """Say something about an article."""
        return self.ask("POST /articles/{slug}/comments", {"comment": {"body": body}}, slug=slug).read(201, OneComment).comment

    def uncomment(self, slug: str, number: int) -> None:
        """Take back what one has said."""
        assert self.ask("DELETE /articles/{slug}/comments/{id}", slug=slug, id=number).whole == (204, None)

    def tags(self) -> list[str]:
        """Give the tags in use."""
        return self.ask("GET /tags").read(200, Tags).tags
