from kingpost import Access, App, Lists, Resource, anyone, number, serial, text


class Post(Resource):
    id: int = serial()
    title: str = text()
    size: int = number()

    access = Access(read=anyone)
    lists = Lists(
        "id",
        search=("title", "size"),  # this is wrong
    )


app = App(Post)
