"""Reads the pages of the documentation as their reader does: the examples of a page, in order."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
FENCE = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
VARIABLE = re.compile(r"\$([A-Z]+)")
SERVED = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Example:
    """One fenced block: its language, the file it is said to be, what stands in it, and where on which page."""

    language: str
    file: str
    text: str
    page: str
    line: int

    def commands(self) -> Iterator[tuple[str, str]]:
        """Give what is typed at each prompt of a console, whole, and what is shown after it."""
        for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            lines = part.splitlines()
            length = next(number for number, line in enumerate(lines, 1) if not line.endswith("\\") and closed(lines[:number]))
            yield "\n".join(lines[:length]), "\n".join(lines[length:]).strip()


def closed(lines: list[str]) -> bool:
    """Whether every quote in these lines has its end."""
    try:
        shlex.split("\n".join(lines))
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Curl:
    """A request as curl would make it, and whether the head of the answer is shown."""

    method: str
    address: str
    headers: Mapping[str, str]
    body: bytes | None
    head: bool


def read(path: Path) -> list[Example]:
    """Give the examples of a page."""
    text = path.read_text(encoding="utf-8")
    return [
        Example(found[1], found[2] or "", found[4], path.name, text.count("\n", 0, found.start()) + 1)
        for found in FENCE.finditer(text)
    ]


def curl(typed: str, known: Mapping[str, str]) -> Curl:
    """Read a curl command; whatever of it is not understood here is a mistake of the page."""
    words = shlex.split(VARIABLE.sub(lambda found: known[found[1]], typed.replace("\\\n", " ")))
    assert words.pop(0) == "curl", typed
    method, headers, body, head, address = "", {}, None, False, ""
    while words:
        match words.pop(0):
            case "-s" | "-sg" | "-g":
                pass
            case "-i" | "-si":
                head = True
            case "-X":
                method = words.pop(0)
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            case "--json":
                body = words.pop(0).encode()
                headers["Content-Type"] = "application/json"
            case word:
                assert word.startswith(SERVED) and not address, word
                address = word.removeprefix(SERVED)
    return Curl(method or ("GET" if body is None else "POST"), address, headers, body, head)


def alike(shown: Any, got: Any) -> bool:
    """Whether an answer is as the page shows it: "..." stands for any text, and any moment for any other."""
    if isinstance(shown, dict) and isinstance(got, dict):
        return list(shown) == list(got) and all(alike(shown[name], got[name]) for name in shown)
    if isinstance(shown, list) and isinstance(got, list):
        return len(shown) == len(got) and all(map(alike, shown, got))
    if isinstance(shown, str) and isinstance(got, str):
        if "..." in shown:
            return re.fullmatch(".*".join(map(re.escape, shown.split("..."))), got, re.DOTALL) is not None
        return shown == got or bool(MOMENT.fullmatch(shown) and MOMENT.fullmatch(got))
    return type(shown) is type(got) and bool(shown == got)


def compare(shown: str, status: int, headers: Mapping[str, str], text: str, *, head: bool) -> None:
    """Hold what came back against what the page shows: the status and the headers that it names, and the whole body.

    Args:
        shown: What stands on the page.
        status: The status that came.
        headers: The headers that came, by names in lower case.
        text: The body that came.
        head: Whether the page shows the head too.
    """
    if head:
        above, _, shown = shown.partition("\n\n")
        first, *lines = above.splitlines()
        assert first.split()[1] == str(status), (first, status, text)
        for line in lines:
            name, _, value = line.partition(": ")
            assert alike(value, headers.get(name.lower())), (line, headers)
    if not shown and text:
        assert head or status < 400, text
    elif shown.startswith(("{", "[")) and text.startswith(("{", "[")) and len(text.splitlines()) == 1:
        assert alike(json.loads(shown), json.loads(text)), f"{text}\nis shown as\n{shown}"
    else:
        assert alike(shown.strip(), text.strip()), f"{text}\nis shown as\n{shown}"
