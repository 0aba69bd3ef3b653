"""An index serves a list when the rows looked at are few for each row returned, wherever the page is and whoever asks."""

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

import msgspec
import pytest

from kingpost.call import MOST_COUNTED, Include, Range, Shape
from kingpost.contract.codec import Row
from kingpost.contract.expr import ALWAYS, Asker, Fixed, Test, compare, standing
from kingpost.contract.indexes import ordering
from kingpost.contract.model import Entry, Key
from kingpost.contract.ranges import OPERATORS
from kingpost.contract.scalars import Stored
from kingpost.plan.planner import plan, turned
from kingpost.plan.query import Page, Plan, Total
from kingpost.store.examined import Examined
from tests.store.crowd import AT, CONTRACT, SHAPES, STRANGER, USERS, WRITER, Crowd, PostgresCrowd, in_order

PAGE = 20
ACTORS = {"anonymous": Asker(), "owner": Asker(WRITER, True), "admin": Asker(USERS, True, True)}
LISTS = [
    (resource.name, entry, narrowed)
    for resource in CONTRACT.resources
    for entry in resource.lists.entries
    for narrowed in ((WRITER, STRANGER) if entry.filters else (0,))
]
Ends = Mapping[Range, Stored]
SPANS: tuple[Mapping[Literal["gt", "gte", "lt", "lte"], float], ...] = (
    {"gte": 0.4},
    {"lt": 0.6},
    {"gt": 0.3, "lte": 0.7},
    {"gte": 0.999},
    {"gt": 0.6, "lt": 0.3},
)
"""Ranges of a list: its ends, as a part of all values that there are."""


AnyCrowd: TypeAlias = Crowd | PostgresCrowd


HARDEST = "nine in ten are drafts, half of all those of one writer"
"""What PostgreSQL is asked of each time; the other shapes are for the long proofs."""


@pytest.fixture(
    scope="module",
    params=[
        *(pytest.param(("SQLite", shape), id=shape) for shape in SHAPES),
        *(
            pytest.param(("PostgreSQL", shape), id=f"PostgreSQL {shape}", marks=[] if shape == HARDEST else [pytest.mark.prove])
            for shape in SHAPES
        ),
    ],
)
def crowd(request: pytest.FixtureRequest) -> Iterator[AnyCrowd]:
    store, shape = request.param
    if store == "SQLite":
        made: AnyCrowd = Crowd(SHAPES[shape])
    else:
        made = PostgresCrowd(SHAPES[shape], request.getfixturevalue("server").database())
    yield made
    made.close()


def visible(crowd: AnyCrowd, resource: str, entry: Entry, narrowed: int, actor: Asker) -> list[Row]:
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


def ask(crowd: AnyCrowd, made: Plan, actor: Asker, **values: Stored) -> tuple[Examined, list[Stored]]:
    """Measure one page and give the ids on it."""
    assert isinstance(made.root, Page)
    steps: list[Examined] = []
    found: list[Stored] = []
    for page in (made.root, *made.rest):
        bound = {"caller": actor.id, "limit": PAGE + 1 - len(found), **values}
        if len(found) <= PAGE:
            steps.append(crowd.examine(page, bound))
            found += [row[0] for row in crowd.run(page, bound)]
    return summed(steps), found


def summed(steps: list[Examined]) -> Examined:
    """Take what the steps of one page did together."""
    numbers = {
        name: sum(getattr(step, name) for step in steps)
        for name in ("examined", "returned", "sorts", "automatic_indexes", "full_scan_steps", "seconds", "blocks")
    }
    return Examined("; ".join(step.text for step in steps), tuple(line for step in steps for line in step.plan), **numbers)


@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize(
    ("resource", "entry", "narrowed"), LISTS, ids=[f"{name} {entry.filters} {entry.sort[0]} {of}" for name, entry, of in LISTS]
)
def test_every_page_of_every_list_looks_at_few_rows_and_never_sorts(
    crowd: AnyCrowd, resource: str, entry: Entry, narrowed: int, who: str
) -> None:
    rows = visible(crowd, resource, entry, narrowed, ACTORS[who])
    walk(crowd, resource, entry, narrowed, ACTORS[who], rows)
    walk(crowd, resource, Entry(entry.filters, turned(entry.sort)), narrowed, ACTORS[who], rows[::-1])


@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize(
    ("resource", "entry", "narrowed"), LISTS, ids=[f"{name} {entry.filters} {entry.sort[0]} {of}" for name, entry, of in LISTS]
)
def test_every_page_of_every_range_looks_at_few_rows_and_never_sorts(
    crowd: AnyCrowd, resource: str, entry: Entry, narrowed: int, who: str
) -> None:
    field = entry.sort[0].field
    there = sorted(each for row in crowd.rows[resource] if (each := row[AT[resource][field]]) is not None)
    whole = visible(crowd, resource, entry, narrowed, ACTORS[who])
    for span in SPANS:
        ends = {Range(field, name): there[int(len(there) * part)] for name, part in span.items()}
        rows = [row for row in whole if all(within(row[AT[resource][field]], end, value) for end, value in ends.items())]
        walk(crowd, resource, entry, narrowed, ACTORS[who], rows, ends=ends)
        walk(crowd, resource, Entry(entry.filters, turned(entry.sort)), narrowed, ACTORS[who], rows[::-1], ends=ends)


def within(value: Stored, end: Range, limit: Stored) -> bool:
    """Whether a value lies on the right side of one end; null lies on neither."""
    assert limit is not None
    return compare(Test((end.field,), OPERATORS[end.operator], Fixed(limit)), Asker(), value) is True


def walk(
    crowd: AnyCrowd, resource: str, entry: Entry, narrowed: int, actor: Asker, rows: list[Row], *, ends: Ends | None = None
) -> None:
    """Measure the first, the second, a deep and the last page of a list, and compare each with the rows there should be."""
    operation, ends = CONTRACT.operation[f"{resource}.list"], ends or {}
    shape = Shape(fields=("id",), filters=entry.filters, sort=entry.sort, ranges=tuple(ends), total=True)
    filters: dict[str, Stored] = {f"filter_{name}": narrowed for name in entry.filters}
    filters |= {f"range_{end.operator}": value for end, value in ends.items()}
    first = plan(CONTRACT, operation, shape, standing(actor))
    if first.refused:
        assert rows == []
        return
    assert first.total is not None
    count(crowd, first.total, {"caller": actor.id, **filters}, len(rows))
    for start in sorted({0, PAGE, len(rows) // 2, max(0, len(rows) - PAGE // 2)}):
        if start and start >= len(rows):
            continue
        page, marks = first, []
        if start:
            marks = [rows[start - 1][AT[resource][key.field]] for key in ordering(entry)]
            marked = tuple(mark is None for mark in marks)
            following = [rows[start][AT[resource][key.field]] for key in ordering(entry)]
            alike = next(at for at, pair in enumerate(zip(marks, following, strict=True)) if pair[0] != pair[1])
            there = msgspec.structs.replace(shape, marked=marked, alike=alike)
            page = plan(CONTRACT, operation, there, standing(actor))
        seen, found = ask(crowd, page, actor, **filters, **{f"mark_{at}": mark for at, mark in enumerate(marks)})
        assert found == [row[0] for row in rows[start : start + PAGE + 1]]
        assert seen.returned == len(found)
        assert seen.examined <= 3 * seen.returned + 3, (start, seen.text)
        assert (seen.sorts, seen.automatic_indexes) == (0, 0), (start, seen.plan)
        assert seen.blocks <= 3 * seen.returned + 60, (
            start,
            seen.blocks,
            seen.plan,
        )  # nor are many keys passed over in an index
        assert seen.seconds < 0.25, (start, seen.seconds, seen.text)


def count(crowd: AnyCrowd, total: Total, values: Mapping[str, Stored], there: int) -> None:
    """Measure how many rows are counted, and compare their number with that of those there should be."""
    assert crowd.run(total, values) == [(min(there, MOST_COUNTED + 1),)]
    seen = crowd.examine(total, values)
    assert seen.examined <= 3 * min(there, MOST_COUNTED + 1) + 3, seen.text
    assert (seen.sorts, seen.automatic_indexes) == (0, 0), seen.plan
    assert seen.blocks <= 3 * min(there, MOST_COUNTED) + 60, seen.plan
    assert seen.seconds < 0.25, (seen.seconds, seen.text)


@pytest.mark.parametrize("who", ACTORS)
def test_a_search_reads_what_it_finds_in_order_and_never_sorts(crowd: AnyCrowd, who: str) -> None:
    """Which rows of those found the caller may read is asked row by row, so only who may read all sees few looked at."""
    actor, operation = ACTORS[who], CONTRACT.operation["posts.list"]
    shape = Shape(fields=("id",), search=True, total=True)
    sorted_by_id = isinstance(crowd, PostgresCrowd)  # a search of its index gives rows in no order
    rows = in_order("posts", visible(crowd, "posts", Entry(sort=(Key("created_at"),)), 0, actor), (Key("id", True),))
    for start in (0, len(rows) // 2, len(rows) - PAGE // 2):
        marked = msgspec.structs.replace(shape, marked=(False,) if start else None)
        made = plan(CONTRACT, operation, marked, standing(actor))
        mark: dict[str, Stored] = {"mark_0": rows[start - 1][0]} if start else {}
        seen, found = ask(crowd, made, actor, words="a titl", **mark)
        assert found == [row[0] for row in rows[start : start + PAGE + 1]]
        assert sorted_by_id or who != "admin" or seen.examined <= seen.returned + 1, (start, seen.text)
        assert (seen.sorts, seen.automatic_indexes) in ((0, 0), (sorted_by_id, 0)), (start, seen.plan)
        assert seen.seconds < 0.25, (start, seen.seconds, seen.text)
        assert made.total is not None
        most = min(len(rows), MOST_COUNTED + 1)
        assert crowd.run(made.total, {"caller": actor.id, "words": "a titl"}) == [(most,)]


@pytest.mark.parametrize("who", ACTORS)
def test_the_posts_under_each_user_of_a_page_are_found_by_looking_at_few_rows(crowd: AnyCrowd, who: str) -> None:
    actor = ACTORS[who]
    made = plan(CONTRACT, CONTRACT.operation["users.list"], Shape(include=(Include("posts"),)), standing(actor))
    (linked,) = made.linked
    parents = list(range(1, 101))
    under: dict[Stored, list[Stored]] = {}
    for row in visible(crowd, "posts", Entry(sort=(Key("created_at", True),)), 0, actor):
        under.setdefault(row[AT["posts"]["user_id"]], []).append(row[0])
    values: dict[str, Stored] = {"caller": actor.id, "parents": msgspec.json.encode(parents).decode()}
    seen = crowd.examine(linked, values)
    rows = crowd.run(linked, values)
    for key in parents:
        assert [row[1] for row in rows if row[0] == key] == under.get(key, [])[: PAGE + 1]
    assert {row[0] for row in rows} <= set(parents)
    # One more row is looked at for a parent whose rows end before the page does.
    assert seen.examined <= 3 * seen.returned + 3 * len(parents)
    assert seen.automatic_indexes == 0, seen.plan
    assert seen.blocks <= 5 * seen.returned + 10 * len(parents)
    assert seen.seconds < 0.25, seen


def test_the_first_page_of_users_by_their_posts_reads_the_index_alone(crowd: AnyCrowd) -> None:
    for actor in ACTORS.values():
        made = plan(CONTRACT, CONTRACT.operation["users.list"], Shape(("id", "post_count")), standing(actor))
        assert isinstance(made.root, Page)
        seen = crowd.examine(made.root, {"limit": 100})
        assert (seen.examined, seen.returned, seen.sorts) == (100, 100, 0)
        ways = "SCAN t USING COVERING INDEX", "Index Only Scan Backward using"
        assert seen.plan[-1].removeprefix("  ->  ").startswith(tuple(f"{way} users__post_count_id" for way in ways))


def test_every_link_is_indexed_so_that_a_removal_finds_what_points_to_it() -> None:
    for resource in CONTRACT.resources:
        for ref in resource.refs:
            assert any(index.keys[0].field == ref.field and index.where == ALWAYS for index in resource.indexes)
