from kingpost import Access, App, Resource, actor, anyone, ref


class Tag(Resource):
    access = Access(read=anyone)


class Post(Resource):
    tag: Tag = ref(default=actor)  # this is wrong

    access = Access(read=anyone)


app = App(Tag, Post)
