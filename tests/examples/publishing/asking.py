"""Stories of those who ask wrongly, and of what the contract says in a few words only."""

from msgspec.structs import replace

from tests.examples.publishing.client import Client
from tests.examples.publishing.words import (
    BLANK,
    COMMENT,
    EDIT,
    INVALID,
    MALFORMED,
    MISSING,
    NO_COMMENT,
    NO_METHOD,
    NO_PATH,
    NO_PROFILE,
    NOT_MY_ARTICLE,
    SOMETHING,
    TAKEN,
    UNCOMMENT,
    UNKNOWN,
    WRITE,
    known,
    person,
    refused,
)


def paths_and_methods(visitor: Client) -> None:
    """What is not in the table is refused in the same words as everything else."""
    ann = visitor.join("paths-ann")
    for who in (visitor, ann):
        for path in ("/nothing", "/articles/a/b", "/articles/a/comments/1/2", "/profiles", "/users/1", "/nothing/%C3%A9"):
            for method in ("GET", "DELETE", "PATCH"):
                assert who.ask(f"{method} {path}").whole == NO_PATH, path
        for route in (
            "GET /users", "DELETE /users", "GET /users/login", "PUT /users/login", "POST /user", "DELETE /user", "PATCH /user",
            "POST /profiles/x", "GET /profiles/x/follow", "PUT /profiles/x/follow", "PUT /articles", "DELETE /articles",
            "POST /articles/x", "PATCH /articles/x", "POST /articles/feed", "GET /articles/x/favorite",
            "PUT /articles/x/favorite", "DELETE /articles/x/comments", "GET /articles/x/comments/1",
            "PUT /articles/x/comments/1", "POST /tags", "DELETE /tags",
        ):  # fmt: skip
            assert who.ask(route).whole == NO_METHOD, route
    assert ann.ask("PATCH /user", {"user": {"bio": "x"}}).whole == NO_METHOD


def bodies(visitor: Client) -> None:
    """A body is JSON with one wrapper and nothing beside it, on every route that takes one."""
    ann = visitor.join("bodies-ann")
    made = ann.publish("Bodies")
    person_made = person("bodies-bob")
    for who, route, wrapper, inside, places in (
        (visitor, "POST /users", "user", person_made, {}),
        (visitor, "POST /users/login", "user", {"email": "bodies-ann@example.com", "password": "secret of bodies-ann"}, {}),
        (ann, "PUT /user", "user", {"bio": "x"}, {}),
        (ann, WRITE, "article", SOMETHING | {"title": "Bodies again"}, {}),
        (ann, EDIT, "article", {"title": "Bodies again"}, {"slug": made.slug}),
        (ann, COMMENT, "comment", {"body": "x"}, {"slug": made.slug}),
    ):
        for text in (
            b"{",
            b'{"%s": {}' % wrapper.encode(),
            b"nonsense",
            b'{"%s": {"bio": NaN}}' % wrapper.encode(),
            b'{"x": "\xff"}',
        ):
            assert who.ask(route, text, **places).whole == MALFORMED, (route, text)
        for without in ({}, {wrapper: None}):
            assert who.ask(route, without, **places).whole == refused(422, **{wrapper: BLANK}), (route, without)
        wrong: object
        for wrong in (5, [], "x", True):
            assert who.ask(route, {wrapper: wrong}, **places).whole == refused(422, **{wrapper: INVALID}), (route, wrong)
        beside = {wrapper: inside, "stranger": 1, "Other": None}
        assert who.ask(route, beside, **places).whole == refused(422, stranger=UNKNOWN, Other=UNKNOWN), route
    assert visitor.ask("GET /profiles/{username}", username="bodies-bob").whole == NO_PROFILE
    assert visitor.article(made.slug) == made and visitor.comments(made.slug) == []
    assert visitor.articles(author="bodies-ann").articles_count == 1


def taken_literally(visitor: Client) -> None:
    """What the contract says in a few words only is meant as it stands there."""
    ann, bob = visitor.join("literal-ann"), visitor.join("literal-bob")
    made = ann.publish("Literal")
    assert ann.change().username == "literal-ann"
    unchanged = ann.edit(made.slug)
    assert unchanged == replace(made, updated_at=unchanged.updated_at)
    assert ann.unfollow("literal-ann") == known("literal-ann")
    assert visitor.register(person("Literal-José", email="literal-jose@example.com")).username == "Literal-José"
    assert visitor.profile("Literal-José") == known("Literal-José")
    assert visitor.article(ann.publish("Literal -- Crème Brûlée! No. 2 --").slug).slug == "literal-crème-brûlée-no-2"
    twice = [*(f"literal-{number}" for number in range(10)), "literal-0"]
    assert ann.publish("Literal: ten tags and one twice", tagList=twice).tag_list == sorted(set(twice))
    assert visitor.carrying("Token nonsense").tags() == visitor.tags()
    assert (
        visitor.carrying("Token nonsense").login("literal-ann@example.com", "secret of literal-ann").username == "literal-ann"
    )
    assert visitor.carrying("Token").ask("GET /user").whole == MISSING
    assert ann.ask(WRITE).whole == ann.ask(WRITE, []).whole == ann.ask(WRITE, 5).whole == refused(422, article=BLANK)
    assert ann.ask(WRITE, {"x": 1}).whole == refused(422, article=BLANK, x=UNKNOWN)
    assert ann.ask(COMMENT, {"comment": {}, "x": 1}, slug=made.slug).whole == refused(422, body=BLANK, x=UNKNOWN)
    assert bob.ask(EDIT, {"x": 1}, slug=made.slug).whole == NOT_MY_ARTICLE
    assert visitor.ask("GET /articles", colour="red", limit=0).whole == refused(422, colour=UNKNOWN, limit=INVALID)
    assert visitor.ask("GET /tags", limit=1).whole == refused(422, limit=UNKNOWN)
    assert visitor.ask("GET /tags/").whole == NO_PATH
    for number in ("abc", 0, -1, 10**30):
        assert ann.ask(UNCOMMENT, slug=made.slug, id=number).whole == NO_COMMENT, number
    assert ann.ask(WRITE, {"article": SOMETHING | {"title": "?!"}}).whole == refused(422, title=INVALID)
    both = {"username": "literal-ann", "email": "literal-ann@example.com"}
    assert visitor.ask("POST /users", {"user": person("x") | both}).whole in (
        refused(409, username=TAKEN), refused(409, email=TAKEN), refused(409, username=TAKEN, email=TAKEN),
    )  # fmt: skip
