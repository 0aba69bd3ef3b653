"""The blog in Django Ninja, as its documentation shows."""

import os
from datetime import UTC, datetime
from typing import Annotated

import jwt
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from ninja import Field, NinjaAPI, Path, Query, Schema
from ninja.errors import HttpError
from ninja.throttling import AnonRateThrottle
from pydantic import ConfigDict

from blog.models import Post, User

# Its limiter keeps the moment of every call in its window, so the shortest window is the cheapest.
api = NinjaAPI(throttle=[AnonRateThrottle(f"{os.environ['BUDGET']}/s")], docs_url=None)
Limit = Annotated[int, Query(ge=1, le=100)]
LATER = datetime(9999, 1, 1, tzinfo=UTC)


class UserOut(Schema):
    id: int
    name: str
    created_at: datetime
    post_count: int


class PostOut(Schema):
    id: int
    user_id: int
    title: str
    content: str | None
    published_at: datetime | None
    created_at: datetime


class PostWithUserOut(PostOut):
    user: UserOut


class Posts(Schema):
    items: list[PostOut]


class Feed(Schema):
    items: list[PostWithUserOut]


class Users(Schema):
    items: list[UserOut]


class Draft(Schema):
    model_config = ConfigDict(extra="forbid")

    user_id: int = Field(ge=1, le=2147483647)
    title: str = Field(min_length=1, max_length=255)
    content: str | None = None
    published_at: datetime | None = None


def whoever(request) -> int | None:
    header = request.headers.get("authorization")
    if header is None:
        return None
    try:
        return int(jwt.decode(header.removeprefix("Bearer "), os.environ["TOKEN_SECRET"], algorithms=["HS256"])["sub"])
    except jwt.InvalidTokenError:
        raise HttpError(401, "The token is not valid") from None


@api.get("/hello")
def hello(request):
    return {"message": "Hello"}


@api.get("/posts/{key}", response=PostOut)
def read_post(request, key: Annotated[int, Path(ge=1, le=2147483647)]):
    return get_object_or_404(Post, Q(published_at__isnull=False) | Q(user_id=whoever(request)), id=key)


def newest(before: datetime) -> QuerySet[Post]:
    return Post.objects.filter(published_at__isnull=False, created_at__lt=before).order_by("-created_at", "-id")


@api.get("/posts", response=Posts)
def read_posts(request, limit: Limit = 20, before: datetime = LATER):
    return {"items": list(newest(before)[:limit])}


@api.get("/feed", response=Feed)
def read_feed(request, limit: Limit = 20, before: datetime = LATER):
    return {"items": list(newest(before).select_related("user")[:limit])}


@api.post("/posts", response={201: PostOut})
def create_post(request, draft: Draft):
    post = Post.objects.create(**draft.dict())
    post.refresh_from_db(fields=["created_at"])
    return 201, post


@api.get("/users", response=Users)
def read_users(request, limit: Limit = 100):
    return {"items": list(User.objects.order_by("-post_count", "-id")[:limit])}
