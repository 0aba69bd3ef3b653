"""The blog as it is measured: served by `kingpost serve`, with a budget that is never reached."""

import os
from datetime import datetime

from kingpost import (
    Access,
    Account,
    App,
    Budget,
    Context,
    Data,
    Lists,
    Resource,
    anyone,
    back,
    count,
    created,
    index,
    is_set,
    operation,
    owner,
    ref,
    serial,
    text,
    where,
)

published = where(published_at=is_set)


class User(Account, table="users"):
    """Someone with an account."""

    id: int = serial()
    name: str = text(min=2, max=50)
    created_at: datetime = created()
    posts: "list[Post]" = back("user")
    post_count: int = count("posts", where=published, stored=True)

    access = Access(create=anyone, read=anyone.fields("id", "name", "created_at", "post_count") | owner())
    lists = Lists("-post_count", most=100)


class Post(Resource, table="posts"):
    """Something a user wrote; a draft until it is published."""

    id: int = serial()
    user: User = ref(on_delete="cascade")
    title: str = text(min=1, max=255)
    content: str | None = text()
    published_at: datetime | None = index(where=is_set)
    created_at: datetime = created()

    access = Access(create=anyone, read=published | owner("user"))
    lists = Lists("-created_at", page=20, most=100)


class Greeting(Data):
    """What is said to whoever comes."""

    message: str


@operation(access=anyone, method="GET", path="/hello")
async def hello(context: Context) -> Greeting:
    """Greet."""
    return Greeting(message="Hello")


app = App(User, Post, hello, title="Blog", budget=Budget(int(os.environ.get("BUDGET", "1000000000"))))
