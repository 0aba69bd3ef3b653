from kingpost import Access, App, Resource, anyone, ref


class Colour:
    name: str


class Post(Resource):
    colour: Colour = ref()  # this is wrong

    access = Access(read=anyone)


app = App(Post)
