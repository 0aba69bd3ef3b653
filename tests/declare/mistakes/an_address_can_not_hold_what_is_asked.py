from kingpost import Access, App, Context, Resource, anyone, operation, serial, text


class Post(Resource):
    id: int = serial()
    title: str = text(max=100)
    slug: str = text(max=100, unique=True)

    access = Access(read=anyone, create=anyone, update=anyone)

    @operation(access=anyone, method="GET")
    @staticmethod
    async def feed(context: Context, tags: dict[str, str]) -> None:  # this is wrong
        """Feed."""


app = App(Post)
