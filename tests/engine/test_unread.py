"""Code that touches what was not read is stopped: nothing else stands in its place, least of all something true."""

from typing import Any

import pytest

from kingpost import Access, Account, App, Context, Lists, Resource, anyone, operation, owner, ref, serial, text, value
from kingpost.testing import Client


class Person(Account, table="people"):
    """Someone whose address and standing are their own."""

    id: int = serial()
    name: str = text(min=1, max=50)
    trusted: bool = value(default=False)

    access = Access(create=anyone, read=anyone.fields("id", "name") | owner())


class Key(Resource, table="keys"):
    """Something of a person's."""

    id: int = serial()
    person: Person = ref()

    access = Access(create=anyone, read=anyone)
    lists = Lists("id", "person id")


@operation(access=anyone, path="/touch")
async def touch(context: Context, name: str) -> Any:
    """Touch something of the first person, and of the first key."""
    person, key = await context[Person].get(1), await context[Key].get(1)
    try:
        return [getattr(key if name.startswith("person") else person, name)]
    except AttributeError as error:
        return str(error)


@operation(access=anyone, path="/whose")
async def whose(context: Context) -> str:
    """Give the name of whose the first key is."""
    return (await context[Key].get(1, include="person")).person.name


@operation(access=anyone, path="/held")
async def held(context: Context, by: int) -> list[int]:
    """Give the keys that someone has, in three ways to say whose."""
    person = await context[Person].get(by)
    pages = [await context[Key].list(**given) for given in ({"person_id": by}, {"person": by}, {"person": person})]
    assert [repr(each) for each in pages] == [repr(pages[0])] * 3
    return [each.id for each in pages[2].items]


app = App(Person, Key, touch, whose, held, title="Keys")


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("name", ["Ada"]),
        ("trusted", "this Person has no trusted: it was left out, or is not the caller's to read"),
        ("email", "this Person has no email: it was left out, or is not the caller's to read"),
        ("person", 'this Key has no person: include=("person",) reads it'),
        ("person_id", [1]),
    ],
)
def test_a_field_that_was_not_read_is_an_error_to_touch(name: str, given: object) -> None:
    client = Client(app)
    client.make(Key, person=client.make(Person, name="Ada"))
    assert client.post("/api/v1/touch", {"name": name}).body == given


def test_who_may_read_a_field_has_it() -> None:
    client = Client(app)
    client.make(Key, person=client.make(Person, name="Ada"))
    assert client.as_(1).post("/api/v1/touch", {"name": "trusted"}).body == [False]


def test_one_link_may_be_named_alone() -> None:
    client = Client(app)
    client.make(Key, person=client.make(Person, name="Ada"))
    assert client.post("/api/v1/whose").body == "Ada"


def test_a_list_is_narrowed_by_a_link_as_a_row_is_made_with_one() -> None:
    client = Client(app)
    ada, bob = client.make_many(Person, 2)
    client.make(Key, person=ada)
    client.make_many(Key, 2, person=bob)
    assert client.post("/api/v1/held", {"by": bob.id}).body == [2, 3]
    assert client.post("/api/v1/held", {"by": ada.id}).body == [1]
