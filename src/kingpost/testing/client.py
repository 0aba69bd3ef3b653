"""The client: an app in memory with an empty database, asked as anyone would ask it.

Takes an app, gives answers. Stands on the app and the other files of this folder.
"""

import asyncio
import copy
import os
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, TypeVar
from uuid import UUID

from argon2 import PasswordHasher

from kingpost.app import App
from kingpost.call import ANONYMOUS, Actor
from kingpost.contract.scalars import Invalid, Stored, fold
from kingpost.declare.resource import Resource
from kingpost.engine.faults import Faults, aloud
from kingpost.engine.identity import nobody
from kingpost.settings import LEAST_SECRET, POSTGRES, Settings
from kingpost.store import look
from kingpost.store.protocol import Store
from kingpost.store.sqlite.connect import MEMORY
from kingpost.testing.answer import Answer, Files, Form, packed
from kingpost.testing.changes import Expected, Happened, Watched, compare, moved, wanted
from kingpost.testing.exchange import Cookies, exchange, scope
from kingpost.testing.given import key_of
from kingpost.testing.make import Maker

T = TypeVar("T")
R = TypeVar("R", bound=Resource)
SECRET = b"for tests alone".ljust(LEAST_SECRET, b".")
VARIABLE = "TEST_DATABASE_URL"
WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def where() -> str:
    """Give where rows are to be: in memory, or on the PostgreSQL server that the environment names."""
    url = os.environ.get(VARIABLE, "")
    if url and not url.startswith(POSTGRES):
        raise AssertionError(
            f"{VARIABLE} must be postgresql://USER:PASSWORD@HOST:PORT/NAME; leave it out for a database in memory"
        )
    return url or MEMORY


def alone() -> None:
    """Refuse to work inside a coroutine, where a client would stand in the way of the loop that runs it."""
    with suppress(RuntimeError):
        asyncio.get_running_loop()
        raise AssertionError("Use the client in a plain function: write def test_..., not async def")


class Client:
    """Asks an app that lives in memory, with an empty database of its own.

    The rows are in memory too or, where the environment's `TEST_DATABASE_URL` names a PostgreSQL server, there in a schema of
    this client's own, which goes when the client is closed.

    Budgets do not count what it asks, unless it is given an `address` to ask from, such as `"192.0.2.1"`. `cookies` are those
    that answers have set, and come with every request. Passwords are hashed as weakly as can be, so that tests are quick.
    """

    def __init__(self, app: App, clock: Callable[[], float] = time.time) -> None:
        """Open the app.

        Args:
            app: Which; a test that wants an empty database makes another client.
            clock: Gives the seconds since 1970, such as a `Clock`; the computer's own when left out.
        """
        alone()
        self.app, self.clock = app, clock
        self.token = self.address = ""
        self.actor: Actor = ANONYMOUS
        self.cookies = Cookies(clock)
        self.running = app.open(Settings(where(), SECRET, temporary=True), clock)
        self.engine = self.running.engine
        self.engine.faults = Faults(self.engine.contract, self.engine.code, aloud)
        passwords = self.engine.identity.passwords
        passwords.hasher, passwords.nobody = WEAK, nobody(WEAK)
        self.maker, self.tables = Maker(self.engine), self.store.tables()
        self.first: Client | None = None
        # After all else, so that a client which could not be made leaves nothing to close.
        self.loop = asyncio.new_event_loop()
        self.wait(self.running.begin())

    def __enter__(self) -> "Client":
        """Use the client for a while."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the database and the loop; of a client that `as_` gave, this is left to the one it came from."""
        if self.first is None and not self.loop.is_closed():
            self.loop.run_until_complete(self.running.stop())
            self.loop.close()

    def __del__(self) -> None:
        """Close what a short test left open."""
        if hasattr(self, "loop") and self.first is None:
            self.close()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Do a piece of the engine's work."""
        try:
            alone()
            if self.loop.is_closed():
                raise AssertionError("This client was closed, and with it those that as_ gave; make another")
        except AssertionError:
            work.close()
            raise
        return self.loop.run_until_complete(work)

    def as_(self, user: Resource | Mapping[str, Any] | str | int | UUID | None) -> "Client":
        """Give a client that shares the database and asks as an account, without its password.

        Args:
            user: The account's row, an answer's body, its id or its e-mail address; None for no one in particular.

        Returns:
            A client with cookies of its own, which is closed with this one. Its token lives as long as any.
        """
        twin = copy.copy(self)
        twin.first, twin.token, twin.actor, twin.cookies = self.first or self, "", ANONYMOUS, Cookies(self.clock)
        if user is not None:
            key, epoch, admin = self.account(user)
            twin.token, twin.actor = self.engine.identity.token(key, epoch), Actor(key, True, admin == 1)
        return twin

    def account(self, user: Resource | Mapping[str, Any] | str | int | UUID) -> tuple[Stored, Stored, Stored]:
        """Find an account: its id, its epoch and whether it is an admin."""
        identity, key, row = self.engine.identity, key_of(user), None
        if identity.account is None:
            raise AssertionError("This app has no accounts: derive a resource from Account")
        if isinstance(user, Resource) and type(user).__name__ != identity.account.title:
            raise AssertionError(f"A {type(user).__name__} is no account; a {identity.account.title} is")
        with suppress(Invalid, UnicodeError):
            if isinstance(key, str) and "@" in key:
                row = self.wait(identity.find(identity.by_email, {"email": fold(key)}))
            else:
                row = self.wait(identity.find(identity.by_id, {"key": identity.account.key.scalar.store(key)}))
        if row is None:
            raise AssertionError(f"There is no account {key!r}; make it first: client.make({identity.account.title})")
        return row[0], row[1], row[2]

    def make(self, cls: type[R], **fields: Any) -> R:
        """Make a row, whatever the app's rules say.

        Args:
            cls: Of what.
            fields: What the test cares about, in Python values or those of the wire, rows for links, and `admin=True` for an
                account that is one. Whatever else is required is filled in, with rows to link to where need be; a link to
                who makes the row leads to whom this client asks as.

        Returns:
            The row, as the store has it.
        """
        return self.wait(self.maker.make(cls, fields, self.actor))

    def make_many(self, cls: type[R], count: int, **fields: Any) -> list[R]:
        """Make so many rows with these fields, each as `make` does."""
        return [self.make(cls, **fields) for _ in range(count)]

    def changes(self, *expected: Expected) -> Watched:
        """Assert that a block writes exactly these changes, in the order of their commit, and no other.

        Args:
            expected: What `created`, `updated` and `deleted` give; of a field that they do not name, any value will do.

        Returns:
            What the block is begun with: `with client.changes(created(Post, title="On roofs")):`.
        """
        wants = [wanted(self.engine, each) for each in expected]
        before = len(self.happened())
        return Watched(lambda: compare(wants, self.happened()[before:]))

    def happened(self) -> list[Happened]:
        """Give all that was written down so far."""
        found = self.wait(self.store.read(lambda: look.changes(self.engine.contract, self.tables)))
        return [Happened(self.engine.contract, row) for row in found]

    def unchanged(self) -> Watched:
        """Assert that a block changes no row of any table at all, as is so of every refusal: `with client.unchanged():`."""
        before = self.snapshot()
        return Watched(lambda: moved(self.engine.contract, before, self.snapshot()))

    def snapshot(self) -> look.Snapshot:
        """Give every row of every table as it is stored, to be compared with another."""
        return self.wait(self.store.read(lambda: look.snapshot(self.engine.contract, self.tables)))

    @property
    def store(self) -> Store:
        """The database."""
        return self.engine.database

    def sign_in(self, email: str, password: str) -> "Client":
        """Sign in; later requests are made as this account.

        Args:
            email: The account's address.
            password: Its password.

        Returns:
            This client.
        """
        answer = self.post(f"{self.app.base}/auth/login", {"email": email, "password": password})
        if answer.status != 200:
            raise AssertionError(f"Could not sign in as {email}; create the account first, with this password: {answer}")
        body = answer.body.get(self.app.contract.style.envelope, answer.body)  # as the app's style has it
        self.token = body.get("access_token") or body["accessToken"]
        key, _, admin = self.account(email)
        self.actor = Actor(key, True, admin == 1)
        return self

    def sign_out(self) -> "Client":
        """Go on as no one in particular, without cookies."""
        self.token, self.actor = "", ANONYMOUS
        self.cookies.clear()
        return self

    def make_admin(self, email: str) -> None:
        """Make an account an admin, as `kingpost user promote` does."""
        if not self.wait(self.engine.identity.promote(email, True)):
            raise AssertionError(f"There is no account {email} to make an admin; create it first")

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask with GET."""
        return self.request("GET", url, headers=headers)

    def post(
        self,
        url: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        *,
        form: Form | None = None,
        files: Files | None = None,
    ) -> Answer:
        """Send with POST; see `request`."""
        return self.request("POST", url, body, headers, form=form, files=files)

    def put(self, url: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send with PUT."""
        return self.request("PUT", url, body, headers)

    def patch(self, url: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send with PATCH."""
        return self.request("PATCH", url, body, headers)

    def delete(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask with DELETE."""
        return self.request("DELETE", url, headers=headers)

    def request(
        self,
        method: str,
        url: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        *,
        form: Form | None = None,
        files: Files | None = None,
    ) -> Answer:
        """Make a request as a client over the network would; where an answer sends one on, that is shown and not followed.

        Args:
            method: The method.
            url: The path, with a query if need be, such as `/api/v1/users?limit=5`.
            body: What to send: bytes as they are, anything else as JSON; None for no body.
            headers: What to send beside.
            form: The fields of a form, in place of a body.
            files: The files of a form: `{"file": ("name.csv", b"...", "text/csv")}`.

        Returns:
            What came back.
        """
        if not url.startswith("/"):
            raise AssertionError(f'Write the path with its first slash, such as "{self.app.base}/users", not {url!r}')
        media, raw = packed(body, form, files)
        told = {"host": "testserver"} | ({"content-type": media} if media else {}) | self.cookies.header()
        if self.token:
            told["authorization"] = f"{self.app.contract.style.scheme} {self.token}"
        told |= {name.lower(): text for name, text in (headers or {}).items()}
        asked = scope(method, url, told, self.address)
        status, pairs, content = self.wait(exchange(self.running.serve, asked, raw))
        kept = self.cookies.keep([text for name, text in pairs if name == "set-cookie"])
        return Answer(status, dict(pairs), content, kept)
