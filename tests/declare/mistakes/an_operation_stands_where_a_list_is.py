from kingpost import Access, Account, App, Context, Resource, anyone, back, operation, owner, ref


class User(Account, table="users"):
    notes: "list[Note]" = back("user")

    access = Access(create=anyone, read=anyone)

    @operation(access=owner(), method="GET", path="/users/{id}/notes")  # this is wrong
    async def mine(self, context: Context) -> None:
        """Show them."""


class Note(Resource, table="notes"):
    user: User = ref()

    access = Access(read=anyone)


app = App(User, Note)
