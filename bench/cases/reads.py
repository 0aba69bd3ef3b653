"""Reading one row in SQLite: within a savepoint, and as the single statement that is a snapshot by itself."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from bench.ratio import compare
from bench.way import Way
from kingpost.store.protocol import single
from kingpost.store.sqlite.line import drive, look


def measure() -> Iterator[str]:
    """Compare for the account behind a token."""
    store: Any = Way().running.engine.store
    identity = Way().running.engine.identity
    program = partial(single, identity.by_id, {"key": 7})

    def before() -> list[Any]:
        store.reader.execute("SAVEPOINT reading")
        try:
            return drive(store.reader, program)
        finally:
            store.reader.execute("RELEASE reading")

    def now() -> list[Any]:
        return look(store.reader, program, store.longer)

    assert before() == now()
    yield compare("an account by its id", before, now)
