"""The blog in FastAPI with SQLAlchemy's asyncio extension, as their documentation shows."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

import jwt
from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import Depends, FastAPI, HTTPException, Path, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from slowapi import Limiter
from slowapi.middleware import SlowAPIASGIMiddleware
from slowapi.util import get_remote_address
from sqlalchemy import DateTime, ForeignKey, Select, String, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship
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
LATER = datetime(9999, 1, 1, tzinfo=UTC)

engine = create_async_engine(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://"), pool_size=20)
Session = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    post_count: Mapped[int] = mapped_column(server_default="0")


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(255))
    content: Mapped[str | None]
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    user: Mapped[User] = relationship()


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    created_at: datetime
    post_count: int


class PostOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    user_id: int
    title: str
    content: str | None
    published_at: datetime | None
    created_at: datetime


class PostWithUserOut(PostOut):
    user: UserOut


class Posts(BaseModel):
    items: list[PostOut]


class Feed(BaseModel):
    items: list[PostWithUserOut]


class Users(BaseModel):
    items: list[UserOut]


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


app = FastAPI()
app.state.limiter = Limiter(key_func=get_remote_address, default_limits=[f"{os.environ['BUDGET']} per 15 minutes"])
app.add_middleware(SlowAPIASGIMiddleware)
app.add_middleware(SecureHeaders)
app.add_middleware(CorrelationIdMiddleware, generator=lambda: uuid4().hex)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with Session() as session:
        yield session


async def whoever(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
) -> int | None:
    if credentials is None:
        return None
    try:
        return int(jwt.decode(credentials.credentials, os.environ["TOKEN_SECRET"], algorithms=["HS256"])["sub"])
    except jwt.InvalidTokenError:
        raise HTTPException(401, "The token is not valid") from None


Database = Annotated[AsyncSession, Depends(get_session)]
Limit = Annotated[int, Query(ge=1, le=100)]
Caller = Annotated[int | None, Depends(whoever)]


@app.get("/api/v1/hello")
async def hello() -> dict[str, str]:
    return {"message": "Hello"}


@app.get("/api/v1/posts/{key}", response_model=PostOut)
async def read_post(key: Annotated[int, Path(ge=1, le=2147483647)], session: Database, caller: Caller) -> object:
    visible = Post.published_at.is_not(None) | (Post.user_id == caller)
    post = (await session.execute(select(Post).where(Post.id == key, visible))).scalar_one_or_none()
    if post is None:
        raise HTTPException(404, "There is no such post")
    return post


def newest(limit: int, before: datetime) -> Select[tuple[Post]]:
    older = select(Post).where(Post.published_at.is_not(None), Post.created_at < before)
    return older.order_by(Post.created_at.desc(), Post.id.desc()).limit(limit)


@app.get("/api/v1/posts", response_model=Posts)
async def read_posts(session: Database, limit: Limit = 20, before: datetime = LATER) -> object:
    return {"items": (await session.scalars(newest(limit, before))).all()}


@app.get("/api/v1/feed", response_model=Feed)
async def read_feed(session: Database, limit: Limit = 20, before: datetime = LATER) -> object:
    return {"items": (await session.scalars(newest(limit, before).options(joinedload(Post.user)))).all()}


@app.post("/api/v1/posts", status_code=201, response_model=PostOut)
async def create_post(draft: Draft, session: Database) -> object:
    post = Post(**draft.model_dump())
    session.add(post)
    await session.commit()
    await session.refresh(post)
    return post


@app.get("/api/v1/users", response_model=Users)
async def read_users(session: Database, limit: Limit = 100) -> object:
    query = select(User).order_by(User.post_count.desc(), User.id.desc()).limit(limit)
    return {"items": (await session.scalars(query)).all()}
