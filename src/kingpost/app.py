"""Classes, a store and surfaces become one ASGI app; what starts first stops last.

The one place that knows everyone.
"""

from collections.abc import Callable

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
            Mistake(self.built.places[finding.resource], finding.subject, finding.problem, finding.remedy)
            for finding in check(self.built.contract)
        ]
        if findings:
            raise Mistakes(findings)
        self.settings: Settings | None = None
        self.engine: Engine | None = None
        self.rest: Rest | None = None

    @property
    def contract(self) -> Contract:
        """What may be asked of this app."""
        return self.built.contract

    def start(self, settings: Settings | None = None, clock: Callable[[], float] | None = None) -> Engine:
        """Open the store and lay out the surfaces.

        Args:
            settings: What the environment decides; read from it when left out.
            clock: Gives the seconds since 1970; the computer's own when left out.

        Returns:
            The engine.

        Raises:
            Unsafe: The environment is not safe to serve with.
            OtherContract: The database was made for another app.
        """
        chosen = settings or self.settings or read()
        store = SqliteStore(self.contract, chosen.database)
        engine = Engine(self.contract, self.built.code, store, chosen.secret, *([clock] if clock else []))

        async def door(call: Call) -> Result | Failure:
            return await run(engine, call)

        self.engine, self.rest = engine, Rest(self.contract, door, self.base)
        return engine

    async def stop(self) -> None:
        """Finish what was begun and close the store."""
        if self.engine is not None:
            engine, self.engine, self.rest = self.engine, None, None
            engine.identity.passwords.threads.shutdown(wait=True)
            await engine.store.stop()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection's worth (ASGI 3)."""
        if scope["type"] == "http":
            if self.rest is None:
                self.start()
            assert self.rest is not None
            await self.rest.serve(scope, receive, send)
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
                    if self.engine is None:
                        self.start()
                except Exception as error:
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    raise
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return
