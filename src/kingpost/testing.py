"""For users' tests: the app in memory, asked as anyone would ask it.

    client = Client(app)
    answer = client.post("/api/v1/users", {"email": "test@example.com", "password": "SecurePass123!", "name": "Test User"})
    assert answer.status == 201 and "password" not in answer.text

Each client has an empty database of its own; another client of the same app sees nothing of it.
Stands on everything; works with pytest, unittest or neither.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any
from urllib.parse import quote, unquote

from kingpost.app import App
from kingpost.settings import LEAST_SECRET, Settings
from kingpost.store.sqlite.connect import MEMORY
from kingpost.surface.rest.serve import Message

MOST_SHOWN = 2_000


class Answer:
    """What came back: `status`, `headers` in lower case, `text`, and `body` as parsed from JSON (None where there is none)."""

    def __init__(self, status: int, headers: dict[str, str], raw: bytes) -> None:
        """Read a response."""
        self.status, self.headers, self.text = status, headers, raw.decode()
        self.body: Any = json.loads(raw) if raw and headers.get("content-type", "").startswith("application/json") else None

    def __repr__(self) -> str:
        """Say it as a failed assertion should show it."""
        shown = self.text if len(self.text) <= MOST_SHOWN else f"{self.text[:MOST_SHOWN]}..."
        return f"<{self.status} {shown}>" if shown else f"<{self.status}>"

    @property
    def error(self) -> Mapping[str, Any]:
        """The error that came back; empty where there is none."""
        found: Mapping[str, Any] = self.body["error"] if self.status >= 400 and self.body is not None else {}
        return found

    @property
    def message(self) -> str:
        """The message of an error; empty where there is none."""
        return str(self.error.get("message", ""))

    @property
    def details(self) -> dict[str, str]:
        """The messages of an error by field."""
        return {detail["field"]: detail["message"] for detail in self.error.get("details", [])}


def alone() -> None:
    """Refuse to work inside a coroutine, where a client would stand in the way of the loop that runs it."""
    with suppress(RuntimeError):
        asyncio.get_running_loop()
        raise AssertionError("Use the client in a plain function: write def test_..., not async def")


class Client:
    """Asks an app that lives in memory, with an empty database of its own."""

    def __init__(self, app: App, clock: Callable[[], float] = time.time) -> None:
        """Open the app.

        Args:
            app: Which; a test that wants an empty database makes another client.
            clock: Gives the seconds since 1970; the computer's own when left out.
        """
        alone()
        self.app = app
        self.token = ""
        self.running = app.open(Settings(MEMORY, b"for tests alone".ljust(LEAST_SECRET, b".")), clock)
        self.engine = self.running.engine
        # Last, so that a client which could not be made leaves nothing to close.
        self.loop = asyncio.new_event_loop()

    def __enter__(self) -> "Client":
        """Use the client for a while."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the database and the loop."""
        if not self.loop.is_closed():
            self.loop.run_until_complete(self.running.stop())
            self.loop.close()

    def __del__(self) -> None:
        """Close what a short test left open."""
        if hasattr(self, "loop"):
            self.close()

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
        self.token = answer.body["access_token"]
        return self

    def sign_out(self) -> "Client":
        """Go on as no one in particular."""
        self.token = ""
        return self

    def make_admin(self, email: str) -> None:
        """Make an account an admin, as `kingpost user promote` does."""
        if not self.loop.run_until_complete(self.engine.identity.promote(email, True)):
            raise AssertionError(f"There is no account {email} to make an admin; create it first")

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask with GET."""
        return self.request("GET", url, headers=headers)

    def post(self, url: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send with POST."""
        return self.request("POST", url, body, headers)

    def put(self, url: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send with PUT."""
        return self.request("PUT", url, body, headers)

    def patch(self, url: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send with PATCH."""
        return self.request("PATCH", url, body, headers)

    def delete(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask with DELETE."""
        return self.request("DELETE", url, headers=headers)

    def request(self, method: str, url: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Make a request as a client over the network would.

        Args:
            method: The method.
            url: The path, with a query if need be, such as `/api/v1/users?limit=5`.
            body: What to send: bytes as they are, anything else as JSON; None for no body.
            headers: What to send beside.

        Returns:
            What came back.
        """
        alone()
        if not url.startswith("/"):
            raise AssertionError(f'Write the path with its first slash, such as "{self.app.base}/users", not {url!r}')
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"host": "testserver"} | ({"content-type": "application/json"} if raw else {})
        if self.token:
            sent["authorization"] = f"Bearer {self.token}"
        sent |= {name.lower(): text for name, text in (headers or {}).items()}
        path, _, query = url.partition("?")
        scope: Message = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": quote(path, safe="/%:@!$&'()*+,;=~-._").encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), text.encode("latin-1")) for name, text in sent.items()],
            "client": ("127.0.0.1", 1),
            "server": ("testserver", 80),
        }
        return self.loop.run_until_complete(self.exchange(scope, raw))

    async def exchange(self, scope: Message, raw: bytes) -> Answer:
        """Hand one request to the app and gather what it sends."""
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.running.rest.serve(scope, receive, send)
        headers = {name.decode(): text.decode("latin-1") for name, text in sent[0]["headers"]}
        return Answer(sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))
