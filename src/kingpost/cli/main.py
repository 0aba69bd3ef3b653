"""The command line: `kingpost dev`, `serve`, `check` and `user`.

Every failure says what to do next.
"""

import asyncio
import importlib.util
import logging
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn, TypeVar

import apsw
import click
import msgspec

from kingpost import __version__
from kingpost.app import App, Running
from kingpost.call import Actor, Call, Failure, Refused, Result
from kingpost.cli.lines import Lines
from kingpost.contract.expr import ALWAYS
from kingpost.contract.inputs import Unfit
from kingpost.contract.model import Contract, Grant, Operation, Resource
from kingpost.contract.scalars import Invalid
from kingpost.declare.source import Mistakes
from kingpost.engine.engine import Engine
from kingpost.engine.run import failure, write
from kingpost.settings import LEAST_SECRET, Settings, Unsafe, read
from kingpost.store.protocol import Conflict
from kingpost.store.sqlite.connect import OtherContract

T = TypeVar("T")
TOLD = ("subject", "problem", "remedy")
PATIENCE = 10
COMPLETION = """To complete commands with the tab key, in bash (or zsh or fish, with its name in place of bash):

    eval "$(_KINGPOST_COMPLETE=bash_source kingpost)"
"""
APP = click.argument("path", default="app.py", metavar="[APP]")
HOST = click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
PORT = click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port to listen on.")


def fail(message: str) -> NoReturn:
    """Say what is wrong and end with status 1."""
    click.secho(message, fg="red", err=True)
    raise SystemExit(1)


def load(path: str) -> App:
    """Load the app from a file, or say what is wrong with it; see `loaded`."""
    try:
        return loaded(path)
    except Mistakes as mistakes:
        fail(str(mistakes))


def loaded(path: str) -> App:
    """Load the app from a file: `app.py`, or `app.py:name` for another variable than `app`; raises `Mistakes`."""
    file, _, name = path.partition(":")
    place = Path(file)
    if place.is_dir():
        place /= "app.py"
    if not place.is_file():
        fail(f"There is no file {place}. Name the app's file: {click.get_current_context().command_path} path/to/app.py")
    sys.path.insert(0, str(place.resolve().parent))
    spec = importlib.util.spec_from_file_location(place.stem, place.resolve())
    if spec is None or spec.loader is None:
        fail(f"{place} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[place.stem] = module
    try:
        spec.loader.exec_module(module)
    except Mistakes:
        raise
    except Exception as error:
        fail(f"{excerpt(error, place.resolve())}{place} can not be loaded; the lines above say where")
    app = getattr(module, name or "app", None)
    if not isinstance(app, App):
        fail(f'{place} has no app: write "{name or "app"} = App(...)"')
    return app


def excerpt(error: Exception, place: Path) -> str:
    """Give the trace of an error from the user's own file on, without the lines of whoever loaded it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != str(place):
        trace = trace.tb_next
    return "".join(traceback.format_exception(error.with_traceback(trace)))


def settings(production: bool | None) -> Settings:
    """Read the settings, or say what to set."""
    try:
        return read(production=production)
    except Unsafe as unsafe:
        fail(str(unsafe))


def start(app: App) -> Running:
    """Open the app's database, or say why it can not be opened."""
    try:
        return app.start()
    except OtherContract as other:
        fail(str(other))
    except (OSError, apsw.Error) as error:
        assert app.settings is not None
        fail(f"Can not open the database {app.settings.database} ({error}). Set DATABASE_URL to sqlite:///PATH of another file")


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=f"\b\n{COMPLETION}")
@click.version_option(__version__)
@click.pass_context
def main(context: click.Context) -> None:
    """Kingpost: a backend you declare.

    Write an app in app.py, then: kingpost dev
    """
    if os.environ.get("NO_COLOR"):
        context.color = False


@main.command(short_help="Serve an app while you work on it.")
@APP
@HOST
@PORT
def dev(path: str, host: str, port: int) -> None:
    """Serve an app while you work on it: makes its database, keeps a secret beside it, says what to try."""
    began = time.perf_counter()
    app = load(path)
    app.settings = settings(production=False)
    listen(app, host, port, began, hints=True)


@main.command(short_help="Serve an app for real, with safe settings only.")
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

    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(Lines())
    logging.basicConfig(level=logging.INFO, handlers=[lines])
    start(app)
    try:
        taken = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048)
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]
        fail(f"Can not listen on {host}:{port} ({reason}). Choose another with --host and --port")
    config = uvicorn.Config(
        app,
        log_config=None,  # its own would write lines that are not JSON
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=PATIENCE,
    )
    server = uvicorn.Server(config)

    def stop(*_: object) -> None:
        """Stop in order: told so before the server listens for itself, or by the server once all is closed."""
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    address = f"http://{f'[{host}]' if ':' in host else host}:{taken.getsockname()[1]}"
    click.echo(f"Kingpost serves {app.contract.title} at {address}{app.base} after {time.perf_counter() - began:.2f} s")
    if hints:
        click.echo(suggestion(app.contract, address, app.base))
    server.run([taken])


def suggestion(contract: Contract, address: str, base: str) -> str:
    """Say what to look at and a curl that works."""
    lines = [f"  Docs   {address}/docs"]
    readable = next((operation for operation in contract.operations if operation.verb == "list"), None)
    if readable is not None:
        lines.append(f"  Try    curl {address}{base}/{readable.resource}")
    return "\n".join([*lines, "  Stop   Ctrl-C"])


@main.command()
@APP
@click.option("--json", "machine", is_flag=True, help="Answer in JSON, for machines.")
def check(path: str, machine: bool) -> None:
    """Find what is wrong with an app's declarations, without starting it."""
    try:
        app = loaded(path)
    except Mistakes as mistakes:
        if not machine:
            fail(str(mistakes))
        found = [
            {"file": each.place.file, "line": each.place.line, **{name: asdict(each)[name] for name in TOLD}}
            for each in mistakes.mistakes
        ]
        click.echo(msgspec.json.encode({"ok": False, "mistakes": found}))
        raise SystemExit(1) from None
    sizes = {"resources": len(app.contract.resources), "operations": len(app.contract.operations)}
    if machine:
        click.echo(msgspec.json.encode({"ok": True, "mistakes": [], **sizes, "contract": app.contract.fingerprint}))
        return
    counted = ", ".join(f"{count} {name}" for name, count in sizes.items())
    click.secho(f"All is well: {counted}, contract {app.contract.fingerprint}", fg="green")


@main.group()
def user() -> None:
    """Make accounts, and admins of them."""


def working(path: str, job: Callable[[Engine], Awaitable[T]]) -> T:
    """Do one thing with an app's engine and close it again."""
    app = load(path)
    if app.contract.account is None:
        fail("This app has no accounts: derive a resource from Account")
    app.settings = settings(production=None if os.environ.get("KINGPOST_ENV") else False)
    running = start(app)

    async def whole() -> T:
        try:
            return await job(running.engine)
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
    for each in fields:
        if "=" not in each:
            raise click.BadParameter(f"{each!r} is not FIELD=TEXT, such as --set name=Ada")

    async def job(engine: Engine) -> Result | Failure:
        account = engine.contract.account
        assert account is not None
        values: dict[str, object] = {"email": email, "password": password}
        values |= {name: typed(account, name, value) for name, value in (each.split("=", 1) for each in fields)}
        operation = Operation(f"{account.name}.create", account.name, "create")
        try:
            made = await write(
                unruled(engine), operation, Call(operation.name, input=values), Actor(signed_in=True, admin=True)
            )
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


def typed(account: Resource, name: str, value: str) -> object:
    """Turn the text of a field into what an input would hold; what does not fit is left for the input's own judgement."""
    field = account.field.get(name)
    try:
        return value if field is None or field.hidden else field.scalar.write(field.scalar.parse(value))
    except Invalid:
        return value


def unruled(engine: Engine) -> Engine:
    """Give the engine as it would be if anyone could sign up: who may run this command may make any account."""
    resources = (
        msgspec.structs.replace(each, access={**each.access, "create": (Grant(ALWAYS),)}) if each.account else each
        for each in engine.contract.resources
    )
    contract = msgspec.structs.replace(engine.contract, resources=tuple(resources))
    return Engine(contract, engine.code, engine.store, os.urandom(LEAST_SECRET))


@user.command()
@click.argument("email")
@APP
@click.option("--remove", is_flag=True, help="Take the right away instead.")
def promote(email: str, path: str, remove: bool) -> None:
    """Make an account an admin, which no request can do."""

    async def job(engine: Engine) -> bool:
        with suppress(UnicodeError):  # no account has an address that is none
            return await engine.identity.promote(email, not remove)
        return False

    if not working(path, job):
        fail(f"There is no account {email}. Make it first: kingpost user create {email}")
    click.secho(f"{email} is {'no longer' if remove else 'now'} an admin", fg="green")
