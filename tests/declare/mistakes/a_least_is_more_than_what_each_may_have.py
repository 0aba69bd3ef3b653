from kingpost import Access, App, Resource, anyone, serial, texts


class Post(Resource):
    id: int = serial()
    tags: list[str] = texts(least=31, each=30)  # this is wrong

    access = Access(read=anyone)


app = App(Post)
