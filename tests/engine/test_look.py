"""A row is found by any field that is unique, and many by their ids: what one may not read is like what does not exist."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from kingpost import (
    Access,
    Account,
    App,
    Resource,
    Unique,
    above,
    admin,
    anyone,
    back,
    email,
    is_set,
    key,
    owner,
    ref,
    serial,
    text,
    value,
    where,
)
from kingpost import index as indexed
from kingpost.call import Call, Detail, Failure, Include, Result, Shape
from kingpost.contract.codec import write
from kingpost.contract.expr import STANDINGS
from kingpost.engine.reads import MOST_KEYS
from kingpost.engine.run import run
from kingpost.store.sqlite.examine import examine
from tests.engine.running import Account as Someone
from tests.engine.running import Backend

SHOWN = where(published=True)
OPEN = ("id", "author_id", "slug", "alias", "code", "contact", "day", "title", "published")


class Author(Account, table="authors"):
    id: int = serial()
    name: str = text(unique=True)
    articles: "list[Article]" = back("author")
    access = Access(create=anyone, read=anyone.fields("id", "name") | owner() | admin)


class Article(Resource, table="articles"):
    """Its secret may be read by its author alone."""

    id: UUID = key()
    author: Author = ref()
    slug: str = text(unique=True)
    alias: str | None = text(unique=True, default=None)
    code: str | None = text(default=None)
    secret: str | None = text(unique=True, default=None)
    contact: str | None = email(unique=True)
    day: date | None = indexed(where=is_set, unique=True, default=None)
    late: date | None = indexed(where=above(date(2020, 1, 1)), unique=True, default=None)
    title: str = text(default="A title")
    published: bool = value(default=True)
    unique = (Unique("code"), Unique("title", "author"))
    access = Access(create=owner("author"), read=SHOWN.fields(*OPEN) | owner("author") | admin)


app = App(Author, Article)


class Scene:
    """Ann and Bob, and what Ann wrote: something that all may read, and a draft."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.ann, self.bob = self.join("ann"), self.join("bob")
        self.shown = self.made(
            slug="first", alias="one", code="c1", secret="s1", contact="First@Example.com", day="2026-01-01", late="2026-01-01"
        )
        self.draft = self.made(slug="draft", alias=None, secret="s2", published=False, title="Another title", contact=None)

    def join(self, name: str) -> Someone:
        body = {"email": f"{name}@example.com", "password": "a very long password", "name": name}
        answer = self.backend.ask("POST", "/api/v1/authors", body)
        assert answer.status == 201, answer
        return Someone(answer.body["id"], body["email"], self.backend.identity.token(answer.body["id"], 0))

    def made(self, **values: object) -> str:
        answer = self.backend.ask("POST", "/api/v1/articles", {"author_id": self.ann.id, **values}, self.ann.token)
        assert answer.status == 201, answer
        return str(answer.body["id"])

    def call(self, call: Call) -> Result | Failure:
        assert self.backend.loop is not None
        return self.backend.loop.run_until_complete(run(self.backend.engine, call))

    def by(self, name: str, text: str, who: Someone | None = None, resource: str = "articles") -> Any:
        """Look by a field; gives the id of what was found, or the failure."""
        found = self.call(Call(f"{resource}.get", Shape(by=name), key=text, token=who.token if who else None))
        return found.rows[0][0] if isinstance(found, Result) else found

    def among(self, keys: tuple[str | int | None, ...], who: Someone | None = None, shape: Shape | None = None) -> Any:
        """Look at many; gives what they are written as, or the failure."""
        shape = shape or Shape(fields=("id",), among=True)
        found = self.call(Call("articles.get", shape, keys=keys, token=who.token if who else None))
        if isinstance(found, Failure):
            return found
        assert found.output is not None
        return [write(found.output, row, found.children) for row in found.rows]


@pytest.fixture
def scene() -> Iterator[Scene]:
    backend = Backend(app)
    with closing(backend):
        yield Scene(backend)


MISSING = Failure("not_found", "There is no such article")


def bare(found: Any) -> Any:
    """Leave out what the engine noticed beside the failure."""
    return Failure(found.kind, found.message, found.details) if isinstance(found, Failure) else found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("slug", "first"), ("alias", "one"), ("code", "c1"), ("day", "2026-01-01"), ("contact", "First@Example.com"),
        ("contact", "fIRST@eXAMPLE.COM"),
    ],
)  # fmt: skip
def test_a_row_is_found_by_each_field_that_is_unique(scene: Scene, name: str, text: str) -> None:
    for who in (None, scene.bob, scene.ann):
        assert scene.by(name, text, who) == scene.shown


@pytest.mark.parametrize(
    ("name", "text"),
    [("slug", "First"), ("slug", ""), ("slug", "x" * 200_000), ("alias", ""), ("alias", "None"), ("alias", "null"),
     ("day", "no day"), ("day", "2026-01-02"), ("contact", "@"), ("contact", ""), ("slug", "first\0"), ("slug", "' OR 1=1 --")],
)  # fmt: skip
def test_what_no_row_has_is_simply_not_found(scene: Scene, name: str, text: str) -> None:
    for who in (None, scene.bob, scene.ann):
        assert bare(scene.by(name, text, who)) == MISSING


def test_a_row_or_a_field_that_one_may_not_read_is_not_found_and_looks_like_none(scene: Scene) -> None:
    for who in (None, scene.bob):
        for name, there, other in (("slug", "draft", "nothing"), ("secret", "s1", "s9"), ("secret", "s2", "s9")):
            assert bare(scene.by(name, there, who)) == bare(scene.by(name, other, who)) == MISSING
    assert (scene.by("secret", "s1", scene.ann), scene.by("secret", "s2", scene.ann)) == (scene.shown, scene.draft)
    assert scene.by("slug", "draft", scene.ann) == scene.draft
    scene.backend.promote(scene.bob)
    assert (scene.by("slug", "draft", scene.bob), scene.by("secret", "s1", scene.bob)) == (scene.draft, scene.shown)


def test_an_account_is_found_by_its_address_only_by_who_may_read_it(scene: Scene) -> None:
    for who in (None, scene.bob):
        assert scene.by("email", "ann@example.com", who, "authors").kind == "not_found"
        assert scene.by("name", "ann", who, "authors") == scene.ann.id
    assert scene.by("email", "ANN@example.com", scene.ann, "authors") == scene.ann.id
    scene.backend.promote(scene.bob)
    assert scene.by("email", "ann@example.com", scene.bob, "authors") == scene.ann.id


@pytest.mark.parametrize("name", ["title", "author_id", "late", "published", "contact_key", "nothing", "", "author", "x" * 500])
def test_a_field_that_finds_no_single_row_is_refused_by_name(scene: Scene, name: str) -> None:
    refused = scene.by(name, "first", scene.ann)
    offers = "id, slug, alias, code, secret, contact, day"
    detail = Detail(name[:100], f"Finds no single row; of articles these do: {offers}")
    assert bare(refused) == Failure("invalid", "Invalid input data", (detail,))
    assert scene.by("password", "x", scene.ann, "authors").kind == "invalid"
    assert scene.by("epoch", "0", scene.ann, "authors").kind == "invalid"


def test_many_come_in_the_order_of_their_ids_each_once_and_only_what_one_may_read(scene: Scene) -> None:
    more = [scene.made(slug=f"{number}", title=f"{number}") for number in range(5)]
    strange = ("", "no id", 7, None, "00000000-0000-0000-0000-000000000000", scene.shown.upper())
    asked = (more[3], scene.draft, more[0], *strange, scene.shown, more[3])
    mine = [more[3], scene.draft, more[0], scene.shown]
    assert [row["id"] for row in scene.among(asked, scene.ann)] == mine
    for who in (None, scene.bob):
        assert [row["id"] for row in scene.among(asked, who)] == [each for each in mine if each != scene.draft]
    assert scene.among((), scene.ann) == []


def test_many_are_read_in_one_statement_and_one_more_for_each_link_to_many(scene: Scene) -> None:
    keys = tuple(scene.made(slug=f"{number}", title=f"{number}") for number in range(30))
    line = scene.backend.store.reader

    def cost(shape: Shape) -> tuple[int, Any]:
        scene.among(keys[:1], scene.ann, shape)
        before = line.done
        found = scene.among(keys, scene.ann, shape)
        return line.done - before, found

    identity, _ = cost(Shape(fields=("id",), include=(Include("author"),), among=True))
    spent, found = cost(Shape(include=(Include("author", (Include("articles"),)),), among=True))
    assert spent == identity + 1
    assert [row["author"]["articles"]["items"][0]["author_id"] for row in found] == [scene.ann.id] * 30
    assert [row["slug"] for row in found] == [f"{number}" for number in range(30)]


def test_more_ids_than_any_may_ask_for_are_refused(scene: Scene) -> None:
    many = tuple(f"{number}" for number in range(MOST_KEYS + 1))
    assert scene.among(many[1:], scene.ann) == []
    refused = Failure("invalid", "Invalid input data", (Detail("id", "May be at most 1,000 at once"),))
    assert bare(scene.among(many, scene.ann)) == refused


def test_many_are_asked_for_by_id_alone(scene: Scene) -> None:
    assert scene.among(("first",), scene.ann, Shape(by="slug", among=True)).kind == "invalid"


@pytest.mark.parametrize("shape", [Shape(by="slug"), Shape(by="contact"), Shape(by="day"), Shape(by="code"), Shape(among=True)])
def test_no_other_row_is_looked_at(scene: Scene, shape: Shape) -> None:
    keys = [scene.made(slug=f"{number}", title=f"{number}", contact=f"{number}@example.com") for number in range(200)]
    engine, line = scene.backend.engine, scene.backend.store.reader
    found = {"slug": "7", "contact": "7@example.com", "day": "2026-01-01", "code": "c1", "id": ""}[shape.by]
    for of in STANDINGS:
        root = engine.ready(engine.contract.operation["articles.get"], shape, of).plan.root
        assert root is not None
        seen = examine(line, engine.contract, root, {"caller": 1, "key": found, "keys": json.dumps(keys[50:100])})
        rows = 50 if shape.among else 1
        assert (seen.returned, seen.examined, seen.full_scan_steps, seen.sorts) == (rows, rows, 0, 0), seen
        assert f"SEARCH t USING INDEX {'sqlite_autoindex_articles_1' if shape.among else 'articles__'}" in seen.plan[-1], seen
