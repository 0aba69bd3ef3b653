"""Laws of calls and plans: one call has one form, one form has one plan, and a plan costs what it says."""

from collections.abc import Callable, Iterator
from datetime import datetime

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from msgspec.structs import replace

from examples.blog.app import app as blog
from kingpost import Access, Account, App, Lists, Resource, anyone, back, created, ref, serial, text
from kingpost.call import Call, Shape
from kingpost.engine.engine import Ready
from kingpost.plan.memo import Memo
from kingpost.store.sqlite.connect import SqliteStore
from kingpost.surface.rest.decode import decode
from kingpost.surface.rest.probe import probe
from kingpost.surface.rest.routes import Routes
from kingpost.testing import Client
from tests.plan.calls import calls
from tests.plan.tracker import app as tracker
from tests.plan.worlds import World, a_blog

APPS = pytest.mark.parametrize("app", [blog, tracker], ids=["blog", "tracker"])


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    made = a_blog()
    yield made
    made.client.close()


def ready(world: World, method: str, url: str, role: str = "anonymous", body: object = None) -> Ready:
    """Ask, and give the plan for what was asked itself; a parent is looked at by another."""
    world.restore()
    world.sign_in(role)
    _, seen = world.ask(method, f"/api/v1{url}", body)
    return next(made for shape, _, made in seen.plans if shape.fields != ("id",))


@APPS
def test_a_call_is_understood_from_the_request_that_probes_it(app: App) -> None:
    routes = Routes(app.contract, app.base)

    @settings(max_examples=600, deadline=None)
    @given(calls(app.contract, routes))
    def law(call: Call) -> None:
        request = probe(app.contract, app.base, call)
        found = routes.find(request.path, request.method)
        assert found is not None
        assert replace(decode(app.contract, request, found), beside=call.beside) == call

    law()


def test_a_list_by_path_and_by_filter_is_one_plan_and_one_text(world: World) -> None:
    by_path = ready(world, "GET", "/users/2/posts", "owner")
    by_filter = ready(world, "GET", "/posts?user_id=2", "owner")
    assert by_path is by_filter
    assert by_path.plan.root is not None
    assert by_path.of(by_path.plan.root).text.count(":") == 0, "no value stands in the text"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("GET", "/posts/1", "owner"), ("GET", "/posts/2", "other")),
        (("GET", "/posts?user_id=2&limit=1", "owner"), ("GET", "/posts?limit=100&user_id=3", "other")),
        (("PATCH", "/posts/1", "owner", {"title": "A"}), ("PATCH", "/posts/3", "other", {"title": "B"})),
        (
            ("PATCH", "/posts/1", "owner", {"title": "A", "content": None}),
            ("PATCH", "/posts/9", "other", {"content": "C", "title": "D"}),
        ),
        (("POST", "/posts", "owner", {"title": "A", "user_id": 2}), ("POST", "/users/3/posts", "other", {"title": "A"})),
        (("DELETE", "/posts/1", "owner"), ("DELETE", "/posts/99", "other")),
        (("GET", "/posts?fields=title,id,title", "other"), ("GET", "/posts?fields=id,title", "owner")),
        (("GET", "/posts?include=user,user.posts", "other"), ("GET", "/posts?include=user.posts,user", "owner")),
        (("GET", "/posts?include=user&fields=title", "other"), ("GET", "/posts?fields=title&include=user", "owner")),
    ],
    ids=lambda ask: f"{ask[0]} {ask[1]}" if isinstance(ask, tuple) else None,
)
def test_a_plan_does_not_depend_on_values_nor_on_the_order_of_words(
    one: tuple[str, str, str], other: tuple[str, str, str], world: World
) -> None:
    assert ready(world, *one) is ready(world, *other)


def test_the_fields_of_an_answer_stand_in_the_order_of_the_declaration(world: World) -> None:
    world.restore()
    answer, _ = world.ask("GET", "/api/v1/posts/1?fields=title,id,title,user_id")
    assert answer.text == '{"id":1,"user_id":2,"title":"First steps"}'


def test_standings_do_not_share_plans(world: World) -> None:
    made = [ready(world, "GET", "/posts", role) for role in ("anonymous", "owner", "admin")]
    assert len({id(each) for each in made}) == 3


# What a plan costs


class Writer(Account, table="writers"):
    id: int = serial()
    name: str = text(max=50)
    pieces: "list[Piece]" = back("writer")

    access = Access(create=anyone, read=anyone.fields("id", "name"))


class Piece(Resource, table="pieces"):
    id: int = serial()
    writer: Writer = ref(on_delete="cascade")
    title: str = text(max=50)
    created_at: datetime = created()

    access = Access(read=anyone)
    lists = Lists("-created_at", "writer_id -created_at", most=1_000)


WRITERS, PIECES = 300, 1_500


@pytest.fixture(scope="module")
def crowd() -> Iterator[tuple[Client, Callable[[str], tuple[object, list[str]]]]]:
    """A crowd of writers, and a way to ask that gives what the driver was told."""
    client = Client(App(Writer, Piece))
    assert isinstance(client.engine.store, SqliteStore)
    database = client.engine.store.writer
    people = [(at, f"w{at}@example.com", f"w{at}@example.com", "no hash", f"Writer {at}") for at in range(1, WRITERS + 1)]
    database.executemany(
        "INSERT INTO writers (id, email, email_key, password, admin, epoch, name) VALUES (?, ?, ?, ?, 0, 0, ?)", people
    )
    rows = [(at, at * 7 % WRITERS + 1, f"Piece {at}", at // 3) for at in range(1, PIECES + 1)]
    database.executemany("INSERT INTO pieces (id, writer_id, title, created_at) VALUES (?, ?, ?, ?)", rows)

    def told(url: str) -> tuple[object, list[str]]:
        said: list[str] = []

        def trace(_cursor: apsw.Cursor, statement: str, _values: object) -> bool:
            said.append(statement)
            return True

        database.exec_trace = trace
        answer = client.get(url)
        database.exec_trace = None
        assert answer.status == 200, answer
        return answer.body, said

    yield client, told
    client.close()


@pytest.mark.parametrize("rows", [10, 100, 1_000])
def test_posts_with_users_and_the_posts_of_users_are_two_statements(
    rows: int,
    crowd: tuple[Client, Callable[[str], tuple[dict[str, list[dict[str, dict[str, dict[str, list[object]]]]]], list[str]]]],
) -> None:
    crowd[1]("/api/v1/pieces?include=writer,writer.pieces&limit=1")  # from then on it is known that more follows
    body, said = crowd[1](f"/api/v1/pieces?include=writer,writer.pieces&limit={rows}")
    assert [statement.split()[0] for statement in said] == ["SAVEPOINT", "SELECT", "SELECT", "RELEASE"]
    assert len(body["items"]) == rows
    assert {len(item["writer"]["pieces"]["items"]) for item in body["items"]} == {PIECES // WRITERS}


# The memory of plans


@given(some.integers(1, 5), some.lists(some.integers(0, 9)))
def test_a_memory_keeps_what_was_used_last_and_no_more(most: int, keys: list[int]) -> None:
    memo: Memo[int, object] = Memo(most)
    last: list[int] = []
    for key in keys:
        made: list[object] = []

        def make(made: list[object] = made) -> object:
            made.append(object())
            return made[0]

        found = memo.get(key, make)
        assert (found in made) is (key not in last), "made exactly when it was not kept"
        last = [*(each for each in last if each != key), key][-most:]
        assert list(memo.kept) == last


def test_what_could_not_be_made_is_not_kept() -> None:
    memo: Memo[int, object] = Memo(2)

    def fail() -> object:
        raise ValueError("not to be made")

    with pytest.raises(ValueError, match="not to be made"):
        memo.get(1, fail)
    assert dict(memo.kept) == {}


def test_callers_who_vary_the_shape_do_not_fill_the_memory(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.client.engine, "plans", memo := Memo[tuple[str, Shape, str], Ready](8))
    world.restore()
    names = ("title", "content", "user_id", "created_at", "published_at")
    for bits in range(1, 2 ** len(names)):
        fields = ",".join(name for at, name in enumerate(names) if bits >> at & 1)
        answer, _ = world.ask("GET", f"/api/v1/posts/1?fields={fields}")
        assert sorted(answer.body) == sorted(fields.split(","))
    assert len(memo.kept) == 8
