"""Several processes that serve one socket, and the one that looks after them.

Takes what a worker does, gives an exit status when all have ended. The app is loaded before the first worker is made, so that
they share its memory; nothing that is open is shared but the socket. Stands on nothing.
"""

import logging
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

if sys.platform != "win32":
    ENDING = (signal.SIGTERM, signal.SIGINT)
    HEARD = (*ENDING, signal.SIGHUP, signal.SIGCHLD)
LEAST_WAIT, MOST_WAIT = 0.1, 10.0
STEADY = 10.0
"""A worker that has lived this long did not die of how it was started."""
SLOWEST_START = 60.0
logger = logging.getLogger("kingpost.server")


@dataclass(frozen=True)
class Worker:
    """A process that serves: its id, when it was made, and where it says that it is ready."""

    process: int
    made: float
    pipe: int


class Workers:
    """Keeps a number of workers alive, replaces them one after another, and ends them together."""

    def __init__(self, count: int, serve: Callable[[Callable[[], object]], None], patience: float) -> None:
        """Prepare; nothing is started.

        Args:
            count: How many there are.
            serve: What a worker does until it is told to stop; it calls what it is given once it serves.
            patience: How many seconds a worker has to finish.
        """
        self.count, self.serve, self.patience = count, serve, patience
        self.workers: dict[int, Worker] = {}
        self.wait, self.after = 0.0, 0.0
        self.ears, self.mouth = socket.socketpair()
        self.mouth.setblocking(False)

    def run(self, ready: Callable[[], object]) -> int:
        """Keep the workers until told to stop: by SIGTERM or SIGINT; SIGHUP replaces them.

        Args:
            ready: Is called once every worker serves.

        Returns:
            The exit status: 0, or that of a worker which could not start.
        """
        for number in HEARD:
            signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(self.mouth.fileno())
        for _ in range(self.count):
            worker = self.make()
            if not self.serving(worker):
                status = self.end(worker)
                self.stop()
                return status or 1
        ready()
        while True:
            missing = len(self.workers) < self.count
            heard = self.listen(max(0.0, self.after - time.monotonic()) if missing else MOST_WAIT)
            if heard & set(ENDING):
                return self.stop()
            self.mend()
            if signal.SIGHUP in heard:
                self.replace()

    def listen(self, patience: float) -> set[int]:
        """Give the signals that have come, or none after a while."""
        ready, _, _ = select.select([self.ears], [], [], patience)
        return set(self.ears.recv(1_024)) if ready else set()

    def make(self) -> Worker:
        """Make a worker."""
        receiving, sending = os.pipe()
        sys.stdout.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)  # or a signal for the new one might be heard by the old
        process = os.fork()
        if process == 0:
            self.work(receiving, sending)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
        os.close(sending)
        worker = self.workers[process] = Worker(process, time.monotonic(), receiving)
        return worker

    def work(self, receiving: int, sending: int) -> NoReturn:
        """Be a worker, from the fork to the end of the process."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in HEARD:
                signal.signal(number, signal.SIG_IGN if number == signal.SIGHUP else signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
            self.ears.close()
            self.mouth.close()
            for pipe in (receiving, *(worker.pipe for worker in self.workers.values())):
                os.close(pipe)
            self.serve(lambda: tell(sending))
            status = 0
        except SystemExit as error:
            status = error.code if isinstance(error.code, int) else 1
        except BaseException:  # nothing may go on from here in the name of the process that forked
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def serving(self, worker: Worker) -> bool:
        """Wait until a worker serves, or has ended without."""
        ready, _, _ = select.select([worker.pipe], [], [], SLOWEST_START)
        return bool(ready) and os.read(worker.pipe, 1) != b""

    def end(self, *workers: Worker) -> int:
        """Have workers finish, and end those that do not; give the first status that is not 0."""
        for worker in workers:
            os.kill(worker.process, signal.SIGTERM)
        statuses = []
        deadline = time.monotonic() + self.patience
        for worker in workers:
            while os.waitid(os.P_PID, worker.process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                if time.monotonic() > deadline:
                    os.kill(worker.process, signal.SIGKILL)
                time.sleep(0.01)
            statuses.append(self.bury(worker))
        return next((status for status in statuses if status), 0)

    def bury(self, worker: Worker) -> int:
        """Let go of a worker that has ended; give its status."""
        _, status = os.waitpid(worker.process, 0)
        del self.workers[worker.process]
        os.close(worker.pipe)
        return os.waitstatus_to_exitcode(status)

    def stop(self) -> int:
        """End all workers; give the first status that is not 0."""
        return self.end(*self.workers.values())

    def mend(self) -> None:
        """Replace the workers that have died; the sooner they died, the later."""
        now = time.monotonic()
        for worker in list(self.workers.values()):
            if os.waitid(os.P_PID, worker.process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                logger.error("worker %d ended with status %d", worker.process, self.bury(worker))
                self.wait = 0.0 if now - worker.made > STEADY else min(max(2 * self.wait, LEAST_WAIT), MOST_WAIT)
                self.after = now + self.wait
        if now >= self.after:
            for _ in range(self.count - len(self.workers)):
                self.make()

    def replace(self) -> None:
        """Put a new worker in the place of each, which takes its leave only when the new one serves."""
        for old in list(self.workers.values()):
            new = self.make()
            if not self.serving(new):
                logger.error("a new worker does not start (status %d); the old ones stay", self.end(new))
                return
            self.end(old)


def tell(pipe: int) -> None:
    """Say that this worker serves; if there is no one to hear it any more, it will notice soon."""
    with suppress(BrokenPipeError):
        os.write(pipe, b".")
