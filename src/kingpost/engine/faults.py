"""Tells a developer why code of the app broke: what, where, and what may help; nobody is told of it in production.

Takes a call and the error it ended with, gives lines of text that hold nothing of what the caller sent. Stands on the ground.
"""

import inspect
import linecache
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from traceback import walk_tb
from typing import Any

from kingpost.call import Call, Refused
from kingpost.contract.model import RULE_OF, Contract
from kingpost.contract.types import Unwritable

OTHERS = (
    str(Path(__file__).parent.parent),
    *{sysconfig.get_path(each) for each in ("stdlib", "platstdlib", "purelib", "platlib")},
)
MOST_FRAMES, MOST_TEXT, LEAST_HIDDEN = 5, 500, 4


class Faults:
    """Explains errors to whoever writes the app."""

    def __init__(self, contract: Contract, code: Mapping[str, Callable[..., Any]], say: Callable[[str], object]) -> None:
        """Explain errors in this code.

        Args:
            contract: What may be asked.
            code: The functions of the app, by stable name.
            say: Takes the lines, such as a terminal.
        """
        self.contract, self.code, self.say = contract, code, say

    def broke(self, where: Call | str, error: BaseException) -> None:
        """Explain an error that no one foresaw, in a call, or in code of some stable name that words its failure."""
        call = Call(where) if isinstance(where, str) else where
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        what = str(error) if isinstance(error, Unwritable) else f"broke with {type(error).__name__}: {error}"
        places = own(error)[-MOST_FRAMES:] or self.written(call)
        self.tell(call, what, places, "Write await before the call that gave it" if "coroutine" in what else "")

    def refused(self, call: Call, refusal: BaseException) -> None:
        """Explain a refusal that code got for a call of its own and let through; one that it raised itself needs no word."""
        places = own(refusal)
        if not places or not isinstance(refusal, Refused) or places[-1] == [*frames(refusal)][-1]:
            return
        failure = refusal.failure
        said = "; ".join(f"{each.field}: {each.message}" for each in failure.details) or failure.message
        self.tell(call, f"was refused as {failure.kind} by a call of its own: {said}", places[-MOST_FRAMES:], "")

    def written(self, call: Call) -> list[tuple[str, int, str]]:
        """Give the place of the code behind a call, where the error itself came too late to lead there."""
        asked = self.contract.operation.get(call.operation)
        name = call.operation if asked is None else asked.code
        if asked is not None and asked.verb is not None:
            name = f"{asked.resource}.before.{RULE_OF[asked.verb]}"
        code = getattr(inspect.unwrap(self.code[name]), "__code__", None) if name in self.code else None
        return [(code.co_filename, code.co_firstlineno, code.co_name)] if code else []

    def tell(self, call: Call, what: str, places: list[tuple[str, int, str]], hint: str) -> None:
        """Say it, with the lines of the code that it happened on."""
        lines = [f"{call.operation} {hushed(call, what)}"]
        for file, number, name in places:
            lines += [f"  {file}:{number} in {name}", f"    {linecache.getline(file, number).strip()}"]
        self.say("\n".join([*lines, *([f"  {hint}"] if hint else [])]))


def aloud(lines: str) -> None:
    """Say lines on standard error, where a terminal shows them and pytest keeps them for a test that fails."""
    sys.stderr.write(f"{lines}\n")


def frames(error: BaseException) -> Iterator[tuple[str, int, str]]:
    """Give the file, the line and the function of each frame that an error went through, the innermost last."""
    for frame, line in walk_tb(error.__traceback__):
        yield frame.f_code.co_filename, line, frame.f_code.co_name


def own(error: BaseException) -> list[tuple[str, int, str]]:
    """Give the frames that are the app's own: not ours, not Python's, not those of a library that was installed."""
    return [each for each in frames(error) if ours(each[0])]


def ours(file: str) -> bool:
    """Whether a file is the app's own."""
    return Path(file).is_absolute() and not file.startswith(OTHERS)


def hushed(call: Call, what: str) -> str:
    """Give a text without what the caller sent: passwords, tokens and cookies stay out of terminals and their histories."""
    cookies = (each.partition("=")[2] for each in call.beside.get("cookie", "").split(";"))
    parts = (each.input for each in call.parts)
    sent = {call.token or "", *leaves([call.input, *parts, dict(call.given), dict(call.beside)]), *cookies}
    for each in sorted((each for each in sent if len(each) >= LEAST_HIDDEN), key=len, reverse=True):
        for spelled in (each, repr(each)[1:-1]):
            what = what.replace(spelled, "...")
    return "".join(each if each.isprintable() else " " for each in what[:MOST_TEXT])


def leaves(value: object) -> Iterator[str]:
    """Give every text and number in a JSON value, as text."""
    if isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from leaves(each)
    elif not isinstance(value, bool | None):
        yield str(value)
