"""The gallery as a process of its own, and requests written byte by byte: what no client library would send is sent too."""

import json
import re
import socket
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from kingpost.testing import Answer
from tests.cli.process import ROOT, Server
from tests.engine.running import PASSWORD, Snapshot
from tests.surface.rest.scene import BASE, envelope

APP = f"""import sys
sys.path.insert(0, {str(ROOT)!r})
from kingpost import App, Budget
from tests.security.notes import Note
from tests.surface.rest.scene import Member, Painting, Style
app = App(Member, Style, Painting, Note, title="Gallery", budget=Budget(1_000_000_000))
"""
WORD = "c4n4ryc4n4ry"
"""What hostile texts are written around: it must come back nowhere but where it was stored."""
TOLD = re.compile(rb"Traceback|sqlite|apsw|SELECT |INSERT |UPDATE |\.py\b|/site-packages|0x[0-9a-f]{8}", re.IGNORECASE)
HOST = b"host: testserver"
JSON = b"content-type: application/json"


class Heard(NamedTuple):
    """One answer off the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def answer(self) -> Answer:
        return Answer(self.status, self.headers, self.body)


class Place(NamedTuple):
    """One operation that takes a body, with one that is sound."""

    method: str
    path: str
    body: dict[str, Any]


PAINTING = {"title": "New", "width": 1}
WRITES = (
    Place("POST", "/members", {"email": "new@example.com", "password": PASSWORD, "name": "New"}),
    Place("PUT", "/members/1", {"email": "ann@example.com", "name": "Ann"}),
    Place("PATCH", "/members/1", {"name": "Anna"}),
    Place("POST", "/paintings", PAINTING),
    Place("PUT", "/paintings/1", PAINTING),
    Place("PATCH", "/paintings/1", {"title": "Newer"}),
    Place("POST", "/members/1/paintings", PAINTING),
    Place("POST", "/styles", {"name": "New"}),
    Place("POST", "/paintings/batch", {"items": [{"do": "create", "data": PAINTING}]}),
    Place("POST", "/auth/login", {"email": "ann@example.com", "password": PASSWORD}),
)
READS = ("/members", "/members/1", "/paintings", "/paintings/1", "/styles", "/members/1/paintings", "/styles/{style}",
         "/styles/{style}/paintings", "/paintings/1/styles", "/notes", "/notes/1")  # fmt: skip
LISTS = (
    "/notes",
    "/members",
    "/paintings",
    "/styles",
    "/members/1/paintings",
    "/styles/{style}/paintings",
    "/paintings/1/styles",
)


class Wire:
    """A running gallery to be hostile to: `token` is Ann's, who is an admin and has two paintings."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.token = ""
        self.style = ""
        self.socket: socket.socket | None = None

    def send(self, raw: bytes) -> Heard:
        """Send bytes over a connection that is kept as long as it can be, and give the first answer."""
        for _ in range(2):
            kept = self.socket is not None
            self.socket = self.socket or self.connect()
            try:
                self.socket.sendall(raw)
                heard = hear(self.socket)
            except (BrokenPipeError, ConnectionResetError):
                heard = None
            if heard is None or heard.headers.get("connection") == "close":
                self.socket.close()
                self.socket = None
            if heard is not None:
                return heard
            assert kept, f"no answer to {raw[:300]!r}"  # a connection that was kept may have been given up meanwhile
        raise AssertionError(f"no answer to {raw[:300]!r}")

    def connect(self) -> socket.socket:
        """Connect anew."""
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=20)

    def ask(
        self, method: str, path: str | bytes, body: bytes | None = None, headers: Iterable[bytes] = (), token: str | None = None
    ) -> Heard:
        """Make a request; a header that is given stands in for ours of the same name."""
        target = path.encode("latin-1") if isinstance(path, str) else path
        given = list(headers)
        names = {each.partition(b":")[0].lower() for each in given}
        ours = [HOST, *([JSON] if body is not None else []), *([b"content-length: %d" % len(body)] if body is not None else [])]
        signed = self.token if token is None else token
        ours += [b"authorization: Bearer " + signed.encode()] if signed else []
        lines = [each for each in ours if each.partition(b":")[0] not in names] + given
        top = method.encode() + b" " + BASE.encode() + target.replace(b"{style}", self.style.encode()) + b" HTTP/1.1"
        return self.send(b"\r\n".join([top, *lines, b"", body or b""]))

    def sound(self, method: str, path: str, body: object = None, token: str | None = None) -> Any:
        """Make a request that is in order, and give the body of its answer."""
        heard = self.ask(method, path, None if body is None else json.dumps(body).encode(), token=token)
        assert heard.status < 300, heard
        return json.loads(heard.body) if heard.body else None

    def snapshot(self) -> Snapshot:
        """Read every row of the database."""
        connection = apsw.Connection(str(self.folder / "data" / "app.db"), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
            found: Any = {str(name): connection.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in names}
            return found  # type: ignore[no-any-return]  # the tables are STRICT, and none has real numbers
        finally:
            connection.close()

    def log(self) -> str:
        """Give what the server has written down so far."""
        return self.server.log.read_text(encoding="utf-8")


def hear(connection: socket.socket) -> Heard | None:
    """Read one answer; None where the connection was closed instead."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        part = connection.recv(65_536)
        if not part:
            assert raw == b"", raw
            return None
        raw += part
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines[1:])}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65_536)
    return Heard(int(lines[0].split(" ")[1]), headers, body)


def refused(heard: Heard, statuses: Sequence[int] = (400,), field: str | None = None) -> Answer:
    """Assert that an answer is a refusal in the one form, which names the field and tells nothing of the inside."""
    assert heard.status in statuses, heard
    answer = heard.answer
    envelope(answer, heard.status, answer.error["code"])
    assert not TOLD.search(heard.body), heard
    assert field is None or field in answer.details, (field, heard)
    return answer
