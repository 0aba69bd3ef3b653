"""What anyone writes who has the app, with pytest or unittest; beside your own app.py: `from app import Post, User, app`."""

import unittest
from datetime import UTC, datetime

from examples.blog.app import Post, User, app
from kingpost.testing import Client, created, deleted, updated, walk

SIGN_UP = {"email": "test@example.com", "password": "SecurePass123!", "name": "Test User"}
TODAY = datetime(2026, 1, 31, 10, 30, tzinfo=UTC)


def test_a_user_is_created_and_the_password_never_seen_again() -> None:
    answer = Client(app).post("/api/v1/users", SIGN_UP)
    assert answer.status == 201 and answer.body["email"] == "test@example.com"
    assert "password" not in answer.text and "SecurePass123!" not in answer.text


def test_an_address_that_is_none_is_refused() -> None:
    answer = Client(app).post("/api/v1/users", SIGN_UP | {"email": "invalid-email"})
    assert answer.status == 400
    assert answer.details == {"email": "Invalid email format"}


def test_whoever_signs_up_signs_in() -> None:
    client = Client(app)
    client.post("/api/v1/users", SIGN_UP)
    assert client.sign_in("Test@Example.com", "SecurePass123!").get("/api/v1/users/1").body["email"] == "test@example.com"


def test_nothing_breaks_and_nothing_stands_open() -> None:
    walk(Client(app))


class Blogging(unittest.TestCase):
    """A writer and a reader, each test with a database of its own."""

    def setUp(self) -> None:
        self.client = Client(app)
        self.addCleanup(self.client.close)
        self.writer, self.reader = self.client.make(User, name="A Writer"), self.client.make(User, name="A Reader")

    def test_a_draft_is_seen_by_who_wrote_it_until_it_is_published(self) -> None:
        draft = self.client.make(Post, user=self.writer, title="On roofs")
        url = f"/api/v1/posts/{draft.id}"
        self.assertEqual(self.client.as_(self.reader).get(url).status, 404)
        with self.client.changes(updated(draft, published_at=TODAY)):
            self.client.as_(self.writer).patch(url, {"published_at": "2026-01-31T10:30:00Z"})
        self.assertEqual(self.client.get(url).body["title"], "On roofs")

    def test_published_posts_are_counted_with_their_writer(self) -> None:
        self.client.make(Post, user=self.writer)
        self.client.make(Post, user=self.writer, published_at=TODAY)
        self.assertEqual(self.client.get("/api/v1/users/1").body, {"id": 1, "name": "A Writer", "post_count": 1})

    def test_a_post_is_its_writers_and_nobody_writes_in_another_name(self) -> None:
        with self.client.changes(created(Post, title="Mine", user=self.reader)):
            self.client.as_(self.reader).post("/api/v1/posts", {"title": "Mine"})
        with self.client.unchanged():
            answer = self.client.as_(self.reader).post("/api/v1/posts", {"title": "Not mine", "user_id": self.writer.id})
        self.assertEqual(answer.status, 403)

    def test_only_an_admin_removes_a_user_and_the_posts_go_too(self) -> None:
        post, boss = self.client.make(Post, user=self.writer, published_at=TODAY), self.client.make(User, admin=True)
        with self.client.unchanged():
            self.assertEqual(self.client.as_(self.reader).delete("/api/v1/users/1").status, 403)
        with self.client.changes(deleted(post), deleted(self.writer)):
            self.assertEqual(self.client.as_(boss).delete("/api/v1/users/1").status, 204)

    def test_an_address_is_used_once_however_it_is_written(self) -> None:
        self.client.make(User, email="test@example.com")
        answer = self.client.post("/api/v1/users", SIGN_UP | {"email": "TEST@Example.com"})
        self.assertEqual((answer.status, answer.message), (409, "Another user has this email"))


if __name__ == "__main__":
    unittest.main()
