"""What anyone would write who has the app, with pytest or unittest. Beside your own app.py: `from app import app`."""

import unittest

from examples.publishing.app import Article, Tag, User, app
from kingpost.testing import Client

ARTICLE = {"title": "On roofs", "description": "What holds them", "body": "A king post.", "tagList": ["wood", "roofs", "wood"]}


def test_who_joins_is_signed_in_at_once() -> None:
    with Client(app) as client:
        user = {"username": "ann", "email": "ann@example.com", "password": "long enough"}
        client.token = client.post("/api/users", {"user": user}).body["user"]["token"]
        assert client.get("/api/user").body["user"] | {"token": ""} == {
            "email": "ann@example.com", "token": "", "username": "ann", "bio": None, "image": None,
        }  # fmt: skip


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with Client(app) as client:
        answer = client.post("/api/users", {"user": {"username": "two words", "password": "short", "age": 5}})
        assert (answer.status, answer.body) == (422, {"errors": {
            "username": ["is invalid"], "email": ["can't be blank"], "password": ["is too short"], "age": ["is unknown"],
        }})  # fmt: skip


class Publishing(unittest.TestCase):
    """Two who write and read, each test with a database of its own."""

    def setUp(self) -> None:
        self.client = Client(app)
        self.addCleanup(self.client.close)
        self.ann = self.client.as_(self.client.make(User, username="ann"))
        self.bob = self.client.as_(self.client.make(User, username="bob"))

    def test_an_article_is_found_by_its_title_and_its_tags(self) -> None:
        self.assertEqual(self.ann.post("/api/articles", {"article": ARTICLE}).status, 201)
        article = self.client.get("/api/articles/on-roofs").body["article"]
        self.assertEqual((article["author"]["username"], article["tagList"]), ("ann", ["roofs", "wood"]))
        (listed,) = self.client.get("/api/articles?tag=wood&author=ann").body["articles"]
        self.assertEqual(listed, {name: value for name, value in article.items() if name != "body"})
        self.assertEqual(self.client.get("/api/tags").body, {"tags": ["roofs", "wood"]})

    def test_a_feed_holds_what_those_write_whom_one_follows(self) -> None:
        self.ann.post("/api/articles", {"article": ARTICLE})
        self.assertEqual(self.bob.get("/api/articles/feed").body, {"articles": [], "articlesCount": 0})
        self.assertTrue(self.bob.post("/api/profiles/ann/follow").body["profile"]["following"])
        self.assertEqual(self.bob.get("/api/articles/feed").body["articlesCount"], 1)

    def test_a_favourite_counts_once_for_each(self) -> None:
        article = self.client.make(Article, slug="on-roofs", title="On roofs", tags=[self.client.make(Tag, name="wood")])
        for who, many in ((self.bob, 1), (self.bob, 1), (self.ann, 2)):
            told = who.post(f"/api/articles/{article.slug}/favorite").body["article"]
            self.assertEqual((told["favorited"], told["favoritesCount"]), (True, many))

    def test_nobody_changes_what_others_wrote(self) -> None:
        self.ann.post("/api/articles", {"article": ARTICLE})
        with self.client.unchanged():
            for answer in (self.bob.put("/api/articles/on-roofs", {}), self.bob.delete("/api/articles/on-roofs")):
                self.assertEqual((answer.status, answer.body), (403, {"errors": {"article": ["forbidden"]}}))


if __name__ == "__main__":
    unittest.main()
