"""`kingpost check`: what is wrong with an app, said without starting it.

Stands on the app.
"""

import click

from kingpost.cli import say
from kingpost.cli.load import loaded


@click.command()
@say.app
@say.machine
def check(path: str, machine: bool) -> None:
    """Find what is wrong with an app's declarations, without starting it."""
    contract = loaded(path, machine).contract
    sizes = {"resources": len(contract.resources), "operations": len(contract.operations)}
    if machine:
        say.tell({"ok": True, "mistakes": [], **sizes, "contract": contract.fingerprint})
        return
    counted = ", ".join(f"{count} {name}" for name, count in sizes.items())
    say.well(f"All is well: {counted}, contract {contract.fingerprint}")
