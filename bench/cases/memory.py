"""What one worker holds in memory after ten thousand requests, and after many more: it may not grow.

The worker is one that `kingpost serve` starts, on a blog with all its rows; the requests are reads and writes, by callers with
and without a token. `REQUESTS` in the environment says how many they are in the end; a million unless it says otherwise.
"""

import os
from collections.abc import Iterator
from random import Random

from bench import load, machine
from bench.blog import WORKLOADS, question
from bench.candidates import CANDIDATES, Database, Kind
from bench.databases import Databases, databases
from bench.serving import Server, serving
from bench.tokens import tokens

FIRST, PART, CONNECTIONS = 10_000, 10_000, 32
NAMES = sorted({name for workload in WORKLOADS for _, name in workload.mixed})
MOST_GROWTH, MOST_BYTES = 1.1, 120 * 1_048_576


def measure() -> Iterator[str]:
    """Measure a worker on each database."""
    requests = int(os.environ.get("REQUESTS", "1000000"))
    with databases() as made:
        for database in Database:
            yield from on(database, made, requests)


def on(database: Database, made: Databases, requests: int) -> Iterator[str]:
    """Measure a worker on one database, telling what it holds after each tenth."""
    candidate = next(each for each in CANDIDATES if each.kind is Kind.OURS and each.database is database)
    chance = Random(requests)
    with made.fresh(candidate) as url, serving(candidate, url, made.folder) as server:
        ask(server, FIRST, chance)
        first = machine.memory(server.process)
        yield f"{candidate.title:18}{FIRST:>10,} requests {first / 1_048_576:6.1f} MiB"
        done, held = FIRST, first
        while done < requests:
            part = min(max(PART, requests // 10), requests - done)
            ask(server, part, chance)
            done += part
            held = machine.memory(server.process)
            yield f"{candidate.title:18}{done:>10,} requests {held / 1_048_576:6.1f} MiB"
        kept = held <= first * MOST_GROWTH and held < MOST_BYTES
        yield f"{candidate.title:18}{held / first:.2f} times as much: {'as it should be' if kept else 'too much'}"


def ask(server: Server, count: int, chance: Random) -> None:
    """Ask so much, with new tokens each time, as those of a while ago have expired."""
    spelling = server.candidate.spelling
    while count:
        known = tokens(server.candidate, server.url)
        part = min(count, PART)
        mixed = [question(chance.choice(NAMES), chance, signed_in=chance.random() < 0.5) for _ in range(part)]
        load.once(server.port, [spelling.request(each, known[each.user] if each.user else "") for each in mixed], CONNECTIONS)
        count -= part
