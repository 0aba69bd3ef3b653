from kingpost import Access, App, Resource, anyone, ref


class Tag(Resource):
    access = Access(create=anyone)


class Post(Resource):
    tag: Tag = ref()  # this is wrong

    access = Access(create=anyone)


app = App(Tag, Post)
