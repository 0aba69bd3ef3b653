from kingpost import Access, Account, App, Resource, anyone, ref, serial, signed_in, text


class User(Account, table="users"):
    id: int = serial()
    name: str = text()
    access = Access(create=anyone, read=anyone)


class Post(Resource):
    id: int = serial()
    user: User = ref()
    title: str = text()

    access = Access(  # this is wrong
        create=signed_in.fields("user_id"),
        read=anyone,
    )


app = App(User, Post)
