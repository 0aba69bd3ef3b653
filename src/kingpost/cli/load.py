"""An app from its file, or everything that is wrong with it.

Takes a path, gives an `App`. Stands on the app.
"""

import importlib.util
import os
import sys
import traceback
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

import apsw
import click

from kingpost.app import App, Running
from kingpost.cli.say import fail
from kingpost.declare.resource import Place
from kingpost.declare.source import Mistake, Mistakes
from kingpost.settings import Settings, Unsafe, read
from kingpost.store.protocol import OtherContract, Unopened

TOLD = ("subject", "problem", "remedy")


class Unloadable(Exception):
    """An app's file that can not be loaded; says why to a person, and where to a machine."""

    def __init__(self, text: str, mistake: Mistake) -> None:
        """Say it in both ways."""
        super().__init__(text)
        self.mistakes = (mistake,)


def place(path: str) -> Path:
    """Give the file that a path names: `app.py`, `app.py:name` for another variable than `app`, or the folder of an app.py."""
    file = Path(path.partition(":")[0])
    return file / "app.py" if file.is_dir() else file


def load(path: str) -> App:
    """Load an app.

    Args:
        path: Its file, as `place` reads it.

    Returns:
        The app.

    Raises:
        Mistakes: Something is wrong with its declarations.
        Unloadable: The file can not be loaded, or holds no app.
    """
    file, name = place(path), path.partition(":")[2] or "app"
    if not file.is_file():
        remedy = f"Name the app's file: {click.get_current_context().command_path} path/to/app.py"
        raise Unloadable(
            f"There is no file {file}. {remedy}", Mistake(Place(str(file), 1), name, "There is no such file", remedy)
        )
    sys.path.insert(0, str(file.resolve().parent))
    spec = importlib.util.spec_from_file_location(file.stem, file.resolve())
    if spec is None or spec.loader is None:
        problem = Mistake(Place(str(file), 1), name, "Is no Python file", "Name a file that ends with .py")
        raise Unloadable(f"{file} is no Python file", problem)
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    try:
        spec.loader.exec_module(module)
    except Mistakes:
        raise
    except (Exception, SystemExit) as error:
        raise Unloadable(
            f"{excerpt(error, file.resolve())}{file} can not be loaded; the lines above say where", mistake(error, file)
        ) from error
    return held(module, name, file)


def held(module: ModuleType, name: str, file: Path) -> App:
    """Give the app that a module holds; raises `Unloadable`."""
    app = getattr(module, name, None)
    if not isinstance(app, App):
        remedy = f'"{name} = App(...)"'
        problem = Mistake(Place(str(file.resolve()), 1), name, "There is no app of this name", f"Write {remedy}")
        raise Unloadable(f"{file} has no app: write {remedy}", problem)
    return app


def excerpt(error: BaseException, place: Path) -> str:
    """Give the trace of an error from the user's own file on, without the lines of whoever loaded it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != str(place):
        trace = trace.tb_next
    return "".join(traceback.format_exception(error.with_traceback(trace)))


def mistake(error: BaseException, file: Path) -> Mistake:
    """Say an error at the last line of the user's own files that led to it."""
    at, folder = Place(str(file.resolve()), 1), file.resolve().parent
    for frame in traceback.extract_tb(error.__traceback__):
        if Path(frame.filename).is_relative_to(folder):
            at = Place(frame.filename, frame.lineno or 1)
    if isinstance(error, SyntaxError) and error.filename:
        at = Place(error.filename, error.lineno or 1)
        return Mistake(at, "SyntaxError", error.msg, "Mend the line, or the one above it")
    if isinstance(error, ModuleNotFoundError):
        return Mistake(at, "ModuleNotFoundError", str(error), f"Install {error.name}, or put it beside {file.name}")
    remedy = "Mend the line; what a file does when it is loaded must not fail"
    return Mistake(at, type(error).__name__, str(error) or "It ended the process", remedy)


def as_data(mistakes: tuple[Mistake, ...]) -> list[dict[str, object]]:
    """Give mistakes as a machine is told of them."""
    return [
        {"file": each.place.file, "line": each.place.line, **{name: asdict(each)[name] for name in TOLD}} for each in mistakes
    ]


def loaded(path: str, machine: bool = False) -> App:
    """Load an app, or say what is wrong with it and end."""
    try:
        return load(path)
    except (Mistakes, Unloadable) as wrong:
        fail(str(wrong), machine, mistakes=as_data(wrong.mistakes))


def settings(production: bool | None) -> Settings:
    """Read the settings, or say what to set."""
    try:
        return read(production=production)
    except Unsafe as unsafe:
        fail(str(unsafe))


def usual() -> Settings:
    """Read the settings of a command that serves nobody: those of development, unless `KINGPOST_ENV` says otherwise."""
    return settings(None if os.environ.get("KINGPOST_ENV") else False)


def start(app: App, remedy: str = "") -> Running:
    """Open the app's database, or say why it can not be opened and, where it was made for other fields, what can be done."""
    try:
        return app.start()
    except OtherContract as other:
        fail(f"{other}{remedy}")
    except Unsafe as unsafe:
        fail(str(unsafe))
    except Unopened as error:
        assert app.settings is not None
        fail(f"Can not open the database {app.settings.place}. {error}")
    except (OSError, apsw.Error) as error:
        assert app.settings is not None
        fail(f"Can not open the database {app.settings.place} ({error}). Set DATABASE_URL to sqlite:///PATH of another file")
