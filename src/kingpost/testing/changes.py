"""States what a test expects to be written, holds it against what was, and tells the difference in full.

Takes expected changes and those that the engine wrote down, gives what a failed test should read. Stands on the contract.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from types import TracebackType
from typing import Any, Literal, NamedTuple

from kingpost.contract.model import Contract
from kingpost.contract.model import Resource as Kind
from kingpost.contract.scalars import Password, Stored
from kingpost.declare.resource import Resource
from kingpost.engine.engine import Engine
from kingpost.store.look import Snapshot
from kingpost.testing.given import key_of, rows_of, stored

Verb = Literal["created", "updated", "deleted"]


@dataclass(frozen=True)
class Expected:
    """A change that a test expects; `fields` are those that it cares about, `key` the row's id where it names the row."""

    verb: Verb
    cls: type[Resource]
    fields: Mapping[str, object] = field(default_factory=dict)


def created(cls: type[Resource], /, **fields: object) -> Expected:
    """Expect a new row that has these values."""
    return Expected("created", cls, fields)


def updated(row: type[Resource] | Resource, /, **fields: object) -> Expected:
    """Expect a row to change so that each of these fields, which had another value, has this one."""
    return expected("updated", row, fields)


def deleted(row: type[Resource] | Resource, /, **fields: object) -> Expected:
    """Expect a row to go that had these values."""
    return expected("deleted", row, fields)


def expected(verb: Verb, row: type[Resource] | Resource, fields: Mapping[str, object]) -> Expected:
    """Expect something of a row, or of some row of a class."""
    return Expected(verb, row, fields) if isinstance(row, type) else Expected(verb, type(row), {"id": key_of(row), **fields})


class Want(NamedTuple):
    """A change that is expected, in stored values."""

    verb: Verb
    kind: Kind
    values: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What happens to which kind of row."""
        return f"{self.verb} {self.kind.title}"

    def __str__(self) -> str:
        """Say it as a failed test should show it."""
        return " ".join([self.name, *(f"{name}={shown(self.kind, name, each)}" for name, each in self.values.items())])


class Happened:
    """A change that was written down, in stored values."""

    def __init__(self, contract: Contract, row: Mapping[str, Stored]) -> None:
        """Read a row of the outbox."""
        self.kind: Kind = contract.resource[str(row["resource"])]
        self.verb, self.key = str(row["kind"]), row["key"]
        self.before, self.after = (json.loads(str(row[name])) if row[name] is not None else {} for name in ("before", "after"))

    @property
    def name(self) -> str:
        """What happened to which kind of row."""
        return f"{self.verb} {self.kind.title}"

    @property
    def changed(self) -> dict[str, Any]:
        """The values that tell of it: those that are new, or those that went."""
        now = self.after or self.before
        return {name: each for name, each in now.items() if self.verb != "updated" or self.before.get(name) != each}

    def __str__(self) -> str:
        """Say it as a failed test should show it."""
        parts = [self.name, f"id={shown(self.kind, 'id', self.key)}"]
        for name, each in self.changed.items():
            was = f"{shown(self.kind, name, self.before.get(name))} -> " if self.verb == "updated" else ""
            if name != "id" and (was or each is not None):
                parts.append(f"{name}={was}{shown(self.kind, name, each)}")
        hidden = self.verb == "updated" and not self.changed
        return " ".join(parts) + (" (only what no answer shows)" if hidden else "")


def shown(kind: Kind, name: str, value: Any) -> str:
    """Show a stored value as the wire has it."""
    known = kind.field.get(name)
    return repr(value if known is None or isinstance(value, list) else known.scalar.write(value))


class Watched:
    """A block of which something is asserted once it has come to its end."""

    def __init__(self, tell: Callable[[], str]) -> None:
        """Ask this, after the block, for what is wrong; empty where nothing is."""
        self.tell = tell

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Raise what is wrong, unless the block raised something itself."""
        __tracebackhide__ = True  # pytest shows the block, and nothing of ours
        if kind is None and (told := self.tell()):
            raise AssertionError(told)


def wanted(engine: Engine, expected: Expected) -> Want:
    """Give the stored form of a change that is expected; raises `AssertionError` for one that can never be."""
    rows = rows_of(engine, expected.cls)
    return Want(expected.verb, rows.resource, dict(stored(rows, name, value) for name, value in expected.fields.items()))


def compare(wants: Sequence[Want], happened: Sequence[Happened]) -> str:
    """Hold what happened against what was expected.

    Args:
        wants: The changes that are expected, in the order of their commit.
        happened: Those that were written down.

    Returns:
        What is different, line by line; empty where nothing is.
    """
    were = "there was 1" if len(happened) == 1 else f"there were {len(happened) or 'none'}"
    wish = f"{len(wants)} change{'' if len(wants) == 1 else 's'} and no other, in this order" if wants else "no change"
    lines = [f"Expected {wish}; {were}:"]
    fine = True
    matcher = SequenceMatcher(None, [each.name for each in wants], [each.name for each in happened], autojunk=False)
    for same, left, left_end, right, right_end in matcher.get_opcodes():
        if same == "equal":
            for want, each in zip(wants[left:left_end], happened[right:right_end], strict=True):
                wrong = differences(want, each)
                fine = fine and not wrong
                lines += [line("otherwise" if wrong else "as expected", str(each)), *(line("", text) for text in wrong)]
        else:
            fine = False
            lines += [line("missing", str(want)) for want in wants[left:left_end]]
            lines += [line("unexpected", str(each)) for each in happened[right:right_end]]
    return "" if fine else "\n".join(lines)


def line(word: str, text: str) -> str:
    """Write a line that begins with what is to be thought of it."""
    return f"  {word:12} {text}"


def differences(want: Want, happened: Happened) -> list[str]:
    """Say what is not as it was expected, field by field."""
    kind, now = want.kind, {"id": happened.key, **(happened.after or happened.before)}
    wrong = []
    for name, value in want.values.items():
        if now.get(name) != value:
            wrong.append(f"{name}={shown(kind, name, value)} was expected")
        elif want.verb == "updated" and name != "id" and name in happened.before and name not in happened.changed:
            wrong.append(f"{name}={shown(kind, name, value)} was so before")
    return wrong


def moved(contract: Contract, before: Snapshot, after: Snapshot) -> str:
    """Say what is different in two snapshots, row by row; empty where nothing is."""
    lines: list[str] = []
    moving = [table for table in before if before[table] != after[table]]
    for table in [table for table in moving if table in contract.resource]:
        was, now = ({row["id"]: row for row in rows} for rows in (before[table], after[table]))
        kind = contract.resource[table]
        lines += [
            difference(kind, was.get(key, {}), now.get(key, {})) for key in {**was, **now} if was.get(key) != now.get(key)
        ]
    if not lines:  # what the database keeps beside the rows tells little where rows have changed as well
        lines = [line("other rows", f"in {table}: {len(before[table])} before, {len(after[table])} now") for table in moving]
    return "\n".join(["Expected no row of any table to change, and there are:", *lines]) if moving else ""


def difference(kind: Kind, was: Mapping[str, Stored], now: Mapping[str, Stored]) -> str:
    """Tell of one row that is new, gone or different."""
    word, row = "created" if not was else "deleted" if not now else "updated", now or was
    parts = [f"{kind.title} id={shown(kind, 'id', row['id'])}"]
    for each in kind.fields[1:]:
        old, new = was.get(each.name), now.get(each.name)
        if isinstance(each.scalar, Password):
            parts += [f"{each.name}: another"] if word == "updated" and old != new else []
        elif word != "updated" and row[each.name] is not None:
            parts.append(f"{each.name}={shown(kind, each.name, row[each.name])}")
        elif old != new:
            parts.append(f"{each.name}={shown(kind, each.name, old)} -> {shown(kind, each.name, new)}")
    return line(word, " ".join(parts))
