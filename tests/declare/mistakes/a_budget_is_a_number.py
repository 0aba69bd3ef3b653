from kingpost import Access, Account, App, Resource, anyone, ref, serial, text


class User(Account, table="users"):
    id: int = serial()
    name: str = text()
    access = Access(create=anyone, read=anyone)


class Post(Resource):
    id: int = serial()
    user: User = ref()
    title: str = text(max=100)

    access = Access(read=anyone)
    budget = 1000  # this is wrong


app = App(User, Post)
