"""Walking a list page by page gives what may be read, each row once, in the one order there is; whichever list it is.

So does walking a range of it, and its total says how many rows that will be.
"""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from typing import TypeAlias
from uuid import UUID

import asyncpg
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kingpost.call import Call, Range, Result, Shape
from kingpost.contract.expr import NEVER, Asker, Fixed, Test, compare, holds, standing
from kingpost.contract.indexes import derive, granted
from kingpost.contract.model import Contract, Entry, Field, Grant, Key, Lists, Resource
from kingpost.contract.ranges import LOWER, OPERATORS, ranged
from kingpost.contract.scalars import Stored, Uuid
from kingpost.engine.engine import Engine
from kingpost.engine.run import run
from kingpost.store.postgres.connect import PostgresStore
from kingpost.store.protocol import Store
from kingpost.store.sqlite.connect import MEMORY, SqliteStore
from tests.rules.databases import insertion
from tests.rules.things import CONTRACT, STORED, Rows, Values, actors, reader, rows, rules, values
from tests.servers.postgres import Postgres

SECRET = b"for tests alone".ljust(32, b".")
FEW: dict[str, st.SearchStrategy[str | int]] = {
    "size": st.integers(-1, 1),
    "label": st.sampled_from(["", "a", "A", "é", "\uffff", "\U00010000"]),
    "at": st.sampled_from([-5, 0, 10**15]),
    "day": st.sampled_from(["0001-01-01", "2024-02-29"]),
    "price": st.sampled_from([-(10**17), 0, 5]),
    "kind": STORED["kind"],
    "open": STORED["open"],
    "owner_id": STORED["owner_id"],
    "place_id": STORED["place_id"],
}
"""The fields that lists use, each with so few values that many rows have the same."""
FILTERS = ("kind", "open", "owner_id")


class Case(msgspec.Struct, frozen=True):
    """A list of a contract made for it, the ends of a range of it, rows, who reads it and how many at a time."""

    contract: Contract
    entry: Entry
    filters: Values
    rows: Rows
    actor: Asker
    limit: int
    ends: tuple[tuple[Range, Stored], ...] = ()


@st.composite
def cases(draw: st.DrawFn) -> Case:
    names = draw(st.lists(st.sampled_from(sorted(FEW)), unique=True, max_size=4))
    filtered = [name for name in names[:1] if name in FILTERS and draw(st.booleans())]
    sort = tuple(Key(name, draw(st.booleans())) for name in names if name not in filtered)
    if draw(st.integers(0, 3)) == 0:
        sort = (*sort, Key("id", draw(st.booleans())))
    entry = Entry(tuple(filtered), sort)
    required = draw(st.sets(st.sampled_from(sorted(FEW))))
    in_uuids = draw(st.booleans())
    known = [field.name for field in CONTRACT.resource["things"].fields]
    opened = st.none() | st.sets(st.sampled_from(known)).map(lambda chosen: tuple(sorted(chosen.union(names))))
    opened |= st.sets(st.sampled_from(known)).map(lambda chosen: tuple(sorted(chosen)))
    grants = tuple(Grant(rule, draw(opened)) for rule in draw(st.lists(rules, min_size=1, max_size=3)))
    found = draw(rows())
    keys = [str(draw(st.uuids())) if in_uuids else key for key in range(1, draw(st.integers(0, 14)))]
    things: dict[Stored, Values] = {}
    for key in keys:
        row = draw(values("things", key))
        things[key] = row | {name: draw(few if name in required else st.none() | few | few) for name, few in FEW.items()}
    contract = made(entry, required, in_uuids, grants)
    few = FEW | {"id": st.sampled_from([str(UUID(int=0)), *map(str, keys)]) if in_uuids else st.integers(-1, 14)}
    ends = [(Range(name, operator), draw(few[name])) for name in ranged(contract.resource["things"]) for operator in OPERATORS]
    sides = [[each for each in ends if (OPERATORS[each[0].operator] in LOWER) is lower] for lower in (True, False)]
    chosen = [each for side in sides if side for each in [draw(st.none() | st.sampled_from(side))] if each is not None]
    return Case(
        contract,
        entry,
        {name: draw(FEW[name]) for name in filtered},
        {**found, "things": things},
        draw(actors),
        draw(st.integers(1, 6)),
        tuple(sorted(chosen, key=lambda each: each[0].name)),
    )


def made(entry: Entry, required: set[str], in_uuids: bool, grants: tuple[Grant, ...]) -> Contract:
    """Make a contract whose things have this list, these fields and these rules."""
    old = CONTRACT.resource["things"]
    fields = [msgspec.structs.replace(field, optional=field.optional and field.name not in required) for field in old.fields]
    if in_uuids:
        fields[0] = Field("id", Uuid(), origin="uuid")
    things = Resource(old.name, old.title, tuple(fields), {"read": grants}, refs=old.refs, lists=Lists((entry,)))
    kept = tuple(resource for resource in CONTRACT.resources if resource.name != "things")
    operations = tuple(operation for operation in CONTRACT.operations if operation.name == "things.list")
    return Contract(CONTRACT.title, CONTRACT.version, (*kept, derive(things)), operations)


def expected(case: Case) -> list[Stored]:
    """Say anew, in plain Python, which rows there are for this reader and in which order."""
    grants = case.contract.resource["things"].access["read"]
    used = [*case.entry.filters, *(key.field for key in case.entry.sort if key.field != "id")]

    def through(row: Values, field: str | None = None) -> bool:
        open_to = [grant.rule for grant in grants if field is None or grant.fields is None or field in grant.fields]
        return any(holds(rule, case.actor, reader(case.rows, row)) for rule in open_to)

    found = [
        row
        for row in case.rows["things"].values()
        if through(row)
        and all(through(row, field) for field in used)
        and all(row[name] == value for name, value in case.filters.items())
        and all(within(row[end.field], end, value) for end, value in case.ends)
    ]
    sort = case.entry.sort
    if not any(key.field == "id" for key in sort):
        sort = (*sort, Key("id", bool(sort) and sort[-1].descending))
    for key in reversed(sort):
        found.sort(key=lambda row: (row[key.field] is not None, row[key.field]), reverse=key.descending)  # at once
    return [row["id"] for row in found]


def within(value: Stored, end: Range, limit: Stored) -> bool:
    """Whether a value lies on the right side of one end; null lies on neither."""
    assert limit is not None
    return compare(Test((end.field,), OPERATORS[end.operator], Fixed(limit)), Asker(), value) is True


async def walk(engine: Engine, case: Case, sort: tuple[Key, ...], there: int) -> list[Sequence[Stored]] | str:
    """Read a list of so many rows to its end; give its pages, or the kind of the failure."""
    ranges, field = tuple(end for end, _ in case.ends), case.contract.resource["things"].field
    shape = Shape(fields=("id",), filters=case.entry.filters, sort=sort, ranges=ranges, total=True)
    ends = tuple(str(field[end.field].scalar.write(value)) for end, value in case.ends)
    texts = tuple(("false", "true")[value == 1] if name == "open" else str(value) for name, value in case.filters.items())
    token = None if case.actor.id is None else engine.identity.token(case.actor.id, 0)
    pages: list[Sequence[Stored]] = []
    after = ""
    while len(pages) <= len(case.rows["things"]):
        call = Call("things.list", shape, filters=texts, limit=case.limit, after=after, token=token, ranges=ends)
        result = await run(engine, call)
        if not isinstance(result, Result):
            return result.kind
        assert result.total == there
        pages.append([row[0] for row in result.rows])
        if result.next is None:
            break
        after = result.next
    return pages


Filling: TypeAlias = Iterator[tuple[str, list[Values]]]


def filling(case: Case) -> Filling:
    """Give the rows of a case, by their resource, as the database holds them."""
    for resource, by_id in case.rows.items():
        admin = {"admin": case.actor.admin} if resource == "people" else {}
        yield resource, [row | (admin if row["id"] == case.actor.id else {}) for row in by_id.values()]


async def in_sqlite(case: Case) -> Store:
    """Open a store that holds the rows of a case."""
    store = SqliteStore(case.contract, MEMORY)
    for resource, several in filling(case):
        for row in several:
            store.writer.execute(insertion(resource, row, "?"), list(row.values()))
    return store


async def in_postgres(case: Case, url: str) -> Store:
    """Make a database anew with the rows of a case, and open it."""
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(url)
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    store = PostgresStore(case.contract, url)
    for resource, several in filling(case):
        if several:
            rows_there = [[int(each) if isinstance(each, bool) else each for each in row.values()] for row in several]
            await connection.executemany(insertion(resource, several[0], "$"), rows_there)
    await connection.close()
    return store


async def check(case: Case, opening: Awaitable[Store]) -> None:
    store = await opening
    try:
        engine = Engine(case.contract, {}, store, SECRET)
        sort = case.entry.sort or (Key("id"),)
        wanted = expected(case)
        turned = tuple(Key(key.field, not key.descending) for key in sort)
        orders: list[tuple[tuple[Key, ...], list[Stored]]] = [(sort, wanted), (turned, wanted[::-1])]
        if case.ends:
            orders.append(((), wanted))  # a range alone means the list that is in its order
        for order, rows_there in orders:
            pages = await walk(engine, case, order, len(rows_there))
            if refused(case):
                assert pages == ("forbidden" if case.actor.signed_in else "unauthenticated")
                assert wanted == []
                continue
            assert isinstance(pages, list), pages
            assert [key for page in pages for key in page] == rows_there
            assert all(len(page) == case.limit for page in pages[:-1])
            assert len(pages) == max(1, -(-len(rows_there) // case.limit))
    finally:
        await store.stop()


def refused(case: Case) -> bool:
    """Whether nothing that a row could hold would let this reader see the list."""
    grants, of = case.contract.resource["things"].access["read"], standing(case.actor)
    used = [key.field for key in case.entry.sort if key.field != "id"]
    return NEVER in [granted(grants, of), *(granted(grants, of, name) for name in (*case.entry.filters, *used))]


@settings(max_examples=150, deadline=None)
@given(cases())
def test_all_pages_of_a_list_together_are_what_may_be_read_each_once_in_order(case: Case) -> None:
    asyncio.run(check(case, in_sqlite(case)))


@pytest.fixture(scope="module")
def url(server: Postgres) -> Iterator[str]:
    found = server.database()
    yield found
    server.free(found)


@settings(max_examples=40, deadline=None)  # tables are made anew for each, which takes PostgreSQL a while
@given(case=cases())
def test_so_they_are_on_postgresql(url: str, case: Case) -> None:
    asyncio.run(check(case, in_postgres(case, url)))
