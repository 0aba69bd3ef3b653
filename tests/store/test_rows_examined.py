"""An index serves a list when the rows looked at are few for each row returned, wherever the page is and whoever asks."""

from collections.abc import Iterator

import msgspec
import pytest

from kingpost.call import Include, Shape
from kingpost.contract.codec import Row
from kingpost.contract.expr import ALWAYS, Asker, standing
from kingpost.contract.indexes import ordering
from kingpost.contract.model import Entry, Key
from kingpost.contract.scalars import Stored
from kingpost.plan.planner import plan, turned
from kingpost.plan.query import Page, Plan
from kingpost.store.sql import render
from kingpost.store.sqlite.examine import HOOK, Examined, examine, explain, run
from tests.store.crowd import AT, CONTRACT, SHAPES, STRANGER, USERS, WRITER, Crowd, in_order

PAGE = 20
ACTORS = {"anonymous": Asker(), "owner": Asker(WRITER, True), "admin": Asker(USERS, True, True)}
LISTS = [
    (resource.name, entry, narrowed)
    for resource in CONTRACT.resources
    for entry in resource.lists.entries
    for narrowed in ((WRITER, STRANGER) if entry.filters else (0,))
]


@pytest.fixture(scope="module", params=SHAPES)
def crowd(request: pytest.FixtureRequest) -> Iterator[Crowd]:
    made = Crowd(SHAPES[request.param])
    yield made
    made.connection.close()


def visible(crowd: Crowd, resource: str, entry: Entry, narrowed: int, actor: Asker) -> list[Row]:
    """Say anew, in plain Python, which rows of the list this actor sees, in order."""
    at = AT[resource]
    rows = crowd.rows[resource]
    if resource == "posts":
        rows = [row for row in rows if actor.admin or row[at["published_at"]] is not None or row[at["user_id"]] == actor.id]
    elif entry.sort[0].field == "created_at" and not actor.admin:
        rows = [row for row in rows if row[at["id"]] == actor.id]
    if entry.filters:
        assert entry.filters == ("user_id",)
        rows = [row for row in rows if row[at["user_id"]] == narrowed]
    return in_order(resource, rows, ordering(entry))


def ask(crowd: Crowd, made: Plan, actor: Asker, **values: Stored) -> tuple[Examined, list[Stored]]:
    """Measure one page and give the ids on it; measuring does not change how SQLite goes about it."""
    assert isinstance(made.root, Page)
    bound = {"caller": actor.id, "limit": PAGE + 1, **values}
    seen = examine(crowd.connection, CONTRACT, made.root, bound)
    counted = render(CONTRACT, crowd.store.dialect, made.root, HOOK)
    crowd.connection.create_scalar_function(HOOK, lambda *_: 1, 1)
    assert explain(crowd.connection, counted, bound) == seen.plan
    crowd.connection.create_scalar_function(HOOK, None, 1)
    return seen, [row[0] for row in run(crowd.connection, crowd.store.prepare(made.root), bound)]


@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize(
    ("resource", "entry", "narrowed"), LISTS, ids=[f"{name} {entry.filters} {entry.sort[0]} {of}" for name, entry, of in LISTS]
)
def test_every_page_of_every_list_looks_at_few_rows_and_never_sorts(
    crowd: Crowd, resource: str, entry: Entry, narrowed: int, who: str
) -> None:
    rows = visible(crowd, resource, entry, narrowed, ACTORS[who])
    walk(crowd, resource, entry, narrowed, ACTORS[who], rows)
    walk(crowd, resource, Entry(entry.filters, turned(entry.sort)), narrowed, ACTORS[who], rows[::-1])


def walk(crowd: Crowd, resource: str, entry: Entry, narrowed: int, actor: Asker, rows: list[Row]) -> None:
    """Measure the first, the second, a deep and the last page of a list, and compare each with the rows there should be."""
    operation = CONTRACT.operation[f"{resource}.list"]
    shape = Shape(fields=("id",), filters=entry.filters, sort=entry.sort)
    filters: dict[str, Stored] = {f"filter_{name}": narrowed for name in entry.filters}
    first = plan(CONTRACT, operation, shape, standing(actor))
    if first.refused:
        assert rows == []
        return
    for start in sorted({0, PAGE, len(rows) // 2, max(0, len(rows) - PAGE // 2)}):
        if start and start >= len(rows):
            continue
        page, marks = first, []
        if start:
            marks = [rows[start - 1][AT[resource][key.field]] for key in ordering(entry)]
            marked = tuple(mark is None for mark in marks)
            page = plan(CONTRACT, operation, msgspec.structs.replace(shape, marked=marked), standing(actor))
        seen, found = ask(crowd, page, actor, **filters, **{f"mark_{at}": mark for at, mark in enumerate(marks)})
        assert found == [row[0] for row in rows[start : start + PAGE + 1]]
        assert seen.returned == len(found)
        assert seen.examined <= 3 * seen.returned + 3, (start, seen.text)
        assert (seen.sorts, seen.automatic_indexes) == (0, 0), (start, seen.plan)
        assert seen.seconds < 0.25, (start, seen.seconds, seen.text)


@pytest.mark.parametrize("who", ACTORS)
def test_the_posts_under_each_user_of_a_page_are_found_by_looking_at_few_rows(crowd: Crowd, who: str) -> None:
    actor = ACTORS[who]
    made = plan(CONTRACT, CONTRACT.operation["users.list"], Shape(include=(Include("posts"),)), standing(actor))
    (linked,) = made.linked
    parents = list(range(1, 101))
    under: dict[Stored, list[Stored]] = {}
    for row in visible(crowd, "posts", Entry(sort=(Key("created_at", True),)), 0, actor):
        under.setdefault(row[AT["posts"]["user_id"]], []).append(row[0])
    values: dict[str, Stored] = {"caller": actor.id, "parents": msgspec.json.encode(parents).decode()}
    seen = examine(crowd.connection, CONTRACT, linked, values)
    rows = run(crowd.connection, crowd.store.prepare(linked), values)
    for key in parents:
        assert [row[1] for row in rows if row[0] == key] == under.get(key, [])[: PAGE + 1]
    assert {row[0] for row in rows} <= set(parents)
    # One more row is looked at for a parent whose rows end before the page does.
    assert seen.examined <= 3 * seen.returned + 3 * len(parents)
    assert seen.automatic_indexes == 0, seen.plan
    assert seen.seconds < 0.25, seen


def test_the_first_page_of_users_by_their_posts_reads_the_index_alone(crowd: Crowd) -> None:
    for actor in ACTORS.values():
        made = plan(CONTRACT, CONTRACT.operation["users.list"], Shape(("id", "post_count")), standing(actor))
        assert isinstance(made.root, Page)
        seen = examine(crowd.connection, CONTRACT, made.root, {"limit": 100})
        assert (seen.examined, seen.returned, seen.sorts) == (100, 100, 0)
        assert seen.plan == ("SCAN t USING COVERING INDEX users__post_count_id",)


def test_every_link_is_indexed_so_that_a_removal_finds_what_points_to_it() -> None:
    for resource in CONTRACT.resources:
        for ref in resource.refs:
            assert any(index.keys[0].field == ref.field and index.where == ALWAYS for index in resource.indexes)
