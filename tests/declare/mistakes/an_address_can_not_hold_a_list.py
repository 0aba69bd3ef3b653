from kingpost import App, Context, anyone, operation


@operation(access=anyone, method="GET")  # this is wrong
async def feed(context: Context, tags: list[str]) -> None:
    """Feed."""


app = App(feed)
