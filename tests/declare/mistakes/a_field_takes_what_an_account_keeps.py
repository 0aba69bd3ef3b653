from kingpost import Access, Account, App, anyone, value


class User(Account):
    admin: bool = value(default=False)  # this is wrong
    access = Access(create=anyone)


app = App(User)
