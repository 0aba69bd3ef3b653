"""The environment, read and checked once.

Takes the process's environment, gives `Settings` or says everything that is wrong with it. Stands on nothing.
"""

import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

LEAST_SECRET = 32
SQLITE = "sqlite:///"


class Unsafe(Exception):
    """Settings that the server does not start with; says what to do."""


@dataclass(frozen=True)
class Settings:
    """What the environment decides.

    `database` is the path of an SQLite file, or `:memory:`; `secret` the random bytes from which every key is derived.
    """

    database: str
    secret: bytes = field(repr=False)


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
    url = environment.get("DATABASE_URL", f"{SQLITE}data/app.db")
    if not url.startswith(SQLITE) or url == SQLITE:
        raise Unsafe("DATABASE_URL must be sqlite:///PATH, such as sqlite:///data/app.db; this release serves SQLite only")
    database = url.removeprefix(SQLITE)
    secret = environment.get("SECRET_KEY", "").encode()
    if not secret and not strict:
        secret = kept_secret(database)
    if len(secret) < LEAST_SECRET:
        raise Unsafe(
            f"SECRET_KEY must be set to at least {LEAST_SECRET} random bytes. "
            'Make one with: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
    return Settings(database, secret)


def kept_secret(database: str) -> bytes:
    """Give a secret of this machine's own for development, made once and kept beside the database for its owner alone."""
    if database == ":memory:":
        return secrets.token_bytes(LEAST_SECRET)
    path = Path(database).parent / "dev.secret"
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
