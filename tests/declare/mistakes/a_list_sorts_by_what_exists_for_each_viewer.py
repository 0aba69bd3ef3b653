from kingpost import Access, Account, App, Lists, Resource, anyone, back, exists, owner, ref


class User(Account, table="users"):
    posts: "list[Post]" = back("user")
    posted: bool = exists("posts", where=owner("user"))

    access = Access(read=anyone)
    lists = Lists("posted")  # this is wrong


class Post(Resource):
    user: User = ref()

    access = Access(read=anyone)


app = App(User, Post)
