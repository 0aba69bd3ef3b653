"""Classes, a store and surfaces become one ASGI app; what starts first stops last.

The one place that knows everyone.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import kingpost
from kingpost.builtin.accounts.operations import LOGIN
from kingpost.call import Call
from kingpost.check import check
from kingpost.contract.model import Contract
from kingpost.declare.build import Built, build
from kingpost.declare.operation import Style
from kingpost.declare.resource import Account, Budget, Resource
from kingpost.declare.source import Mistake, Mistakes, Source
from kingpost.engine.engine import Engine
from kingpost.engine.faults import Faults, aloud
from kingpost.engine.limits import Limits
from kingpost.engine.metrics import metrics
from kingpost.engine.observe import Tracer
from kingpost.engine.run import run
from kingpost.mount import Asgi, Mounts, misplaced, pass_on
from kingpost.settings import POSTGRES, Settings, Unsafe, read
from kingpost.store.protocol import Store
from kingpost.store.sqlite.connect import SqliteStore
from kingpost.surface.rest.routes import Routes, clashes
from kingpost.surface.rest.serve import DOCUMENT, PAGES, Edge, Message, Receive, Rest, Send
from kingpost.surface.rest.watch import PATHS, Note, Watch


class Teller(Tracer, Protocol):
    """Tells a collector of calls, in spans that a surface may open for them."""

    def span(self, call: Call) -> AbstractContextManager[Note]:
        """Open the span of a call."""

    def stop(self) -> None:
        """Tell what is not told yet."""


def teller(endpoint: str, service: str, release: str) -> Teller:
    """Load what tells a collector of calls, which is an extra; raises `Unsafe` where it is not installed."""
    try:
        from kingpost.telemetry import telemetry  # noqa: PLC0415  # an extra that nobody else pays for
    except ModuleNotFoundError as error:
        raise Unsafe("OTEL_EXPORTER_OTLP_ENDPOINT is set, and OpenTelemetry is missing: pip install kingpost[otel]") from error
    return telemetry(endpoint, service, release)


def opened(contract: Contract, settings: Settings) -> Store:
    """Open the store that the settings name; raises `Unsafe` where what it needs is not installed."""
    if not settings.database.startswith(POSTGRES):
        return SqliteStore(contract, settings.database)
    try:
        from kingpost.store.postgres.connect import PostgresStore  # noqa: PLC0415  # an extra, loaded for who asks for it
    except ModuleNotFoundError as error:
        raise Unsafe("The settings name PostgreSQL, and asyncpg is missing: pip install kingpost[postgres]") from error
    return PostgresStore(
        contract,
        settings.database,
        settings.connections,
        pooled=settings.pooled,
        temporary=settings.temporary,
        replica=settings.replica,
    )


@dataclass(frozen=True)
class Running:
    """An app that was opened: its engine, and what speaks for it."""

    engine: Engine
    rest: Rest
    mounts: Mounts
    teller: Teller | None = None

    async def begin(self) -> None:
        """Start what is mounted; raises `RuntimeError` where it can not start."""
        await self.mounts.start()

    async def serve(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request or a websocket, or have what is mounted there do so (ASGI 3)."""
        mounted = self.mounts.find(scope)
        if mounted is not None and (mounted.root or not self.rest.answers(scope)):
            await pass_on(mounted, scope, receive, send, lambda: self.rest.broke(scope, receive, send))
        elif scope["type"] == "http":
            await self.rest.serve(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def leave(self) -> None:
        """Say from now on that no more calls should come, and go on answering those that do."""
        self.engine.leaving = True

    async def stop(self) -> None:
        """Finish what was begun, close the store and tell what is not told yet."""
        self.leave()
        await self.mounts.stop()
        self.engine.identity.passwords.threads.shutdown(wait=True)
        await self.engine.database.stop()
        if self.teller is not None:
            await asyncio.to_thread(self.teller.stop)


class App:
    """A backend: what its classes declare, served as an ASGI 3 application."""

    def __init__(
        self,
        *given: type[Resource] | Callable[..., Awaitable[object]],
        title: str = "API",
        version: str = "1.0.0",
        base: str = "/api/v1",
        budget: Budget | None = None,
        description: str = "",
        style: Style | None = None,
    ) -> None:
        """Build the contract; nothing is opened until the app starts.

        Args:
            given: The resources, and the operations that stand beside them.
            title: The API's name.
            version: The API's version.
            base: The path before every other.
            budget: How often one client may call, a hundred times in fifteen minutes unless this says otherwise; a resource
                with a budget of its own counts apart.
            description: What the API is for, in Markdown; it opens the documentation.
            style: How answers are dressed, where an operation has no style of its own.

        Raises:
            Mistakes: Something is wrong with the declarations; it says everything that is.
        """
        offered = (
            [LOGIN]
            if any(isinstance(each, type) and issubclass(each, Account) and each.declared_served for each in given)
            else []
        )
        self.built: Built = build(given, title, version, offered, spending=budget, description=description, style=style)
        self.base = base
        findings = [
            Mistake(self.built.place(finding.subject), finding.subject, finding.problem, finding.remedy)
            for finding in check(self.built.contract)
        ]
        if base and (base[0] != "/" or base[-1] == "/"):
            remedy = f'Write base="/{base.strip("/")}"' if base.strip("/") else 'Write base="" for no path before the others'
            findings.append(Mistake(Source().caller(), "App.base", f'base="{base}" is no path', remedy))
        findings += [
            Mistake(self.built.place(other), other, f"{first} answers {asked} already", "Write another path")
            for first, other, asked in clashes(self.built.contract)
        ]
        if findings:
            raise Mistakes(findings)
        self.settings: Settings | None = None
        self.limits: Limits | None = None
        self.journal: Callable[[str], object] | None = None
        self.running: Running | None = None
        self.mounted: dict[str, Asgi] = {}

    @property
    def contract(self) -> Contract:
        """What may be asked of this app."""
        return self.built.contract

    @property
    def doors(self) -> list[str]:
        """The paths at which people sign in."""
        return [f"{self.base}{LOGIN.operation.path}"] if LOGIN.operation.name in self.contract.operation else []

    def mount(self, prefix: str, app: Asgi) -> None:
        """Have another ASGI app answer all that is at or below a path: requests and websockets, from startup to shutdown.

        It shares nothing with this app but the process. What this app does for its own answers is not done for the other's:
        rules, budgets, headers, the limit of a body. Longer prefixes come first.

        Args:
            prefix: Where, such as `/legacy`; `/` for all that nothing else answers.
            app: The app. It sees the whole path, and the prefix as `root_path`.

        Raises:
            Mistakes: It is no path, or this app's own paths are there.
        """
        paths = [self.base] if self.base else [each.template for each in Routes(self.contract, "").all()]
        own = [DOCUMENT, *PAGES, *PATHS, *paths]
        wrong = ("the app has started", "Mount where the app is made") if self.running else misplaced(prefix, own, self.mounted)
        if wrong is not None:
            raise Mistakes([Mistake(Source().caller(), f'app.mount("{prefix}")', *wrong)])
        self.mounted[prefix] = app

    def open(self, settings: Settings, clock: Callable[[], float] = time.time) -> "Running":
        """Open a store and lay out surfaces that share nothing with any other opening of this app.

        Args:
            settings: What the environment decides.
            clock: Gives the seconds since 1970.

        Returns:
            The running app, which whoever opened it stops.

        Raises:
            OtherContract: The database was made for another app.
            Unsafe: A collector is to be told, and what tells it is not installed.
        """
        told = teller(settings.telemetry, self.contract.title, self.contract.version) if settings.telemetry else None
        store = opened(self.contract, settings)
        engine = Engine(
            self.contract,
            self.built.code,
            store,
            settings.secret,
            clock,
            limits=self.limits,
            timed=not settings.production,
            tracer=told,
            faults=None if settings.production else Faults(self.contract, self.built.code, aloud),
            classes=self.built.classes,
            journal=self.journal,
        )

        async def ready() -> bool:
            return not engine.leaving and await store.healthy()

        watch = Watch(
            ready,
            lambda: metrics(engine, kingpost.__version__),
            lambda status: engine.meter.respond("rest", status),
            settings.metrics_token,
            settings.production,
            told.span if told else None,
        )
        edge = Edge(settings.origins, settings.proxies, settings.production)
        rest = Rest(
            self.contract, partial(run, engine), self.base, edge, watch=watch, errors=self.built.code, faults=engine.explain
        )
        return Running(engine, rest, Mounts(self.mounted), told)

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

    def share(self) -> None:
        """Let the processes that are forked from now on count together what each client may still ask."""
        self.settings = self.settings or read()
        self.limits = Limits(self.settings.secret, time.time, shared=True)

    def leave(self) -> None:
        """Say from now on that no more calls should come, and go on answering those that do."""
        if self.running is not None:
            self.running.leave()

    async def stop(self) -> None:
        """Finish what was begun and close the store."""
        if self.running is not None:
            running, self.running = self.running, None
            await running.stop()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection's worth (ASGI 3)."""
        if scope["type"] == "lifespan":
            await self.live(receive, send)
        elif scope["type"] in ("http", "websocket"):
            await self.start().serve(scope, receive, send)

    async def live(self, receive: Receive, send: Send) -> None:
        """Start and stop with the server."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self.start().begin()
                except Exception as error:
                    await self.stop()
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    raise
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return
