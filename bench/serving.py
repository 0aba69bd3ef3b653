"""Starts the servers that are measured: each one process on a core of its own, its log in a file, as in production."""

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.blog import Question
from bench.candidates import Candidate, Kind
from bench.install import program
from bench.machine import cores, pinned
from bench.spelling import PLAIN
from bench.tokens import SECRET, file
from tests.servers.postgres import free_port

NEVER = 1_000_000_000
"""Calls in fifteen minutes: a budget that is never reached."""
PATIENCE = 60


@dataclass(frozen=True)
class Server:
    """A server that answers: where, as which process, and how many seconds it took to start."""

    candidate: Candidate
    port: int
    process: int
    started: float
    log: Path
    url: str

    def ask(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        """Ask one thing on a connection of its own, and give the status, the headers and the body."""
        head, _, body = request.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        method, address, _ = first.split(" ")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, address, body or None, dict(line.split(": ", 1) for line in lines))
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()


@contextmanager
def serving(candidate: Candidate, url: str, folder: Path, budget: int = NEVER) -> Iterator[Server]:
    """Start a server on the server's core, wait until it greets, and stop it at the end of the block.

    Args:
        candidate: Whom to start.
        url: Where its database is.
        folder: Where its log goes.
        budget: How often one client may call in fifteen minutes.

    Yields:
        The server.

    Raises:
        RuntimeError: It ended, or did not answer within a minute; with what it had to say.
    """
    port, log = free_port(), folder / f"{candidate.name}.log"
    command = [program(candidate), *(part.format(port=port, folder=file(url).parent) for part in candidate.start)]
    began = time.perf_counter()
    with pinned(cores()[0]), log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder if candidate.kind is Kind.OURS else candidate.place,
            env=environment(candidate, url, port, budget), stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        wait(Server(candidate, port, process.pid, 0.0, log, url), process)
        yield Server(candidate, port, process.pid, time.perf_counter() - began, log, url)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def environment(candidate: Candidate, url: str, port: int, budget: int) -> dict[str, str]:
    """Give the variables that a server reads."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
    secret = {"SECRET_KEY": SECRET.decode(), "TOKEN_SECRET": SECRET.decode()}
    if candidate.kind is not Kind.OURS:
        kept.pop("PYTHONPATH", None)
    return {**kept, **secret, "PORT": str(port), "DATABASE_URL": url, "BUDGET": str(budget), "NODE_ENV": "production"}


def wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server greets."""
    request, until = PLAIN.request(Question("hello")), time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        with suppress(OSError, http.client.HTTPException):
            if server.ask(request)[0] == 200:
                return
        time.sleep(0.005)
    raise RuntimeError(f"{server.candidate.title} did not start:\n{server.log.read_text(errors='replace')[-4_000:]}")
