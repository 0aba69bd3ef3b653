"""A get by someone with a token, in process: with the account read by a statement of its own, and by the one that answers."""

from collections.abc import Iterator

from bench.ratio import compare
from bench.way import Way


def measure() -> Iterator[str]:
    """Compare the whole way of a request, on SQLite."""
    way = Way()
    (request,) = way.requests("get by id with a token", 1)
    known = way.running.engine.identity.known

    def before() -> list[bytes]:
        known.kept.clear()
        return way.ask([request])

    def now() -> list[bytes]:
        return way.ask([request])

    assert before()[0].partition(b"\r\n\r\n")[2] == now()[0].partition(b"\r\n\r\n")[2]
    yield compare("a row for a caller who is known", before, now)
