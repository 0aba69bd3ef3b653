from decimal import Decimal

from kingpost import Access, Account, App, Resource, anyone, decimal, ref, serial, text


class User(Account, table="users"):
    id: int = serial()
    name: str = text()
    access = Access(create=anyone, read=anyone)


class Post(Resource):
    id: int = serial()
    user: User = ref()
    price: Decimal = decimal(precision=40)  # this is wrong

    access = Access(read=anyone)


app = App(User, Post)
