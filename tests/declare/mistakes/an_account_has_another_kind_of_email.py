from kingpost import Access, Account, App, anyone, text


class User(Account):
    email: str = text()  # this is wrong
    access = Access(create=anyone)


app = App(User)
