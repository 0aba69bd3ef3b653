from kingpost import Access, Account, App, Resource, anyone, index, ref, serial, text, where


class User(Account, table="users"):
    id: int = serial()
    name: str = text()
    access = Access(create=anyone, read=anyone)


class Post(Resource):
    id: int = serial()
    user: User = ref()
    public: bool = index(where=where(public=True))  # type: ignore[arg-type]  # this is wrong

    access = Access(read=anyone)


app = App(User, Post)
