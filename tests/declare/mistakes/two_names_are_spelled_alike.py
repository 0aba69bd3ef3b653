from kingpost import Access, App, Resource, Style, anyone


class Line(Resource, table="lines"):
    line_1: str
    line1: str

    access = Access(read=anyone)


app = App(Line, style=Style(naming="camelCase"))  # this is wrong
