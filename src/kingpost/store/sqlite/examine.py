"""What a query costs on the rows there are: how many it looks at, and whether it has to sort.

Takes a query with its values and runs it on a database, gives numbers that no estimate is behind. Stands on the store.
"""

from time import perf_counter
from typing import Any, cast

import apsw

from kingpost.contract.codec import Row
from kingpost.contract.model import Contract
from kingpost.plan.query import Query
from kingpost.store.examined import Examined
from kingpost.store.protocol import Statement, Values
from kingpost.store.sql import render
from kingpost.store.sqlite.dialect import SqliteDialect

HOOK = "kingpost_examine"


def examine(connection: apsw.Connection, contract: Contract, query: Query, values: Values) -> Examined:
    """Run a query and measure what it does; what it writes is undone.

    Args:
        connection: An open database of the contract.
        contract: What the database holds.
        query: What to run.
        values: Its values by name.

    Returns:
        The measurements; the time is that of the query as it is served, with preparing it and without counting.
    """
    dialect = SqliteDialect()
    served, counted = render(contract, dialect, query), render(contract, dialect, query, HOOK)
    looked: list[object] = []
    profiles: list[dict[str, int]] = []

    def look(*row: Any) -> int:
        looked.append(row)
        return 1

    def profile(event: dict[str, Any]) -> None:
        profiles.append(event["stmt_status"])

    connection.execute("SAVEPOINT examine")
    try:
        # Not declared deterministic, so that it is called for every row and never moved out of the loop.
        connection.create_scalar_function(HOOK, look, 1)
        run(connection, counted, values)
        connection.execute("ROLLBACK TO examine")
        connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, profile, id=HOOK)
        began = perf_counter()
        returned = len(run(connection, served, values))
        seconds = perf_counter() - began
    finally:
        connection.trace_v2(0, None, id=HOOK)
        connection.create_scalar_function(HOOK, None, 1)
        connection.execute("ROLLBACK TO examine")
        connection.execute("RELEASE examine")
    status = profiles[-1]  # triggers come before the statement that set them off
    return Examined(
        text=served.text,
        plan=explain(connection, served, values),
        examined=len(looked),
        returned=returned,
        sorts=status["SQLITE_STMTSTATUS_SORT"],
        automatic_indexes=status["SQLITE_STMTSTATUS_AUTOINDEX"],
        full_scan_steps=status["SQLITE_STMTSTATUS_FULLSCAN_STEP"],
        seconds=seconds,
    )


def run(connection: apsw.Connection, statement: Statement, values: Values) -> list[Row]:
    """Run a statement, made anew so that nothing of an earlier run is counted."""
    bound = [values.get(name) for name in statement.names]
    return cast("list[Row]", connection.execute(statement.text, bound, can_cache=False).fetchall())


def explain(connection: apsw.Connection, statement: Statement, values: Values) -> tuple[str, ...]:
    """Give the lines of SQLite's account of how it runs a statement."""
    return tuple(
        str(row[3]) for row in run(connection, Statement(f"EXPLAIN QUERY PLAN {statement.text}", statement.names), values)
    )
