from kingpost import Access, App, Resource, owner


class Post(Resource):
    access = Access(read=owner())  # this is wrong


app = App(Post)
