"""One connection, from its first byte to its last.

Takes exchanges from its reading half, gives them to the app in order, and ends when it is time: every request has a deadline
for its head and for its body, every answer one for being read. Stands on the reading half, and through it on uvicorn.
"""

import asyncio
import logging
import socket
import struct

from kingpost.server.admission import HEALTH
from kingpost.server.exchange import Exchange, Unframed
from kingpost.server.reading import BODY, HEAD, IDLE, NEVER, OVER, SOON, Reader
from kingpost.server.refusals import LATE, Fault, late, new_id, render

AT_ONCE = struct.pack("ii", 1, 0)
logger = logging.getLogger("kingpost.server")


class Connection(Reader):
    """One client's connection.

    `network` is whom it is counted for, `unread` since when the client reads nothing while `left` bytes wait for it; the
    `farewell` is said once all that was asked before is answered.
    """

    network: str | None = None
    unread = 0.0
    left = 0
    farewell: Fault | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Take a client in, if there is room."""
        super().connection_made(transport)
        self.write = transport.write  # type: ignore[method-assign]  # the straight way, as it is gone for every answer
        self.due = self.loop.time() + self.bounds.head
        self.network = self.shared.addresses.add(self.client[0] if self.client else "")
        if self.network is None:
            self.abort("connections")

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of everything."""
        self.phase, self.due, self.deaf = OVER, NEVER, True
        self.shared.stalled.discard(self)
        if self.network is not None:
            self.shared.addresses.remove(self.network)
            self.network = None
        if self.active is not None and not self.active.response_complete:
            self.active.vanish()
        self.waiting.clear()
        super().connection_lost(exc)

    def abort(self, why: str) -> None:
        """End at once, and count why; the kernel keeps nothing for the client either."""
        self.shared.tally[why] += 1
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self.phase, self.due, self.deaf = OVER, NEVER, True
        self.transport.abort()

    def is_closing(self) -> bool:
        """Whether nothing more is to be written."""
        return self.phase == OVER or self.transport.is_closing()

    def close(self) -> None:
        """End once what was written is read.

        If the client is still sending, what it has not read of the answer would be lost with a plain close, so only our half is
        closed, and the rest of what it sends goes nowhere for a while (RFC 9112, section 9.6).
        """
        if self.phase == OVER:
            return
        if isinstance(self.active, Unframed) and self.active.cut:
            self.abort("cut")
            return
        whole, self.phase, self.deaf = self.phase == IDLE, OVER, True
        self.since = self.loop.time()
        self.due = self.since + self.bounds.linger
        if whole or not self.transport.can_write_eof():
            self.transport.close()
        elif not self.transport.is_closing():
            self.flow.resume_reading()
            self.transport.write_eof()

    def shutdown(self) -> None:
        """Let the server stop: answer what has been asked, or is being asked just now, and close."""
        last = self.reading if self.phase == BODY else self.waiting[-1] if self.waiting else self.active
        if last is not None:
            last.keep_alive = False
        elif self.phase == IDLE:
            self.due = self.loop.time() + self.bounds.leave

    def overdue(self, now: float) -> None:
        """Do what is to be done when the time is up, or begin to count it."""
        if self.due == SOON:
            self.since, self.due = now, now + (self.bounds.idle, self.bounds.head, self.bounds.grace)[self.phase]
        elif self.phase == IDLE:
            self.close()
        elif self.phase == HEAD:
            self.refuse(late())
        elif self.phase == BODY:
            self.judge(now)
        elif self.transport.get_write_buffer_size() and now < self.since + self.bounds.unread:
            self.due = self.since + self.bounds.unread
        else:
            self.transport.abort()

    def judge(self, now: float) -> None:
        """See whether a body comes as fast as it must; while we are who does not read, the clock stands still."""
        self.due = now + 1
        if self.flow.read_paused:
            self.since += 1
            return
        taken = now - self.since
        if taken >= self.bounds.body or self.length < self.bounds.pace * (taken - self.bounds.grace):
            self.refuse(late())

    def pause_writing(self) -> None:
        """Note that the client does not read; what waits for it to do so is not under way."""
        super().pause_writing()
        self.unread, self.left = self.loop.time(), self.transport.get_write_buffer_size()
        self.shared.stalled.add(self)
        if self.active is not None:
            self.active.stall()

    def resume_writing(self) -> None:
        """Go on with an answer that is being read again."""
        super().resume_writing()
        self.shared.stalled.discard(self)
        if self.active is not None:
            self.active.resume()

    def held(self, now: float) -> int:
        """Give how many bytes wait for the client, after giving up on one who has read next to nothing for too long."""
        size: int = self.transport.get_write_buffer_size()
        if now - self.unread >= self.bounds.unread:
            if self.left - size < self.bounds.unread * self.bounds.pace:
                self.abort("unread")
                return 0
            self.unread, self.left = now, size
        return size

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn always lets the transport close
        """Answer a client that has said all it will say and still listens; give whether to keep our half open."""
        self.deaf = True
        return self.phase == IDLE and self.active is not None and not self.active.response_started

    def hand_on(self, exchange: Exchange) -> None:
        """Have a request answered, after those that came before it on this connection."""
        exchange.handed, exchange.early = True, self.phase == BODY
        if self.active is None:
            self.take(exchange)
        else:
            self.flow.pause_reading()
            self.waiting.append(exchange)

    def take(self, exchange: Exchange) -> None:
        """Have a request answered now, by the app or, if there is too much to do, by what is written already."""
        self.active = exchange
        if self.shared.admission.offer(exchange, self.loop, exchange.other or self.app):
            return
        exchange.response_complete = True
        self.decline(exchange.keep_alive and self.phase != BODY, exchange.scope["method"] == "HEAD")
        self.on_response_complete()

    def turned_away(self, method: bytes, path: bytes, keep: bool) -> bool:
        """Answer a request without a body at once, if that is allowed, with what is written already; give whether it was."""
        if self.active is not None or path.startswith(HEALTH):
            return False
        self.decline(keep, method == b"HEAD")
        if keep:
            self.phase, self.due = IDLE, SOON
        return True

    def decline(self, keep: bool, bare: bool) -> None:
        """Say that there is too much to do already."""
        self.shared.tally["busy"] += 1
        self.write(self.shared.busy.answer(keep, bare))
        if not keep:
            self.close()

    def on_response_complete(self) -> None:
        """Go on with the next request."""
        self.shared.total_requests += 1
        self.active = None
        if self.phase == OVER:
            return
        self.flow.resume_reading()
        if self.waiting:
            self.take(self.waiting.popleft())
        elif self.farewell is not None:
            self.say(self.farewell)
        elif self.deaf:
            self.close()
        elif self.phase == IDLE:
            self.rest()

    def rest(self) -> None:
        """Wait for another request, for a while."""
        self.due = SOON
        if self.deaf or self.shared.leaving:
            self.close()

    def refuse(self, fault: Fault) -> None:
        """Refuse what is being read, and never read again."""
        broken = self.reading if self.phase == BODY else None
        if broken is not None and broken.response_started:
            self.close() if broken.response_complete else self.abort("broken")
            return
        if broken is not None and broken.handed:
            broken.vanish()
            if broken is self.active:
                self.active = None
            else:
                self.waiting.remove(broken)
        self.deaf, self.due = True, NEVER
        if self.active is None:
            self.say(fault)
        else:
            self.farewell = fault

    def say(self, fault: Fault) -> None:
        """Refuse, as the last thing on this connection."""
        identity = new_id()
        if fault.status == LATE:  # of these there may be many, each with nothing to look for
            self.shared.tally["late"] += 1
        else:
            logger.warning("refused %s: %d %s", identity, fault.status, fault.code)
        bare = self.parser.get_method() == b"HEAD"
        self.write(render(fault, identity, self.shared.beside, bare))
        self.close()
