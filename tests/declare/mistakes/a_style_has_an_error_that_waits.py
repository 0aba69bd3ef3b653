from kingpost import Access, App, Failure, Reply, Resource, Style, anyone, text


async def errors(failure: Failure) -> Reply[str]:
    return Reply(failure.message)


class Post(Resource):
    title: str = text()

    access = Access(read=anyone)


app = App(Post, style=Style(error=errors))  # this is wrong
