from kingpost import Access, Account, App, Resource, anyone, back, exists, ref


class User(Account, table="users"):
    posts: "list[Post]" = back("user")
    posted: bool = exists("post")  # this is wrong

    access = Access(read=anyone)


class Post(Resource):
    user: User = ref()

    access = Access(read=anyone)


app = App(User, Post)
