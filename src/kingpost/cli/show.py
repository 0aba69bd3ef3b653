"""`kingpost show`: what an operation does, for whom, and what that costs.

Stands on the app, the planner and the store.
"""

import asyncio
import inspect
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import msgspec

from kingpost.app import App
from kingpost.call import Call, Failure, Refused, Shape
from kingpost.cli import say
from kingpost.cli.asked import address, complete, parameters, who
from kingpost.cli.load import loaded, place, start, usual
from kingpost.cli.measure import Measured, measure
from kingpost.cli.seed import BadSeed, read_seed
from kingpost.cli.sow import sow
from kingpost.contract import types
from kingpost.contract.expr import STANDINGS, Standing, words
from kingpost.contract.indexes import granted
from kingpost.contract.inputs import slots
from kingpost.contract.model import RULE_OF, Operation
from kingpost.contract.types import OfPage, OfRow
from kingpost.declare.source import suggest
from kingpost.plan.planner import plan
from kingpost.plan.text import text
from kingpost.settings import LEAST_SECRET, POSTGRES, Settings, Unsafe, held
from kingpost.store.sqlite.connect import MEMORY
from kingpost.surface.rest.query import Unclear, narrowed

IN_A_FILE = re.compile(r"\.py(:\w+)?$")


class Role(msgspec.Struct, frozen=True):
    """What an operation is for one kind of caller: the rule that is left, the plan, and what each statement costs."""

    role: Standing
    rule: str
    refused: bool
    plan: str
    statements: tuple[Measured, ...] = ()


@click.command()
@click.argument("operation", default="", shell_complete=complete)
@say.app
@click.option(
    "--as",
    "role",
    type=click.Choice(STANDINGS),
    metavar="ROLE",
    help="For whom: anonymous, signed_in or admin; all when left out.",
)
@click.option("--sort", default="", metavar="KEYS", help="How a list is sorted, such as --sort=-created_at.")
@click.option(
    "--filter", "filters", multiple=True, metavar="FIELD=TEXT", help="What a list is narrowed to; may be given twice."
)
@click.option("--include", default="", metavar="LINKS", help="The links to answer with, such as user,user.posts.")
@click.option("--fields", default="", metavar="FIELDS", help="The fields that are read, or that a write sets.")
@click.option(
    "--database", is_flag=True, help="Measure on the app's own database, not on one of its own filled from seed.json."
)
@say.machine
def show(
    operation: str, path: str, *, role: Standing | None, sort: str, filters: tuple[str, ...], include: str, fields: str,
    database: bool, machine: bool,
) -> None:  # fmt: skip
    """Show what an operation does: the rule that is left for a role, the plan, the SQL, and how many rows it looks at.

    Without an operation, or with the name of a resource: which there are, where they are asked for, and who may.
    """
    if IN_A_FILE.search(operation) or (operation and Path(operation).is_dir()):
        operation, path = "", operation
    app = loaded(path, machine)
    if not operation or operation in app.contract.resource:
        return every(app, operation, machine)
    asked = app.contract.operation.get(operation)
    if asked is None:
        says = suggest(operation, app.contract.operation, "There are")
        say.fail(f"There is no operation {operation}. {says}", machine)
    if asked.verb is None:
        return coded(app, asked, machine)
    try:
        given = parameters(sort, filters, include, fields if asked.verb in ("get", "list") else "")
        call = shaped(app, asked, given, fields)
        roles = asyncio.run(looked_at(app, path, asked, call, database, (role,) if role else STANDINGS))
    except (Refused, Unclear) as refused:
        failed = refused.failure if isinstance(refused, Refused) else Failure("invalid", "", (refused.detail,))
        reasons = [f"{detail.field}: {detail.message}" for detail in failed.details] or [failed.message]
        say.fail(f"This can not be asked: {'; '.join(reasons)}", machine)
    method, where = address(app, asked)
    if machine:
        return say.tell({"ok": True, "operation": asked.name, "method": method, "path": where, "who": who(app.contract, asked),
                         "roles": roles})  # fmt: skip
    click.secho(f"{asked.name}  {method} {where}", bold=True)
    click.echo(f"who may: {who(app.contract, asked)}")
    for each in roles:
        click.echo("\n" + "\n".join(told(each)))
    return None


def every(app: App, resource: str, machine: bool) -> None:
    """Say which operations there are, of one resource or of all."""
    listed = [each for each in app.contract.operations if not resource or each.resource == resource]
    rows = [(each.name, *address(app, each), who(app.contract, each)) for each in listed]
    if machine:
        found = [dict(zip(("operation", "method", "path", "who"), row, strict=True)) for row in rows]
        return say.tell({"ok": True, "operations": found})
    name, method, where = (max((len(row[at]) for row in rows), default=0) for at in range(3))
    for row in rows:
        click.echo(f"{row[0]:{name}}  {row[1]:{method}} {row[2]:{where}}  {row[3]}")
    return None


def coded(app: App, operation: Operation, machine: bool) -> None:
    """Say what an operation with code takes and gives, and where the code stands."""
    method, where = address(app, operation)
    function = inspect.unwrap(app.built.code[operation.code])
    lines = {
        "operation": operation.name,
        "method": method,
        "path": where,
        "who": who(app.contract, operation),
        "input": {each.name: kind(each.type) + ("" if each.required else ", may be left out") for each in operation.input},
        "output": "nothing" if operation.output is None else kind(operation.output),
        "doc": operation.doc,
        "stands": stands(function),
    }
    if machine:
        return say.tell({"ok": True, **lines})
    click.secho(f"{operation.name}  {method} {where}", bold=True)
    click.echo(f"who may: {lines['who']}")
    if operation.doc:
        click.echo(operation.doc)
    click.echo("takes" if operation.input else "takes nothing")
    for each in operation.input:
        click.echo(f"  {each.name}: {kind(each.type)}{'' if each.required else ', may be left out'}")
    click.echo(f"gives {lines['output']}")
    click.echo(f"stands in {lines['stands']}")
    return None


def stands(function: object) -> str:
    """Give the file and the line of a function."""
    code = getattr(function, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else "no file"


def kind(of: object) -> str:
    """Say a type."""
    if isinstance(of, OfPage):
        return f"a page of {of.resource}"
    if isinstance(of, OfRow):
        return f"one of {of.resource}"
    if isinstance(of, types.Items):
        return f"a list of {kind(of.of)}"
    if isinstance(of, types.Named):
        return f"an object of {kind(of.of)} by name"
    title = getattr(of, "title", "")
    return title or type(of).__name__.lower()


def shaped(app: App, operation: Operation, given: Mapping[str, str], fields: str) -> Call:
    """Give the call that the options ask for; raises `Unclear`."""
    if operation.verb in ("get", "list"):
        return narrowed(app.contract, Call(operation.name), given)
    if given:
        raise Unclear(next(iter(given)), "Is for reads; a write takes --fields alone")
    if operation.verb == "delete":
        return Call(operation.name)
    assert operation.verb is not None
    named = tuple(slot.name for slot in slots(app.contract.resource[operation.resource], operation.verb))
    chosen = tuple(fields.split(",")) if fields else named
    for name in chosen:
        if name not in named:
            raise Unclear(name, suggest(name, named, "Can be set"))
    return Call(operation.name, Shape(given=tuple(sorted(chosen))))


def beside() -> Settings:
    """Say where rows go that are there to be looked at: into memory, or beside the app's own where PostgreSQL has those."""
    try:
        named = held(os.environ)
    except Unsafe as unsafe:
        say.fail(str(unsafe))
    database = named if named.startswith(POSTGRES) else MEMORY
    return Settings(database, b"for nothing but looking".ljust(LEAST_SECRET, b"."), production=False, temporary=True)


async def looked_at(app: App, path: str, operation: Operation, call: Call, own: bool, roles: Sequence[Standing]) -> list[Role]:
    """Plan an operation for each role, and measure it on the app's own database or on one for this alone."""
    app.settings = usual() if own else beside()
    running = start(app)
    try:
        if not own:
            await sow(running.engine, read_seed(place(path).parent / "seed.json", app.contract))
        found = []
        for role in roles:
            rule = words(granted(app.contract.resource[operation.resource].access[RULE_OF[operation.verb or "get"]], role))
            made = plan(app.contract, operation, call.shape, role)
            seen = () if made.refused else await measure(running.engine, operation, call, role)
            found.append(Role(role, rule, made.refused, text(made), seen))
        return found
    except BadSeed as bad:
        say.fail(str(bad))
    finally:
        await running.stop()


def told(role: Role) -> list[str]:
    """Say what an operation is for one role."""
    lines = [click.style(role.role.replace("_", " "), bold=True), f"  rule left: {role.rule}", *indented(role.plan)]
    for each in role.statements:
        lines += ["", f"  {each.sql}", *(f"    {line}" for line in each.explain)]
        if each.examined is not None:
            rows = f"{each.examined} looked at for {each.returned} returned"
            lines.append(f"    rows: {rows}{'' if each.per_row is None else f', {each.per_row:g} for each'}")
            lines += ["    it has to sort"] if each.sorts else []
    return lines


def indented(text: str) -> list[str]:
    """Move the lines of a text to the right."""
    return [f"  {line}" for line in text.splitlines()]
