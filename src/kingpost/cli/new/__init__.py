"""`kingpost new`: a folder with a small app to begin with.

The files stand in `files/`, each under its name and `.txt`, as they are written but for the app's name. Stands on nothing.
"""

import re
from importlib.resources import files
from pathlib import Path

import click

from kingpost import __version__
from kingpost.cli import say

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
FILES = files("kingpost.cli.new") / "files"


@click.command()
@click.argument("name")
@say.machine
def new(name: str, machine: bool) -> None:
    """Make a folder with a small app to begin with: the app, its tests, rows to try it on, and how to run it for real."""
    folder = Path(name)
    title = folder.resolve().name
    if not NAME.fullmatch(title):
        say.fail(f"{title!r} is no name for an app: begin with a letter and go on with letters, digits, _ and -", machine)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        say.fail(f"{folder} is there already, and not empty. Choose another name", machine)
    words = {"{{name}}": title, "{{title}}": re.sub("[_-]+", " ", title).capitalize(), "{{version}}": __version__}
    made = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for each in sorted(FILES.iterdir(), key=lambda each: each.name):
            text = each.read_text(encoding="utf-8")
            for word, said in words.items():
                text = text.replace(word, said)
            made.append(folder / each.name.removesuffix(".txt"))
            made[-1].write_text(text, encoding="utf-8")
    except OSError as error:
        say.fail(f"Can not write {error.filename} ({error.strerror}). Choose another place", machine)
    if machine:
        say.tell({"ok": True, "folder": str(folder), "files": [path.name for path in made]})
        return
    say.well(f"Made {folder} with {len(made)} files")
    go = "" if folder.resolve() == Path.cwd() else f"  cd {folder}\n"
    click.echo(f"Now type:\n{go}  kingpost dev\nand read app.py")
