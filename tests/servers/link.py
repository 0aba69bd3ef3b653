"""What stands between a client and a server: passes bytes on, until it is told to hold or to cut them.

It runs in a thread of its own, so that it stands between processes as well as within one.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.servers.postgres import free_port


class Link:
    """A port that leads to another, and what the client has said on each connection."""

    def __init__(self, target: int) -> None:
        self.target, self.port = target, free_port()
        self.sent: list[bytearray] = []
        self.word = b""
        self.cuts = 0
        self.deaf = False
        self.open = threading.Event()
        self.open.set()
        self.loop = asyncio.new_event_loop()
        self.tasks: set[asyncio.Task[None]] = set()

    async def pair(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what comes on one connection."""
        self.sent.append(said := bytearray())
        task, before = asyncio.current_task(), None
        assert task is not None
        self.tasks.add(task)
        try:
            if self.deaf:
                await asyncio.Event().wait()
            behind, before = await asyncio.open_connection("127.0.0.1", self.target)
            async with asyncio.TaskGroup() as both:
                both.create_task(self.there(reader, before, writer, said))
                both.create_task(self.back(behind, writer, before))
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            pass  # one of both has gone, or all is over
        finally:
            self.tasks.discard(task)
            for each in (writer, before):
                if each is not None:
                    each.transport.abort()

    async def there(
        self, reader: asyncio.StreamReader, before: asyncio.StreamWriter, writer: asyncio.StreamWriter, said: bytearray
    ) -> None:
        """Pass on what the client says; cut its connection once the word has been said, so that it never hears the answer."""
        while data := await reader.read(65_536):
            said += data
            before.write(data)
            if self.word and self.word in data:
                self.word, self.cuts = b"", self.cuts + 1
                writer.transport.abort()
                await before.drain()
                await asyncio.sleep(0.2)  # the server is not to notice before it has done what it was told
        before.close()

    async def back(self, behind: asyncio.StreamReader, writer: asyncio.StreamWriter, before: asyncio.StreamWriter) -> None:
        """Pass on what the server says, unless it is held up."""
        while data := await behind.read(65_536):
            while not self.open.is_set():  # noqa: ASYNC110  # it is set in another thread
                await asyncio.sleep(0.01)
            writer.write(data)
        writer.close()

    def run(self, ready: threading.Event) -> None:
        """Pass on until told to stop."""
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.pair, "127.0.0.1", self.port))
        ready.set()
        self.loop.run_forever()
        server.close()
        for task in self.tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            self.loop.run_until_complete(asyncio.gather(*self.tasks, return_exceptions=True))
        self.loop.run_until_complete(asyncio.sleep(0))  # aborted transports are closed in the next turn
        self.loop.close()


@contextmanager
def linked(target: int) -> Iterator[Link]:
    """Stand before a port for a while."""
    link, ready = Link(target), threading.Event()
    thread = threading.Thread(target=link.run, args=(ready,), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield link
    finally:
        link.open.set()
        link.loop.call_soon_threadsafe(link.loop.stop)
        thread.join(10)
        assert not thread.is_alive()
