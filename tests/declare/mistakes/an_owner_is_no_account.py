from kingpost import Access, Account, App, Resource, anyone, owner, ref, serial, text


class User(Account, table="users"):
    id: int = serial()
    name: str = text()
    access = Access(create=anyone, read=anyone)


class Tag(Resource):
    id: int = serial()

    access = Access(read=anyone)


class Post(Resource):
    tag: Tag = ref()
    user: User = ref()

    access = Access(read=owner("tag"))  # this is wrong


app = App(User, Tag, Post)
