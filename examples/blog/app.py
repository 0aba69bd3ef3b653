"""A blog: users and their posts. This file is the whole backend."""

from datetime import datetime

from kingpost import (
    Access,
    Account,
    App,
    Lists,
    PasswordPolicy,
    Resource,
    actor,
    admin,
    anyone,
    back,
    count,
    created,
    index,
    is_set,
    owner,
    ref,
    serial,
    signed_in,
    text,
    updated,
    where,
)

published = where(published_at=is_set)


class User(Account, table="users"):
    """Someone with an account."""

    id: int = serial()
    name: str = text(min=2, max=50)
    created_at: datetime = created()
    updated_at: datetime = updated()
    posts: "list[Post]" = back("user")
    post_count: int = count("posts", where=published, stored=True)

    password = PasswordPolicy(min=8, lower=1, upper=1, digit=1)
    access = Access(
        create=anyone,
        read=anyone.fields("id", "name", "post_count") | owner() | admin,
        update=owner() | admin,
        delete=admin,
    )
    lists = Lists("-post_count", "created_at", most=100)


class Post(Resource, table="posts"):
    """Something a user wrote; a draft until it is published."""

    id: int = serial()
    user: User = ref(on_delete="cascade", default=actor)
    title: str = text(min=1, max=255)
    content: str | None = text()
    published_at: datetime | None = index(where=is_set)
    created_at: datetime = created()

    access = Access(
        create=signed_in & owner("user"),
        read=published | owner("user") | admin,
        update=owner("user") | admin,
        delete=owner("user") | admin,
    )
    lists = Lists("-created_at", "user_id -created_at", "-published_at", page=20, most=100, search=("title", "content"))


app = App(User, Post, title="Blog")
