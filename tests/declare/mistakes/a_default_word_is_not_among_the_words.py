from typing import Literal

from kingpost import Access, Account, App, Resource, anyone, ref, serial, text, value


class User(Account, table="users"):
    id: int = serial()
    name: str = text()
    access = Access(create=anyone, read=anyone)


class Post(Resource):
    id: int = serial()
    user: User = ref()
    state: Literal["draft", "public"] = value(
        default="hidden",  # this is wrong
    )

    access = Access(read=anyone)


app = App(User, Post)
