"""What the gallery has not: rows that are searched for their words, and found between two values."""

from datetime import datetime

from kingpost import Access, Lists, Resource, anyone, number, serial, text, value


class Note(Resource, table="notes"):
    """Something anyone may write and read, and search for."""

    id: int = serial()
    title: str = text(min=1, max=200)
    content: str | None = text()
    rank: int = number(default=0)
    at: datetime | None = value()

    access = Access(create=anyone, read=anyone)
    lists = Lists("rank", "-at", "title", "rank -at", search=("title", "content"), page=5, most=50)
