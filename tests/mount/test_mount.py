"""What is mounted answers at its prefix and nowhere else, lives as long as the app, and breaks alone."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kingpost import Access, App, Budget, Mistakes, Resource, anyone, operation, text
from kingpost.mount import CLOSED
from kingpost.settings import LEAST_SECRET, Settings
from kingpost.store.sqlite.connect import MEMORY
from kingpost.testing import Client

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Note(Resource, table="notes"):
    """A short text."""

    body: str = text()
    access = Access(read=anyone, create=anyone)


class Told:
    """An app that says which path it was asked for and which one is its own."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lived: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for _ in range(2):
                word = (await receive())["type"].partition(".")[2]
                self.lived.append(word)
                scope["state"]["words"] = self.lived
                await send({"type": f"lifespan.{word}.complete"})
            return
        said = f"{self.name} {scope['root_path']} {scope['path']} {scope.get('state', {}).get('words')}"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": said.encode()})


def plain(run: Callable[[Any, Send], Awaitable[None]]) -> Any:
    """Make an app of a function, one that knows no lifespan."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] != "lifespan"
        await run(scope, send)

    return app


def mounting(**apps: Any) -> App:
    """Make an app of notes where something is mounted at `/name` for each name, and at `/` for `root`."""
    app = App(Note, budget=Budget(3))
    for name, each in apps.items():
        app.mount("/" if name == "root" else f"/{name}", each)
    return app


async def started(scope: Any, send: Send, whole: bool = False) -> None:
    """Begin to answer, and break."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": not whole})
    raise ValueError("hunter2")


def asked(kind: str, path: str, **more: object) -> dict[str, Any]:
    """Describe a connection (ASGI 3)."""
    return {"type": kind, "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": [], **more}


def talk(app: App, scope: dict[str, Any], *heard: dict[str, Any]) -> list[dict[str, Any]]:
    """Open a connection to an app that runs, say something, and give all that it says."""
    left, said = list(heard), list[dict[str, Any]]()

    async def receive() -> dict[str, Any]:
        return left.pop(0)

    async def send(message: Any) -> None:
        said.append(message)

    client = Client(app)
    try:
        client.wait(client.running.serve(scope, receive, send))
    except ValueError as error:
        said.append({"type": "raised", "error": error})
    return said


def served(app: App, *words: str) -> list[dict[str, Any]]:
    """Let a server begin, and end if it is among the words, and give what the app says to that."""
    app.settings = Settings(MEMORY, b"for tests alone".ljust(LEAST_SECRET, b"."))
    said: list[dict[str, Any]] = []

    async def serve() -> None:
        left = [{"type": f"lifespan.{word}"} for word in words]

        async def receive() -> Any:
            return left.pop(0)

        async def send(message: Any) -> None:
            said.append(message)

        try:
            await app({"type": "lifespan"}, receive, send)
        except RuntimeError as error:
            said.append({"type": "raised", "message": str(error)})

    asyncio.run(serve())
    return said


def test_an_app_answers_at_its_prefix_and_below_at_the_borders_of_parts() -> None:
    client = Client(mounting(old=Told("old")))
    assert client.get("/old").text == "old /old /old ['startup']"
    assert client.get("/old/").text == "old /old /old/ ['startup']"
    assert client.get("/old/a/b?c=d").text == "old /old /old/a/b ['startup']"
    assert client.get("/older").status == client.get("/").status == client.get("/x/old").status == 404
    assert client.get("/api/v1/notes").body == {"items": [], "next": None}


def test_the_longest_prefix_comes_first_whatever_the_order_they_were_mounted_in() -> None:
    app = mounting(old=Told("old"))
    app.mount("/old/new", Told("new"))
    client = Client(app)
    assert client.get("/old/new/a").text.startswith("new /old/new /old/new/a ")
    assert client.get("/old/newer").text.startswith("old /old /old/newer ")


def test_the_root_takes_what_nothing_else_answers() -> None:
    client = Client(mounting(old=Told("old"), root=Told("root")))
    assert client.get("/").text.startswith("root  / ")
    assert client.get("/anything/else").text.startswith("root  /anything/else ")
    assert client.get("/old/x").text.startswith("old /old ")
    assert client.get("/api/v1/notes").status == client.get("/docs").status == client.get("/health/live").status == 200
    for path in ("/api/v1", "/api/v1/nothing", "/api/v1/notes/a/b"):  # what is below our own base is ours to refuse
        assert client.get(path).error["code"] == "NOT_FOUND"


def test_where_an_app_has_no_base_its_paths_are_its_own_and_all_others_those_of_the_root() -> None:
    @operation(access=anyone, method="GET", path="/{name}")
    async def page(name: str) -> str:
        return name

    app = App(Note, page, base="")
    app.mount("/", Told("root"))
    client = Client(app)
    assert client.get("/welcome").body == "welcome"
    assert client.get("/notes").body == {"items": [], "next": None}
    assert client.get("/a/b/c").text.startswith("root  /a/b/c ")


def test_a_prefix_that_a_server_keeps_before_us_stays_before_that_of_the_app() -> None:
    said = talk(mounting(old=Told("old")), asked("http", "/proxy/old/a", root_path="/proxy"))
    assert said[1]["body"].startswith(b"old /proxy/old /proxy/old/a ")


def test_an_app_lives_as_long_as_ours() -> None:
    first, second = Told("first"), Told("second")
    app = mounting(first=first, second=second)
    assert (first.lived, second.lived) == ([], [])
    assert served(app, "startup", "shutdown") == [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]
    assert first.lived == second.lived == ["startup", "shutdown"]
    client = Client(app)
    assert first.lived[2:] == ["startup"]
    client.close()
    assert first.lived[2:] == second.lived[2:] == ["startup", "shutdown"]


def test_what_starts_first_stops_last() -> None:
    order: list[str] = []

    def app(name: str) -> Any:
        async def live(scope: Any, receive: Any, send: Any) -> None:
            for _ in range(2):
                word = (await receive())["type"].partition(".")[2]
                order.append(f"{name} {word}")
                await send({"type": f"lifespan.{word}.complete"})

        return live

    served(mounting(first=app("first"), other=app("other")), "startup", "shutdown")
    assert order == ["first startup", "other startup", "other shutdown", "first shutdown"]


def test_an_app_that_can_not_start_keeps_ours_from_starting_and_those_before_it_are_stopped() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})
        raise ValueError("no database")

    before, app = Told("before"), App(Note)
    app.mount("/before", before)
    app.mount("/old", broken)
    message = "What is mounted at /old could not start: no database"
    expected = [{"type": "lifespan.startup.failed", "message": message}, {"type": "raised", "message": message}]
    assert served(app, "startup") == expected
    assert before.lived == ["startup", "shutdown"]
    assert app.running is None
    with pytest.raises(RuntimeError, match="What is mounted at /old could not start: no database"):
        Client(app)


@pytest.mark.parametrize("kind", ["raises", "returns", "returns when it hears"])
def test_an_app_that_knows_no_lifespan_is_answered_from_all_the_same(kind: str) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            if kind == "returns when it hears":
                await receive()
            if kind == "raises":
                raise AssertionError("what is a lifespan?")
            return
        await Told("old")(scope, receive, send)

    with Client(mounting(old=app)) as client:
        assert client.get("/old/a").text == "old /old /old/a None"


def test_an_app_that_breaks_is_told_of_in_our_envelope_and_its_error_in_no_answer_and_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    @plain
    async def broken(scope: Any, send: Send) -> None:
        raise ValueError("hunter2")

    client = Client(mounting(old=broken))
    answer = client.get("/old/a")
    assert (answer.status, answer.error["code"], answer.message) == (500, "INTERNAL", "Something went wrong on the server")
    assert answer.headers["x-request-id"] == answer.error["requestId"]
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert client.request("HEAD", "/old/a").text == ""
    assert client.get("/api/v1/notes").status == 200
    assert "what is mounted at /old broke: ValueError at test_mount.py:" in caplog.text
    assert "hunter2" not in answer.text + caplog.text


def test_an_answer_that_had_begun_is_cut_off() -> None:
    """The server is told of the error, so that nobody takes what was sent for the whole."""
    said = talk(mounting(old=plain(started)), asked("http", "/old"))
    assert [each["type"] for each in said] == ["http.response.start", "http.response.body", "raised"]


def test_an_answer_that_was_whole_stays_as_it_is() -> None:
    @plain
    async def broken(scope: Any, send: Send) -> None:
        await started(scope, send, whole=True)

    answer = Client(mounting(old=broken)).get("/old")
    assert (answer.status, answer.text) == (200, "half")


@plain
async def doubting(scope: Any, send: Send) -> None:
    """Accept a websocket, and break."""
    await send({"type": "websocket.accept"})
    raise ValueError("hunter2")


def test_websockets_are_handed_on_and_those_that_lead_nowhere_closed() -> None:
    async def echo(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.send", "text": f"{scope['root_path']} {(await receive())['text']}"})
            await send({"type": "websocket.close", "code": 1000})

    heard = {"type": "websocket.connect"}, {"type": "websocket.receive", "text": "hello"}
    app = mounting(old=echo, root=echo)
    assert talk(app, asked("websocket", "/old/live"), *heard)[1] == {"type": "websocket.send", "text": "/old hello"}
    assert talk(app, asked("websocket", "/live"), *heard)[1] == {"type": "websocket.send", "text": " hello"}
    closed = [{"type": "websocket.close", "code": 1008}]
    assert talk(app, asked("websocket", "/api/v1/notes"), *heard) == closed
    assert talk(mounting(old=echo), asked("websocket", "/live"), *heard) == closed


def test_a_websocket_whose_app_breaks_is_closed() -> None:
    said = talk(mounting(old=doubting), asked("websocket", "/old"), {"type": "websocket.connect"})
    assert said == [{"type": "websocket.accept"}, {"type": "websocket.close", "code": CLOSED}]


def test_a_websocket_that_is_over_is_not_closed_again() -> None:
    async def left(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "websocket.disconnect"
        raise ValueError("hunter2")

    assert talk(mounting(old=left), asked("websocket", "/old"), {"type": "websocket.disconnect", "code": 1006}) == []


def test_our_budgets_headers_and_bounds_are_not_those_of_the_app() -> None:
    client = Client(mounting(old=Told("old")))
    client.address = "192.0.2.1"
    for _ in range(5):
        answer = client.post("/old/a", b"x" * 2_000_000)
        assert (answer.status, sorted(answer.headers)) == (200, ["content-type"])
    assert client.get("/api/v1/notes").headers["ratelimit"].partition(";")[2].startswith("r=2")


@pytest.mark.parametrize(
    ("prefix", "problem"),
    [
        ("/api/v1", "this app answers at /api/v1 itself"),
        ("/api", "this app answers at /api/v1 itself"),
        ("/api/v1/old", "this app answers at /api/v1 itself"),
        ("/docs", "this app answers at /docs itself"),
        ("/docs/old", "this app answers at /docs itself"),
        ("/openapi.json", "this app answers at /openapi.json itself"),
        ("/health", "this app answers at /health/live itself"),
        ("/metrics", "this app answers at /metrics itself"),
        ("/old", "something is mounted at /old already"),
        ("", '"" is no path'),
        ("old", '"old" is no path'),
        ("/new/", '"/new/" is no path'),
        ("/{name}", '"/{name}" is no path'),
        ("//", '"//" is no path'),
    ],
)
def test_a_prefix_that_is_taken_or_none_is_refused_at_the_line_that_says_it(prefix: str, problem: str) -> None:
    app = mounting(old=Told("old"))
    with pytest.raises(Mistakes) as raised:
        app.mount(prefix, Told("new"))
    (mistake,) = raised.value.mistakes
    assert (mistake.place.file, mistake.subject, mistake.problem) == (__file__, f'app.mount("{prefix}")', problem)
    assert list(app.mounted) == ["/old"]


def test_the_paths_of_an_app_without_a_base_are_taken_one_by_one() -> None:
    app = App(Note, base="")
    for prefix in ("/notes", "/notes/old"):
        with pytest.raises(Mistakes, match="this app answers at /notes itself"):
            app.mount(prefix, Told("new"))
    app.mount("/old", Told("old"))
    assert Client(app).get("/old").status == 200


def test_nothing_is_mounted_once_the_app_has_started() -> None:
    app = App(Note)
    app.settings = Settings(MEMORY, b"for tests alone".ljust(LEAST_SECRET, b"."))

    async def late() -> None:
        app.start()
        with pytest.raises(Mistakes, match="the app has started"):
            app.mount("/old", Told("old"))
        await app.stop()

    asyncio.run(late())
