from kingpost import Access, Account, App, Resource, anyone, back, exists, ref


class User(Account, table="users"):
    posts: "list[Post]" = back("user")
    posted: bool = exists(
        "posts",
        where={"public": True},  # type: ignore[arg-type]  # this is wrong
    )

    access = Access(read=anyone)


class Post(Resource):
    user: User = ref()
    public: bool

    access = Access(read=anyone)


app = App(User, Post)
