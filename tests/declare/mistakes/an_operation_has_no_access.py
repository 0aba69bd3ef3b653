from kingpost import Access, App, Context, Resource, anyone, operation, serial, text


class Post(Resource):
    id: int = serial()
    title: str = text(max=100)
    slug: str = text(max=100, unique=True)

    access = Access(read=anyone, create=anyone, update=anyone)

    @operation()
    async def publish(self, context: Context) -> None:  # this is wrong
        """Publish it."""


app = App(Post)
