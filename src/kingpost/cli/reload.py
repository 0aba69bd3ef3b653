"""A server that becomes the new version of its app whenever a file changes, and stays the old one when that is broken.

A process that has Kingpost loaded, and nothing of the user's, holds the socket. For each version it forks a child, which loads
the app and serves; once it does, the one before is told to finish. Takes what a child does, gives an exit status. Stands on
nothing.
"""

import os
import select
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import click

from kingpost.cli.watch import Look, differing, look

if sys.platform != "win32":
    ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    HEARD = (*ENDING, signal.SIGCHLD)
BETWEEN_LOOKS = 0.15
SETTLED = 0.02
LAST_WORDS = 2.0
"""How many seconds a version has to finish when the whole is ended, or when the next one needs its database."""
LONGEST_LEAVE = 12.0
OTHER_FIELDS = 3
"""The status of a version that needs a new database, which `serve` is then asked to make."""
KEPT = "The last good version keeps serving; the next change is tried as well"
NONE_LEFT = "Nothing is served until the next change"

Serve = Callable[[Callable[[], object], bool, bool], None]
"""What a child does.

It is given what to call once it serves and again once it takes no more connections, whether it is the first that serves, and
whether it is to make a new database.
"""


@dataclass(frozen=True)
class Version:
    """A process that serves one version of the app: its id, when it was asked for and by what, where it says it is ready."""

    process: int
    began: float
    changed: str
    pipe: int
    fresh: bool


class Reload:
    """Keeps one version of the app serving: the newest that works."""

    def __init__(self, serve: Serve, folder: Path, fresh: bool = False) -> None:
        """Prepare; nothing is started.

        Args:
            serve: What a child does until it is told to stop; it may end with the status `OTHER_FIELDS`.
            folder: Where the app's files are.
            fresh: Whether the first version is to make a new database.
        """
        self.serve, self.folder, self.fresh = serve, folder, fresh
        self.served = False
        self.serving: Version | None = None
        self.starting: Version | None = None
        self.leaving: list[tuple[Version, float]] = []
        self.news: tuple[Version, str] | None = None
        self.ears, self.mouth = socket.socketpair()
        self.mouth.setblocking(False)
        # Every child holds the end that is read: it ends when the other end, which only this process holds, is gone.
        self.pulse, self.life = os.pipe()

    def run(self) -> int:
        """Serve until told to stop: by SIGINT, SIGTERM or SIGHUP.

        Returns:
            The exit status: 0, or that of the first version if it could not start.
        """
        for number in HEARD:
            signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(self.mouth.fileno())
        seen = look(self.folder)
        self.start("", self.fresh)
        while True:
            if self.listen() & set(ENDING):
                self.end([each for each in (self.starting, self.serving, *(leaver for leaver, _ in self.leaving)) if each])
                return 0
            status = self.mend()
            if status:
                return status
            seen = self.follow(seen)

    def listen(self) -> set[int]:
        """Give the signals that have come, until the newest version serves or it is time to look."""
        ears, pipes = self.ears.fileno(), [each.pipe for each in (self.starting, self.news and self.news[0]) if each]
        ready, _, _ = select.select([ears, *pipes], [], [], BETWEEN_LOOKS)
        self.hear()
        return set(self.ears.recv(1_024)) if ears in ready else set()

    def hear(self) -> None:
        """Hear whether the newest version serves, and whether the one before has made room for it."""
        if self.starting and said(self.starting):
            self.take_over(self.starting)
        if self.news and said(self.news[0]) is not None:
            click.echo(self.news[1])
            self.news = None

    def take_over(self, new: Version) -> None:
        """Let a version that serves take the place of the one before."""
        greeted, self.served = self.served, True
        old, self.serving, self.starting = self.serving, new, None
        news = f"Reloaded after {time.monotonic() - new.began:.2f} s: {new.changed}"
        if old is not None:
            os.kill(old.process, signal.SIGTERM)
            self.leaving.append((old, time.monotonic() + LONGEST_LEAVE))
            self.news = old, news
        elif greeted:
            click.echo(news)

    def follow(self, seen: Look) -> Look:
        """Start a new version if something has changed since a look, and give the newest look."""
        now = look(self.folder)
        if now == seen:
            return seen
        began = time.monotonic()
        while True:  # an editor may be in the middle of it
            time.sleep(SETTLED)
            again, now = now, look(self.folder)
            if again == now:
                break
        self.hear()  # what serves by now is not begun anew
        if self.starting is not None:
            os.kill(self.starting.process, signal.SIGKILL)
            self.bury(self.starting)
            self.starting = None
        names = [os.path.relpath(path, self.folder) for path in differing(seen, now)]
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        self.start(f"{names[0]}{more}" if names else "a file", began=began)
        return now

    def mend(self) -> int:
        """See who has ended; give the status to end with, 0 for none."""
        for leaver, deadline in list(self.leaving):
            if time.monotonic() > deadline:
                os.kill(leaver.process, signal.SIGKILL)
            if ended(leaver):
                self.hear()
                self.bury(leaver)
                self.leaving.remove((leaver, deadline))
        if self.serving is not None and ended(self.serving):
            status, self.serving = self.bury(self.serving), None
            click.secho(f"The server ended by itself, with status {status}. {NONE_LEFT}", fg="red", err=True)
        if self.starting is None or not ended(self.starting):
            return 0
        failed, self.starting = self.starting, None
        status = self.bury(failed)
        if status == OTHER_FIELDS and not failed.fresh:
            self.end([each for each in (self.serving, *(leaver for leaver, _ in self.leaving)) if each])
            self.serving, self.leaving = None, []
            self.start(failed.changed, True, failed.began)
            return 0
        if not self.served:
            return status or 1
        click.secho(KEPT if self.serving else NONE_LEFT, fg="yellow", err=True)
        return 0

    def start(self, changed: str, fresh: bool = False, began: float = 0.0) -> None:
        """Make a child that serves the app as it is now."""
        receiving, sending = os.pipe()
        sys.stdout.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)  # or a signal for the new one might be heard by the old
        process = os.fork()
        if process == 0:
            os.close(receiving)
            self.work(sending, not self.served, fresh)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
        os.close(sending)
        self.starting = Version(process, began or time.monotonic(), changed, receiving, fresh)

    def work(self, sending: int, first: bool, fresh: bool) -> NoReturn:
        """Be a version, from the fork to the end of the process."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in HEARD:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
            self.ears.close()
            self.mouth.close()
            os.close(self.life)
            others = (self.serving, *(leaver for leaver, _ in self.leaving))
            for pipe in (each.pipe for each in others if each is not None):
                os.close(pipe)
            threading.Thread(target=outlive, args=(self.pulse,), daemon=True).start()
            # What is compiled is known by the second it was saved in, and two saves of one second are two versions.
            sys.dont_write_bytecode = True
            self.serve(lambda: tell(sending), first, fresh)
            status = 0
        except SystemExit as error:
            status = error.code if isinstance(error.code, int) else 1
        except BaseException:  # nothing may go on from here in the name of the process that forked
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def bury(self, version: Version) -> int:
        """Let go of a version that has ended; give its status."""
        _, status = os.waitpid(version.process, 0)
        os.close(version.pipe)
        return os.waitstatus_to_exitcode(status)

    def end(self, versions: list[Version]) -> None:
        """Have versions finish soon, and end those that do not."""
        for version in versions:
            os.kill(version.process, signal.SIGTERM)
        deadline = time.monotonic() + LAST_WORDS
        for version in versions:
            while not ended(version):
                if time.monotonic() > deadline:
                    os.kill(version.process, signal.SIGKILL)
                time.sleep(0.01)
            self.bury(version)


def said(version: Version) -> bool | None:
    """Whether a version has just said something: that it serves, or that it has left; False once it is gone, else None."""
    return os.read(version.pipe, 1) != b"" if select.select([version.pipe], [], [], 0)[0] else None


def ended(version: Version) -> bool:
    """Whether a version has ended and waits to be buried."""
    return os.waitid(os.P_PID, version.process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def outlive(pulse: int) -> None:
    """End this process when the one that made it is gone, whatever it is doing."""
    os.read(pulse, 1)
    os._exit(1)


def tell(pipe: int) -> None:
    """Say that this version serves, or no more; if there is no one to hear it any more, it ends soon."""
    with suppress(BrokenPipeError):
        os.write(pipe, b".")
