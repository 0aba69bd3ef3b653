"""What every command says in the same way: that it is well, that it is not, and the same to machines.

Takes sentences, writes them where they belong. Stands on nothing.
"""

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import click
import msgspec

F = TypeVar("F", bound=Callable[..., Any])
WRONG = 1


def machine(command: F) -> F:
    """Add `--json` to a command."""
    return click.option("--json", "machine", is_flag=True, help="Answer in JSON, for machines.")(command)


def app(command: F) -> F:
    """Add the app's file to a command."""
    return click.argument("path", default="app.py", metavar="[APP]")(command)


def well(message: str) -> None:
    """Say that something is done."""
    click.secho(message, fg="green")


def tell(value: object) -> None:
    """Write one JSON object for machines."""
    click.echo(msgspec.json.encode(value))


def fail(message: str, machine: bool = False, /, **more: object) -> NoReturn:
    """Say what is wrong and what to do, and end with status 1.

    Args:
        message: What to say.
        machine: Whether a machine listens; it is told in JSON.
        more: What else a machine is told.
    """
    if machine:
        tell({"ok": False, **(more or {"message": message})})
    else:
        click.secho(message, fg="red", err=True)
    raise SystemExit(WRONG)
