"""`kingpost shell`: an app, its rows and its requests, asked by hand in Python.

Stands on the app and the engine.
"""

import ast
import asyncio
import code
import json
import sys
import types
from contextlib import suppress
from typing import Any
from urllib.parse import quote, unquote

import click

from kingpost.app import App
from kingpost.call import Actor, Call
from kingpost.cli import say
from kingpost.cli.load import loaded, start, usual
from kingpost.contract.model import Contract
from kingpost.contract.scalars import fold
from kingpost.engine.context import Context
from kingpost.engine.engine import Engine
from kingpost.engine.failures import REFUSALS, failure
from kingpost.engine.run import answer
from kingpost.surface.rest.serve import INSIDE, Message
from kingpost.testing import Answer


class Console(code.InteractiveConsole):
    """A console in which one may await."""

    def __init__(self, names: dict[str, Any], loop: asyncio.AbstractEventLoop, contract: Contract) -> None:
        """Begin with names, a loop to wait on, and the contract in whose words a refusal is told."""
        super().__init__(names)
        self.loop, self.contract = loop, contract
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

    def runcode(self, code: types.CodeType) -> None:
        """Run one statement, and wait for what it waits for."""
        try:
            made = types.FunctionType(code, self.locals)()
            if asyncio.iscoroutine(made):
                self.loop.run_until_complete(made)
        except SystemExit:
            raise
        except REFUSALS as refusal:
            failed = failure(self.contract, refusal)
            self.write(f"{type(refusal).__name__}: {failed.message}\n")
            self.write("".join(f"  {detail.field}: {detail.message}\n" for detail in failed.details))
        except BaseException:
            self.showtraceback()


class Asker:
    """Makes requests of the app on its own database; `token` says as whom."""

    def __init__(self, app: App, loop: asyncio.AbstractEventLoop, token: str) -> None:
        """Ask an app that has started."""
        self.app, self.loop, self.token = app, loop, token

    def get(self, url: str) -> Answer:
        """Ask with GET."""
        return self.request("GET", url)

    def post(self, url: str, body: object = None) -> Answer:
        """Send with POST."""
        return self.request("POST", url, body)

    def put(self, url: str, body: object = None) -> Answer:
        """Send with PUT."""
        return self.request("PUT", url, body)

    def patch(self, url: str, body: object = None) -> Answer:
        """Send with PATCH."""
        return self.request("PATCH", url, body)

    def delete(self, url: str) -> Answer:
        """Ask with DELETE."""
        return self.request("DELETE", url)

    def request(self, method: str, url: str, body: object = None, **headers: str) -> Answer:
        """Make a request, with a body as JSON; in headers `_` stands for `-`."""
        raw = b"" if body is None else json.dumps(body).encode()
        sent = {"host": "shell"} | ({"content-type": "application/json"} if raw else {})
        sent |= {"authorization": f"Bearer {self.token}"} if self.token else {}
        sent |= {name.lower().replace("_", "-"): text for name, text in headers.items()}
        path, _, query = url.partition("?")
        scope: Message = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": unquote(path), "raw_path": quote(path, safe="/%:@!$&'()*+,;=~-._").encode(), "query_string": query.encode(),
            "headers": [(name.encode(), text.encode("latin-1")) for name, text in sent.items()], "server": ("shell", 80),
            "extensions": {INSIDE: {}},
        }  # fmt: skip
        return self.loop.run_until_complete(self.exchange(scope, raw))

    async def exchange(self, scope: Message, raw: bytes) -> Answer:
        """Hand one request to the app and gather what it sends."""
        sent: list[Message] = []
        bodies = [raw]

        async def receive() -> Message:
            if not bodies:
                await self.loop.create_future()  # whoever asks here does not go away before the answer
            return {"type": "http.request", "body": bodies.pop(), "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        headers = {name.decode(): text.decode("latin-1") for name, text in sent[0]["headers"]}
        return Answer(sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))


@click.command()
@say.app
@click.option(
    "--as", "email", default="", metavar="EMAIL", help="Whose rights context and client have; an admin's when left out."
)
def shell(path: str, email: str) -> None:
    """Talk to an app in Python, on its own database.

    There are app, context (its rows and operations: await context.users.list()), client (requests: client.get("/api/v1/users"))
    and the app's own classes.
    """
    app = loaded(path)
    app.settings = usual()
    engine = start(app).engine
    loop = asyncio.new_event_loop()
    try:
        actor, token = loop.run_until_complete(known(engine, email)) if email else (Actor(signed_in=True, admin=True), "")
        context = Context(engine, actor, Call(""), answer)
        classes = {cls.__name__: cls for cls in app.built.classes}
        names = {"app": app, "context": context, "client": Asker(app, loop, token), **classes}
        with suppress(ImportError):
            import readline  # noqa: F401  # its presence gives the console a history and keys that edit

        whom = f"as {email}" if email else "context as an admin, client as no one"
        database = app.settings.place
        banner = f"{app.contract.title} on {database}, {whom}. There are {', '.join(names)}; one may await. Ctrl-D ends it."
        sys.ps1, sys.ps2 = ">>> ", "... "
        with suppress(SystemExit):
            Console({"__name__": "__console__", **names}, loop, app.contract).interact(banner, exitmsg="")
    finally:
        loop.run_until_complete(app.stop())
        loop.close()


async def known(engine: Engine, email: str) -> tuple[Actor, str]:
    """Give the actor of an account and an access token of its own, or say that there is none."""
    identity = engine.identity
    if engine.contract.account is None:
        say.fail("This app has no accounts: leave --as out")
    row = None
    with suppress(UnicodeError):  # no account has an address that is none
        row = await identity.find(identity.by_email, {"email": fold(email)})
    if row is None:
        say.fail(f"There is no account {email}. Make it first: kingpost user create {email}")
    return Actor(row[0], True, row[2] == 1), identity.token(row[0], row[1])
