from typing import Any

from kingpost import Access, App, Resource, anyone, before, serial, text


class Post(Resource):
    id: int = serial()
    title: str = text(max=100)
    slug: str = text(max=100, unique=True)

    access = Access(read=anyone, create=anyone, update=anyone)

    @before("create")
    async def slugged(self, values: dict[str, Any]) -> dict[str, Any]:  # this is wrong
        return values


app = App(Post)
