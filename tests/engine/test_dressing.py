"""What an app needs to meet an API that somebody else laid down: words of its own for refusals, and who is spoken for."""

from collections.abc import Iterator
from typing import Any

import pytest

from kingpost import (
    Access,
    Account,
    App,
    Context,
    Data,
    Failure,
    PasswordPolicy,
    Refused,
    Reply,
    Resource,
    Style,
    actor,
    anyone,
    email,
    number,
    operation,
    owner,
    ref,
    serial,
    signed_in,
    text,
)
from kingpost.testing import Client


def told(failure: Failure) -> Reply[dict[str, Any]]:
    """Tell all that a program is told of a failure."""
    return Reply({"about": failure.about, "code": failure.code, "wrong": {each.field: each.code for each in failure.details}})


class Member(Account, table="members", served=False):
    id: int = serial()
    name: str = text(min=1, max=9, pattern="[a-z]+", unique=True)
    note: str | None = text(default=None)

    password = PasswordPolicy(min=8)
    access = Access(create=anyone, read=anyone.fields("id", "name") | owner(), update=owner())


class Note(Resource, table="notes", served=False):
    id: int = serial()
    writer: Member = ref(default=actor)
    title: str = text(min=1, max=20, unique=True)

    access = Access(create=owner("writer"), read=anyone, update=owner("writer"), delete=owner("writer"))

    @operation(access=owner("writer"), method="PUT", path="/notes/{title}", order=("access", "row", "input"))
    async def rename(self, context: Context, to: str = text(max=20)) -> None:
        await context[Note].update(self.id, title=to)

    @operation(access=signed_in, method="DELETE", path="/notes/{title}")
    async def tear(self, context: Context) -> None:
        await context[Note].delete(self.id)


class NewMember(Data):
    name: str = text(min=1, max=9, pattern="[a-z]+")
    email: str = email()
    password: str = text(min=8)


class Changes(NewMember, partial=True):
    note: str | None = text(max=9)


class Seen(Data):
    id: int
    name: str
    email: str
    note: str | None


@operation(access=anyone, path="/join", style=Style(scheme="", error=told))
async def join(context: Context, member: NewMember) -> Seen:
    made = await context[Member].create(**vars(member))
    granted = await context.sign_in_as(made)
    assert context.actor.signed_in and context.token == granted["access_token"]
    return Seen.of(await context[Member].get(context.actor.id), name=made.name.upper())


@operation(access=anyone, path="/enter", style=Style(scheme="", error=told))
async def enter(context: Context, email: str, password: str) -> list[str]:
    before = context.token or "nobody"
    await context.sign_in(email, password)
    mine = await context[Member].get(context.actor.id)
    return [before, mine.email, context.token or ""]


@operation(access=anyone, path="/nobody")
async def nobody(context: Context, id: int) -> None:
    await context.sign_in_as(id)


@operation(access=anyone, path="/both", transaction=True)
async def both(context: Context, name: str) -> str:
    made = await context[Member].create(name=name, email=f"{name}@example.com", password="long enough")
    await context.sign_in_as(made.id)
    note = await context[Note].create(title=f"By {name}")
    return note.title


@operation(access=signed_in, method="PUT", path="/me")
async def change(context: Context, member: Changes) -> list[str]:
    await context[Member].update(context.actor.id, **vars(member))
    return [*vars(member)]


@operation(access=signed_in, method="GET", path="/note")
async def said(context: Context) -> str:
    return (await context[Member].get(context.actor.id)).note or ""


@operation(access=signed_in, path="/notes")
async def note(context: Context, title: str) -> str:
    try:
        await context[Note].create(title=title)
    except Refused as refused:
        return f"{refused.failure.kind} {refused.failure.about} {[each.code for each in refused.failure.details]}"
    return "made"


@operation(access=anyone, method="GET", path="/whoami")
async def whoami(context: Context, page: int = number(min=1, max=9, default=1), part: int = 0) -> int:
    return int(context.actor.id or 0)


app = App(
    Member, Note, join, enter, nobody, both, change, said, note, whoami, base="", style=Style(scheme="Token", error=told)
)  # fmt: skip
ANN = {"name": "ann", "email": "ann@example.com", "password": "long enough"}


@pytest.fixture
def client() -> Iterator[Client]:
    """An app with nobody in it."""
    with Client(app) as client:
        yield client


def wrong(**codes: str) -> dict[str, object]:
    """Give what is told of an input that does not fit."""
    return {"about": "", "code": "VALIDATION_ERROR", "wrong": codes}


def test_an_app_says_in_its_own_words_what_is_wrong_with_what(client: Client) -> None:
    sent = {"name": "Ann", "email": "", "password": "short", "odd": None}
    answer = client.post("/join", {"member": sent, "more": 1})
    assert (answer.status, answer.body["wrong"]) == (400, {
        "member.name": "invalid", "member.email": "blank", "member.password": "too_short", "member.odd": "unknown",
        "more": "unknown",
    })  # fmt: skip
    nothing: object
    for nothing in (None, {}, [], 5):
        assert client.post("/join", nothing).body == wrong(member="required")
    assert client.post("/enter", []).body == wrong(**{"": "invalid"})
    assert client.get("/whoami?page=0&odd=1&part=x").body == wrong(page="too_small", odd="unknown", part="invalid")
    assert client.get("/whoami?page=10").body == wrong(page="too_large")


def test_an_app_knows_which_kind_of_row_a_refusal_is_about(client: Client) -> None:
    ann, bob = client.as_(client.make(Member, name="ann")), client.as_(client.make(Member, name="bob"))
    assert ann.post("/notes", {"title": "Mine"}).body == "made"
    assert ann.put("/notes/None", {}).body == {"about": "notes", "code": "NOT_FOUND", "wrong": {}}
    assert bob.put("/notes/Mine", {}).body == {"about": "notes", "code": "FORBIDDEN", "wrong": {}}
    assert bob.delete("/notes/Mine").body == {"about": "notes", "code": "FORBIDDEN", "wrong": {}}
    assert ann.post("/notes", {"title": "Other"}).body == "made"
    assert ann.put("/notes/Mine", {"to": "Other"}).body == {
        "about": "notes",
        "code": "CONFLICT",
        "wrong": {"title": "taken"},
    }
    assert ann.get("/nothing").body == {"about": "", "code": "NOT_FOUND", "wrong": {}}


def test_code_is_told_of_every_refusal_in_one_way(client: Client) -> None:
    ann = client.as_(client.make(Member, name="ann"))
    assert ann.post("/notes", {"title": "Mine"}).body == "made"
    assert ann.post("/notes", {"title": "Mine"}).body == "conflict notes ['taken']"
    assert ann.post("/notes", {"title": ""}).body == "invalid  ['blank']"


def test_whoever_signs_in_is_spoken_for_from_then_on(client: Client) -> None:
    joined = client.post("/join", {"member": ANN})
    assert joined.body == {"id": 1, "name": "ANN", "email": "ann@example.com", "note": None}
    entered = client.post("/enter", {"email": "ANN@example.com", "password": "long enough"}).body
    assert entered[:2] == ["nobody", "ann@example.com"]
    client.token = entered[2]
    assert client.get("/whoami").body == 1
    assert client.post("/nobody", {"id": 99}).status == 404
    assert client.as_(None).post("/enter", {"email": "ann@example.com", "password": "wrong"}).status == 401
    assert client.as_(None).post("/both", {"name": "bob"}).body == "By bob"
    with client.unchanged():
        assert client.as_(None).post("/both", {"name": "bob"}).status == 409


def test_what_changes_a_row_is_what_was_sent(client: Client) -> None:
    client.post("/join", {"member": ANN})
    ann = client.as_("ann@example.com")
    assert ann.put("/me", {"member": {"note": "Reads."}}).body == ["note"]
    assert ann.put("/me", {"member": {}}).body == []
    assert ann.get("/note").body == "Reads."
    assert ann.put("/me", {"member": {"note": None}}).body == ["note"]
    assert ann.get("/note").body == ""
    assert ann.put("/me", {"member": {"name": None, "note": "n" * 10}}).body == wrong(
        **{"member.name": "required", "member.note": "too_long"}
    )


def test_a_word_of_the_apps_own_before_the_token_is_the_only_one_that_counts(client: Client) -> None:
    ann = client.as_(client.make(Member, name="ann"))
    assert ann.get("/whoami").body == 1
    for said in (f"Bearer {ann.token}", "Basic YW5uOnBhc3M=", "Token", "Token ", ann.token):
        assert client.get("/whoami", {"authorization": said}).body == 0
    for said in ("Token nonsense", f"Token {ann.token}x"):
        assert client.get("/whoami", {"authorization": said}).body["code"] == "INVALID_TOKEN"
    entered = client.post("/enter", {"email": "nobody@example.com", "password": "x"}, {"authorization": "Token nonsense"})
    assert (entered.status, entered.body["code"]) == (401, "INVALID_CREDENTIALS")
    assert entered.headers["www-authenticate"] == "Token"
