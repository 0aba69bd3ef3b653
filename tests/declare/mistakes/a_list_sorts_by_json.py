from typing import Any

from kingpost import Access, Account, App, Lists, Resource, anyone, json, ref, serial, text


class User(Account, table="users"):
    id: int = serial()
    name: str = text()
    access = Access(create=anyone, read=anyone)


class Post(Resource):
    id: int = serial()
    user: User = ref()
    extra: Any = json()

    access = Access(read=anyone)
    lists = Lists("-extra")  # this is wrong


app = App(User, Post)
