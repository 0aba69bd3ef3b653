from kingpost import Access, App, Resource, anyone


class Post(Resource):
    access = Access(read=anyone)


Old = Post


class Post(Resource, table="new_posts"):  # type: ignore[no-redef]  # this is wrong
    access = Access(read=anyone)


app = App(Old, Post)
