from kingpost import Access, App, Resource, anyone


class Post(Resource):
    access = Access(read=anyone)


app = App(Post())  # type: ignore[arg-type]  # this is wrong
