from kingpost import Access, App, Context, Resource, anyone, operation, serial, text


class Post(Resource):
    id: int = serial()
    title: str = text(max=100)
    slug: str = text(max=100, unique=True)

    access = Access(read=anyone, create=anyone, update=anyone)

    @operation(access=anyone)
    async def publish(context: Context) -> None:  # type: ignore[misc]  # noqa: N805  # this is wrong
        """Publish all."""


app = App(Post)
