"""What a page of a list costs among 10,000 rows, and among 1,000,000: it should not matter how many there are.

Both are asked in turns, in one process and without a network, so that what else the machine does falls on both alike.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter_ns

from bench.blog import PAGE
from bench.kingpost.app import app
from tests.engine.running import BASE, Backend

FEW, MANY, TURNS, USERS = 10_000, 1_000_000, 400, 1_000
START, STEP = 1_700_000_000_000_000, 1_000_000
LIST = f"{BASE}/posts?sort=-created_at&limit={PAGE}"


def measure() -> Iterator[str]:
    """Measure the first page, one from the middle, and a row by its id."""
    with TemporaryDirectory(prefix="kingpost-bench-") as folder:
        sizes = {rows: filled(Path(folder) / str(rows), rows) for rows in (FEW, MANY)}
        yield f"{'':24}{FEW:>12,}{MANY:>12,} rows, us{'ratio':>10}"
        for name in ("first page", "from the middle", "by id"):
            times: dict[int, list[int]] = {rows: [] for rows in sizes}
            for _ in range(TURNS):
                for rows, backend in sizes.items():
                    began = perf_counter_ns()
                    answer = backend.ask("GET", asked(name, rows))
                    times[rows].append(perf_counter_ns() - began)
                    assert answer.status == 200
            few, many = (median(times[rows]) / 1_000 for rows in sizes)
            yield f"{name:24}{few:12.0f}{many:12.0f}{many / few:20.2f}"
        for backend in sizes.values():
            backend.close()


def asked(name: str, rows: int) -> str:
    """Give an address to ask."""
    match name:
        case "first page":
            return LIST
        case "from the middle":
            return f"{LIST}&created_at[lt]={moment(rows // 2)}"
        case _:
            return f"{BASE}/posts/{rows // 2}"


def moment(number: int) -> str:
    """Spell when a row was made."""
    seconds = (START + number * STEP) // 1_000_000
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def filled(folder: Path, rows: int) -> Backend:
    """Open the blog with so many posts, all of them published, one a second."""
    folder.mkdir()
    backend = Backend(app, str(folder / "app.db"))
    fields = {resource.name: [field.name for field in resource.fields] for resource in app.contract.resources}
    people = [
        {"id": key, "email": f"u{key}@example.com", "email_key": f"u{key}@example.com", "password": "x", "admin": 0, "epoch": 0,
         "name": "Someone", "created_at": START, "post_count": rows // USERS}
        for key in range(1, USERS + 1)
    ]  # fmt: skip
    posts = (
        {"id": key, "user_id": key % USERS + 1, "title": "A title", "content": "Words", "published_at": START, "created_at": at}
        for key, at in ((key, START + key * STEP) for key in range(1, rows + 1))
    )
    writer = backend.store.writer
    with writer:
        for name, made in (("users", people), ("posts", posts)):
            marks = ", ".join("?" * len(fields[name]))
            values = (tuple(row[field] for field in fields[name]) for row in made)
            writer.executemany(f'INSERT INTO "{name}" VALUES ({marks})', values)  # noqa: S608  # names of our own
    return backend
