"""Cases a reviewer reads without running: what was asked, the call, the plan, its SQL and the answer.

With KINGPOST_GOLDEN=write the files are written anew; what changed is then read in the difference.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from kingpost.plan.query import Linked, Page, Total
from kingpost.store.protocol import Statement
from tests.plan.cases import CASES, files, known, read, run, used
from tests.plan.twins import Twin
from tests.plan.worlds import World, a_blog, a_tracker
from tests.servers.postgres import Postgres

WRITE = os.environ.get("KINGPOST_GOLDEN") == "write"
SMALL = re.compile(r"SCAN (CONSTANT ROW|c|(p|i|json_each) VIRTUAL TABLE INDEX 1:|w VIRTUAL TABLE INDEX \d+:M\d+<?)$")
IN_ORDER = re.compile(r"SCAN t USING (COVERING )?INDEX \w+$")
FOLDERS = [path.parent for path in sorted(CASES.glob("*/ask.http"))]


@pytest.fixture(scope="module")
def worlds() -> Iterator[dict[str, World]]:
    made = {world.app.base: world for world in (a_blog(), a_tracker())}
    yield made
    for world in made.values():
        world.client.close()


@pytest.fixture(scope="module")
def twins(worlds: dict[str, World], server: Postgres) -> Iterator[dict[str, Twin]]:
    """The same backends on PostgreSQL."""
    made = {base: Twin(world, server.database()) for base, world in worlds.items()}
    yield made
    for twin in made.values():
        twin.client.close()


W = TypeVar("W", bound=World)


def world_of(url: str, worlds: Mapping[str, W]) -> W:
    (found,) = (world for base, world in worlds.items() if url.startswith(f"{base}/"))
    return found


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.name))
def test_a_case_is_planned_and_answered_as_its_folder_says(folder: Path, worlds: dict[str, World]) -> None:
    held(folder, worlds)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.name))
def test_a_case_is_planned_and_answered_alike_on_postgresql(folder: Path, twins: dict[str, Twin]) -> None:
    held(folder, twins)


def held(folder: Path, worlds: Mapping[str, World]) -> None:
    """Compare what becomes of a case with its files."""
    ask = read(folder)
    found = files(world_of(ask.url, worlds), ask)
    if WRITE:
        for name, content in found.items():
            (folder / name).write_text(content, "utf-8")
    expected = {name: (folder / name).read_text("utf-8") for name in found if (folder / name).exists()}
    assert found == expected


def test_every_folder_is_a_case_and_holds_nothing_else() -> None:
    files_of = {path.name: sorted(each.name for each in path.iterdir()) for path in CASES.iterdir()}
    whole = ["answer.json", "ask.http", "call.json", "plan.txt", "postgres.sql", "sqlite.sql"]
    assert {name: names for name, names in files_of.items() if names != whole} == {}
    assert len(files_of) >= 40


def ways(world: World, statement: Statement) -> list[str]:
    """Give what SQLite says of how it goes about a statement."""
    asked = f"EXPLAIN QUERY PLAN {statement.text}"
    return [str(row[3]) for row in world.database.execute(asked, [None] * len(statement.names))]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.name))
def test_no_statement_of_a_case_reads_a_whole_table_or_sorts_one(folder: Path, worlds: dict[str, World]) -> None:
    """What is read without a search is an index, in its order up to a limit, or the ids that came as a value.

    What is sorted are the rows of a to-many link, which come parent by parent, so many each, and what a search finds where the
    ids do not count up.
    """
    ask = read(folder)
    world = world_of(ask.url, worlds)
    _, seen = run(world, ask)
    for _, ready in used(seen):
        for query in known(ready):
            found = ways(world, ready.of(query))
            scans = [way for way in found if way.startswith("SCAN") and not SMALL.match(way)]
            assert [way for way in scans if not (isinstance(query, Page | Total) and IN_ORDER.match(way))] == []
            sorts = [way for way in found if "TEMP B-TREE" in way or "AUTOMATIC" in way]
            sought = isinstance(query, Page) and query.branches[0].search and query.table.resource == "tasks"
            assert sorts == (["USE TEMP B-TREE FOR ORDER BY"] if isinstance(query, Linked) or sought else [])
