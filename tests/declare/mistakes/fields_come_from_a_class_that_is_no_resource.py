from datetime import datetime

from kingpost import Access, App, Resource, anyone, created


class Dated:
    created_at: datetime = created()


class Post(Dated, Resource):  # this is wrong
    access = Access(read=anyone)


app = App(Post)
