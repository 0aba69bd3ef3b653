from kingpost import Access, Account, App, Resource, Unique, anyone, ref, serial, text


class User(Account, table="users"):
    id: int = serial()
    name: str = text()
    access = Access(create=anyone, read=anyone)


class Post(Resource):
    id: int = serial()
    user: User = ref()
    slug: str = text()

    access = Access(read=anyone)
    unique = Unique("user", "slag")  # this is wrong


app = App(User, Post)
