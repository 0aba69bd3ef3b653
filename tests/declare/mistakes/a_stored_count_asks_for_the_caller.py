from kingpost import Access, Account, App, Resource, anyone, back, count, owner, ref


class User(Account, table="users"):
    posts: "list[Post]" = back("user")
    own_count: int = count("posts", where=owner("user"), stored=True)  # this is wrong

    access = Access(read=anyone)


class Post(Resource):
    user: User = ref()

    access = Access(read=anyone)


app = App(User, Post)
