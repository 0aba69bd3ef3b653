"""PgBouncer before a server, for as long as a block lasts: the one that `PGBOUNCER` names, or that is found on the path."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.servers.postgres import GROUP, WHO, Postgres, free_port

NAMED = os.environ.get("PGBOUNCER") or shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def version() -> tuple[int, ...]:
    """Give the version of the one there is; nothing where there is none."""
    if NAMED is None:
        return ()
    said = subprocess.run([NAMED, "--version"], check=True, text=True, capture_output=True).stdout
    return tuple(map(int, said.split()[1].split(".")))


@contextmanager
def bouncing(server: Postgres, connections: int, prepared: int) -> Iterator[int]:
    """Lend a server's connections for one transaction at a time.

    Args:
        server: Whose.
        connections: How many of them.
        prepared: How many prepared statements it keeps for a client, 0 for none at all.

    Yields:
        The port to connect to.
    """
    assert NAMED is not None
    folder, port = Path(tempfile.mkdtemp(prefix="kingpost-bouncer-")), free_port()
    keeps = f"max_prepared_statements = {prepared}\n" if version() >= (1, 21) else ""
    (folder / "users").write_text('"postgres" ""\n')
    (folder / "settings").write_text(
        f"[databases]\n* = host=127.0.0.1 port={server.port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        f"unix_socket_dir =\nauth_type = trust\nauth_file = {folder / 'users'}\npool_mode = transaction\n"
        f"default_pool_size = {connections}\nserver_lifetime = 1\nserver_round_robin = 1\nmax_client_conn = 200\n{keeps}"
    )
    folder.chmod(0o755)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([NAMED, folder / "settings"], stdout=log, stderr=log, user=WHO, group=GROUP)
    try:
        until = time.monotonic() + 10
        while True:
            with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
                break
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((folder / "log").read_text()[-4_000:])
            time.sleep(0.02)
        yield port
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)
