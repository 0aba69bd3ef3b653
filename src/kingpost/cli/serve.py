"""`kingpost serve`: an app served for real.

Stands on the app and the server.
"""

import gc
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable

import click

from kingpost.app import App
from kingpost.cli import say
from kingpost.cli.lines import Journal, Lines
from kingpost.cli.load import loaded, settings, start
from kingpost.server.listener import PATIENCE, Server, listening
from kingpost.server.workers import Workers
from kingpost.store.sqlite.connect import MEMORY

YOUNG = (10_000, 20, 20)
"""After how many new objects the young are looked at, and after how many looks at them the older (`gc.set_threshold`)."""
HOST = click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
PORT = click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port to listen on.")


@click.command()
@say.app
@HOST
@PORT
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), metavar="N",
    help="How many processes serve; one for each core is a good number. SIGHUP replaces them one after another.",
)  # fmt: skip
def serve(path: str, host: str, port: int, workers: int) -> None:
    """Serve an app for real; refuses to start with settings that are not safe."""
    began = time.perf_counter()
    app = loaded(path)
    app.settings = settings(production=True)
    journal = Journal()
    app.journal = journal.add
    if workers > 1 and sys.platform == "win32":
        say.fail("There is only one worker on Windows: leave --workers out")
    if workers > 1 and app.settings.database == MEMORY:
        say.fail("A database in memory belongs to one process: leave --workers out, or set DATABASE_URL to sqlite:///PATH")
    if workers == 1:
        start(app)
        taken = take(host, port)
        run(app, taken, hello=greeting(app, address(host, taken), began))
        journal.flush()
        return
    taken, parent = take(host, port), os.getpid()
    app.share()

    def work(ready: Callable[[], object]) -> None:
        """Be one of the workers."""
        start(app)
        run(app, taken, ready, parent)
        journal.flush()

    raise SystemExit(Workers(workers, work, PATIENCE + 2).run(lambda: click.echo(greeting(app, address(host, taken), began))))


def take(host: str, port: int) -> socket.socket:
    """Take the port, or say who has it; from here on the log is one JSON object a line."""
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(Lines())
    logging.basicConfig(level=logging.INFO, handlers=[lines])
    try:
        return listening(host, port)
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]
        say.fail(f"Can not listen on {host}:{port} ({reason}). Choose another with --host and --port")


def address(host: str, taken: socket.socket) -> str:
    """Give where a socket is reached."""
    return f"http://{f'[{host}]' if ':' in host else host}:{taken.getsockname()[1]}"


def greeting(app: App, address: str, began: float) -> str:
    """Say where an app is served."""
    return f"Kingpost serves {app.contract.title} at {address}{app.base} after {time.perf_counter() - began:.2f} s"


def settle() -> None:
    """Let the search for cycles in memory pass over what has been made until now, which stays, and come less often.

    Requests leave next to none behind; each search looks at all that young, and the oldest at everything.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*YOUNG)


def run(
    app: App,
    taken: socket.socket,
    ready: Callable[[], object] = lambda: None,
    parent: int = 0,
    *,
    left: Callable[[], object] = lambda: None,
    hello: str = "",
) -> None:
    """Serve an app that has started, in this process, until told to stop.

    Args:
        app: What to serve.
        taken: The socket that listens.
        ready: Is called once it serves.
        parent: The process without which this one ends; 0 for none.
        left: Is called once it takes no more connections.
        hello: What to say once it serves.
    """
    assert app.settings is not None

    def serves() -> None:
        """Tell that it serves."""
        settle()
        ready()
        if hello:
            click.echo(hello)

    def leave() -> None:
        """Take no more connections, from this moment on."""
        app.leave()
        for each in server.servers:
            each.close()
        left()

    secure = app.settings.production
    server = Server(app, proxies=app.settings.proxies, ready=serves, leave=leave, secure=secure, doors=app.doors, parent=parent)

    def stop(*_: object) -> None:
        """Stop in order: told so before the server listens for itself, or by the server once all is closed."""
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    server.run([taken])
