from typing import Any

from kingpost import Access, App, Context, Resource, anyone, before, serial, text


class Post(Resource):
    id: int = serial()
    title: str = text(max=100)
    slug: str = text(max=100, unique=True)

    access = Access(read=anyone, create=anyone, update=anyone)

    @before(
        "create",
        fills=("slugg",),  # this is wrong
    )
    @staticmethod
    async def slugged(context: Context, values: dict[str, Any]) -> dict[str, Any]:
        return values


app = App(Post)
