from datetime import datetime

from kingpost import Access, Account, App, Lists, Resource, anyone, created, ref, serial, text


class User(Account, table="users"):
    id: int = serial()
    name: str = text()
    access = Access(create=anyone, read=anyone)


class Post(Resource):
    id: int = serial()
    user: User = ref()
    created_at: datetime = created()

    access = Access(read=anyone)
    lists = Lists(
        "user_id -created_at",
        "-created",  # this is wrong
    )


app = App(User, Post)
