from kingpost import Access, Account, App, Lists, Resource, anyone, back, count, ref


class User(Account, table="users"):
    posts: "list[Post]" = back("user")
    post_count: int = count("posts")

    access = Access(read=anyone)
    lists = Lists("-post_count")  # this is wrong


class Post(Resource):
    user: User = ref()

    access = Access(read=anyone)


app = App(User, Post)
