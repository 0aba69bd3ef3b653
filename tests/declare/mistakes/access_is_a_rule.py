from kingpost import App, Resource, anyone, text


class Post(Resource):
    title: str = text()

    access = anyone  # type: ignore[assignment]  # this is wrong


app = App(Post)
