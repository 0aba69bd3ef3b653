from kingpost import App, Resource, text


class Post(Resource):  # this is wrong
    title: str = text()


app = App(Post)
