"""For users' tests: the app in memory, asked as anyone would ask it.

    client = Client(app)
    answer = client.post("/api/v1/users", {"email": "test@example.com", "password": "SecurePass123!", "name": "Test User"})
    assert answer.status == 201 and "password" not in answer.text

Stands on everything; works with pytest, unittest or neither.
"""

import asyncio
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlsplit

from kingpost.app import App
from kingpost.settings import LEAST_SECRET, Settings
from kingpost.store.sqlite.connect import MEMORY
from kingpost.surface.rest.serve import Message


class Answer:
    """What came back: `status`, `headers` in lower case, `text`, and `body` as parsed from JSON (None where there is none)."""

    def __init__(self, status: int, headers: dict[str, str], raw: bytes) -> None:
        """Read a response."""
        self.status, self.headers, self.text = status, headers, raw.decode()
        self.body: Any = json.loads(raw) if raw and headers.get("content-type", "").startswith("application/json") else None

    def __repr__(self) -> str:
        """Say it as a failed assertion should show it."""
        return f"<{self.status} {self.text}>"

    @property
    def message(self) -> str:
        """The message of an error; empty where there is none."""
        return str(self.body["error"]["message"]) if self.status >= 400 else ""

    @property
    def details(self) -> dict[str, str]:
        """The messages of an error by field."""
        found = self.body["error"].get("details", []) if self.status >= 400 else []
        return {detail["field"]: detail["message"] for detail in found}


class Client:
    """Asks an app that lives in memory, with an empty database of its own."""

    def __init__(self, app: App, clock: Any = None) -> None:
        """Start the app.

        Args:
            app: Which; a test that wants an empty database makes another client.
            clock: Gives the seconds since 1970; the computer's own when left out.
        """
        self.app = app
        self.loop = asyncio.new_event_loop()
        self.token = ""
        self.engine = app.start(Settings(MEMORY, b"for tests alone".ljust(LEAST_SECRET, b"."), False), clock)
        self.rest = app.rest

    def __enter__(self) -> "Client":
        """Use the client for a while."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the database and the loop."""
        if not self.loop.is_closed():
            self.engine.identity.passwords.threads.shutdown(wait=True)
            self.loop.run_until_complete(self.engine.store.stop())
            self.loop.close()

    def __del__(self) -> None:
        """Close what a short test left open."""
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
            raise AssertionError(f"could not sign in as {email}: {answer}")
        self.token = answer.body["access_token"]
        return self

    def sign_out(self) -> "Client":
        """Go on as no one in particular."""
        self.token = ""
        return self

    def make_admin(self, email: str) -> None:
        """Make an account an admin, as `kingpost user promote` does."""
        if not self.loop.run_until_complete(self.engine.identity.promote(email, True)):
            raise AssertionError(f"there is no account {email}")

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
            url: The path, with a query if need be.
            body: What to send: bytes as they are, anything else as JSON; None for no body.
            headers: What to send beside.

        Returns:
            What came back.
        """
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"host": "testserver"} | ({"content-type": "application/json"} if raw else {})
        if self.token:
            sent["authorization"] = f"Bearer {self.token}"
        sent |= {name.lower(): text for name, text in (headers or {}).items()}
        parts = urlsplit(url)
        scope: Message = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": parts.path,
            "raw_path": quote(parts.path, safe="/%:@!$&'()*+,;=~-._").encode(),
            "query_string": parts.query.encode(),
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

        assert self.rest is not None
        await self.rest.serve(scope, receive, send)
        headers = {name.decode(): text.decode("latin-1") for name, text in sent[0]["headers"]}
        return Answer(sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))
