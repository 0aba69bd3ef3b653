from kingpost import Access, App, Resource, anyone, many


class Tag(Resource):
    posts: "list[Post]" = many(of="tag")  # this is wrong

    access = Access(read=anyone)


class Post(Resource):
    tags: list[Tag] = many()

    access = Access(read=anyone)


app = App(Tag, Post)
