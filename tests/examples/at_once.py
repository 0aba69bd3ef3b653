"""Many browsers that ask in the same moment."""

import asyncio
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from kingpost.testing import Answer, Client
from kingpost.testing.exchange import exchange, scope

FORM = "application/x-www-form-urlencoded"


def at_once(client: Client, asked: Sequence[tuple[Client, str, bytes, str]]) -> list[Answer]:
    """Send all these at once: who asks, where, a body and its media type; give what each was answered."""

    async def one(browser: Client, url: str, body: bytes, media: str) -> Answer:
        headers = {"host": "testserver", "content-type": media} | browser.cookies.header()
        status, pairs, content = await exchange(client.running.serve, scope("POST", url, headers, ""), body)
        return Answer(status, dict(pairs), content, {})

    async def all_() -> list[Answer]:
        return list(await asyncio.gather(*(one(*each) for each in asked)))

    return client.wait(all_())


def form(fields: Mapping[str, str]) -> bytes:
    """Write a form as a browser sends it."""
    return urlencode(fields).encode()
