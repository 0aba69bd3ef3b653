from kingpost import Access, Account, App, Resource, anyone, back, count, ref


class User(Account, table="users"):
    posts: "list[Post]" = back("user")
    post_count: int = count("post")  # this is wrong

    access = Access(read=anyone)


class Post(Resource):
    user: User = ref()

    access = Access(read=anyone)


app = App(User, Post)
