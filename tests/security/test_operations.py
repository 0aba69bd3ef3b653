"""Code of the app's own is attacked: it can do no more than its caller, and nothing that it does ends what serves others."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kingpost import (
    Access,
    Account,
    App,
    Context,
    Cookie,
    Data,
    Html,
    Refused,
    Reply,
    Resource,
    Style,
    actor,
    anyone,
    back,
    before,
    count,
    exists,
    html,
    operation,
    owner,
    ref,
    serial,
    signed_in,
    text,
)
from kingpost.engine import code as running
from kingpost.store.sqlite.connect import MEMORY
from kingpost.testing import Client
from tests.engine.running import BASE, Backend

PASSWORD = "a long enough password"


class User(Account, table="users"):
    id: int = serial()
    name: str = text(min=1, max=40, unique=True)
    banned: bool = False
    note: str = text(max=50, default="nothing of note")
    posts: "list[Post]" = back("user")
    post_count: int = count("posts")
    known: bool = exists("posts", where=owner("user"))

    access = Access(create=anyone, read=anyone.fields("id", "name") | owner(), update=owner())

    @operation(access=anyone, method="GET")
    async def looked_at(self, context: Context) -> dict[str, bool]:
        """Say of each value whether code finds one."""
        return {name: hasattr(self, name) for name in ("name", "banned", "note", "email", "post_count", "known", "posts")}


class Post(Resource, table="posts"):
    id: int = serial()
    user: User = ref(default=actor, on_delete="cascade")
    title: str = text(min=1, max=80)

    access = Access(create=signed_in, read=anyone, delete=owner("user"))

    @operation(access=owner("user"), transaction=True)
    async def remove(self, context: Context) -> None:
        """Remove it."""
        await context[Post].delete(self.id)


class Draft(Resource, table="drafts"):
    id: int = serial()
    title: str = text(max=80)

    access = Access(create=anyone, read=anyone)

    @before("create")
    @staticmethod
    async def judged(context: Context, values: dict[str, Any]) -> dict[str, Any]:
        """Raise what would end the process, or never come back."""
        if values["title"] == "wait":
            await asyncio.Event().wait()
        if values["title"] == "end":
            raise SystemExit
        return {"title": context.headers["x-title"]}


class Changes(Data, partial=True):
    name: str = text(max=40)
    loud: bool = False


@operation(access=anyone)
async def given(changes: Changes) -> dict[str, bool]:
    """Say of each value whether code finds one."""
    return {name: hasattr(changes, name) for name in ("name", "loud")}


@operation(access=anyone)
async def enter(context: Context, email: str, password: str) -> None:
    """Sign in."""
    await context.sign_in(email, password)


@operation(access=anyone)
async def enter_through(context: Context, email: str, password: str) -> None:
    """Sign in by another operation."""
    await context.run("enter", email=email, password=password)


@operation(access=anyone)
async def came(context: Context) -> Any:
    """Say what came with the call."""
    return [context.address, context.request_id, context.token, context.headers["x-mine"]]


@operation(access=anyone)
async def came_through(context: Context) -> Any:
    """Say what came with the call, and with one that it makes."""
    return [await context.run("came"), [context.address, context.request_id, context.token, context.headers["x-mine"]]]


class Ending(BaseException):
    """What is no error."""


ENDINGS = (
    asyncio.CancelledError,
    SystemExit,
    BaseExceptionGroup("", [Ending()]),
    Ending,
    StopIteration,
    MemoryError,
)


@operation(access=signed_in, transaction=True)
async def end(context: Context, how: int) -> None:
    """Raise what would end a task or the process, in the middle of a transaction."""
    await context[Post].create(title="half")
    raise ENDINGS[how]


LOOP: list[object] = []
LOOP.append(LOOP)
UNTELLABLE: dict[str, Callable[[], object]] = {
    "object": object,
    "loop": lambda: LOOP,
    "half a character": lambda: "\ud800",
    "page": lambda: Html("\ud800"),
    "age": lambda: Reply(1, cookies=(Cookie("a", "b", 1.5),)),  # type: ignore[arg-type]  # this is what is tried
    "cookie": lambda: Reply(1, cookies=(Cookie("a", 5),)),  # type: ignore[arg-type]  # this is what is tried
    "status": lambda: Reply(1, "200"),  # type: ignore[arg-type]  # this is what is tried
    "header": lambda: Reply(1, headers={"x-a": 5}),  # type: ignore[dict-item]  # this is what is tried
    "line": lambda: Reply(1, headers={"x-a": "b\r\nset-cookie: a=b"}),
}
UNSAID: dict[str, Callable[[], Refused]] = {
    "kind": lambda: Refused("ODD", "secret", kind="odd"),  # type: ignore[arg-type]  # this is what is tried
    "detail": lambda: Refused("ODD", "secret", "detail"),  # type: ignore[arg-type]  # this is what is tried
    "line": lambda: Refused("limited", "secret", retry_after="1\r\nset-cookie: a=b"),  # type: ignore[arg-type]  # this is what is tried
    "half a character": lambda: Refused("ODD", "\ud800"),
}


@operation(access=anyone)
async def answer(context: Context, what: str) -> Any:
    """Answer what can not be told, or refuse so."""
    if what in UNSAID:
        raise UNSAID[what]()
    return UNTELLABLE[what]()


SEEN: dict[str, Any] = {"seen": []}


@operation(access=anyone)
async def keep(more: Any = SEEN, names: dict[str, Any] = SEEN) -> list[int]:
    """Keep what is told in what was declared."""
    more["seen"].append(1)
    names["seen"].append(1)
    return [len(more["seen"]), len(names["seen"])]


@operation(access=anyone, transaction=True)
async def page(name: str) -> Html:
    """Show a page."""
    return html("<p>{name}</p>", name=name)


@operation(access=anyone, transaction=True)
async def basket(context: Context) -> str:
    """Tell whose basket it is."""
    return context.cookies["basket"]


@operation(access=signed_in)
async def mistaken(context: Context, how: str) -> Any:
    """Take a post for a user."""
    post = await context[Post].get(1)
    if how == "link":
        return await context[Post].create(title="x", user=post)
    return await context.sign_in_as(post)


@operation(access=anyone)
async def picked(context: Context, ids: list[str]) -> list[Post]:
    """Give the posts of these ids."""
    return await context[Post].among(ids)


@operation(access=signed_in)
async def at_once(context: Context) -> list[str]:
    """Let a part of a transaction, begun by another task, end after the rest of it."""
    begun = asyncio.Event()

    async def first() -> None:
        async with context.transaction():
            await context[Post].create(title="first")
            begun.set()
            await asyncio.sleep(0.02)

    async def second() -> None:
        await begun.wait()
        async with context.transaction():
            await context[Post].create(title="second")
            await asyncio.sleep(0.1)
            await context[Post].create(title="third")

    await asyncio.gather(first(), second())
    await context[Post].create(title="fourth")
    return [str(row["title"]) for row in await context.sql("SELECT title FROM posts ORDER BY id")]


@operation(access=anyone, style=Style(cookie="session"))
async def known(context: Context) -> bool:
    """Say whether anyone is known."""
    return context.actor.signed_in


OPERATIONS = (
    given,
    enter,
    enter_through,
    came,
    came_through,
    end,
    answer,
    keep,
    page,
    basket,
    mistaken,
    picked,
    at_once,
    known,
)
app = App(User, Post, Draft, *OPERATIONS, title="Attacked")


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(app) as made:
        yield made


def test_what_the_caller_may_not_read_has_no_value_for_code_not_even_the_declared_one(client: Client) -> None:
    ann = client.make(User, name="ann", banned=True)
    seen = client.get(f"/api/v1/users/{ann.id}/looked_at").body
    assert seen == {
        "name": True,
        "banned": False,
        "note": False,
        "email": False,
        "post_count": False,
        "known": False,
        "posts": False,
    }
    own = client.as_(ann).get(f"/api/v1/users/{ann.id}/looked_at").body
    assert own == {"name": True, "banned": True, "note": True, "email": True, "post_count": True, "known": True, "posts": False}


def test_what_was_left_out_has_no_value_for_code(client: Client) -> None:
    assert client.post("/api/v1/given", {"changes": {}}).body == {"name": False, "loud": False}
    assert client.post("/api/v1/given", {"changes": {"loud": False}}).body == {"name": False, "loud": True}


def test_failures_to_sign_in_count_for_the_address_through_whatever_operation(client: Client) -> None:
    client.make(User, name="ann", email="ann@example.com", password=PASSWORD)
    client.address = "192.0.2.1"
    wrong = {"email": "ann@example.com", "password": "a wrong password"}
    assert [client.post("/api/v1/enter_through", wrong).status for _ in range(6)] == [401] * 5 + [429]
    assert client.post("/api/v1/enter", wrong).status == 429


def test_a_call_of_code_comes_with_what_came_with_the_one_it_is_made_for(client: Client) -> None:
    ann = client.as_(client.make(User, name="ann"))
    ann.address = "192.0.2.1"
    answer = ann.post("/api/v1/came_through", headers={"x-mine": "here"})
    inner, outer = answer.body
    assert inner == outer == ["192.0.2.1", answer.headers["x-request-id"], ann.token, "here"]


@pytest.mark.parametrize("how", range(len(ENDINGS)))
def test_nothing_that_code_raises_ends_more_than_its_call(client: Client, how: int) -> None:
    ann = client.as_(client.make(User, name="ann"))
    with client.unchanged():
        answer = ann.post("/api/v1/end", {"how": how})
    assert (answer.status, answer.error["code"]) == (500, "INTERNAL")
    assert ann.post("/api/v1/posts", {"title": "after"}).status == 201


def test_code_before_a_write_is_held_to_the_same(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LONGEST_CODE", 0.05)
    with client.unchanged():
        assert client.post("/api/v1/drafts", {"title": "end"}).status == 500
        assert client.post("/api/v1/drafts", {"title": "wait"}).status == 504


@pytest.mark.parametrize("what", [*UNTELLABLE, *UNSAID])
def test_what_can_not_be_told_is_answered_as_an_error_and_told_to_nobody(client: Client, what: str) -> None:
    answer = client.post("/api/v1/answer", {"what": what})
    assert (answer.status, answer.error["code"]) == (500, "INTERNAL")
    assert answer.error["message"] == "Something went wrong on the server"


def test_no_caller_meets_what_another_left_in_a_default(client: Client) -> None:
    assert [client.post("/api/v1/keep").body for _ in range(2)] == [[1, 1], [1, 1]]


def test_a_page_that_is_kept_for_a_repeated_call_stays_the_page_it_was(client: Client) -> None:
    first, again = (client.post("/api/v1/page", {"name": "<b>"}, {"idempotency-key": "k"}) for _ in range(2))
    assert (first.status, first.text) == (again.status, again.text) == (200, "<p>&lt;b&gt;</p>")
    assert first.headers["content-type"] == again.headers["content-type"] == "text/html; charset=utf-8"
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("how", ["link", "sign in"])
def test_a_row_of_one_resource_is_not_taken_for_one_of_another(client: Client, how: str) -> None:
    ann, bob = client.make_many(User, 2)
    client.make(Post, user=bob)
    with client.unchanged():
        assert client.as_(bob).post("/api/v1/mistaken", {"how": how}).status == 500
    assert ann.id == 1


def test_whom_code_knows_by_a_cookie_is_not_given_what_another_was_answered(client: Client) -> None:
    mine, yours = ({"idempotency-key": "1", "cookie": f"basket={whose}"} for whose in ("mine", "yours"))
    assert [client.post("/api/v1/basket", headers=each).body for each in (mine, yours, mine)] == ["mine", "yours", "mine"]


def test_no_cookie_hides_in_the_value_of_another(client: Client) -> None:
    ann = client.make(User, name="ann")
    token = client.as_(ann).token
    known = "/api/v1/known"
    assert client.post(known, headers={"cookie": f"session={token}"}).body is True
    assert client.post(known, headers={"cookie": f'theme="a, session={token}'}).body is False
    for twice in (f"session={token}; session=x", f"session=x; session={token}"):
        assert client.post(known, headers={"cookie": twice}).status == 401


def test_code_before_a_write_is_handed_what_came_with_the_request(client: Client) -> None:
    beside = {"x-title": "told beside"}
    assert client.post("/api/v1/drafts", {"title": "x"}, beside).body["title"] == "told beside"
    many = client.post("/api/v1/drafts/batch", {"items": [{"do": "create", "data": {"title": "x"}}]}, beside)
    assert many.body["items"][0]["data"]["title"] == "told beside"


def test_what_is_no_id_finds_no_row_among_those_that_do(client: Client) -> None:
    first, second = client.make_many(Post, 2, user=client.make(User))
    ids = [f"{second.id}", "x", "", "1e0", "9" * 40, f"{first.id}"]
    assert [each["id"] for each in client.post("/api/v1/picked", {"ids": ids}).body] == [second.id, first.id]


@pytest.mark.parametrize("path", [MEMORY, "app.db"])
def test_a_transaction_ends_after_the_parts_that_other_tasks_began_in_it(tmp_path: Path, path: str) -> None:
    backend = Backend(app, path if path == MEMORY else str(tmp_path / path))
    ann = backend.ask("POST", f"{BASE}/users", {"name": "ann", "email": "ann@example.com", "password": PASSWORD}).body["id"]
    answer = backend.ask("POST", f"{BASE}/at_once", {}, backend.identity.token(ann, 0))
    backend.close()
    assert (answer.status, answer.body) == (200, ["first", "second", "third", "fourth"])


def test_what_removed_its_row_is_told_again_as_it_was_told(client: Client) -> None:
    ann = client.as_(client.make(User, name="ann"))
    post = f"/api/v1/posts/{client.make(Post, user=ann.actor.id).id}/remove"
    named = {"idempotency-key": "1"}
    assert [ann.post(post, headers=named).status for _ in range(2)] == [204, 204]
    assert [ann.post(post, headers=each).status for each in ({}, {"idempotency-key": "2"})] == [404, 404]
    assert client.post(post, headers=named).status == 401
