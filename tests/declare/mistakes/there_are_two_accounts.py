from kingpost import Access, Account, App, anyone, serial, text


class User(Account, table="users"):
    id: int = serial()
    name: str = text()
    access = Access(create=anyone, read=anyone)


class Customer(Account):  # this is wrong
    access = Access(create=anyone)


app = App(User, Customer)
