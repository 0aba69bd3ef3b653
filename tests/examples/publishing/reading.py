"""Stories of readers: what they find, whom they follow, and what they like."""

from msgspec.structs import replace

from tests.examples.publishing.client import Articles, Client
from tests.examples.publishing.words import (
    INVALID,
    NONE,
    known,
    refused,
)


def lists(visitor: Client) -> None:
    """Lists begin with the newest, come in parts, count all there is, and can be narrowed by three things at once."""
    ann, bob, eve = (visitor.join(f"lists-{name}") for name in ("ann", "bob", "eve"))
    before = visitor.articles(limit=1).articles_count
    by_ann = [ann.publish(f"Lists {n}", tagList=["lists-even" if n % 2 == 0 else "lists-odd", "lists"]) for n in range(21)]
    by_bob = bob.publish("Lists by Bob", tagList=["lists-even"])
    newest = [each.in_lists() for each in reversed(by_ann)]
    assert visitor.articles(author="lists-ann") == Articles(articles=newest[:20], articles_count=21)
    assert visitor.articles(author="lists-ann", limit=100).articles == newest
    assert visitor.articles(author="lists-ann", offset=20) == Articles(articles=newest[20:], articles_count=21)
    assert visitor.articles(author="lists-ann", limit=2, offset=3) == Articles(articles=newest[3:5], articles_count=21)
    assert visitor.articles(author="lists-ann", limit=1, offset=10_000) == Articles(articles=[], articles_count=21)
    assert visitor.articles(limit=2) == Articles(articles=[by_bob.in_lists(), newest[0]], articles_count=before + 22)
    assert len(visitor.articles().articles) == 20
    even = [by_bob.in_lists(), *newest[0::2]]
    assert visitor.articles(tag="lists-even") == Articles(articles=even, articles_count=12)
    assert visitor.articles(tag="lists-odd", author="lists-ann").articles == newest[1::2]
    assert visitor.articles(tag="lists-even", author="lists-bob").articles == even[:1]
    assert visitor.articles(tag="lists-odd", author="lists-bob") == NONE
    liked = [replace(newest[place], favorites_count=1) for place in (4, 5)]
    for article in (liked[1], by_bob, liked[0]):
        eve.favorite(article.slug)
    eve.follow("lists-ann")
    bobs = replace(even[0], favorites_count=1)
    assert visitor.articles(favorited="lists-eve") == Articles(articles=[bobs, *liked], articles_count=3)
    assert visitor.articles(favorited="lists-eve", author="lists-ann").articles == liked
    assert visitor.articles(favorited="lists-eve", author="lists-ann", tag="lists-odd").articles == liked[1:]
    assert visitor.articles(favorited="lists-eve", limit=1, offset=1) == Articles(articles=liked[:1], articles_count=3)
    mine = replace(liked[1], favorited=True, author=known("lists-ann", following=True))
    assert eve.articles(favorited="lists-eve", tag="lists-odd") == Articles(articles=[mine], articles_count=1)
    for nobody in ({"tag": "lists-no"}, {"author": "lists-no"}, {"favorited": "lists-no"}, {"favorited": "lists-bob"}):
        assert visitor.articles(**nobody) == NONE
    assert visitor.articles(author="lists-ann", tag="lists-no", favorited="lists-eve") == NONE
    for route in ("GET /articles", "GET /articles/feed"):
        for amount in (0, 101, -1, "ten", "1.5"):
            assert ann.ask(route, limit=amount).whole == refused(422, limit=INVALID), amount
        for amount in (-1, 10_001, "ten", "1.5"):
            assert ann.ask(route, offset=amount).whole == refused(422, offset=INVALID), amount
        assert ann.ask(route, limit=0, offset="x").whole == refused(422, limit=INVALID, offset=INVALID)


def feed(visitor: Client) -> None:
    """A feed has the articles of those whom one follows, and of nobody else."""
    ann, bob, eve = (visitor.join(f"feed-{name}") for name in ("ann", "bob", "eve"))
    first, second, third = bob.publish("Feed 1"), eve.publish("Feed 2"), bob.publish("Feed 3")
    ann.publish("Feed 4")
    assert ann.feed() == NONE
    ann.follow("feed-bob")
    one, three = (replace(each.in_lists(), author=known("feed-bob", following=True)) for each in (first, third))
    two = replace(second.in_lists(), author=known("feed-eve", following=True))
    assert ann.feed() == Articles(articles=[three, one], articles_count=2)
    ann.follow("feed-eve")
    assert ann.feed() == Articles(articles=[three, two, one], articles_count=3)
    assert ann.feed(limit=1, offset=1) == Articles(articles=[two], articles_count=3)
    assert ann.feed(limit=100, offset=10_000) == Articles(articles=[], articles_count=3)
    ann.favorite("feed-2")
    assert ann.feed(limit=2).articles == [three, replace(two, favorited=True, favorites_count=1)]
    ann.unfollow("feed-bob")
    assert ann.feed() == Articles(articles=[replace(two, favorited=True, favorites_count=1)], articles_count=1)
    assert bob.feed() == NONE


def favorites(visitor: Client) -> None:
    """A favourite counts once for each person, and not at all once it is taken back."""
    ann, bob = visitor.join("favorites-ann"), visitor.join("favorites-bob")
    made = ann.publish("Favorites")
    assert bob.unfavorite(made.slug) == made
    for _ in range(2):
        assert bob.favorite(made.slug) == replace(made, favorited=True, favorites_count=1)
    assert ann.article(made.slug) == visitor.article(made.slug) == replace(made, favorites_count=1)
    assert ann.favorite(made.slug) == replace(made, favorited=True, favorites_count=2)
    assert bob.article(made.slug) == replace(made, favorited=True, favorites_count=2)
    for _ in range(2):
        assert bob.unfavorite(made.slug) == replace(made, favorites_count=1)
    assert ann.article(made.slug) == replace(made, favorited=True, favorites_count=1)


def tags(visitor: Client) -> None:
    """Every tag in use is named once, in alphabetical order."""

    def of_ours() -> list[str]:
        """Give the tags of this story; all there are stand in order, and are in use."""
        named = visitor.tags()
        assert named == sorted(set(named))
        assert [tag for tag in named if visitor.articles(tag=tag, limit=1).articles_count == 0] == []
        return [tag for tag in named if tag.startswith("tags-")]

    ann = visitor.join("tags-ann")
    ann.publish("Tags 1", tagList=["tags-c", "tags-a"])
    ann.publish("Tags 2", tagList=["tags-b", "tags-c"])
    assert of_ours() == ["tags-a", "tags-b", "tags-c"]
    ann.remove("tags-1")
    assert of_ours() == ["tags-b", "tags-c"]
