from kingpost import App


class Post:
    title: str


app = App(Post)  # type: ignore[arg-type]  # this is wrong
