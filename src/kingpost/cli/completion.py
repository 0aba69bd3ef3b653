"""`kingpost completion`: what makes a shell complete commands with the tab key.

Stands on click.
"""

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_KINGPOST_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print what makes a shell complete commands, and operations behind `kingpost show`, with the tab key.

    \b
    bash or zsh:  eval "$(kingpost completion bash)"
    fish:         kingpost completion fish | source
    """
    made = get_completion_class(shell)
    assert made is not None
    click.echo(made(click.get_current_context().find_root().command, {}, "kingpost", VARIABLE).source())
