"""Classes, a store and surfaces become one ASGI app; what starts first stops last.

The one place that knows everyone.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from kingpost.builtin.accounts.operations import LOGIN
from kingpost.call import Call, Failure, Result
from kingpost.check import check
from kingpost.contract.model import Contract
from kingpost.declare.build import Built, build
from kingpost.declare.resource import Resource
from kingpost.declare.source import Mistake, Mistakes
from kingpost.engine.engine import Engine
from kingpost.engine.run import run
from kingpost.settings import Settings, read
from kingpost.store.sqlite.connect import SqliteStore
from kingpost.surface.rest.serve import Message, Receive, Rest, Send


@dataclass(frozen=True)
class Running:
    """An app that was opened: its engine, and what speaks for it."""

    engine: Engine
    rest: Rest

    async def stop(self) -> None:
        """Finish what was begun and close the store."""
        self.engine.identity.passwords.threads.shutdown(wait=True)
        await self.engine.store.stop()


class App:
    """A backend: what its classes declare, served as an ASGI 3 application."""

    def __init__(self, *classes: type[Resource], title: str = "API", version: str = "1.0.0", base: str = "/api/v1") -> None:
        """Build the contract; nothing is opened until the app starts.

        Args:
            classes: The resources.
            title: The API's name.
            version: The API's version.
            base: The path before every other.

        Raises:
            Mistakes: Something is wrong with the declarations; it says everything that is.
        """
        account = any(hasattr(cls, "password") for cls in classes)
        self.built: Built = build(classes, title, version, [LOGIN] if account else [])
        self.base = base
        findings = [
            Mistake(self.built.place(finding.subject), finding.subject, finding.problem, finding.remedy)
            for finding in check(self.built.contract)
        ]
        if findings:
            raise Mistakes(findings)
        self.settings: Settings | None = None
        self.running: Running | None = None

    @property
    def contract(self) -> Contract:
        """What may be asked of this app."""
        return self.built.contract

    def open(self, settings: Settings, clock: Callable[[], float] = time.time) -> "Running":
        """Open a store and lay out surfaces that share nothing with any other opening of this app.

        Args:
            settings: What the environment decides.
            clock: Gives the seconds since 1970.

        Returns:
            The running app, which whoever opened it stops.

        Raises:
            OtherContract: The database was made for another app.
        """
        store = SqliteStore(self.contract, settings.database)
        engine = Engine(self.contract, self.built.code, store, settings.secret, clock)

        async def door(call: Call) -> Result | Failure:
            return await run(engine, call)

        return Running(engine, Rest(self.contract, door, self.base))

    def start(self) -> "Running":
        """Open what this app itself serves from, with its settings or those of the environment; once.

        Returns:
            The running app.

        Raises:
            Unsafe: The environment is not safe to serve with.
            OtherContract: The database was made for another app.
        """
        if self.running is None:
            self.running = self.open(self.settings or read())
        return self.running

    async def stop(self) -> None:
        """Finish what was begun and close the store."""
        if self.running is not None:
            running, self.running = self.running, None
            await running.stop()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection's worth (ASGI 3)."""
        if scope["type"] == "http":
            await self.start().rest.serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self.live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})

    async def live(self, receive: Receive, send: Send) -> None:
        """Start and stop with the server."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    self.start()
                except Exception as error:
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    raise
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return
