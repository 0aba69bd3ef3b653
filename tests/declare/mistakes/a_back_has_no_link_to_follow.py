from kingpost import Access, Account, App, Resource, anyone, back, text


class User(Account, table="users"):
    posts: "list[Post]" = back("user")  # this is wrong

    access = Access(read=anyone)


class Post(Resource):
    title: str = text()

    access = Access(read=anyone)


app = App(User, Post)
