"""Who walks a whole list while others write sees each row that was there and keeps its place exactly once, in order.

The blog is served from a file, so writes are done on the writer's thread while pages are read. Some users and all their posts
keep their sort keys, though their texts change; around them everything else comes, moves and goes.
"""

import asyncio
import random
import secrets
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kingpost.testing import Answer
from tests.engine.running import BASE, NOBODY, START, Account, Backend
from tests.proofs.blog import MOMENT, endless

PAGE = 7
STILL, BUSY, POSTS = 30, 6, 180
WRITERS = 3
LISTS = [
    *(("users", sort) for sort in ("-post_count", "post_count", "created_at", "-created_at")),
    *(("posts", sort) for sort in ("-created_at", "created_at", "-published_at", "published_at")),
    *(("posts?user_id={user}", sort) for sort in ("-created_at", "created_at")),
    *(("users/{user}/posts", sort) for sort in ("-created_at", "created_at")),
]
WALKS = [
    (address, sort, who)
    for address, sort in LISTS
    for who in ("no one", "an owner", "an admin")
    if not (address == "users" and sort.endswith("created_at") and who == "no one")  # who is asked for a token first
]


class Street:
    """A blog where some keep still and others do not."""

    def __init__(self, path: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.backend = Backend(endless(), str(path))
        self.boss = self.backend.promote(self.backend.join("Boss"))
        self.still = [self.backend.join(f"Still {at}", f"still{at}@example.com") for at in range(STILL)]
        self.busy = [self.backend.join(f"Busy {at}", f"busy{at}@example.com") for at in range(BUSY)]
        self.posts: dict[int, Account] = {}
        for at in range(POSTS):
            self.backend.now = START + at // 3  # ties, which the id breaks
            who = self.chance.choice([*self.still[:8], *self.still])  # a few have many
            body = {"title": f"{at}", "published_at": self.chance.choice([MOMENT, "2026-02-01T00:00:00Z", None])}
            answer = self.backend.ask("POST", f"{BASE}/posts", body, who.token)
            assert answer.status == 201, answer
            self.posts[answer.body["id"]] = who
        self.walking = True
        self.written = 0
        self.wrote = asyncio.Event()

    async def read(self, address: str, sort: str, token: str, restless: bool) -> list[int]:
        """Walk a list to its end, with other writes between any two pages; gives the ids."""
        found: list[int] = []
        url = f"{BASE}/{address}{'&' if '?' in address else '?'}sort={sort}&limit={PAGE}"
        mark = ""
        while True:
            answer = await self.backend.send("GET", f"{url}&after={mark}" if mark else url, None, token)
            assert answer.status == 200, answer
            found += [row["id"] for row in answer.body["items"]]
            mark = answer.body["next"] or ""
            if not mark:
                return found
            if restless:
                self.wrote.clear()
                await self.wrote.wait()

    async def write(self) -> None:
        """Write until the walk is over."""
        mine: list[int] = []
        while self.walking:
            who = self.chance.choice(self.busy)
            self.backend.now = START + self.chance.randrange(POSTS)
            kind = self.chance.choice(["new", "new", "move", "remove", "edit"])
            moment = self.chance.choice([MOMENT, "2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z", None])
            if kind == "edit":
                key = self.chance.choice(sorted(self.posts))
                answer = await self.change("PATCH", key, {"title": "Another", "content": "x" * 99}, self.posts[key])
            elif kind == "new" or not mine:
                body = {"title": "New", "published_at": moment}
                answer = await self.backend.send("POST", f"{BASE}/posts", body, who.token)
                mine.append(answer.body["id"])
            elif kind == "move":
                key = self.chance.choice(mine)
                body = {"published_at": moment, "user_id": self.chance.choice(self.busy).id}
                answer = await self.change("PATCH", key, body, self.boss)
            else:
                answer = await self.change("DELETE", mine.pop(self.chance.randrange(len(mine))), None, self.boss)
            assert answer.status in (200, 201, 204), answer
            self.written += 1
            self.wrote.set()

    async def change(self, method: str, key: int, body: object, who: Account) -> Answer:
        return await self.backend.send(method, f"{BASE}/posts/{key}", body, who.token)

    async def walk(self, address: str, sort: str, token: str) -> tuple[list[int], list[int]]:
        """Walk a list in peace and then while others write; gives what each walk saw."""
        calm = await self.read(address, sort, token, restless=False)
        self.walking = True
        writers = [asyncio.create_task(self.write()) for _ in range(WRITERS)]
        try:
            return calm, await self.read(address, sort, token, restless=True)
        finally:
            self.walking = False
            await asyncio.gather(*writers)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    made = Street(tmp_path_factory.mktemp("street") / "app.db", seed)
    with closing(made.backend):
        yield made


@pytest.mark.parametrize(("address", "sort", "who"), WALKS)
def test_a_row_that_keeps_its_place_is_seen_exactly_once_however_much_is_written(
    street: Street, address: str, sort: str, who: str
) -> None:
    owner = street.still[0]
    asker = {"no one": NOBODY, "an owner": owner, "an admin": street.boss}[who]
    loop = street.backend.loop
    assert loop is not None
    written = street.written
    calm, restless = loop.run_until_complete(street.walk(address.format(user=owner.id), sort, asker.token))
    kept = {each.id for each in street.still} if address == "users" else set(street.posts)
    expected = [key for key in calm if key in kept]
    assert [key for key in restless if key in kept] == expected
    assert len(set(restless)) == len(restless) or sort.endswith(("post_count", "published_at"))  # what moved may come twice
    pages = len(restless) // PAGE
    assert street.written - written >= pages - 1
    assert expected
