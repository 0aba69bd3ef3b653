"""The blog in Litestar with Advanced Alchemy, as their documentation shows: repositories, and structs for what goes out."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

from advanced_alchemy.config import EngineConfig
from advanced_alchemy.extensions.litestar import (
    AsyncSessionConfig,
    SQLAlchemyAsyncConfig,
    SQLAlchemyPlugin,
    base,
    filters,
    repository,
    service,
)
from litestar import Litestar, Request, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders, ResponseHeader
from litestar.di import Provide
from litestar.exceptions import NotFoundException
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult, DefineMiddleware
from litestar.middleware.rate_limit import RateLimitConfig
from litestar.params import Parameter
from litestar.security.jwt import Token
from msgspec import Meta, Struct
from sqlalchemy import DateTime, ForeignKey, String, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

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
Limit = Annotated[int, Parameter(ge=1, le=100)]
Key = Annotated[int, Meta(ge=1, le=2147483647)]


class User(base.DefaultBase):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    post_count: Mapped[int] = mapped_column(server_default="0")


class Post(base.DefaultBase):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(255))
    content: Mapped[str | None]
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    user: Mapped[User] = relationship(viewonly=True)


NEWEST = [Post.created_at.desc(), Post.id.desc()]


class UserOut(Struct):
    id: int
    name: str
    created_at: datetime
    post_count: int


class PostOut(Struct):
    id: int
    user_id: int
    title: str
    content: str | None
    published_at: datetime | None
    created_at: datetime


class PostWithUserOut(PostOut):
    user: UserOut


class Posts(Struct):
    items: list[PostOut]


class Feed(Struct):
    items: list[PostWithUserOut]


class Users(Struct):
    items: list[UserOut]


class Draft(Struct, forbid_unknown_fields=True):
    user_id: Key
    title: Annotated[str, Meta(min_length=1, max_length=255)]
    content: str | None = None
    published_at: datetime | None = None


class Greeting(Struct):
    message: str


class PostService(service.SQLAlchemyAsyncRepositoryService[Post]):
    class Repo(repository.SQLAlchemyAsyncRepository[Post]):
        model_type = Post

    repository_type = Repo


class UserService(service.SQLAlchemyAsyncRepositoryService[User]):
    class Repo(repository.SQLAlchemyAsyncRepository[User]):
        model_type = User

    repository_type = Repo


async def provide_posts(db_session: AsyncSession) -> AsyncIterator[PostService]:
    async with PostService.new(session=db_session) as found:
        yield found


async def provide_users(db_session: AsyncSession) -> AsyncIterator[UserService]:
    async with UserService.new(session=db_session) as found:
        yield found


class Whoever(AbstractAuthenticationMiddleware):
    """Reads a token where there is one (https://docs.litestar.dev/2/usage/security/abstract-authentication-middleware.html)."""

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        header = connection.headers.get("authorization")
        if header is None:
            return AuthenticationResult(user=None, auth=None)
        token = Token.decode(header.removeprefix("Bearer "), os.environ["TOKEN_SECRET"], "HS256")
        return AuthenticationResult(user=int(token.sub), auth=token)


async def add_request_id(message: Any, scope: Any) -> None:
    if message["type"] == "http.response.start":
        MutableScopeHeaders.from_message(message)["x-request-id"] = uuid4().hex


@get("/api/v1/hello", exclude_from_auth=True)
async def hello() -> Greeting:
    return Greeting("Hello")


@get("/api/v1/posts/{key:int}")
async def read_post(
    key: Annotated[int, Parameter(ge=1, le=2147483647)], posts: PostService, request: Request[int | None, Any, Any]
) -> PostOut:
    visible = Post.published_at.is_not(None) | (Post.user_id == request.user)
    found = await posts.get_one_or_none(Post.id == key, visible)
    if found is None:
        raise NotFoundException("There is no such post")
    return posts.to_schema(found, schema_type=PostOut)


@get("/api/v1/posts", exclude_from_auth=True)
async def read_posts(posts: PostService, limit: Limit = 20, before: datetime = LATER) -> Posts:
    older = (Post.published_at.is_not(None), Post.created_at < before)
    found = await posts.list(*older, filters.LimitOffset(limit, 0), order_by=NEWEST)
    return Posts(list(posts.to_schema(found, schema_type=PostOut).items))


@get("/api/v1/feed", exclude_from_auth=True)
async def read_feed(posts: PostService, limit: Limit = 20, before: datetime = LATER) -> Feed:
    older = (Post.published_at.is_not(None), Post.created_at < before)
    found = await posts.list(*older, filters.LimitOffset(limit, 0), order_by=NEWEST, load=[joinedload(Post.user)])
    return Feed(list(posts.to_schema(found, schema_type=PostWithUserOut).items))


@post("/api/v1/posts", exclude_from_auth=True)
async def create_post(data: Draft, posts: PostService) -> PostOut:
    found = await posts.create(data, auto_commit=True, auto_refresh=True)
    return posts.to_schema(found, schema_type=PostOut)


@get("/api/v1/users", exclude_from_auth=True)
async def read_users(users: UserService, limit: Limit = 100) -> Users:
    found = await users.list(filters.LimitOffset(limit, 0), order_by=[User.post_count.desc(), User.id.desc()])
    return Users(list(users.to_schema(found, schema_type=UserOut).items))


alchemy = SQLAlchemyAsyncConfig(
    connection_string=os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://"),
    engine_config=EngineConfig(pool_size=20),
    session_config=AsyncSessionConfig(expire_on_commit=False),
)
# Its limiter keeps the moment of every call in its window, so the shortest window is the cheapest.
limiter = RateLimitConfig(rate_limit=("second", int(os.environ["BUDGET"])))

app = Litestar(
    route_handlers=[hello, read_post, read_posts, read_feed, create_post, read_users],
    dependencies={"posts": Provide(provide_posts), "users": Provide(provide_users)},
    plugins=[SQLAlchemyPlugin(config=alchemy)],
    middleware=[limiter.middleware, DefineMiddleware(Whoever, exclude_from_auth_key="exclude_from_auth")],
    before_send=[add_request_id],
    response_headers=[ResponseHeader(name=name, value=value) for name, value in SECURE.items()],
)
