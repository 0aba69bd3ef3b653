"""Kingpost as a user runs it: a process of its own, in an empty folder, on a port that was free."""

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOG = ROOT / "examples" / "blog" / "app.py"
COMMAND = str(Path(sys.executable).with_name("kingpost"))
SECRET = "a secret of the tests, long enough for anyone"
OURS = (
    "SECRET_KEY", "DATABASE_URL", "KINGPOST_ENV", "ALLOWED_ORIGINS", "TRUSTED_PROXIES", "METRICS_TOKEN",
    "OTEL_EXPORTER_OTLP_ENDPOINT", "NO_COLOR", "FORCE_COLOR", "DB_HOST", "DB_PORT", "DB_USER", "DB_PASSWORD", "DB_NAME",
    "DATABASE_CONNECTIONS", "DATABASE_POOLER", "DATABASE_REPLICA_URL", "TEST_DATABASE_URL",
)  # fmt: skip
SERVES = re.compile(r"Kingpost serves (.+) at (http://[^/\s]+)\S* after \d+\.\d\d s\n")
PATIENCE = 30


def variables(more: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of a new terminal, with these variables set."""
    return {name: text for name, text in os.environ.items() if name not in OURS} | dict(more)


def kingpost(folder: Path, *arguments: str, typed: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=folder,
        env=variables(more),
        input=typed,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def spacious(folder: Path) -> str:
    """Write down the blog with a budget that no test uses up, and give its path."""
    path = folder / "spacious.py"
    text = BLOG.read_text().replace('title="Blog"', 'title="Blog", budget=Budget(100_000)')
    path.write_text(text.replace("    Access,\n", "    Access,\n    Budget,\n", 1))
    return str(path)


class Server:
    """A server that was started and said where it serves."""

    def __init__(self, folder: Path, arguments: Sequence[str], more: Mapping[str, str]) -> None:
        self.began = time.perf_counter()
        self.log = folder / "server.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [COMMAND, *arguments], cwd=folder, env=variables(more), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        assert self.process.stdout is not None
        first = b""
        # The line is written once the port is taken: whoever connects from then on is served.
        while not first.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
            part = os.read(self.process.stdout.fileno(), 1) if ready else b""
            if not part:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"it did not start: {self.log.read_text()}")
            first += part
        self.line = first.decode()
        found = SERVES.fullmatch(self.line)
        assert found, self.line
        self.title, self.address = found.groups()
        self.port = int(self.address.rpartition(":")[2])

    def stop(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str, list[str]]:
        """Tell it to stop; give its status, the rest of what it said, and the lines of its log."""
        self.process.send_signal(how)
        assert self.process.stdout is not None
        with self.process.stdout as rest:
            said = rest.read().decode()
        return self.process.wait(PATIENCE), said, self.log.read_text().splitlines()


@contextlib.contextmanager
def serving(folder: Path, *arguments: str, **more: str) -> Iterator[Server]:
    """Serve for a while; the server is gone afterwards, whatever happened."""
    server = Server(folder, [*(arguments or ("dev", str(BLOG))), "--port", "0"], more)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()
        if server.process.stdout is not None:
            server.process.stdout.close()
