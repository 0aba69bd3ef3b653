"""Old and new side by side, asked as anyone would ask them. Beside your own app.py: `from app import app`."""

import unittest

from examples.mounted.app import app
from kingpost.testing import Client

LOAN = {"isbn": "9780141439563", "reader": "Pip"}


class Library(unittest.TestCase):
    """Each test with a database of its own, and with the old app started anew."""

    def setUp(self) -> None:
        self.client = Client(app)
        self.addCleanup(self.client.close)

    def test_the_old_app_answers_as_it_always_did(self) -> None:
        self.assertEqual(self.client.post("/legacy/loans", LOAN).body, LOAN | {"days": 14})
        self.assertEqual(self.client.post("/legacy/loans", LOAN).body, {"detail": "Somebody has this book"})
        self.assertEqual(self.client.post("/legacy/loans", LOAN | {"days": 0}).status, 422)
        self.assertEqual(self.client.get("/legacy/loans/9780000000000").status, 404)

    def test_the_old_app_knows_where_it_is_now(self) -> None:
        self.client.post("/legacy/loans", LOAN)
        found = self.client.get("/legacy/loans/9780141439563").body
        self.assertEqual(found, {"reader": "Pip", "self": "http://testserver/legacy/loans/9780141439563"})
        self.assertIn("/legacy/openapi.json", self.client.get("/legacy/docs").text)
        self.assertEqual(self.client.get("/legacy/openapi.json").body["servers"], [{"url": "/legacy"}])

    def test_the_new_app_answers_beside_it(self) -> None:
        self.assertEqual(self.client.get("/api/v1/books").body, {"items": [], "next": None})
        self.assertEqual(self.client.post("/api/v1/books", {"isbn": LOAN["isbn"], "title": "Great Expectations"}).status, 401)
        self.assertNotIn("loans", self.client.get("/openapi.json").text)

    def test_what_breaks_in_the_old_app_breaks_there(self) -> None:
        answer = self.client.get("/legacy/broken")
        self.assertEqual((answer.status, answer.text), (500, "Internal Server Error"))
        self.assertEqual(self.client.get("/api/v1/books").status, 200)


if __name__ == "__main__":
    unittest.main()
