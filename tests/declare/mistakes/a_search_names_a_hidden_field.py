from kingpost import Access, Account, App, Lists, anyone, serial, text


class User(Account):
    id: int = serial()
    name: str = text(max=50)

    access = Access(create=anyone, read=anyone)
    lists = Lists(
        "name",
        search=("name", "password"),  # this is wrong
    )


app = App(User)
