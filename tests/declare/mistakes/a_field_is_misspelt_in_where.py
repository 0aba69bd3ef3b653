from datetime import datetime

from kingpost import Access, Account, App, Resource, anyone, is_set, owner, ref, serial, text, value, where


class User(Account, table="users"):
    id: int = serial()
    name: str = text()
    access = Access(create=anyone, read=anyone)


published = where(publised_at=is_set)  # this is wrong


class Post(Resource):
    id: int = serial()
    user: User = ref()
    published_at: datetime | None = value()

    access = Access(read=published | owner("user"))


app = App(User, Post)
