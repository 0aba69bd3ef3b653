from kingpost import Access, App, Context, Data, Resource, anyone, operation, serial, text


class View(Data):
    size: complex


class Post(Resource):
    id: int = serial()
    title: str = text(max=100)
    slug: str = text(max=100, unique=True)

    access = Access(read=anyone, create=anyone, update=anyone)


@operation(access=anyone)  # this is wrong
async def hello(context: Context, view: View) -> None:
    """Say hello."""


app = App(Post, hello)
