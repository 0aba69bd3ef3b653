"""What anyone would write who has the app, with pytest or unittest. Beside your own app.py: `from app import app`."""

import unittest

from examples.blog.app import app
from kingpost.testing import Client

SIGN_UP = {"email": "test@example.com", "password": "SecurePass123!", "name": "Test User"}
READER = {"email": "reader@example.com", "password": "SecurePass123!", "name": "A Reader"}


def test_a_user_is_created_and_the_password_never_seen_again() -> None:
    answer = Client(app).post("/api/v1/users", SIGN_UP)
    assert answer.status == 201 and answer.body["email"] == "test@example.com"
    assert "password" not in answer.text and "SecurePass123!" not in answer.text


def test_an_address_that_is_none_is_refused() -> None:
    answer = Client(app).post("/api/v1/users", SIGN_UP | {"email": "invalid-email"})
    assert answer.status == 400
    assert answer.details == {"email": "Invalid email format"}


class Blogging(unittest.TestCase):
    """A writer and a reader, each test with a database of its own."""

    def setUp(self) -> None:
        self.client = Client(app)
        self.addCleanup(self.client.close)
        self.client.post("/api/v1/users", SIGN_UP)
        self.client.post("/api/v1/users", READER)

    def write(self, **fields: str) -> str:
        """Write a post as the writer and give its address."""
        self.client.sign_in("test@example.com", "SecurePass123!")
        return self.client.post("/api/v1/posts", {"title": "On roofs", **fields}).headers["location"]

    def test_a_draft_is_seen_by_who_wrote_it_until_it_is_published(self) -> None:
        post = self.write()
        self.client.sign_in("reader@example.com", "SecurePass123!")
        self.assertEqual(self.client.get(post).status, 404)
        self.client.sign_in("test@example.com", "SecurePass123!")
        self.assertEqual(self.client.patch(post, {"published_at": "2026-01-31T10:30:00Z"}).status, 200)
        self.client.sign_out()
        self.assertEqual(self.client.get(post).body["title"], "On roofs")

    def test_published_posts_are_counted_with_their_writer(self) -> None:
        self.write()
        self.write(published_at="2026-01-31T10:30:00Z")
        self.client.sign_out()
        self.assertEqual(self.client.get("/api/v1/users/1").body, {"id": 1, "name": "Test User", "post_count": 1})

    def test_nobody_writes_in_another_name(self) -> None:
        self.client.sign_in("reader@example.com", "SecurePass123!")
        self.assertEqual(self.client.post("/api/v1/posts", {"title": "Not mine", "user_id": 1}).status, 403)

    def test_only_an_admin_removes_a_user_and_the_posts_go_too(self) -> None:
        post = self.write(published_at="2026-01-31T10:30:00Z")
        self.client.sign_in("reader@example.com", "SecurePass123!")
        self.assertEqual(self.client.delete("/api/v1/users/1").status, 403)
        self.client.make_admin("reader@example.com")
        self.assertEqual(self.client.delete("/api/v1/users/1").status, 204)
        self.assertEqual(self.client.get(post).status, 404)

    def test_an_address_is_used_once_however_it_is_written(self) -> None:
        answer = self.client.post("/api/v1/users", SIGN_UP | {"email": "TEST@Example.com"})
        self.assertEqual((answer.status, answer.message), (409, "Another user has this email"))


if __name__ == "__main__":
    unittest.main()
