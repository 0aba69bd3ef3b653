"""Every count that a new row counts for is moved, whether or not one statement can move them all."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from kingpost import Access, App, Resource, anyone, back, count, ref, serial, text, value, where
from kingpost.call import Shape
from kingpost.plan.planner import plan
from tests.engine.running import BASE, Backend
from tests.servers.postgres import Postgres

MANY = 12


class Shelf(Resource, table="shelves"):
    """Holds books; how many, and how many of them are lent, are two counts of one row."""

    id: int = serial()
    books: "list[Book]" = back("shelf")
    book_count: int = count("books", stored=True)
    lent_count: int = count("books", where=where(lent=True), stored=True)

    access = Access(create=anyone, read=anyone)


class Book(Resource, table="books"):
    """Stands on a shelf; its chapters are counted as well, and so are those within a chapter."""

    id: int = serial()
    shelf: Shelf = ref(on_delete="cascade")
    lent: bool = value(default=False)
    chapters: "list[Chapter]" = back("book")
    chapter_count: int = count("chapters", stored=True)

    access = Access(create=anyone, read=anyone)


class Chapter(Resource, table="chapters"):
    """A part of a book, or of another chapter."""

    id: int = serial()
    title: str = text(max=50)
    book: Book = ref(on_delete="cascade")
    within: "Chapter | None" = ref(on_delete="null")
    parts: "list[Chapter]" = back("within")
    part_count: int = count("parts", where=where(title="part"), stored=True)

    access = Access(create=anyone, read=anyone)


app = App(Shelf, Book, Chapter, title="Library")


@pytest.fixture(params=["sqlite", "postgres"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a database of its own is."""
    if request.param == "sqlite":
        yield str(tmp_path / "app.db")
        return
    server: Postgres = request.getfixturevalue("server")
    url = server.database()
    yield url
    server.free(url)


def test_one_statement_moves_the_counts_of_rows_that_can_not_be_the_same() -> None:
    def whole(name: str, *given: str) -> bool:
        made = plan(app.contract, app.contract.operation[f"{name}.create"], Shape(given=given), "anonymous").write
        return made is not None and made.whole is not None

    assert [whole("shelves"), whole("books", "shelf_id"), whole("chapters", "book_id", "title")] == [True, False, True]


def test_every_count_is_moved(path: str) -> None:
    async def play() -> None:
        library = Backend(app, path)
        try:
            await library.send("POST", f"{BASE}/shelves", {})
            books = [{"shelf_id": 1, "lent": at % 3 == 0} for at in range(MANY)]
            made = await asyncio.gather(*(library.send("POST", f"{BASE}/books", each) for each in books))
            assert [each.status for each in made] == [201] * MANY
            key = made[0].body["id"]  # numbers may be left out
            await library.send("POST", f"{BASE}/chapters", {"book_id": key, "title": "whole"})
            parts = [{"book_id": key, "within_id": 1, "title": "part" if at % 2 else "note"} for at in range(MANY)]
            await asyncio.gather(*(library.send("POST", f"{BASE}/chapters", each) for each in parts))
            paths = ("shelves/1", f"books/{key}", "chapters/1")
            shelf, book, chapter = [(await library.send("GET", f"{BASE}/{each}")).body for each in paths]
            assert (shelf["book_count"], shelf["lent_count"]) == (MANY, MANY / 3)
            assert (book["chapter_count"], chapter["part_count"]) == (MANY + 1, MANY / 2)
        finally:
            await library.running.stop()

    asyncio.run(play())
