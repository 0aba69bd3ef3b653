"""What breaks in the app's own code is explained to its developer with the line it stands on, and to nobody else."""

import inspect
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from kingpost import Access, App, Context, Data, Lists, Refused, Resource, anyone, before, number, operation, serial, text
from kingpost.call import Call
from kingpost.engine.faults import Faults
from kingpost.settings import Settings
from kingpost.testing import Client
from tests.cli.process import SECRET, serving

INTERNAL = "Something went wrong on the server"
HERE = str(Path(__file__))


class Bill(Data):
    """What it comes to."""

    total: int = number(min=0)
    at: datetime | None = None


class Cup(Resource, table="cups"):
    """Something to drink from."""

    id: int = serial()
    name: str = text(min=2, max=50)

    access = Access(create=anyone, read=anyone, update=anyone)
    lists = Lists("name")

    @before("update")
    @staticmethod
    async def lost(context: Context, values: dict[str, Any]) -> dict[str, Any]:
        """Forget to give anything."""
        return None  # type: ignore[return-value]  # the mistake

    @operation(access=anyone)
    async def unawaited(self, context: Context) -> str:
        """Forget to wait for a row."""
        row = context[Cup].get(self.id)
        try:
            return row.name  # type: ignore[attr-defined,no-any-return]  # the mistake
        finally:
            row.close()

    @operation(access=anyone)
    @staticmethod
    async def unreturned(context: Context) -> Bill:
        """Forget to give anything."""
        return None  # type: ignore[return-value]  # the mistake

    @operation(access=anyone)
    @staticmethod
    async def unsaid(context: Context) -> "Cup":
        """Give a row without waiting for it."""
        given = context[Cup].get(1)
        given.close()
        return given  # type: ignore[return-value]  # the mistake

    @operation(access=anyone)
    @staticmethod
    async def negative(context: Context) -> Bill:
        """Give a value that does not fit."""
        return Bill(total=-1)

    @operation(access=anyone)
    @staticmethod
    async def unfit(context: Context, name: str) -> "Cup":
        """Hand on what does not fit."""
        return await context[Cup].create(name=name[:1])

    @operation(access=anyone)
    @staticmethod
    async def lookup(context: Context, word: str) -> str:
        """Break with what was sent in the text of the error."""
        return {"a": "b"}[word + str(context.cookies) + str(context.token)]

    @operation(access=anyone)
    @staticmethod
    async def own(context: Context) -> None:
        """Refuse, as it should."""
        raise Refused("TOO_LATE", "It is too late")

    @operation(access=anyone)
    @staticmethod
    async def grouped(context: Context) -> None:
        """Break in several places at once."""
        raise ExceptionGroup("two", [ValueError("the first"), ValueError("the second")])


app = App(Cup, title="Cups")


def line(words: str) -> int:
    """Give the number of the line of this file that has these words, before any test."""
    return next(number for number, each in enumerate(Path(HERE).read_text().splitlines(), 1) if words in each)


def told(capsys: pytest.CaptureFixture[str], path: str, body: object = None, **more: Any) -> tuple[Any, list[str]]:
    """Ask, and give the answer and what a developer is told."""
    client = Client(app)
    client.make(Cup, name="Mug")
    answer = client.post(f"/api/v1/cups/{path}", body, **more)
    return answer, capsys.readouterr().err.splitlines()


def test_a_missing_await_is_told_with_its_line_and_what_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    answer, lines = told(capsys, "1/unawaited")
    assert (answer.status, answer.message) == (500, INTERNAL) and "details" not in answer.error
    assert lines == [
        "cups.unawaited broke with AttributeError: 'coroutine' object has no attribute 'name'",
        f"  {HERE}:{line('return row.name')} in unawaited",
        "    return row.name  # type: ignore[attr-defined,no-any-return]  # the mistake",
        "  Write await before the call that gave it",
    ]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("unreturned", "gave None where it says Bill"),
        ("unsaid", "gave coroutine where it says Cup"),
        ("negative", "gave int: Must be at least 0, in Bill.total"),
    ],
)
def test_a_wrong_return_value_is_told_at_the_function_that_gave_it(
    capsys: pytest.CaptureFixture[str], path: str, said: str
) -> None:
    answer, lines = told(capsys, path)
    assert (answer.status, answer.message) == (500, INTERNAL)
    code = inspect.unwrap(app.built.code[f"cups.{path}"]).__code__
    hint = ["  Write await before the call that gave it"] if "coroutine" in said else []
    assert lines == [f"cups.{path} {said}", f"  {HERE}:{code.co_firstlineno} in {path}", "    @operation(access=anyone)", *hint]


def test_a_hook_that_gives_nothing_is_told_at_its_function(capsys: pytest.CaptureFixture[str]) -> None:
    client = Client(app)
    client.make(Cup, name="Mug")
    answer = client.patch("/api/v1/cups/1", {"name": "Cup"})
    assert (answer.status, answer.message) == (500, INTERNAL)
    said, place, _ = capsys.readouterr().err.splitlines()
    assert said.startswith("cups.merge ") and place == f"  {HERE}:{line('    @before')} in lost"


def test_a_refusal_that_code_brought_upon_itself_is_told_and_one_that_it_meant_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer, lines = told(capsys, "unfit", {"name": "Mug"})
    assert (answer.status, answer.details) == (400, {"name": "Must have at least 2 characters"})
    assert lines == [
        "cups.unfit was refused as invalid by a call of its own: name: Must have at least 2 characters",
        f"  {HERE}:{line('name=name[:1]')} in unfit",
        "    return await context[Cup].create(name=name[:1])",
    ]
    answer, lines = told(capsys, "own")
    assert (answer.error["code"], lines) == ("TOO_LATE", [])
    answer, lines = told(capsys, "own", {"nothing": 1})
    assert (answer.status, lines) == (400, [])


def test_what_the_caller_sent_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    sent = {"word": "hunter2 'and' \x1b[31m a line\nmore"}
    answer, lines = told(capsys, "lookup", sent, headers={"Cookie": "session=s3cr3t-cookie"})
    assert (answer.status, answer.message) == (500, INTERNAL)
    assert lines[0].startswith("cups.lookup broke with KeyError: ") and "..." in lines[0]
    assert not [word for word in ("hunter2", "s3cr3t-cookie", "\x1b") if word in "\n".join(lines)]
    assert lines[1].startswith(f"  {HERE}:") and len(lines) == 3


def test_of_several_errors_the_first_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    answer, lines = told(capsys, "grouped")
    assert (answer.status, lines[0]) == (500, "cups.grouped broke with ValueError: the first")


def test_a_long_error_is_cut_short() -> None:
    said: list[str] = []
    Faults(app.contract, {}, said.append).broke(Call("cups.own"), ValueError("x" * 10_000))
    assert len(said) == 1 and len(said[0]) < 600


def test_only_development_is_told(tmp_path: Path) -> None:
    for production in (True, False):
        running = app.open(Settings(":memory:", SECRET.encode(), production=production))
        assert (running.engine.faults is None) is production


BROKEN = """from kingpost import App, Context, anyone, operation


@operation(access=anyone, path="/broken")
async def broken(context: Context) -> str:
    \"\"\"Break.\"\"\"
    raise ValueError("an inner secret")


app = App(broken, title="Broken")
"""


@pytest.mark.parametrize("command", ["dev", "serve"])
def test_the_terminal_of_a_developer_shows_it_and_the_log_of_production_does_not(tmp_path: Path, command: str) -> None:
    (tmp_path / "app.py").write_text(BROKEN)
    more = {"SECRET_KEY": SECRET} if command == "serve" else {}
    with serving(tmp_path, command, **more) as server:
        answer = httpx2.post(f"{server.address}/api/v1/broken", json={})
        assert answer.status_code == 500 and "secret" not in answer.text
        _, _, log = server.stop()
    shown = [each for each in log if not each.startswith("{")]
    expected = [
        "broken broke with ValueError: an inner secret",
        f"  {tmp_path / 'app.py'}:7 in broken",
        '    raise ValueError("an inner secret")',
    ]
    assert shown == (expected if command == "dev" else [])
    assert [each for each in log if '"outcome":"internal"' in each and '"cause":"ValueError at app.py:7 broken"' in each]


MISTAKEN = """import time

from kingpost import App, Context, Lists, Access, Resource, anyone, operation, serial


class Cup(Resource, table="cups"):
    id: int = serial()
    access = Access(create=anyone, read=anyone)
    lists = Lists("id")


@operation(access=anyone, path="/still")
async def still(context: Context) -> None:
    time.sleep(1)


@operation(access=anyone, path="/forgot")
async def forgot(context: Context) -> None:
    context[Cup].create()


app = App(Cup, still, forgot, title="Mistaken")
"""


@pytest.mark.parametrize("command", ["dev", "serve"])
def test_a_developer_is_told_of_code_that_blocks_and_of_every_call_that_is_not_awaited(tmp_path: Path, command: str) -> None:
    (tmp_path / "app.py").write_text(MISTAKEN)
    more = {"SECRET_KEY": SECRET} if command == "serve" else {}
    with serving(tmp_path, command, **more) as server:
        for path in ("still", "still", "forgot", "forgot"):
            assert httpx2.post(f"{server.address}/api/v1/{path}").status_code == 204
        _, _, log = server.stop()
    place = f"  {tmp_path / 'app.py'}:14 in still"
    forgotten = [each for each in log if f"{tmp_path / 'app.py'}:19: RuntimeWarning: coroutine 'Rows.create'" in each]
    if command == "serve":
        assert place not in log
    else:
        at = log.index(place)
        assert log[at - 1 : at + 2] == ["The server stands still, for 0.25 s by now", place, "    time.sleep(1)"]
        assert (log.count(place), len([each for each in log if "stands still" in each]), len(forgotten)) == (1, 1, 2)
