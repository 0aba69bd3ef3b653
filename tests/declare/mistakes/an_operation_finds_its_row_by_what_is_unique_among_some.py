from kingpost import Access, App, Context, Resource, Unique, anyone, is_set, operation, text, where


class Post(Resource, table="posts"):
    slug: str = text(unique=True)
    title: str = text()
    removed: str | None = text()
    unique = Unique("title", where=where(removed=is_set))
    access = Access(read=anyone)

    @operation(access=anyone, path="/posts/{title}/publish")
    async def publish(self, context: Context) -> None:  # this is wrong
        """Publish it."""


app = App(Post)
