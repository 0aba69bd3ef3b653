from kingpost import Access, App, Context, Resource, anyone, operation, serial, text


class Post(Resource):
    id: int = serial()
    title: str = text(max=100)
    slug: str = text(max=100, unique=True)

    access = Access(read=anyone, create=anyone, update=anyone)

    @operation(  # this is wrong
        access=anyone,
        method="GET",
        path="/posts/{id}",
    )
    async def show(self, context: Context) -> None:
        """Show it."""


app = App(Post)
