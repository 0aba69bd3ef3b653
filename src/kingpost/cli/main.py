"""The command line: `kingpost dev`, `serve`, `check` and `user`.

Every failure says what to do next.
"""

import asyncio
import importlib.util
import logging
import os
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NoReturn, TypeVar

import click

from kingpost import __version__
from kingpost.app import App
from kingpost.call import Actor, Call, Failure, Refused, Result
from kingpost.contract.inputs import Unfit
from kingpost.contract.model import Contract, Operation
from kingpost.declare.source import Mistakes
from kingpost.engine.engine import Engine
from kingpost.engine.run import failure, write
from kingpost.settings import Settings, Unsafe, read
from kingpost.store.protocol import Conflict
from kingpost.store.sqlite.connect import OtherContract

T = TypeVar("T")
APP = click.argument("path", default="app.py", metavar="[APP]")
HOST = click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
PORT = click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port to listen on.")


def fail(message: str) -> NoReturn:
    """Say what is wrong and end with status 1."""
    click.secho(message, fg="red", err=True)
    raise SystemExit(1)


def load(path: str) -> App:
    """Load the app from a file: `app.py`, or `app.py:name` for another variable than `app`."""
    file, _, name = path.partition(":")
    place = Path(file)
    if place.is_dir():
        place /= "app.py"
    if not place.is_file():
        fail(f"There is no file {place}. Name the app's file: kingpost dev path/to/app.py")
    sys.path.insert(0, str(place.resolve().parent))
    spec = importlib.util.spec_from_file_location(place.stem, place.resolve())
    if spec is None or spec.loader is None:
        fail(f"{place} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[place.stem] = module
    try:
        spec.loader.exec_module(module)
    except Mistakes as mistakes:
        fail(str(mistakes))
    app = getattr(module, name or "app", None)
    if not isinstance(app, App):
        fail(f'{place} has no app: write "{name or "app"} = App(...)"')
    return app


def settings(production: bool | None) -> Settings:
    """Read the settings, or say what to set."""
    try:
        return read(production=production)
    except Unsafe as unsafe:
        fail(str(unsafe))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Kingpost: a backend you declare."""


@main.command()
@APP
@HOST
@PORT
def dev(path: str, host: str, port: int) -> None:
    """Serve an app while you work on it: makes its database, keeps a secret beside it, says what to try."""
    began = time.perf_counter()
    app = load(path)
    app.settings = settings(production=False)
    listen(app, host, port, began, hints=True)


@main.command()
@APP
@HOST
@PORT
def serve(path: str, host: str, port: int) -> None:
    """Serve an app for real; refuses to start with settings that are not safe."""
    began = time.perf_counter()
    app = load(path)
    app.settings = settings(production=True)
    listen(app, host, port, began, hints=False)


def listen(app: App, host: str, port: int, began: float, hints: bool) -> None:
    """Open the store, take the port, and serve until told to stop."""
    import uvicorn  # only those who serve pay for loading the server

    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        app.start()
    except OtherContract as other:
        fail(str(other))
    try:
        taken = socket.create_server((host, port), backlog=2048)
    except OSError as error:
        fail(f"Can not listen on {host}:{port} ({error.strerror}). Choose another with --port")
    address = f"http://{host}:{taken.getsockname()[1]}"
    click.echo(f"Kingpost serves {app.contract.title} at {address}{app.base} after {time.perf_counter() - began:.2f} s")
    if hints:
        click.echo(suggestion(app.contract, address, app.base))
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, date_header=True, lifespan="on")
    asyncio.run(uvicorn.Server(config).serve([taken]))


def suggestion(contract: Contract, address: str, base: str) -> str:
    """Say what to look at and a curl that works."""
    lines = [f"  Docs   {address}/docs"]
    readable = next((operation for operation in contract.operations if operation.verb == "list"), None)
    if readable is not None:
        lines.append(f"  Try    curl {address}{base}/{readable.resource}")
    return "\n".join([*lines, "  Stop   Ctrl-C"])


@main.command()
@APP
def check(path: str) -> None:
    """Find what is wrong with an app's declarations, without starting it."""
    app = load(path)
    resources, operations = len(app.contract.resources), len(app.contract.operations)
    click.secho(f"All is well: {resources} resources, {operations} operations, contract {app.contract.fingerprint}", fg="green")


@main.group()
def user() -> None:
    """Make accounts, and admins of them."""


def working(path: str, job: Callable[[Engine], Awaitable[T]]) -> T:
    """Do one thing with an app's engine and close it again."""
    app = load(path)
    if app.contract.account is None:
        fail("This app has no accounts: derive a resource from Account")
    app.settings = settings(production=None if os.environ.get("KINGPOST_ENV") else False)
    try:
        engine = app.start()
    except OtherContract as other:
        fail(str(other))

    async def whole() -> T:
        try:
            return await job(engine)
        finally:
            await app.stop()

    return asyncio.run(whole())


@user.command()
@click.argument("email")
@APP
@click.option(
    "--set", "fields", multiple=True, metavar="FIELD=TEXT", help="Another field of the account, such as --set name=Ada."
)
@click.option("--admin", is_flag=True, help="Make it an admin at once.")
@click.password_option(help="Asked for when left out, so that it stays out of the shell's history.")
def create(email: str, path: str, fields: tuple[str, ...], admin: bool, password: str) -> None:
    """Make an account, whatever the app's rules say of signing up."""
    values = {"email": email, "password": password, **dict(each.partition("=")[::2] for each in fields)}

    async def job(engine: Engine) -> Result | Failure:
        assert engine.contract.account is not None
        operation = Operation(f"{engine.contract.account.name}.create", engine.contract.account.name, "create")
        try:
            made = await write(engine, operation, Call(operation.name, input=values), Actor(signed_in=True, admin=True))
        except (Refused, Unfit, Conflict) as refusal:
            return failure(engine, refusal)
        if admin:
            await engine.identity.promote(email, True)
        return made

    outcome = working(path, job)
    if isinstance(outcome, Failure):
        reasons = "".join(f"\n  {detail.field}: {detail.message}" for detail in outcome.details)
        fail(f"{outcome.message}{reasons}\nGive other fields with --set FIELD=TEXT")
    click.secho(f"{email} has an account{', as an admin' if admin else ''}", fg="green")


@user.command()
@click.argument("email")
@APP
@click.option("--remove", is_flag=True, help="Take the right away instead.")
def promote(email: str, path: str, remove: bool) -> None:
    """Make an account an admin, which no request can do."""

    async def job(engine: Engine) -> bool:
        return await engine.identity.promote(email, not remove)

    if not working(path, job):
        fail(f"There is no account {email}. Sign it up first")
    click.secho(f"{email} is {'no longer' if remove else 'now'} an admin", fg="green")
