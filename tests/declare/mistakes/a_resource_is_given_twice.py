from kingpost import Access, App, Resource, anyone


class Post(Resource):
    access = Access(read=anyone)


app = App(Post, Post)  # this is wrong
