"""A process of its own that writes into a store, some at once, for a while, and prints how long each write took.

Takes the database's path, how many write at once and for how many seconds.
"""

import asyncio
import json
import sys
import time

from kingpost.contract.codec import Row
from kingpost.contract.scalars import Stored
from kingpost.store.protocol import Program, Statement
from kingpost.store.sqlite.connect import SqliteStore
from tests.store.crowd import AT, CONTRACT

INSERT = Statement(
    f'INSERT INTO "users" VALUES ({", ".join("?" * len(AT["users"]))})',
    tuple(name for name, _ in sorted(AT["users"].items(), key=lambda each: each[1])),
)


async def write(store: SqliteStore, name: str) -> None:
    values: dict[str, Stored] = {
        "name": "Someone", "email": name, "email_key": name, "password": "x", "admin": 0, "epoch": 0, "created_at": 0,
        "updated_at": 0, "post_count": 0,
    }  # fmt: skip

    def program() -> Program[list[Row]]:
        return (yield INSERT, values)

    await store.write(program)


async def main(path: str, writers: int, seconds: float) -> None:
    store = SqliteStore(CONTRACT, path)
    times: list[float] = []
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()  # nothing else is to be done until all are told to begin

    async def work(number: int) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            began = time.monotonic()
            await write(store, f"{id(store)}-{number}-{began}@example.com")
            times.append(time.monotonic() - began)

    await asyncio.gather(*(work(number) for number in range(writers)))
    await store.stop()
    print(json.dumps(times))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
