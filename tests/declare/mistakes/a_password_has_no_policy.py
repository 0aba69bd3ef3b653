from kingpost import Access, Account, App, anyone


class User(Account):
    password = "secret"  # type: ignore[assignment]  # this is wrong
    access = Access(create=anyone)


app = App(User)
