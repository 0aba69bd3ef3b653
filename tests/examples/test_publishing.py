"""What the publishing API costs, and that it holds when many ask at once; that it is what its contract says is told beside."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2
import pytest

from examples.publishing.app import Article, Comment, Favorite, Follow, Tag, User, app
from kingpost.settings import Settings
from kingpost.testing import Client, created, deleted

WORDS = {"description": "What it is about", "body": "All of it."}
Ask = Callable[[str, str, object], Awaitable[tuple[int, object]]]


def publish(client: Client, title: str, *tags: str) -> str:
    """Publish an article and give its slug."""
    answer = client.post("/api/articles", {"article": {"title": title, "tagList": list(tags), **WORDS}})
    assert answer.status == 201, answer
    slug: str = answer.body["article"]["slug"]
    return slug


def cost(client: Client, path: str) -> int:
    """Give how many statements an answer costs once it has been asked for."""
    assert client.get(path).status == 200
    before = client.store.load().statements
    assert client.get(path).status == 200
    return client.store.load().statements - before


@pytest.mark.parametrize(("path", "anonymous", "known"), [("/api/articles", 3, 4), ("/api/articles/feed", None, 4)])
def test_a_list_costs_as_many_statements_for_twenty_articles_as_for_one(path: str, anonymous: int | None, known: int) -> None:
    with Client(app) as client:
        reader = client.make(User, username="reader")
        found = []
        for number in range(20):
            author = client.make(User, username=f"author-{number}")
            client.as_(reader).post(f"/api/profiles/author-{number}/follow")
            slug = publish(client.as_(author), f"Number {number}", "all", f"tag-{number}", "a")
            client.as_(reader).post(f"/api/articles/{slug}/favorite")
            if number + 1 in (1, 5, 20):
                asked = [client.as_(reader), *([client] if anonymous else [])]
                found.append([cost(each, f"{path}?limit=100") for each in asked])
                listed = client.as_(reader).get(path).body
                assert (len(listed["articles"]), listed["articlesCount"]) == (number + 1, number + 1)
                assert all(each["favorited"] and each["author"]["following"] for each in listed["articles"])
        assert found == [[known, *([anonymous] if anonymous else [])]] * 3


def test_comments_cost_as_many_statements_for_twenty_as_for_one() -> None:
    with Client(app) as client:
        slug = publish(client.as_(client.make(User, username="author")), "Spoken of")
        found = []
        for number in range(20):
            client.as_(client.make(User, username=f"speaker-{number}")).post(
                f"/api/articles/{slug}/comments", {"comment": {"body": "Yes."}}
            )
            found.append(cost(client, f"/api/articles/{slug}/comments"))
        assert len(set(found)) == 1


def test_what_writes_several_rows_writes_all_of_them_or_none() -> None:
    with Client(app) as client:
        ann, bob = client.make(User, username="ann"), client.make(User, username="bob")
        with client.changes(created(Tag, name="new"), created(Tag, name="old"), created(Article, title="Taken")):
            slug = publish(client.as_(ann), "Taken", "new", "old")
        with client.unchanged():
            refused = client.as_(bob).post("/api/articles", {"article": {"title": "taken!", "tagList": ["newer"], **WORDS}})
        assert (refused.status, refused.body) == (409, {"errors": {"title": ["has already been taken"]}})
        client.as_(bob).post(f"/api/articles/{slug}/comments", {"comment": {"body": "Yes."}})
        client.as_(bob).post(f"/api/articles/{slug}/favorite")
        with client.changes(deleted(Comment, body="Yes."), deleted(Favorite), deleted(Article, slug=slug)):
            assert client.as_(ann).delete(f"/api/articles/{slug}").status == 204
        assert client.get("/api/tags").body == {"tags": []}


def test_another_password_ends_every_token_but_the_one_that_is_given() -> None:
    with Client(app) as client:
        ann = client.as_(client.make(User, username="ann"))
        given = ann.put("/api/user", {"user": {"password": "another one"}}).body["user"]["token"]
        assert ann.get("/api/user").body == {"errors": {"token": ["is invalid"]}}
        ann.token = given
        assert ann.get("/api/user").body["user"]["username"] == "ann"


def test_what_a_repeated_call_would_do_again_is_done_once_under_a_name() -> None:
    with Client(app) as client:
        ann = client.as_(client.make(User, username="ann"))
        sent, name = {"article": {"title": "Once", **WORDS}}, {"idempotency-key": "a name"}
        first = ann.post("/api/articles", sent, name)
        with client.unchanged():
            again = ann.post("/api/articles", sent, name)
        assert (first.status, again.status, first.body == again.body) == (201, 201, True)


def at_once(folder: Path, story: Callable[[Ask, Callable[[str], Awaitable[Ask]]], Awaitable[None]]) -> None:
    """Tell a story whose requests come at the same time, to an app whose rows are in a file."""

    async def tell() -> None:
        running = app.open(Settings(str(folder / "app.db"), b"x" * 32))
        transport = httpx2.ASGITransport(running.rest.serve)
        async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as network:

            def asking(token: str) -> Ask:
                async def ask(method: str, path: str, body: object = None) -> tuple[int, object]:
                    headers = {"authorization": f"Token {token}"} if token else {}
                    answer = await network.request(method, f"/api{path}", json=body, headers=headers)
                    return answer.status_code, answer.json()

                return ask

            async def join(name: str) -> Ask:
                user = {"username": name, "email": f"{name}@example.com", "password": "long enough"}
                _, told = await asking("")("POST", "/users", {"user": user})
                return asking(told["user"]["token"])  # type: ignore[index]  # it is what the contract says

            await story(asking(""), join)
        await running.stop()

    asyncio.run(tell())


def test_what_is_taken_at_once_is_given_to_one(tmp_path: Path) -> None:
    async def story(visitor: Ask, join: Callable[[str], Awaitable[Ask]]) -> None:
        ann = await join("ann")
        article = {"title": "Mine", "tagList": ["a", "b"], **WORDS}
        told = await asyncio.gather(*(ann("POST", "/articles", {"article": article}) for _ in range(8)))
        taken = (409, {"errors": {"title": ["has already been taken"]}})
        assert sorted(status for status, _ in told) == [201, *[409] * 7]
        assert [each for each in told if each[0] == 409] == [taken] * 7
        user = {"username": "bob", "email": "bob@example.com", "password": "long enough"}
        named = await asyncio.gather(
            *(visitor("POST", "/users", {"user": user | {"email": f"{each}@example.com"}}) for each in "xy")
        )
        assert sorted(status for status, _ in named) == [201, 409]
        assert (409, {"errors": {"username": ["has already been taken"]}}) in named

    at_once(tmp_path, story)


def test_what_is_done_twice_at_once_is_done_once(tmp_path: Path) -> None:
    async def story(visitor: Ask, join: Callable[[str], Awaitable[Ask]]) -> None:
        ann, bob = await join("ann"), await join("bob")
        await ann("POST", "/articles", {"article": {"title": "Liked", **WORDS}})
        for method, on in (("POST", True), ("DELETE", False)):
            for path, name, flag in (("/profiles/ann/follow", "profile", "following"),
                                     ("/articles/liked/favorite", "article", "favorited")):  # fmt: skip
                told = await asyncio.gather(*(bob(method, path, None) for _ in range(8)))
                assert [(status, body[name][flag]) for status, body in told] == [(200, on)] * 8  # type: ignore[index]  # as above
            status, shown = await bob("GET", "/articles/liked", None)
            assert status == 200
            article = shown["article"]  # type: ignore[index]  # as above
            assert (article["favoritesCount"], article["author"]["following"]) == (int(on), on)

    at_once(tmp_path, story)


def test_nobody_reads_whom_others_follow() -> None:
    with Client(app) as client:
        ann, bob = client.make(User, username="ann"), client.make(User, username="bob")
        client.as_(ann).post("/api/profiles/bob/follow")
        assert client.as_(bob).get("/api/profiles/bob").body["profile"]["following"] is False
        for path in ("/api/follows", "/api/follows/1", "/api/users", "/api/articles/1/favorites", "/api/auth/login"):
            answer = client.as_(bob).get(path)
            assert answer.status in (404, 405) and "ann" not in answer.text
        assert client.as_(bob).post("/api/auth/login", {}).body == {"errors": {"path": ["not found"]}}
        assert client.make(Follow, follower=bob, followed=ann).id > 0


def test_its_document_says_where_a_token_is_needed_taken_or_not_looked_at() -> None:
    with Client(app) as client:
        document = client.get("/openapi.json").body
    assert [*document["components"]["securitySchemes"]] == ["token", "metrics"]
    asked = {
        f"{method} {path}": each["security"]
        for path, item in document["paths"].items()
        for method, each in item.items()
        if method != "parameters"
    }
    for where in ("post /api/users", "post /api/users/login", "get /api/tags"):
        assert asked[where] == []
    assert asked["get /api/articles"] == [{}, {"token": []}] and asked["get /api/articles/feed"] == [{"token": []}]
