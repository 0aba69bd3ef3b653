from kingpost import Access, App, Context, Resource, anyone, operation, serial, text, where


class Post(Resource):
    id: int = serial()
    title: str = text(max=100)
    slug: str = text(max=100, unique=True)

    access = Access(read=anyone, create=anyone, update=anyone)

    @operation(
        access=where(title="x"),  # this is wrong
    )
    @staticmethod
    async def publish(context: Context) -> None:
        """Publish all."""


app = App(Post)
