"""Stories of articles: who writes them, who speaks about them, and what is left when they are gone."""

from msgspec.structs import replace

from tests.examples.publishing.client import Client
from tests.examples.publishing.words import (
    BLANK,
    COMMENT,
    EDIT,
    INVALID,
    LONG,
    MISSING,
    NO_ARTICLE,
    NO_COMMENT,
    NONE,
    NOT_MY_ARTICLE,
    NOT_MY_COMMENT,
    SOMETHING,
    TAKEN,
    UNCOMMENT,
    UNKNOWN,
    WRITE,
    Cases,
    known,
    refused,
)

WRONG_ARTICLES: Cases = (
    ({"title": "", "description": None, "body": ""}, {"title": BLANK, "description": BLANK, "body": BLANK}),
    ({"title": "t" * 151, "description": "d" * 301, "body": "b" * 50_001},
     {"title": LONG, "description": LONG, "body": LONG}),
    ({"title": 1, "description": ["x"], "body": {"x": 1}}, {"title": INVALID, "description": INVALID, "body": INVALID}),
    ({"title": "", "description": False, "body": "b" * 50_001, "slug": "x", "author": "no-article-ann"},
     {"title": BLANK, "description": INVALID, "body": LONG, "slug": UNKNOWN, "author": UNKNOWN}),
    ({"title": "No article: taken", "body": ""}, {"body": BLANK}),
)  # fmt: skip
WRONG_COMMENTS: Cases = (
    ({}, {"body": BLANK}), ({"body": ""}, {"body": BLANK}), ({"body": None}, {"body": BLANK}),
    ({"body": 5}, {"body": INVALID}),
    ({"body": "c" * 5_001, "id": 1}, {"body": LONG, "id": UNKNOWN}),
)  # fmt: skip


def articles(visitor: Client) -> None:
    """An article is written, read and changed; with another title it is found under another slug, and only there."""
    ann = visitor.join("articles-ann")
    made = ann.publish(
        "Articles: What's NEW, in 2026?", description="A tale", body="Once ...", tagList=["b-art", "a-art", "b-art"]
    )
    assert (made.slug, made.title) == ("articles-what-s-new-in-2026", "Articles: What's NEW, in 2026?")
    assert (made.description, made.body, made.tag_list) == ("A tale", "Once ...", ["a-art", "b-art"])
    assert (made.favorited, made.favorites_count, made.author) == (False, 0, known("articles-ann"))
    assert visitor.article(made.slug) == ann.article(made.slug) == made
    ann.comment(made.slug, "Stays.")
    ann.favorite(made.slug)
    edited = ann.edit(made.slug, description="Another tale", body="Once more ...")
    expected = replace(made, description="Another tale", body="Once more ...", favorited=True, favorites_count=1)
    assert edited == replace(expected, updated_at=edited.updated_at) and edited.updated_at > made.updated_at
    louder = ann.edit(made.slug, title="ARTICLES what s new in 2026")
    assert louder == replace(edited, title="ARTICLES what s new in 2026", updated_at=louder.updated_at)
    moved = ann.edit(made.slug, title="Articles: nothing new")
    assert moved == replace(louder, title="Articles: nothing new", slug="articles-nothing-new", updated_at=moved.updated_at)
    assert ann.article("articles-nothing-new") == moved
    assert [comment.body for comment in visitor.comments(moved.slug)] == ["Stays."]
    assert visitor.ask("GET /articles/{slug}", slug=made.slug).whole == NO_ARTICLE
    assert ann.ask(EDIT, {"article": {"title": "x"}}, slug=made.slug).whole == NO_ARTICLE
    assert ann.publish("Articles what s new in 2026").slug == made.slug
    largest = ann.publish("é" * 140 + " articles!", description="é" * 300, body="é" * 50_000, tagList=list("0123456789"))
    assert (len(largest.title), len(largest.description), len(largest.body)) == (150, 300, 50_000)
    assert ann.publish("Articles with a long tag", tagList=["art-" + "t" * 26]).tag_list == ["art-" + "t" * 26]
    assert ann.publish("Articles with no tags", tagList=[]).tag_list == ann.publish("Articles without tags").tag_list == []
    renamed = ann.change(username="articles-ann-2")
    assert visitor.article(moved.slug).author == known(renamed.username)


def refused_articles(visitor: Client) -> None:
    """What an article can not be; whose it is counts before what is sent, and what is sent before what is taken."""
    ann, bob = visitor.join("no-article-ann"), visitor.join("no-article-bob")
    made, taken = ann.publish("No article: mine"), ann.publish("No article: taken")
    for members, problems in WRONG_ARTICLES:
        assert ann.ask(WRITE, {"article": SOMETHING | members}).whole == refused(422, **problems), members
        assert ann.ask(EDIT, {"article": members}, slug=made.slug).whole == refused(422, **problems), members
        assert bob.ask(EDIT, {"article": members}, slug=made.slug).whole == NOT_MY_ARTICLE
        assert bob.ask(EDIT, {"article": members}, slug="no-article-at-all").whole == NO_ARTICLE
        assert visitor.ask(EDIT, {"article": members}, slug=made.slug).whole == MISSING
    for tags, words in [
        ("a-tag", INVALID), ([1], INVALID), ({"a": 1}, INVALID), ([""], BLANK), (["t" * 31], LONG),
        ([str(number) for number in range(11)], LONG),
    ]:  # fmt: skip
        assert ann.ask(WRITE, {"article": SOMETHING | {"tagList": tags}}).whole == refused(422, tagList=words), tags
    all_at_once = {"title": "t" * 151, "body": None, "tagList": 5, "x": 1}
    problems = {"title": LONG, "description": BLANK, "body": BLANK, "tagList": INVALID, "x": UNKNOWN}
    assert ann.ask(WRITE, {"article": all_at_once}).whole == refused(422, **problems)
    assert ann.ask(WRITE, {"article": {}}).whole == refused(422, title=BLANK, description=BLANK, body=BLANK)
    assert ann.ask(EDIT, {"article": {"tagList": ["a"]}}, slug=made.slug).whole == refused(422, tagList=UNKNOWN)
    for title in ("No article: taken", "no ARTICLE... taken!"):
        for who in (ann, bob):
            assert who.ask(WRITE, {"article": SOMETHING | {"title": title}}).whole == refused(409, title=TAKEN)
        assert ann.ask(EDIT, {"article": {"title": title, "body": "x"}}, slug=made.slug).whole == refused(409, title=TAKEN)
        assert bob.ask(EDIT, {"article": {"title": title}}, slug=made.slug).whole == NOT_MY_ARTICLE
        assert visitor.ask(WRITE, {"article": SOMETHING | {"title": title}}).whole == MISSING
    assert bob.ask("DELETE /articles/{slug}", slug=made.slug).whole == NOT_MY_ARTICLE
    assert (ann.article(made.slug), ann.article(taken.slug)) == (made, taken)
    for route in (
        EDIT,
        COMMENT,
        "DELETE /articles/{slug}",
        "POST /articles/{slug}/favorite",
        "DELETE /articles/{slug}/favorite",
    ):
        assert ann.ask(route, slug="no-article-at-all").whole == NO_ARTICLE, route
        if route in (EDIT, COMMENT):
            assert ann.ask(route, {}, slug="no-article-at-all").whole == NO_ARTICLE
    for route in ("GET /articles/{slug}", "GET /articles/{slug}/comments"):
        assert visitor.ask(route, slug="no-article-at-all").whole == NO_ARTICLE
    assert visitor.articles(author="no-article-bob") == NONE


def comments(visitor: Client) -> None:
    """Comments stand in the order they were made, under one article; whoever wrote one, and nobody else, takes it back."""
    ann, bob = visitor.join("comments-ann"), visitor.join("comments-bob")
    made, other = ann.publish("Comments"), bob.publish("Comments elsewhere")
    assert visitor.comments(made.slug) == []
    first, second = bob.comment(made.slug, "First"), ann.comment(made.slug, "é" * 5_000)
    assert (first.body, first.author, first.updated_at) == ("First", known("comments-bob"), first.created_at)
    assert (second.body, second.author) == ("é" * 5_000, known("comments-ann")) and second.id != first.id
    assert visitor.comments(made.slug) == [first, second]
    ann.follow("comments-bob")
    assert ann.comments(made.slug) == [replace(first, author=known("comments-bob", following=True)), second]
    for members, problems in WRONG_COMMENTS:
        assert ann.ask(COMMENT, {"comment": members}, slug=made.slug).whole == refused(422, **problems)
    assert ann.ask(UNCOMMENT, slug=made.slug, id=first.id).whole == NOT_MY_COMMENT
    assert bob.ask(UNCOMMENT, slug=made.slug, id=second.id).whole == NOT_MY_COMMENT
    for who in (ann, bob):
        assert who.ask(UNCOMMENT, slug=other.slug, id=first.id).whole == NO_COMMENT
        assert who.ask(UNCOMMENT, slug="comments-nowhere", id=first.id).whole == NO_ARTICLE
        assert who.ask(UNCOMMENT, slug=made.slug, id=999_999_999).whole == NO_COMMENT
    assert visitor.ask(UNCOMMENT, slug=made.slug, id=first.id).whole == MISSING
    assert visitor.comments(made.slug) == [first, second]
    bob.uncomment(made.slug, first.id)
    assert bob.ask(UNCOMMENT, slug=made.slug, id=first.id).whole == NO_COMMENT
    assert visitor.comments(made.slug) == [second]
    many = [bob.comment(other.slug, f"Number {number}") for number in range(101)]
    assert visitor.comments(other.slug) == many[:100]


def removal(visitor: Client) -> None:
    """An article that is removed takes its comments and favourites along; its title is free again."""
    ann, bob = visitor.join("removal-ann"), visitor.join("removal-bob")
    made = ann.publish("Removal", tagList=["removal"])
    comment = bob.comment(made.slug, "Soon gone")
    bob.favorite(made.slug)
    ann.remove(made.slug)
    for route in ("GET /articles/{slug}", "GET /articles/{slug}/comments", "DELETE /articles/{slug}"):
        assert ann.ask(route, slug=made.slug).whole == NO_ARTICLE
    for query in ({"favorited": "removal-bob"}, {"author": "removal-ann"}, {"tag": "removal"}):
        assert visitor.articles(**query) == NONE
    again = ann.publish("Removal")
    assert (again.slug, again.favorites_count, again.tag_list) == (made.slug, 0, [])
    assert bob.article(again.slug) == again
    assert visitor.comments(again.slug) == []
    assert bob.ask(UNCOMMENT, slug=again.slug, id=comment.id).whole == NO_COMMENT
