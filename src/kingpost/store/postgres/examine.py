"""What a query costs on the rows there are: how many it looks at, and whether it has to sort.

Takes a statement with its values and runs it on a connection as it is served, prepared and planned by the connection's own
settings; gives numbers that no estimate is behind. Stands on the line and the store's protocol.
"""

import json
from collections.abc import Iterator
from time import perf_counter
from typing import Any, TypeAlias

from kingpost.store.examined import Examined
from kingpost.store.postgres.line import Line, PostgresStatement
from kingpost.store.protocol import MOST_SECONDS, Values

PLAIN = "EXPLAIN (COSTS OFF)"
COUNTED = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON)"
BEGIN = f"BEGIN; SET LOCAL statement_timeout = {MOST_SECONDS * 1_000:.0f}"
SORTS = ("Sort", "Incremental Sort")
Node: TypeAlias = dict[str, Any]
"""One step of the account that PostgreSQL gives of a run; the steps it takes rows from are its `Plans`."""


async def examine(line: Line, statement: PostgresStatement, values: Values) -> Examined:
    """Run a statement and measure what it does; what it writes is undone.

    Args:
        line: A connection that nobody else uses.
        statement: What to run.
        values: Its values by name.

    Returns:
        The measurements; the time is that of the statement as it is served, with preparing it and without counting.
    """
    plan = await explain(line, statement, values)
    await line.begin(BEGIN)
    try:
        (account,) = json.loads("".join(await told(line, COUNTED, statement, values)))
    finally:
        await line.undo()
    await line.begin(BEGIN)
    try:
        began = perf_counter()
        returned = len(await line.ask(statement, values))
        seconds = perf_counter() - began
    finally:
        await line.undo()
    root: Node = account["Plan"]
    every = list(steps(root))
    return Examined(
        text=statement.text,
        plan=plan,
        examined=round(sum(map(looked, own(root)))),
        returned=returned,
        sorts=sum(each["Node Type"] in SORTS and came(each) > returned for each in every),
        automatic_indexes=sum(each["Node Type"] == "Hash" for each in every),
        full_scan_steps=round(sum(looked(each) for each in every if each["Node Type"] == "Seq Scan")),
        seconds=seconds,
        blocks=sum(number for name, number in root.items() if name.endswith(("Hit Blocks", "Read Blocks"))),
    )


async def explain(line: Line, statement: PostgresStatement, values: Values) -> tuple[str, ...]:
    """Give the lines of PostgreSQL's account of how it would run a statement, which it does not."""
    await line.begin(BEGIN)
    try:
        return tuple(await told(line, PLAIN, statement, values))
    finally:
        await line.undo()


async def told(line: Line, how: str, statement: PostgresStatement, values: Values) -> list[str]:
    """Ask for an account of a statement that is prepared as it is for serving, so that its plan is the one that is served."""
    bound = [None if (each := values.get(name)) is None else str(each) for name in statement.names]
    if statement.free:
        await line.connection.execute(statement.free)
    await line.connection.execute(f"PREPARE examined AS {statement.text}")
    try:
        # What accounts are asked for takes no parameters, so the database itself writes the values as it would read them.
        places = f"({', '.join(['%L'] * len(bound))})" if bound else ""
        written = f"{how} EXECUTE examined{places}"
        asked = await line.connection.fetchval("SELECT format($1, VARIADIC $2::text[])", written, bound)
        return [row[0] for row in await line.connection.fetch(asked)]
    finally:
        await line.connection.execute("DEALLOCATE examined")


def steps(node: Node) -> Iterator[Node]:
    """Give a step and all that it takes rows from."""
    yield node
    for below in node.get("Plans", ()):
        yield from steps(below)


def own(node: Node) -> Iterator[Node]:
    """Give the steps that find rows of the list itself, and not what is joined to them or what a rule or a count looks into."""
    yield node
    for at, below in enumerate(node.get("Plans", ())):
        aside = below["Parent Relationship"] in ("SubPlan", "InitPlan")
        if not aside and not (at and node.get("Join Type") == "Left"):
            yield from own(below)


def looked(node: Node) -> float:
    """Give how many rows of a table a step looked at; a bitmap is made of all rows it may need before the first is read."""
    if "Relation Name" not in node or "Actual Rows" not in node:
        return 0
    seen: float = node["Actual Rows"] + sum(number for name, number in node.items() if name.startswith("Rows Removed by "))
    gathered: float = sum(below["Actual Rows"] * below["Actual Loops"] for below in steps(node) if "Relation Name" not in below)
    return max(float(seen * node["Actual Loops"]), gathered)


def came(node: Node) -> float:
    """Give how many rows came to a step at once."""
    return sum(float(below["Actual Rows"]) for below in node.get("Plans", ()))
