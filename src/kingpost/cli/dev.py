"""`kingpost dev`: an app served while one works on it.

Makes the database, fills it from `seed.json`, says what to try, and becomes the new version when a file changes. Stands on the
app and the server.
"""

import asyncio
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import apsw
import click

from kingpost.app import App
from kingpost.cli import say
from kingpost.cli.load import loaded, place, settings, start
from kingpost.cli.reload import OTHER_FIELDS, Reload
from kingpost.cli.seed import BadSeed, Seed, read_seed
from kingpost.cli.serve import HOST, PORT, address, greeting, run, take
from kingpost.cli.sow import sow
from kingpost.cli.standstill import standstill
from kingpost.contract.expr import NEVER, Standing
from kingpost.contract.indexes import granted
from kingpost.contract.model import Contract
from kingpost.contract.scalars import fold
from kingpost.engine.faults import aloud
from kingpost.settings import POSTGRES, Settings
from kingpost.store.protocol import Busy, OtherContract, Unopened
from kingpost.store.sqlite.aside import set_aside
from kingpost.store.sqlite.connect import MEMORY

FRESH = "\nOr let Kingpost do it: kingpost dev --fresh moves it aside, makes a new one and fills it from seed.json"


@click.command()
@say.app
@HOST
@PORT
@click.option("--no-reload", "fixed", is_flag=True, help="Stay with the files as they are now.")
@click.option(
    "--fresh", is_flag=True, help="Begin with a new database, and make another when fields change; the old one is moved aside."
)
def dev(path: str, host: str, port: int, fixed: bool, fresh: bool) -> None:
    """Serve an app while you work on it.

    Makes its database and fills it from seed.json, keeps a secret beside it, says what to try, and follows every change.
    """
    began = time.perf_counter()
    if not fixed and sys.platform == "win32":
        click.echo("On Windows a change needs a new start: there is no reload")
        fixed = True
    if not place(path).is_file():
        loaded(path)  # says so
    taken = take(host, port)
    here = address(host, taken)

    def serve(ready: Callable[[], object], first: bool, anew: bool) -> None:
        """Serve the app as it is now."""
        app = loaded(path)
        app.settings = settings(production=False)
        seed = seeds(app, path)
        notes = opened(app, seed, fresh, anew)
        more, token = asyncio.run(prepared(app, seed))
        notes += more
        if first:
            notes = [greeting(app, here, began), *notes, *suggestions(app.contract, here, app.base, token)]
        elif notes:
            click.echo("\n".join(notes))
        hello = "\n".join(notes) if first else ""
        warnings.filterwarnings("always", "coroutine .* was never awaited", RuntimeWarning)  # each time, not only the first
        standstill(aloud)
        run(app, taken, ready, 0 if fixed else os.getppid(), left=ready, hello=hello)

    if fixed:
        serve(lambda: None, True, fresh)
    else:
        raise SystemExit(Reload(serve, place(path).resolve().parent, fresh).run())


def seeds(app: App, path: str) -> Seed:
    """Read what an empty database is filled with, or say what is wrong with it."""
    try:
        return read_seed(place(path).parent / "seed.json", app.contract)
    except BadSeed as bad:
        say.fail(str(bad))


def opened(app: App, seed: Seed, fresh: bool, anew: bool) -> list[str]:
    """Open the app's database and say what was done for it.

    With `anew` the one that is there is moved aside first; so it is, in another attempt, with `fresh` when it does not fit.
    """
    assert app.settings is not None
    memory = app.settings.database == MEMORY
    moved = "" if memory or not anew else moved_aside(app.settings)
    notes = [f"  Moved  the old database to {moved}"] if moved else []
    try:
        if fresh and not memory:
            app.start()
    except OtherContract:
        rehearse(app, seed)
        raise SystemExit(OTHER_FIELDS) from None
    start(app, FRESH)
    return notes


def moved_aside(settings: Settings) -> str:
    """Move a database aside and say where it is now; empty where there is none."""
    path = settings.database
    try:
        if not path.startswith(POSTGRES):
            return str(set_aside(path)) if Path(path).exists() else ""
        # An extra, loaded for who asks for it; where it is missing, whoever opens the database says so.
        from kingpost.store.postgres import aside

        schema = asyncio.run(aside.set_aside(path))
        return f"the schema {schema}" if schema else ""
    except ModuleNotFoundError:
        return ""
    except (Busy, Unopened, OSError, apsw.Error) as error:
        say.fail(f"Can not move the database {settings.place} aside ({error}). End whatever else has it open, and try again")


def rehearse(app: App, seed: Seed) -> None:
    """Fill a database in memory, so that what is wrong is told before any other is touched."""
    assert app.settings is not None
    running = app.open(Settings(MEMORY, app.settings.secret, production=False))

    async def whole() -> None:
        try:
            await sow(running.engine, seed)
        finally:
            await running.stop()

    try:
        asyncio.run(whole())
    except BadSeed as bad:
        say.fail(str(bad))


async def prepared(app: App, seed: Seed) -> tuple[list[str], str]:
    """Fill the database if it is empty; gives what to say of it, and a token that works."""
    try:
        return await filled(app, seed), await working_token(app, seed)
    finally:
        if app.settings is not None and app.settings.database.startswith(POSTGRES):
            await app.stop()  # connections belong to this loop, and it serves in another


async def filled(app: App, seed: Seed) -> list[str]:
    """Fill the database if it is empty, and say so."""
    try:
        return [f"  Seed   {seed.counted}"] if await sow(app.start().engine, seed) else []
    except BadSeed as bad:
        say.fail(str(bad))


async def working_token(app: App, seed: Seed) -> str:
    """Give an access token of the seed's first account; empty where there is none."""
    identity = app.start().engine.identity
    row = await identity.find(identity.by_email, {"email": fold(seed.first_account)}) if seed.first_account else None
    return "" if row is None else identity.token(row[0], row[1])


def suggestions(contract: Contract, address: str, base: str, token: str) -> list[str]:
    """Say what to look at and a curl that works."""
    lines = [f"  Docs   {address}/docs"]
    who: Standing = "signed_in" if token else "anonymous"
    asked = [operation.resource for operation in contract.operations if operation.verb == "list"]
    lists = [name for name in asked if contract.resource[name].served]
    open_ = [name for name in lists if granted(contract.resource[name].access["read"], who) != NEVER]
    shown = [name for name in open_ if not (token and contract.resource[name].account)] or open_ or lists
    if shown:
        header = f"-H 'Authorization: Bearer {token}' " if token else ""
        lines.append(f"  Try    curl {header}{address}{base}/{shown[0]}")
    return [*lines, "  Stop   Ctrl-C"]
