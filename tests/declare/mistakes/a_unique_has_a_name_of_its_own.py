from kingpost import Access, App, Resource, Unique, anyone, text


class Post(Resource, table="posts"):
    slug: str = text()
    language: str = text()

    access = Access(read=anyone)
    once = Unique("slug", "language")  # this is wrong


app = App(Post)
