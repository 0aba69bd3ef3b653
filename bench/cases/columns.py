"""Writing the 20 rows of a page: row by row, asking of each value what it is, and by columns, by a form made once."""

from collections.abc import Iterator, Sequence
from itertools import count

from bench.ratio import compare
from kingpost.contract.codec import WRITTEN, Column, Output, Row, form
from kingpost.contract.scalars import Datetime, Integer, Text

MOMENTS = count(1_800_000_000_123_456, 1_000_001)
OUTPUT = Output(
    (
        Column("id", Integer(), 0), Column("user_id", Integer(), 1), Column("title", Text(), 2), Column("content", Text(), 3),
        Column("published_at", Datetime(), 4), Column("created_at", Datetime(), 5),
    )
)  # fmt: skip


def page() -> list[Row]:
    """Make a page of which no moment was written before."""
    return [(number, 7, f"Title {number}", "Some content", next(MOMENTS), next(MOMENTS)) for number in range(20)]


def before(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Write a page as it was written before."""
    answers = []
    for row in rows:
        answer: dict[str, object] = {}
        for column in OUTPUT.columns:
            if column.guard < 0 or row[column.guard] == 1:
                value = row[column.at]
                answer[column.name] = column.scalar.write(value) if isinstance(column.scalar, WRITTEN) else value
        answers.append(answer)
    return answers


def measure() -> Iterator[str]:
    """Compare; making the rows takes its part of both."""
    same = page()
    assert before(same) == form(OUTPUT).page(same, ())
    yield compare("20 rows that are new", lambda: before(page()), lambda: form(OUTPUT).page(page(), ()))
    yield compare("20 rows that were written before", lambda: before(same), lambda: form(OUTPUT).page(same, ()))
