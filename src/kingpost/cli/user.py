"""`kingpost user`: accounts, and admins of them.

Stands on the app and the engine.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import click

from kingpost.call import Actor, Call, Failure, Refused, Result
from kingpost.cli import say
from kingpost.cli.load import loaded, start, usual
from kingpost.contract.inputs import Unfit
from kingpost.contract.model import Operation, Resource
from kingpost.contract.scalars import Invalid
from kingpost.engine.engine import Engine
from kingpost.engine.failures import failure
from kingpost.engine.run import write
from kingpost.engine.unruled import unruled
from kingpost.store.protocol import Conflict

T = TypeVar("T")


@click.group()
def user() -> None:
    """Make accounts, and admins of them."""


def working(path: str, machine: bool, job: Callable[[Engine], Awaitable[T]]) -> T:
    """Do one thing with an app's engine and close it again."""
    app = loaded(path, machine)
    if app.contract.account is None:
        say.fail("This app has no accounts: derive a resource from Account", machine)
    app.settings = usual()
    running = start(app)

    async def whole() -> T:
        try:
            return await job(running.engine)
        finally:
            await app.stop()

    return asyncio.run(whole())


@user.command()
@click.argument("email")
@say.app
@click.option(
    "--set", "fields", multiple=True, metavar="FIELD=TEXT", help="Another field of the account, such as --set name=Ada."
)
@click.option("--admin", is_flag=True, help="Make it an admin at once.")
@click.password_option(help="Asked for when left out, so that it stays out of the shell's history.")
@say.machine
def create(email: str, path: str, fields: tuple[str, ...], admin: bool, password: str, machine: bool) -> None:
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
            return failure(engine.contract, refusal)
        if admin:
            await engine.identity.promote(email, True)
        return made

    outcome = working(path, machine, job)
    if isinstance(outcome, Failure):
        reasons = "".join(f"\n  {detail.field}: {detail.message}" for detail in outcome.details)
        details = [{"field": detail.field, "message": detail.message} for detail in outcome.details]
        message = f"{outcome.message}{reasons}\nGive other fields with --set FIELD=TEXT"
        say.fail(message, machine, message=outcome.message, details=details)
    if machine:
        say.tell({"ok": True, "id": outcome.key, "email": email, "admin": admin})
        return
    say.well(f"{email} has an account{', as an admin' if admin else ''}")


def typed(account: Resource, name: str, value: str) -> object:
    """Turn the text of a field into what an input would hold; what does not fit is left for the input's own judgement."""
    field = account.field.get(name)
    try:
        return value if field is None or field.hidden else field.scalar.write(field.scalar.parse(value))
    except Invalid:
        return value


@user.command()
@click.argument("email")
@say.app
@click.option("--remove", is_flag=True, help="Take the right away instead.")
@say.machine
def promote(email: str, path: str, remove: bool, machine: bool) -> None:
    """Make an account an admin, which no request can do."""

    async def job(engine: Engine) -> bool:
        with suppress(UnicodeError):  # no account has an address that is none
            return await engine.identity.promote(email, not remove)
        return False

    if not working(path, machine, job):
        say.fail(f"There is no account {email}. Make it first: kingpost user create {email}", machine)
    if machine:
        say.tell({"ok": True, "email": email, "admin": not remove})
        return
    say.well(f"{email} is {'no longer' if remove else 'now'} an admin")
