"""The command line: which commands there are, and the file that each is loaded from when it is asked for.

Every failure says what to do next. A command ends with status 0, with 1 when something is wrong, and with 2 for words that it
does not know.
"""

import importlib
import os

import click

from kingpost import __version__

COMMANDS = {
    "new": "Make a folder with a small app to begin with.",
    "dev": "Serve an app while you work on it.",
    "serve": "Serve an app for real, with safe settings only.",
    "check": "Find what is wrong with an app's declarations.",
    "show": "Show what an operation does, and for whom.",
    "describe": "Print the document that describes a surface.",
    "shell": "Talk to an app in Python.",
    "user": "Make accounts, and admins of them.",
    "completion": "Print what completes commands with the tab key.",
}
"""The commands and what is said of each; `name` stands in `kingpost/cli/name.py`, as a function of that name."""


class Commands(click.Group):
    """Loads a command when it is asked for, so that nobody waits for the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command; none of any other name."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(importlib.import_module(f"kingpost.cli.{cmd_name}"), cmd_name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Say what there is, without loading it."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


COMPLETION = """To complete commands with the tab key, in bash (or zsh, with its name in place of bash):

    eval "$(kingpost completion bash)"
"""


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=f"\b\n{COMPLETION}")
@click.version_option(__version__)
@click.pass_context
def main(context: click.Context) -> None:
    """Kingpost: a backend you declare.

    Begin with: kingpost new NAME. Where there is an app.py: kingpost dev.
    """
    if os.environ.get("NO_COLOR"):
        context.color = False
