"""Who is measured: Kingpost, and what people would use instead, each as its own documentation shows it.

Each has a folder in `peers/` with its code and the exact versions that it is installed with.
"""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from bench.spelling import KINGPOST, PLAIN, POCKETBASE, Spelling

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PLACE = ROOT / ".tools" / "peers"
"""Where the peers are installed."""


class Kind(Enum):
    """What a server is written in, which says how it is installed and started."""

    OURS = "ours"
    NODE = "node"
    PYTHON = "python"
    POCKETBASE = "pocketbase"


class Database(Enum):
    """Where the rows are."""

    POSTGRES = "PostgreSQL"
    SQLITE = "SQLite"


@dataclass(frozen=True)
class Candidate:
    """A server to measure.

    `start` is its command, in which `{port}` stands for where it listens; a program of node or Python comes first by itself.
    `lacks` says which of the protections it has not, in the words of `checker`.
    """

    name: str
    title: str
    kind: Kind
    start: tuple[str, ...]
    database: Database = Database.POSTGRES
    spelling: Spelling = PLAIN
    lacks: tuple[str, ...] = ()

    @property
    def source(self) -> Path:
        """Where its code is."""
        return HERE / "kingpost" if self.kind is Kind.OURS else HERE / "peers" / self.folder

    @property
    def place(self) -> Path:
        """Where it is installed, and runs."""
        return PLACE / self.folder

    @property
    def folder(self) -> str:
        """Give the name of its folder: one that is measured on two databases has one."""
        return self.name.removesuffix("_sqlite")


UVICORN = ("-m", "uvicorn", "app:app", "--host", "127.0.0.1", "--port", "{port}")
THREADS = ("--workers", "1", "--threads", "4", "--keep-alive", "75")
GUNICORN = (
    "-m",
    "gunicorn",
    "blog.wsgi",
    "--bind",
    "127.0.0.1:{port}",
    "--workers",
    "1",
    "--threads",
    "4",
    "--access-logfile",
    "-",
)
SERVE = ("serve", str(HERE / "kingpost" / "app.py"), "--port", "{port}")
SETTINGS = ("--automigrate=false", "--hooksWatch=false", "--hooksDir", "pb_hooks", "--migrationsDir", "pb_migrations")
RECORDS = ("serve", "--http", "127.0.0.1:{port}", "--dir", "{folder}", *SETTINGS)
REQUEST_ID, LINES = "a request id", "an access log as text (its log is a table)"
TOKENS_REFUSED, DATES_REFUSED = "the refusal of a token that is not valid", "the refusal of a date that is none"

CANDIDATES = (
    Candidate("kingpost", "Kingpost", Kind.OURS, SERVE, Database.POSTGRES, KINGPOST),
    Candidate("kingpost_sqlite", "Kingpost, SQLite", Kind.OURS, SERVE, Database.SQLITE, KINGPOST),
    Candidate("fastify", "Fastify", Kind.NODE, ("server.js",)),
    Candidate("nest", "NestJS on Fastify", Kind.NODE, ("dist/main.js",)),
    Candidate("express", "Express", Kind.NODE, ("server.js",)),
    Candidate("fastapi_asyncpg", "FastAPI, asyncpg", Kind.PYTHON, UVICORN),
    Candidate("fastapi_sqlalchemy", "FastAPI, SQLAlchemy", Kind.PYTHON, UVICORN),
    Candidate("litestar", "Litestar, Advanced Alchemy", Kind.PYTHON, UVICORN),
    Candidate("ninja", "Django Ninja", Kind.PYTHON, GUNICORN),
    Candidate("rest_framework", "Django REST framework", Kind.PYTHON, GUNICORN),
    Candidate(
        "pocketbase",
        "PocketBase, SQLite",
        Kind.POCKETBASE,
        RECORDS,
        Database.SQLITE,
        POCKETBASE,
        lacks=(REQUEST_ID, TOKENS_REFUSED, DATES_REFUSED, LINES),
    ),
)
"""In the order in which they are told of."""


def ours(candidate: Candidate) -> str:
    """Give the name of the Kingpost that stands beside a candidate: the one on the same database."""
    return next(each.name for each in CANDIDATES if each.kind is Kind.OURS and each.database is candidate.database)
