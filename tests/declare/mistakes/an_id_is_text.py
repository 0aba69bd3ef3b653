from kingpost import Access, Account, App, Resource, anyone, ref, serial, text


class User(Account, table="users"):
    id: int = serial()
    name: str = text()
    access = Access(create=anyone, read=anyone)


class Tag(Resource):
    id: str = text()  # this is wrong
    access = Access(read=anyone)


class Post(Resource):
    id: int = serial()
    user: User = ref()

    access = Access(read=anyone)


app = App(User, Post, Tag)
