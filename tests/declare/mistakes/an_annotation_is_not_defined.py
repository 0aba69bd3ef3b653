from kingpost import Access, Account, App, Lists, Resource, anyone, ref, serial, text


class User(Account, table="users"):
    id: int = serial()
    name: str = text()
    access = Access(create=anyone, read=anyone)


class Post(Resource):
    id: int = serial()
    user: User = ref()
    title: "Strng" = text()  # type: ignore[name-defined]  # noqa: F821 - this is wrong

    access = Access(read=anyone)
    lists = Lists("title")


app = App(User, Post)
