"""Reads a case from its folder and says what became of it, in files that are read without running anything."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import msgspec

from kingpost.call import Call
from kingpost.engine.engine import Ready, queries
from kingpost.engine.marks import SEAL
from kingpost.plan.query import Node, Query
from kingpost.plan.text import text
from kingpost.store.protocol import Statement
from kingpost.testing import Answer
from tests.plan.statement import laid_out
from tests.plan.worlds import Seen, World

CASES = Path(__file__).parent / "cases"


class Ask(msgspec.Struct, frozen=True):
    """A request as `ask.http` says it.

    `As` names a role; `Page` says which page of a list is asked for, each with the cursor that the page before it gave.
    """

    method: str
    url: str
    role: str = "anonymous"
    page: int = 1
    body: object = None


def read(folder: Path) -> Ask:
    head, _, body = (folder / "ask.http").read_text("utf-8").partition("\n\n")
    first, *rest = head.strip().splitlines()
    method, _, url = first.partition(" ")
    words = {name: word.strip() for name, _, word in (line.partition(":") for line in rest)}
    assert set(words) <= {"As", "Page"}, words
    value = json.loads(body) if body.strip() else None
    return Ask(method, url, words.get("As", "anonymous"), int(words.get("Page", "1")), value)


def run(world: World, ask: Ask) -> tuple[Answer, Seen]:
    """Ask for a case in a world whose rows are as they were in the beginning."""
    world.restore()
    world.sign_in(ask.role)
    answer, seen = world.ask(ask.method, ask.url, ask.body)
    for _ in range(1, ask.page):
        cursor = answer.body["next"]
        assert cursor, "there is no such page"
        answer, seen = world.ask(ask.method, f"{ask.url}{'&' if '?' in ask.url else '?'}after={cursor}", ask.body)
    return answer, seen


def files(world: World, ask: Ask) -> dict[str, str]:
    """Ask, and say what became of it: the content of each file of the case beside `ask.http`."""
    answer, seen = run(world, ask)
    assert answer.status < 500, answer
    (call,) = seen.calls
    planned = used(seen)
    return {
        "call.json": pretty(plain(call)),
        "plan.txt": "\n".join(f"as {of}: {text(ready.plan)}" for of, ready in planned) or "nothing is planned\n",
        f"{world.dialect}.sql": "\n".join(sql(world, planned)) or "-- nothing is run\n",
        "answer.json": pretty(told(answer) | ({"changes": changes} if (changes := world.changes()) else {})),
    }


def used(seen: Seen) -> list[tuple[str, Ready]]:
    """Give the plans that count: the one without a mark is only there to read the mark with."""
    after = {ready.plan.operation for shape, _, ready in seen.plans if shape.marked is not None}
    return [(of, ready) for shape, of, ready in seen.plans if shape.marked is not None or ready.plan.operation not in after]


def plain(value: object) -> object:
    """Give a struct as a JSON value, without what is left at its default, tokens and request ids."""
    if isinstance(value, msgspec.Struct):
        names = [name for name in value.__struct_fields__ if name not in ("token", "request_id")]
        given = {name: getattr(value, name) for name in names}
        defaults = {each.name: each.default for each in msgspec.structs.fields(value)}
        shown = {name: plain(each) for name, each in given.items() if each != defaults[name]}
        if isinstance(value, Call) and value.after:
            shown["after"] = opened(value.after)
        return {name: each for name, each in shown.items() if each != {}}
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    return value


def opened(mark: str) -> object:
    """Give what a page mark holds, without its seal; the text itself, if it is no mark."""
    try:
        raw = base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4))
        return {"sealed": json.loads(raw[SEAL:])}
    except ValueError:
        return mark


def told(answer: Answer) -> dict[str, object]:
    """Give an answer, without what differs from one time to the next."""
    found: dict[str, object] = {"status": answer.status}
    if "location" in answer.headers:
        found["location"] = answer.headers["location"]
    if answer.body is not None:
        found["body"] = masked(answer.body)
    return found


def masked(body: object) -> object:
    if isinstance(body, dict):
        masks = {name: "..." for name in ("timestamp", "requestId") if name in body}
        marks = {"next": opened(body["next"])} if isinstance(body.get("next"), str) else {}
        return {name: masked(each) for name, each in body.items()} | masks | marks
    return [masked(each) for each in body] if isinstance(body, list) else body


def sql(world: World, planned: list[tuple[str, Ready]]) -> Iterator[str]:
    """Lay out every statement of the plans that may run, each under what it does."""
    for _, ready in planned:
        if not ready.plan.refused:
            for query in known(ready):
                yield said(query, ready.of(query), "?" if world.dialect == "sqlite" else "$")


def known(ready: Ready) -> list[Query]:
    """Give the queries of a plan that the database knows a statement for."""
    return [query for query in queries(ready.plan) if ready.of(query).text]


def said(query: Node, statement: Statement, sign: str) -> str:
    """Lay out one statement, with the names of its parameters."""
    title = f"-- {type(query).__name__.lower()}"
    names = [f"{sign}{number} {name}" for number, name in enumerate(statement.names, 1)]
    return f"{title}: {', '.join(names) or 'no values'}\n{laid_out(statement.text)}"


def pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
