from kingpost import Access, Account, App, Resource, anyone, back, ref


class User(Account, table="users"):
    posts: "Post" = back("user")  # this is wrong

    access = Access(read=anyone)


class Post(Resource):
    user: User = ref()

    access = Access(read=anyone)


app = App(User, Post)
