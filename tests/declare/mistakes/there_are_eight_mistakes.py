from datetime import datetime

from kingpost import Access, Account, App, Lists, Resource, anyone, back, is_set, owner, ref, text, where

published = where(publishd_at=is_set)  # this is wrong


class User(Account, table="users"):
    name: int = text()  # this is wrong
    posts: "list[Post]" = back("author")  # this is wrong
    limit: int  # this is wrong

    access = Access(create=anyone, read=anyone)
    lists = Lists("-created_at")  # this is wrong


class Post(Resource):
    user: User = ref(on_delete="null")  # this is wrong
    title: str = text(max=5, default="Untitled")  # this is wrong
    published_at: datetime | None

    access = Access(read=published, update=owner("usr"))  # this is wrong


app = App(User, Post)
