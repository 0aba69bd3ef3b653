from kingpost import Access, App, Context, Resource, anyone, operation, serial, text


class Post(Resource):
    id: int = serial()
    title: str = text(max=100)
    slug: str = text(max=100, unique=True)

    access = Access(read=anyone, create=anyone, update=anyone)

    @operation(access=anyone, path="/publish")
    @staticmethod
    async def one(context: Context) -> None:
        """Publish."""

    @operation(  # this is wrong
        access=anyone,
        path="/publish",
    )
    @staticmethod
    async def two(context: Context) -> None:
        """Publish."""


app = App(Post)
