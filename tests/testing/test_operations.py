"""Rows for tests of apps with code: what writes go through first, and what no surface offers."""

from typing import Any

import pytest

from kingpost import (
    Access,
    Account,
    App,
    Context,
    Refused,
    Resource,
    actor,
    anyone,
    before,
    owner,
    ref,
    serial,
    signed_in,
    text,
)
from kingpost.testing import Client, created


class Writer(Account, table="writers"):
    id: int = serial()
    access = Access(create=anyone, read=owner())


class Label(Resource, table="labels", served=False):
    """No surface offers it, and nobody may write it."""

    name: str = text(unique=True)
    access = Access(read=anyone)


class Story(Resource, table="stories"):
    id: int = serial()
    writer: Writer = ref(default=actor)
    label: Label | None = ref()
    title: str = text()
    slug: str = text(unique=True)

    access = Access(create=signed_in & owner("writer"), read=anyone)

    @before("create", fills=("slug",))
    @staticmethod
    async def slugged(context: Context, values: dict[str, Any]) -> dict[str, Any]:
        if values["title"] == "Spam":
            raise Refused("SPAM", "We have enough of it", field="title")
        return {**values, "slug": values["title"].lower().replace(" ", "-")}


app = App(Writer, Label, Story)


def test_what_code_fills_in_is_left_to_it() -> None:
    with Client(app) as client:
        story = client.make(Story, title="On Roofs")
        assert (story.slug, story.writer.email) == ("on-roofs", "writer1@example.com")
        assert client.make(Story).slug == "title-2"


def test_a_refusal_of_code_is_told() -> None:
    with Client(app) as client:
        writer = client.make(Writer)
        with client.unchanged(), pytest.raises(AssertionError) as caught:
            client.make(Story, writer=writer, title="Spam")
        assert str(caught.value) == "Could not make a Story: We have enough of it\n  title: We have enough of it"


def test_rows_that_no_surface_offers_are_made_and_linked_to() -> None:
    with Client(app) as client:
        label = client.make(Label)
        story = client.make(Story, label=label)
        assert (label.name, story.label and story.label.name) == ("name-1", "name-1")


def test_what_code_makes_of_an_input_is_among_the_changes() -> None:
    with Client(app) as client:
        writer = client.make(Writer)
        with client.changes(created(Story, title="Mine", slug="mine", writer=writer)):
            assert client.as_(writer).post("/api/v1/stories", {"title": "Mine"}).status == 201
