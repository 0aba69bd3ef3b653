"""A whole list, page after page, as lines of JSON or as a table.

Takes the call for its first page and the door to the engine, gives pieces of a body. Stands on the ground.
"""

import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TypeAlias

import msgspec

from kingpost.call import Call, Detail, Failure, Result
from kingpost.contract.codec import Column, write
from kingpost.contract.model import Contract
from kingpost.contract.scalars import Decimal
from kingpost.surface.rest.naming import Naming
from kingpost.surface.rest.response import Response, spelled

Run: TypeAlias = Callable[[Call], Awaitable[Result | Failure]]

LINES = "application/x-ndjson"
TABLE = "text/csv"
COST = 10
"""How many calls an export counts as, however many pages it has."""
MOST = 32
"""How many exports are under way at once, so that however many are asked for there is room for other calls."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Cut(Exception):
    """An export that can not be finished; whoever reads it must be able to tell."""


def asked(contract: Contract, call: Call, kind: str) -> Call:
    """Turn the call for a list into that for the first page of its export; what a table can not hold is its fault."""
    problem = None
    if kind == TABLE and call.shape.include:
        problem = Detail("include", "Is not for a table; ask for application/x-ndjson")
    if call.shape.total:
        problem = Detail("total", "Is not for an export")
    fault = call.fault or (Failure("invalid", "Invalid input data", (problem,)) if problem else None)
    if call.limit is not None:
        return msgspec.structs.replace(call, fault=fault)
    most = contract.resource[contract.operation[call.operation].resource].lists.most
    return msgspec.structs.replace(call, limit=most, cost=COST, fault=fault)


def exported(contract: Contract, run: Run, call: Call, first: Result, kind: str, naming: Naming | None = None) -> Response:
    """Answer a whole list, of which the first page is there; one that asked for so many rows is only that page.

    Args:
        contract: What may be asked.
        run: The door to the engine.
        call: The call for the first page.
        first: The first page.
        kind: The media type.
        naming: How names are spelled; None where they are as declared.

    Returns:
        A response whose body is read page by page as it is sent.
    """
    name = f"{contract.operation[call.operation].resource}.{'csv' if kind == TABLE else 'ndjson'}"
    typed = f"{kind}; charset=utf-8; header=present" if kind == TABLE else kind
    headers = {"content-type": typed, "content-disposition": f'attachment; filename="{name}"'}
    return Response(200, spelled(headers.items()), stream=pieces(run, call, first, kind, naming))


async def pieces(run: Run, call: Call, first: Result, kind: str, naming: Naming | None = None) -> AsyncIterator[bytes]:
    """Give one page after another, each judged anew.

    Args:
        run: The door to the engine.
        call: The call for the first page.
        first: The first page.
        kind: The media type.
        naming: How names are spelled; None where they are as declared.

    Returns:
        The pieces of the body.

    Raises:
        Cut: A page was refused, as when the caller's token has expired meanwhile.
    """
    page: Result | Failure = first
    headed = True
    while isinstance(page, Result):
        yield lines(page, naming) if kind == LINES else table(page, naming, headed=headed)
        if page.next is None or call.cost != COST:
            return
        headed = False
        page = await run(msgspec.structs.replace(call, after=page.next, cost=0))
    raise Cut


def lines(page: Result, naming: Naming | None = None) -> bytes:
    """Write a page as lines of JSON, one a row (github.com/ndjson/ndjson-spec)."""
    assert page.output is not None
    rows = (write(page.output, row, page.children) for row in page.rows)
    spelled = rows if naming is None else (naming.written(page.output, row) for row in rows)
    return b"".join(msgspec.json.encode(row) + b"\n" for row in spelled)


def table(page: Result, naming: Naming | None = None, *, headed: bool) -> bytes:
    """Write a page as a table (RFC 4180), with the names first if it is the first page."""
    assert page.output is not None
    text = io.StringIO()
    writer = csv.writer(text)
    if headed:
        names = [column.name for column in page.output.columns]
        writer.writerow(names if naming is None else map(naming.name, names))
    for row in page.rows:
        values = write(page.output, row, page.children)
        writer.writerow([cell(column, values) for column in page.output.columns])
    return text.getvalue().encode()


def cell(column: Column, values: Mapping[str, object]) -> str:
    """Write one value; an apostrophe tells text apart that a spreadsheet would take for a formula (OWASP, CSV injection)."""
    value = values.get(column.name)
    if value is None:
        return ""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    plain = not isinstance(value, str) or isinstance(column.scalar, Decimal)
    return text if plain or not text.startswith(FORMULA) else f"'{text}"
