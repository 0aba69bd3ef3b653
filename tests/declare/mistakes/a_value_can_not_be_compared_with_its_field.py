from kingpost import Access, Account, App, Resource, anyone, number, ref, serial, text, where


class User(Account, table="users"):
    id: int = serial()
    name: str = text()
    access = Access(create=anyone, read=anyone)


class Post(Resource):
    id: int = serial()
    user: User = ref()
    size: int = number()

    access = Access(read=where(size="big"))  # this is wrong


app = App(User, Post)
