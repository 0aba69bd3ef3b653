"""The app's own words for failures may be an object that it declared; where they break, only the developer is told why."""

import pytest

from kingpost import Access, Account, App, Data, Failure, Lists, Reply, Resource, Style, anyone, owner, serial, text
from kingpost.testing import Client


class Problem(Data):
    """What is wrong with one field."""

    name: str
    text_of_it: str


class Wrong(Data):
    """What a failure looks like."""

    message: str
    problems: list[Problem]


class Reader(Account, table="readers"):
    """Someone who reads."""

    id: int = serial()
    full_name: str = text(min=2, max=50)

    access = Access(create=anyone, read=owner())


class Shelf(Resource, table="shelves"):
    """Where books stand."""

    id: int = serial()

    access = Access(read=anyone)
    lists = Lists("id")


def worded(failure: Failure) -> Reply[Wrong]:
    """Say it with objects."""
    return Reply(
        Wrong(message=failure.message, problems=[Problem(name=each.field, text_of_it=each.message) for each in failure.details])
    )


def broken(failure: Failure) -> Reply[Wrong]:
    """Break."""
    return Reply(Wrong(message=failure.message, problems=[failure.details[0]]))  # type: ignore[list-item]  # the mistake


def test_a_failure_is_told_as_an_object_in_the_names_of_the_app() -> None:
    client = Client(App(Reader, Shelf, title="Readers", style=Style(envelope="data", naming="camelCase", error=worded)))
    answer = client.post("/api/v1/readers", {"email": "ada@example.com", "password": "a long enough password", "fullName": ""})
    assert (answer.status, answer.body) == (
        400,
        {"message": "Invalid input data", "problems": [{"name": "fullName", "textOfIt": "Must have at least 2 characters"}]},
    )


def test_a_client_signs_in_where_answers_are_dressed_otherwise() -> None:
    client = Client(App(Reader, Shelf, title="Readers", style=Style(scheme="Key", envelope="data", naming="camelCase")))
    account = {"email": "ada@example.com", "password": "a long enough password"}
    assert client.post("/api/v1/readers", account | {"fullName": "Ada"}).status == 201
    assert client.sign_in(**account).get("/api/v1/readers/1").status == 200


def test_words_that_break_are_told_to_the_developer_alone(capsys: pytest.CaptureFixture[str]) -> None:
    client = Client(App(Reader, Shelf, title="Readers", style=Style(error=broken)))
    answer = client.get("/api/v1/shelves/1")
    assert (answer.status, answer.message) == (500, "Something went wrong on the server")
    said, place, _ = capsys.readouterr().err.splitlines()
    assert said == "app.error broke with IndexError: tuple index out of range"
    assert place.startswith(f"  {__file__}:") and place.endswith(" in broken")
    answer = client.get("/api/v1/shelves?nothing=1")
    assert (answer.status, answer.message) == (500, "Something went wrong on the server")
    assert capsys.readouterr().err.startswith("app.error gave Detail where it says Problem, in Wrong.problems\n")
