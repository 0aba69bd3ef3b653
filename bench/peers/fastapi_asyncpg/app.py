"""The blog in FastAPI with asyncpg, as their documentation shows."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

import asyncpg
import jwt
from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import Depends, FastAPI, HTTPException, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from slowapi import Limiter
from slowapi.middleware import SlowAPIASGIMiddleware
from slowapi.util import get_remote_address
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
}
FIELDS = "posts.id, posts.user_id, posts.title, posts.content, posts.published_at, posts.created_at"
LATER = datetime(9999, 1, 1, tzinfo=UTC)


class User(BaseModel):
    id: int
    name: str
    created_at: datetime
    post_count: int


class Post(BaseModel):
    id: int
    user_id: int
    title: str
    content: str | None
    published_at: datetime | None
    created_at: datetime


class PostWithUser(Post):
    user: User


class Posts(BaseModel):
    items: list[Post]


class Feed(BaseModel):
    items: list[PostWithUser]


class Users(BaseModel):
    items: list[User]


class Draft(BaseModel):
    model_config = ConfigDict(extra="forbid")

    user_id: int = Field(ge=1, le=2147483647)
    title: str = Field(min_length=1, max_length=255)
    content: str | None = None
    published_at: datetime | None = None


class SecureHeaders:
    """Adds the headers to every answer (https://www.starlette.io/middleware/#pure-asgi-middleware)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURE.items():
                    headers[name] = value
            await send(message)

        await self.app(scope, receive, send_secured)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=20, max_size=20) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)
app.state.limiter = Limiter(key_func=get_remote_address, default_limits=[f"{os.environ['BUDGET']} per 15 minutes"])
app.add_middleware(SlowAPIASGIMiddleware)
app.add_middleware(SecureHeaders)
app.add_middleware(CorrelationIdMiddleware, generator=lambda: uuid4().hex)


async def connect(request: Request) -> AsyncIterator[asyncpg.Connection]:
    async with request.app.state.pool.acquire() as connection:
        yield connection


async def whoever(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
) -> int | None:
    if credentials is None:
        return None
    try:
        return int(jwt.decode(credentials.credentials, os.environ["TOKEN_SECRET"], algorithms=["HS256"])["sub"])
    except jwt.InvalidTokenError:
        raise HTTPException(401, "The token is not valid") from None


Connection = Annotated[asyncpg.Connection, Depends(connect)]
Limit = Annotated[int, Query(ge=1, le=100)]
Caller = Annotated[int | None, Depends(whoever)]


@app.get("/api/v1/hello")
async def hello() -> dict[str, str]:
    return {"message": "Hello"}


@app.get("/api/v1/posts/{key}", response_model=Post)
async def read_post(key: Annotated[int, Path(ge=1, le=2147483647)], connection: Connection, caller: Caller) -> object:
    row = await connection.fetchrow(
        f"SELECT {FIELDS} FROM posts WHERE id = $1 AND (published_at IS NOT NULL OR user_id = $2)", key, caller
    )
    if row is None:
        raise HTTPException(404, "There is no such post")
    return dict(row)


@app.get("/api/v1/posts", response_model=Posts)
async def read_posts(connection: Connection, limit: Limit = 20, before: datetime = LATER) -> object:
    rows = await connection.fetch(
        f"""SELECT {FIELDS} FROM posts WHERE published_at IS NOT NULL AND created_at < $1
        ORDER BY created_at DESC, id DESC LIMIT $2""",
        before,
        limit,
    )
    return {"items": [dict(row) for row in rows]}


@app.get("/api/v1/feed", response_model=Feed)
async def read_feed(connection: Connection, limit: Limit = 20, before: datetime = LATER) -> object:
    rows = await connection.fetch(
        f"""SELECT {FIELDS}, users.name, users.created_at AS joined_at, users.post_count
        FROM posts JOIN users ON users.id = posts.user_id
        WHERE published_at IS NOT NULL AND posts.created_at < $1
        ORDER BY posts.created_at DESC, posts.id DESC LIMIT $2""",
        before,
        limit,
    )
    return {"items": [joined(dict(row)) for row in rows]}


def joined(row: dict[str, object]) -> dict[str, object]:
    user = {
        "id": row["user_id"],
        "name": row.pop("name"),
        "created_at": row.pop("joined_at"),
        "post_count": row.pop("post_count"),
    }
    return {**row, "user": user}


@app.post("/api/v1/posts", status_code=201, response_model=Post)
async def create_post(draft: Draft, connection: Connection) -> object:
    row = await connection.fetchrow(
        f"INSERT INTO posts (user_id, title, content, published_at) VALUES ($1, $2, $3, $4) RETURNING {FIELDS}",
        draft.user_id,
        draft.title,
        draft.content,
        draft.published_at,
    )
    return dict(row)


@app.get("/api/v1/users", response_model=Users)
async def read_users(connection: Connection, limit: Limit = 100) -> object:
    rows = await connection.fetch(
        "SELECT id, name, created_at, post_count FROM users ORDER BY post_count DESC, id DESC LIMIT $1", limit
    )
    return {"items": [dict(row) for row in rows]}
