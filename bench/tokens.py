"""A token for each user, as each kind of server would have issued it, made before anything is measured."""

import asyncio
import time
from functools import cache
from pathlib import Path

import jwt

from bench import pocketbase
from bench.blog import USERS
from bench.candidates import Candidate, Kind
from bench.kingpost.app import app
from kingpost.settings import Settings

SECRET = b"a secret of the measurements, which keeps nothing safe"
LIFETIME = 86_400


def tokens(candidate: Candidate, url: str) -> list[str]:
    """Give the token of each user; that of the user n stands at n, and nothing at 0."""
    if candidate.kind is Kind.OURS:
        return ours()
    if candidate.kind is Kind.POCKETBASE:
        return pocketbase.tokens(file(url).parent)
    return theirs()


@cache
def theirs() -> list[str]:
    """Sign the peers' tokens (RFC 7519, HS256)."""
    now = int(time.time())
    claims = ({"sub": str(user), "iat": now, "exp": now + LIFETIME} for user in range(1, USERS + 1))
    return ["", *(jwt.encode(each, SECRET, "HS256") for each in claims)]


def file(url: str) -> Path:
    """Give the file that an address of SQLite names."""
    return Path(url.removeprefix("sqlite:///"))


def ours() -> list[str]:
    """Issue Kingpost's tokens, which are signed with EdDSA and good for fifteen minutes."""

    async def issue() -> list[str]:
        running = app.open(Settings(":memory:", SECRET))
        found = ["", *(running.engine.identity.token(user, 0) for user in range(1, USERS + 1))]
        await running.stop()
        return found

    return asyncio.run(issue())
