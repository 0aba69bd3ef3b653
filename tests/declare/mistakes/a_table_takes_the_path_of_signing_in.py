from kingpost import Access, Account, App, Resource, anyone, serial, text


class User(Account, table="users"):
    id: int = serial()
    name: str = text()
    access = Access(create=anyone, read=anyone)


class Auth(Resource, table="auth"):  # this is wrong
    access = Access(read=anyone)


app = App(User, Auth)
