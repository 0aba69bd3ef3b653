"""The blog with code that keeps a transaction open while it thinks, and statements of its own that are slow."""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from examples.blog.app import Post, User
from kingpost import App, Budget, Context, anyone, operation, signed_in


@operation(access=anyone, transaction=True)
async def think(context: Context) -> int:
    """Keep a connection for a while."""
    found = await context.sql("SELECT count(*) AS found FROM posts")
    await asyncio.sleep(1.5)
    return int(str(found[0]["found"]))


@operation(access=anyone)
async def look(context: Context) -> int:
    """Ask what the database takes long for."""
    return len(await context.sql("SELECT 1 AS found FROM pg_sleep(0.4)"))


@operation(access=signed_in, method="GET")
async def mine(context: Context, number: int) -> str:
    """Say who asks for what, as the database was told."""
    text = "SELECT CAST(:me AS bigint) AS me, CAST(:number AS bigint) AS number"
    (found,) = await context.sql(text, me=context.actor.id, number=number)
    return f"{found['me']} {found['number']}"


app = App(User, Post, think, look, mine, title="Thinking", budget=Budget(1_000_000_000))
