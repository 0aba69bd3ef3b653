"""Other ASGI apps beside our own surface: which a path leads to, when they start and stop, what is said when one breaks.

Takes apps by prefix, hands them what they are sent as ASGI 3 says: `path` stays whole, `root_path` grows by the prefix. What
our surface does for its own answers is not done for theirs: no budget, no headers, no limit of a body. Stands on the surface.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any, TypeAlias

from kingpost.engine.observe import cause
from kingpost.surface.rest.serve import Message, Receive, Send

Asgi: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

PREFIX = re.compile(r"/|(/[A-Za-z0-9_.~-]+)+")
CLOSED = 1011
"""How a websocket ends whose app broke (RFC 6455, section 7.4.1)."""
logger = logging.getLogger("kingpost.mount")


class Mounted:
    """An app at a prefix, `/` for what nothing else answers, and its life from startup to shutdown."""

    def __init__(self, prefix: str, app: Asgi) -> None:
        """Hold an app that has not started."""
        self.prefix, self.app = prefix, app
        self.root = prefix.rstrip("/")
        self.state: dict[str, Any] = {}
        self.asked: asyncio.Queue[Message] = asyncio.Queue()
        self.told: asyncio.Queue[Message] = asyncio.Queue()
        self.life: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the app; one that knows no lifespan has nothing to start.

        Raises:
            RuntimeError: It says that it can not start.
        """
        self.life = asyncio.create_task(self.live())
        told = await self.tell("lifespan.startup")
        if told.get("type") == "lifespan.startup.failed":
            await self.end()
            raise RuntimeError(f"What is mounted at {self.prefix} could not start: {told.get('message', '')}")

    async def stop(self) -> None:
        """Stop the app, if it is one that can be stopped."""
        if self.life is None or self.life.done():
            return
        told = await self.tell("lifespan.shutdown")
        if told.get("type") == "lifespan.shutdown.failed":
            logger.error("what is mounted at %s could not stop", self.prefix)
        await self.end()

    async def end(self) -> None:
        """End a life in which all is said."""
        if self.life is not None:
            self.life.cancel()
            await asyncio.wait([self.life])

    async def tell(self, what: str) -> Message:
        """Tell the app what time it is, and give what it says to that; nothing from one that is at its end."""
        assert self.life is not None
        self.asked.put_nowait({"type": what})
        said = asyncio.ensure_future(self.told.get())
        await asyncio.wait([said, self.life], return_when=asyncio.FIRST_COMPLETED)
        if said.done() or not self.told.empty():
            return await said
        said.cancel()
        return {}

    async def live(self) -> None:
        """Let the app live; an error before it has said anything means that it knows no lifespan (ASGI, Lifespan Protocol)."""
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        try:
            await self.app(scope, self.asked.get, self.told.put)
        except Exception as error:
            logger.info("the lifespan of what is mounted at %s ended: %s", self.prefix, cause(error))


class Mounts:
    """All that is mounted in one opening of an app."""

    def __init__(self, apps: Mapping[str, Asgi]) -> None:
        """Mount apps by their prefixes."""
        self.mounted = [Mounted(prefix, apps[prefix]) for prefix in sorted(apps, key=len, reverse=True)]
        self.begun: list[Mounted] = []

    def find(self, scope: Message) -> Mounted | None:
        """Give what a request leads to, the longest prefix first; whoever has `/` has everything."""
        if not self.mounted:
            return None
        path = route(scope)
        return next((each for each in self.mounted if below(path, each.root)), None)

    async def start(self) -> None:
        """Start every app, once; raises `RuntimeError` where one can not start, after those before it have stopped."""
        try:
            for each in [each for each in self.mounted if each not in self.begun]:
                await each.start()
                self.begun.append(each)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop what has started, what started last first."""
        while self.begun:
            await self.begun.pop().stop()


def misplaced(prefix: str, own: Iterable[str], mounted: Collection[str]) -> tuple[str, str] | None:
    """Say what is wrong with a prefix, and what to do instead; None where nothing is.

    Args:
        prefix: Where an app is to be.
        own: The paths that are answered already, with the names in them in braces.
        mounted: The prefixes at which something is mounted.

    Returns:
        The problem and its remedy.
    """
    if not PREFIX.fullmatch(prefix):
        return f'"{prefix}" is no path', 'Write "/legacy", say, without a slash at its end'
    if prefix in mounted:
        return f"something is mounted at {prefix} already", "Mount each app somewhere else"
    taken = next((each for each in own if prefix != "/" and (below(each, prefix) or below(prefix, each))), None)
    return None if taken is None else (f"this app answers at {taken} itself", "Mount it somewhere else")


def below(path: str, prefix: str) -> bool:
    """Whether a path is a prefix, or continues it by whole parts."""
    return path == prefix or path.startswith(f"{prefix}/")


def route(scope: Message) -> str:
    """Give the path below what a server already keeps before us (ASGI: `path` begins with `root_path`)."""
    path, root = str(scope["path"]), str(scope.get("root_path", "")).rstrip("/")
    return path[len(root) :] if below(path, root) else path


async def pass_on(mounted: Mounted, scope: Message, receive: Receive, send: Send, broke: Callable[[], Awaitable[None]]) -> None:
    """Hand a request or a websocket to what is mounted there.

    Args:
        mounted: The app.
        scope: The request.
        receive: Gives what the client sends.
        send: Takes what the client is sent.
        broke: Answers for an app that broke before it had said anything.

    Raises:
        Exception: What broke the app after it had begun to answer, so that the server cuts the answer off.
    """
    began = over = False

    async def hearing() -> Message:
        nonlocal over
        message = await receive()
        over = over or message["type"] == "websocket.disconnect"
        return message

    async def saying(message: Message) -> None:
        nonlocal began, over
        began, over = True, over or last(message)
        await send(message)

    inner = {**scope, "root_path": str(scope.get("root_path", "")).rstrip("/") + mounted.root, "state": dict(mounted.state)}
    try:
        await mounted.app(inner, hearing, saying)
    except Exception as error:
        logger.error("what is mounted at %s broke: %s", mounted.prefix, cause(error))
        if not began and scope["type"] == "http":
            await broke()
        elif not over and scope["type"] == "http":
            raise
        elif not over:
            await send({"type": "websocket.close", "code": CLOSED})


def last(message: Message) -> bool:
    """Whether nothing comes after a message."""
    whole = message["type"] in ("http.response.body", "websocket.http.response.body") and not message.get("more_body")
    return whole or message["type"] == "websocket.close"
