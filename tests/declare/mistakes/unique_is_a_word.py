from kingpost import Access, Account, App, Resource, anyone, ref, serial, text


class User(Account, table="users"):
    id: int = serial()
    name: str = text()
    access = Access(create=anyone, read=anyone)


class Post(Resource):
    id: int = serial()
    user: User = ref()
    slug: str = text()

    access = Access(read=anyone)
    unique = "slug"  # type: ignore[assignment]  # this is wrong


app = App(User, Post)
