"""`kingpost describe`: the document that describes a surface.

Stands on the app and the surface.
"""

import sys
from pathlib import Path

import click
import msgspec

from kingpost.cli import say
from kingpost.cli.load import loaded
from kingpost.surface.rest.describe import describe as document
from kingpost.surface.rest.routes import Routes

SURFACES = ("rest", "graphql", "grpc")


@click.command()
@click.argument("surface", type=click.Choice(SURFACES), default="rest")
@say.app
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write it to.")
def describe(surface: str, path: str, output: Path | None) -> None:
    """Print the document that describes a surface: of rest, OpenAPI 3.1."""
    if surface != "rest":
        say.fail(f"There is no {surface} surface yet; this release speaks REST: kingpost describe rest")
    app = loaded(path)
    text = msgspec.json.format(msgspec.json.encode(document(app.contract, Routes(app.contract, app.base))), indent=2) + b"\n"
    if output is None:
        sys.stdout.buffer.write(text)
        return
    try:
        output.write_bytes(text)
    except OSError as error:
        say.fail(f"Can not write {output} ({error.strerror}). Choose another place with --output")
    say.well(f"Wrote {output}")
