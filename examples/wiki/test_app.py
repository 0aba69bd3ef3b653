"""A wiki as its readers and writers see it, with pytest or unittest. Beside your own app.py: `from app import app`."""

import unittest

from examples.wiki.app import app
from kingpost.testing import Answer, Client


def joined(client: Client, name: str) -> Client:
    """Give the browser of someone who has just joined."""
    browser = client.as_(None)
    email = f"{name.lower()}@example.com"
    answer = browser.post("/join", form={"name": name, "email": email, "password": "SecurePass123!"})
    assert (answer.status, answer.headers["location"]) == (303, "/"), answer
    return browser


def save(browser: Client, name: str, revision: int, content: str, summary: str = "") -> Answer:
    """Send the form of a page."""
    return browser.post(f"/{name}", form={"revision": str(revision), "content": content, "summary": summary})


class Writing(unittest.TestCase):
    """Two writers and a reader."""

    def setUp(self) -> None:
        self.client = Client(app)
        self.addCleanup(self.client.close)
        self.ada, self.bob = joined(self.client, "Ada"), joined(self.client, "Bob")

    def test_a_page_is_written_and_anyone_reads_it(self) -> None:
        self.assertEqual(self.client.get("/Home").status, 404)
        answer = save(self.ada, "Home", 0, "Welcome.\n\nSee [[OnRoofs]] and https://example.com/roofs")
        self.assertEqual((answer.status, answer.headers["location"]), (303, "/Home"))
        page = self.client.get("/Home").text
        self.assertIn("<h1>Home</h1><p>Welcome.</p><p>See <a href=", page)
        self.assertIn('<a href="/OnRoofs">OnRoofs</a>', page)
        self.assertIn('<a href="https://example.com/roofs">https://example.com/roofs</a>', page)

    def test_who_has_not_signed_in_only_reads(self) -> None:
        with self.client.unchanged():
            self.assertEqual(self.client.get("/Home/edit").status, 401)
            self.assertEqual(save(self.client, "Home", 0, "Mine").status, 401)

    def test_two_who_write_at_once_both_keep_what_they_wrote(self) -> None:
        save(self.ada, "Home", 0, "One\nTwo\nThree")
        self.assertIn('name="revision" value="1"', self.bob.get("/Home/edit").text)
        save(self.ada, "Home", 1, "One\nTwo\nThree\nFour")
        with self.client.unchanged():
            told = save(self.bob, "Home", 1, "Zero\nOne\nTwo\nThree")
        self.assertEqual(told.status, 409)
        self.assertIn("<ins>+Four</ins>", told.text)  # what Ada did
        self.assertIn("\nZero\nOne\nTwo\nThree</textarea>", told.text)  # what Bob wrote
        self.assertIn('name="revision" value="2"', told.text)
        self.assertEqual(save(self.bob, "Home", 2, "Zero\nOne\nTwo\nThree\nFour").status, 303)

    def test_nothing_is_lost_and_what_was_can_be_again(self) -> None:
        save(self.ada, "Home", 0, "Good", "begin")
        save(self.bob, "Home", 1, "Bad", "spoil it")
        self.assertIn("revision 2</a> by Bob: spoil it</li><li>", self.client.get("/Home/history").text)
        self.assertIn("<del>-Good</del><ins>+Bad</ins>", self.client.get("/Home/history/2").text)
        self.assertIn('name="revision" value="2"', self.client.get("/Home/history/1").text)
        self.assertEqual(save(self.ada, "Home", 2, "Good", "Back to revision 1").status, 303)
        self.assertIn("<p>Good</p>", self.client.get("/Home").text)
        self.assertIn("revision 3</a> by Ada: Back to revision 1</li>", self.client.get("/recent").text)

    def test_pages_are_found_by_their_words(self) -> None:
        save(self.ada, "Home", 0, "Welcome")
        save(self.ada, "OnRoofs", 0, "Kingposts hold them up")
        self.assertIn(
            '<ul><li><a href="/Home">Home</a></li><li><a href="/OnRoofs">OnRoofs</a></li></ul>', self.client.get("/").text
        )
        found = self.client.get("/?q=kingposts").text
        self.assertIn('<a href="/OnRoofs">', found)
        self.assertNotIn('<a href="/Home">', found)

    def test_signing_in_and_out(self) -> None:
        browser = self.client.as_(None)
        self.assertEqual(browser.post("/sign-in", form={"email": "ada@example.com", "password": "wrong"}).status, 401)
        self.assertEqual(browser.get("/Home/edit").status, 401)
        self.assertEqual(browser.post("/sign-in", form={"email": "ada@example.com", "password": "SecurePass123!"}).status, 303)
        self.assertEqual(browser.get("/Home/edit").status, 200)
        self.assertEqual(browser.post("/sign-out", form={}).status, 303)
        self.assertEqual(browser.get("/Home/edit").status, 401)

    def test_pages_of_other_sites_write_nothing(self) -> None:
        form = {"revision": "0", "content": "Buy this", "summary": ""}
        with self.client.unchanged():
            answer = self.ada.request("POST", "/Home", form=form, headers={"sec-fetch-site": "cross-site"})
            self.assertEqual(answer.status, 403)


if __name__ == "__main__":
    unittest.main()
