from kingpost import Access, App, Lists, Resource, anyone, serial, text


class Post(Resource):
    id: int = serial()
    title: str = text()
    rank: str = text()

    access = Access(read=anyone)
    lists = Lists(
        "id",
        search=("rank",),  # this is wrong
    )


app = App(Post)
