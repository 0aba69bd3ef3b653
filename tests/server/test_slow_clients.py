"""H3: clients that send or read slowly on purpose take nothing from the others."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from tests.server import slow
from tests.server.filled import filled, memory
from tests.server.hosted import HASTE, hosting, one, until
from tests.server.load import HEAVY, LIGHT

ROOT = Path(__file__).resolve().parents[2]


async def good(port: int, count: int) -> list[float]:
    """Ask as an honest client does, again and again; give how long each answer took, in order."""
    times = []
    for number in range(count):
        began = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        path = HEAVY if number % 10 == 0 else LIGHT
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.0.{number % 250}.1\r\nConnection: close\r\n\r\n".encode()
        )
        answer = await reader.read(-1)
        times.append(time.monotonic() - began)
        writer.close()
        assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"}"), answer[:200]
        await asyncio.sleep(0.01)
    return sorted(times)


def part(times: Sequence[float], share: float) -> float:
    """Give the time within which a share of all came, in milliseconds."""
    return times[int(len(times) * share)] * 1e3


def siege(port: int, process: int, each: int, count: int) -> tuple[list[float], list[float], int]:
    """Measure honest clients without and with so many slow ones of each kind, and how much memory these cost."""
    asyncio.run(good(port, 50))
    before, held = asyncio.run(good(port, count)), memory(process)
    arguments = [sys.executable, slow.__file__, str(port), str(each)]
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as others:
        assert others.stdout is not None and others.stdout.readline() == b"begun\n"
        during = asyncio.run(good(port, count))
        most = memory(process)
        others.kill()
    return before, during, most - held


@pytest.mark.prove
def test_thousands_of_slow_clients_take_nothing_from_the_others(tmp_path: Path) -> None:
    each = 1_000
    count = int(min(1_000, float(os.environ.get("KINGPOST_PROVE_SECONDS", "60")) * 10))
    with filled(tmp_path) as server:
        for _ in range(5):  # so that other work on the machine must disturb it five times to be taken for the server's fault
            before, during, more = siege(server.port, server.process.pid, each, count)
            print(
                f"with {3 * each} slow clients {len(during)} of {count} are answered, 99 in 100 within "
                f"{part(during, 0.99):.1f} ms (without {part(before, 0.99):.1f} ms), a half within {part(during, 0.5):.1f} ms "
                f"({part(before, 0.5):.1f} ms); the server takes {more / 2**20:.0f} MiB more"
            )
            assert len(during) == count and more < 100 * 2**20
            if part(during, 0.99) <= 2 * part(before, 0.99):
                return
    raise AssertionError("the others wait too long")


def test_slow_clients_are_ended_each_in_its_way_while_others_are_answered() -> None:
    bounds = msgspec.structs.replace(HASTE, requests=4, uploads=2, head=3, grace=3, unread=3)
    with hosting(bounds=bounds) as host:
        heads = [host.connect(b"GET / HTTP/1.1\r\nHost: ", "127.0.0.2") for _ in range(40)]
        bodies = [host.connect(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", "127.0.0.3") for _ in range(40)]
        reads = []
        for number in range(1, 21):
            reads.append(host.connect(b"GET /large/stream/9000000 HTTP/1.1\r\nHost: a\r\n\r\n", "127.0.0.4", window=4_096))
            until(lambda number=number: len(host.server.shared.stalled) == number)  # type: ignore[misc]  # used at once
        kept = host.connect()
        for _ in range(60):
            kept.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert one(kept)[0] == 200
        assert len(host.server.shared.stalled) == 20
        assert {one(each)[0] for each in (*heads, *bodies)} == {408}
        for each in reads:
            with suppress(ConnectionResetError):
                while each.recv(65_536):
                    pass
        until(lambda: len(host.server.shared.connections) <= 1)
        assert host.server.shared.admission.requests.under_way == host.server.shared.admission.uploads.under_way == 0
