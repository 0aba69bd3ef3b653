from kingpost import Access, App, Resource, anyone, serial, text


class Post(Resource):
    id: int = serial()
    slug: str = text(pattern="[a-z")  # this is wrong

    access = Access(read=anyone)


app = App(Post)
