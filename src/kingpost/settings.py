"""The environment, read and checked once.

Takes the process's environment, gives `Settings` or says everything that is wrong with it. Stands on nothing.
"""

import ipaddress
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

LEAST_SECRET = 32
LEAST_TOKEN = 16
TOKEN = re.compile(rf"[!-~]{{{LEAST_TOKEN},}}")
SQLITE = "sqlite:///"
POSTGRES = ("postgresql://", "postgres://")
MOST_CONNECTIONS = 1_000
DEV_ORIGIN = "http://localhost:3000"
HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
PORTS = {"http": 80, "https": 443}
PLACE = re.compile(r"(?:[\w.-]+|\[[0-9A-Fa-f:.]+(?:%[\w.-]+)?\])(?::(?P<port>\d{1,5}))?", re.ASCII)


class Unsafe(Exception):
    """Settings that the server does not start with; says what to do."""


@dataclass(frozen=True)
class Settings:
    """What the environment decides.

    `database` is the path of an SQLite file, `:memory:`, or the address of a PostgreSQL database, of which this process opens
    at most `connections`; `pooled` is whether a pooler that lends a connection for one transaction at a time stands before it,
    and `replica` the address of a server that follows it, from which much may be read; empty for none.
    What is `temporary` is empty when the app starts, and goes when it stops.
    `secret` is the random bytes from which every key is derived.
    `production` is whether the app is served for real. `origins` are the web origins whose pages may ask, and `proxies` the
    networks whose word on a client's address is believed. `metrics_token` is what a reader of the metrics shows, and
    `telemetry` the address of the collector that is told of every call.
    """

    database: str = field(repr=False)
    secret: bytes = field(repr=False)
    production: bool = True
    origins: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    metrics_token: str = field(default="", repr=False)
    telemetry: str = ""
    connections: int = 20
    pooled: bool = False
    replica: str = field(default="", repr=False)
    temporary: bool = False

    @property
    def place(self) -> str:
        """Where the database is, to be shown: without its password."""
        if not self.database.startswith(POSTGRES):
            return self.database
        parts = urlsplit(self.database)
        before, at, hosts = parts.netloc.rpartition("@")
        socket = dict(parse_qsl(parts.query)).get("host")
        return f"postgresql://{before.partition(':')[0]}{at}{hosts}{parts.path}{f'?host={socket}' if socket else ''}"


def read(environment: Mapping[str, str] = os.environ, production: bool | None = None) -> Settings:
    """Read the settings.

    Args:
        environment: Where they stand.
        production: Whether to be strict; None to go by `KINGPOST_ENV` (`dev` or `production`, which is the default).

    Returns:
        The settings.

    Raises:
        Unsafe: Something is missing or not safe.
    """
    mode = environment.get("KINGPOST_ENV", "production")
    if mode not in ("dev", "production"):
        raise Unsafe(f"KINGPOST_ENV is {mode!r}: set it to dev or production")
    strict = mode == "production" if production is None else production
    database = held(environment)
    secret = environment.get("SECRET_KEY", "").encode()
    if not secret and not strict:
        secret = kept_secret(database)
    if len(secret) < LEAST_SECRET:
        raise Unsafe(
            f"SECRET_KEY must be set to at least {LEAST_SECRET} random bytes. "
            'Make one with: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
    return Settings(
        database,
        secret,
        production=strict,
        origins=tuple(map(origin, listed(environment.get("ALLOWED_ORIGINS", "" if strict else DEV_ORIGIN)))),
        proxies=tuple(map(network, listed(environment.get("TRUSTED_PROXIES", "")))),
        metrics_token=token(environment.get("METRICS_TOKEN", "")),
        telemetry=collector(environment.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")),
        connections=connections(environment.get("DATABASE_CONNECTIONS", "20")),
        pooled=pooler(environment.get("DATABASE_POOLER", "")),
        replica=followed(environment.get("DATABASE_REPLICA_URL", ""), database),
    )


def held(environment: Mapping[str, str]) -> str:
    """Read where the rows are: the path of an SQLite file, or the address of a PostgreSQL database; raises `Unsafe`."""
    url = environment.get("DATABASE_URL")
    told = {
        "DB_HOST": environment.get("DB_HOST"),
        "DB_PORT": environment.get("DB_PORT"),
        "DB_USER": environment.get("DB_USER"),
        "DB_PASSWORD": environment.get("DB_PASSWORD"),
        "DB_NAME": environment.get("DB_NAME"),
    }
    parts = {name: text for name, text in told.items() if text}
    if url is not None and parts:
        raise Unsafe(f"DATABASE_URL and {' and '.join(parts)} are set, which may say two things: set one or the other")
    if url is None:
        return assembled(parts) if parts else "data/app.db"
    if url.startswith(SQLITE) and url != SQLITE:
        return url.removeprefix(SQLITE)
    if not url.startswith(POSTGRES):
        raise Unsafe(
            "DATABASE_URL must be sqlite:///PATH, such as sqlite:///data/app.db, or postgresql://USER:PASSWORD@HOST:PORT/NAME"
        )
    if not addressed(url):
        raise Unsafe(
            "DATABASE_URL is not postgresql://USER:PASSWORD@HOST:PORT/NAME. In the password write %40 for @, %2F for /, "
            "%3F for ?, %23 for # and %25 for %; or set DB_HOST, DB_PORT, DB_USER, DB_PASSWORD and DB_NAME, as they are"
        )
    return url


def assembled(parts: Mapping[str, str]) -> str:
    """Write the address of a PostgreSQL database that is told in parts; raises `Unsafe`, which shows no password."""
    missing = [name for name in ("DB_HOST", "DB_NAME") if name not in parts]
    if missing:
        raise Unsafe(f"{' and '.join(parts)} is set without {' and '.join(missing)}: set both DB_HOST and DB_NAME")
    host, port = parts["DB_HOST"], parts.get("DB_PORT", "5432")
    if not port_number(port):
        raise Unsafe(f"DB_PORT is {port!r}: set it to a number from 1 to 65535")
    user = quote(parts.get("DB_USER", "postgres"), safe="")
    password = f":{quote(parts['DB_PASSWORD'], safe='')}" if "DB_PASSWORD" in parts else ""
    name = quote(parts["DB_NAME"], safe="")
    if host.startswith("/"):
        return f"postgresql://{user}{password}@/{name}?host={quote(host)}&port={port}"
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    url = f"postgresql://{user}{password}@{host}:{port}/{name}"
    if not PLACE.fullmatch(host) or not addressed(url):
        raise Unsafe(f"DB_HOST is {parts['DB_HOST']!r}: set it to a name, an address, or the folder of a socket")
    return url


def addressed(url: str) -> bool:
    """Whether this is the address of a PostgreSQL database, in which every part is where it seems to be."""
    try:
        parts = urlsplit(url)
        parse_qsl(parts.query, strict_parsing=True) if parts.query else None
    except ValueError:
        return False
    # A sign that was not escaped would make a piece of the password another part, which errors may show.
    before, _, hosts = parts.netloc.rpartition("@")
    stray = "@" in before or "@" in parts.path or "#" in url
    places = [PLACE.fullmatch(each) for each in hosts.split(",")] if hosts else []
    ports = [found["port"] for found in places if found and found["port"]]
    return url.startswith(POSTGRES) and not stray and all(places) and all(map(port_number, ports)) and len(parts.path) > 1


def port_number(text: str) -> bool:
    """Whether a text is the number of a port."""
    return text.isascii() and text.isdigit() and 1 <= int(text) <= 65_535


def followed(url: str, database: str) -> str:
    """Read where a server is that follows the database's own; raises `Unsafe`."""
    if url and not database.startswith(POSTGRES):
        raise Unsafe("DATABASE_REPLICA_URL is set, and the data are in an SQLite file, which has no replicas: leave it out")
    if url and not addressed(url):
        raise Unsafe("DATABASE_REPLICA_URL must be postgresql://USER:PASSWORD@HOST:PORT/NAME, of a server that follows")
    return url


def connections(text: str) -> int:
    """Read how many connections a process may open; raises `Unsafe`."""
    if not (text.isascii() and text.isdigit() and 4 <= int(text) <= MOST_CONNECTIONS):
        raise Unsafe(f"DATABASE_CONNECTIONS is {text!r}: set it to a number from 4 to {MOST_CONNECTIONS:,}")
    return int(text)


def pooler(text: str) -> bool:
    """Read whether a pooler lends connections by the transaction; raises `Unsafe`."""
    if text not in ("", "transaction"):
        raise Unsafe(f"DATABASE_POOLER is {text!r}: set it to transaction, or leave it out")
    return bool(text)


def listed(text: str) -> list[str]:
    """Give the parts of a list with commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def origin(text: str) -> str:
    """Read a web origin exactly as browsers spell it (RFC 6454, section 6.2); raises `Unsafe` for all else."""
    if text in ("*", "null"):
        raise Unsafe(
            f"ALLOWED_ORIGINS holds {text}, which is any page there is, asking with its visitors' rights. "
            "Name each origin, such as https://app.example.com"
        )
    meant = "a scheme, a host in ASCII and no path, such as https://app.example.com"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if HOST.fullmatch(host) and parts.scheme in PORTS:
        meant = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}"
        meant += "" if port in (None, PORTS[parts.scheme]) else f":{port}"
    if text != meant:
        raise Unsafe(f"ALLOWED_ORIGINS holds {text!r}, which is not as browsers spell an origin. Write {meant}")
    return text


def network(text: str) -> str:
    """Read the network of a proxy, such as `10.0.0.0/8` or one address; raises `Unsafe`."""
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise Unsafe(f"TRUSTED_PROXIES holds {text!r}. Write a network, such as 10.0.0.0/8, or an address") from None
    if not found.prefixlen:
        raise Unsafe(f"TRUSTED_PROXIES holds {text}: whom all believe may come from anywhere. Name your proxies' own")
    if "/" in text and text != str(found):
        raise Unsafe(f"TRUSTED_PROXIES holds {text!r}. Write {found} for all of it, or {text.partition('/')[0]} alone")
    return str(found)


def token(text: str) -> str:
    """Read what a reader of the metrics shows; raises `Unsafe` for what could be guessed or can not be sent in a header."""
    if text and not TOKEN.fullmatch(text):
        raise Unsafe(f"METRICS_TOKEN must be {LEAST_TOKEN} or more printable ASCII characters, and no space among them")
    return text


def collector(text: str) -> str:
    """Read the address of the collector that is told of every call; raises `Unsafe`."""
    if text and not text.startswith(("http://", "https://")):
        raise Unsafe("OTEL_EXPORTER_OTLP_ENDPOINT must be an address such as http://localhost:4318")
    return text


def kept_secret(database: str) -> bytes:
    """Give a secret of this machine's own for development, made once and kept beside the database for its owner alone."""
    if database == ":memory:":
        return secrets.token_bytes(LEAST_SECRET)
    path = Path("data" if database.startswith(POSTGRES) else Path(database).parent) / "dev.secret"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Written aside and then linked, so that of two that start at once neither reads half a secret.
        descriptor, aside = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_urlsafe(48).encode())
        with suppress(FileExistsError):
            Path(path).hardlink_to(aside)
        Path(aside).unlink()
    return path.read_bytes()
