"""An app of another framework beside ours: its websockets, its life, and the server that people run."""

import json
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from examples.mounted.app import app
from kingpost.testing import Client
from tests.cli.process import ROOT, Server, serving

MOUNTED = str(ROOT / "examples" / "mounted" / "app.py")


def ask(server: Server, path: str, body: object = None) -> tuple[int, Any]:
    """Ask a server, and give the status and the body."""
    raw = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(server.address + path, raw, {"content-type": "application/json"}), timeout=20) as answer:  # noqa: S310  # our own server
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_websocket_is_handed_on_and_says_everything_back() -> None:
    heard = [{"type": "websocket.receive", "text": text} for text in ("one", "two")]
    left = [{"type": "websocket.connect"}, *heard, {"type": "websocket.disconnect", "code": 1000}]
    said: list[Any] = []

    async def receive() -> Any:
        return left.pop(0)

    async def send(message: Any) -> None:
        said.append(message)

    path = "/legacy/echo"
    scope = {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "subprotocols": [],
    }
    with Client(app) as client:
        client.wait(client.running.serve(scope, receive, send))
    assert [each["type"] for each in said] == ["websocket.accept", "websocket.send", "websocket.send"]
    assert [each["text"] for each in said[1:]] == ["one", "two"]


def test_what_the_old_app_holds_is_gone_with_the_opening_it_was_made_in() -> None:
    loan = {"isbn": "9780141439563", "reader": "Pip"}
    with Client(app) as first, Client(app) as second:
        assert first.post("/legacy/loans", loan).status == 201
        assert second.get("/legacy/loans/9780141439563").status == 404
        assert first.get("/legacy/loans/9780141439563").status == 200


def test_our_own_server_serves_both(tmp_path: Path) -> None:
    with serving(tmp_path, "dev", MOUNTED) as server:
        assert ask(server, "/legacy/loans", {"isbn": "9780141439563", "reader": "Pip"})[0] == 201
        status, body = ask(server, "/legacy/loans/9780141439563")
        assert (status, json.loads(body)["self"]) == (200, f"{server.address}/legacy/loans/9780141439563")
        assert ask(server, "/legacy/docs")[0] == 200
        assert ask(server, "/api/v1/books") == (200, '{"items":[],"next":null}')
        assert ask(server, "/legacy/broken") == (500, "Internal Server Error")
        ended, _, log = server.stop()
    assert ended == 0
    told = [line for line in log if "what is mounted at /legacy broke: RuntimeError at app.py:" in line]
    assert len(told) == 1
    assert "card index" not in "".join(log)
