"""The rows that a new database begins with, as `seed.json` names them.

    {"users": [{"@": "ada", "email": "ada@example.com", "password": "SecurePass123!", "admin": true}],
     "posts": [{"user": "@ada", "title": "Hello"}]}

`@` labels a row, and a link takes the label, or an id under the link's own name or its field's. Takes the file, gives rows in
an order in which each comes after those it links to. Stands on the contract.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from kingpost.contract import json
from kingpost.contract.inputs import Unfit, Values, read
from kingpost.contract.model import Contract, Resource
from kingpost.contract.scalars import Integer
from kingpost.declare.source import suggest

LABEL = "@"
ADMIN = "admin"
MADE_UP = 2**52


class BadSeed(Exception):
    """Everything that is wrong with a seed, each with its place."""

    def __init__(self, problems: list[str]) -> None:
        """Say the problems."""
        count = f"{len(problems)} mistake{'' if len(problems) == 1 else 's'} in seed.json"
        super().__init__("\n".join([count, *(f"  {each}" for each in problems)]))


@dataclass(frozen=True)
class Sown:
    """One row: where it stands, what is sent, the labels that its links name by field, and whether it is an admin."""

    place: str
    resource: Resource
    label: str
    sent: Mapping[str, Any]
    links: Mapping[str, str | tuple[str, ...]]
    admin: bool

    @property
    def needs(self) -> list[str]:
        """The labels of the rows that must be there before it."""
        return [label for each in self.links.values() for label in ((each,) if isinstance(each, str) else each)]


@dataclass(frozen=True)
class Seed:
    """Rows, in an order in which they can be made."""

    rows: tuple[Sown, ...] = ()
    first_account: str = ""

    @property
    def counted(self) -> str:
        """How many rows there are of each kind."""
        names = dict.fromkeys(row.resource.name for row in self.rows)
        return ", ".join(f"{sum(row.resource.name == name for row in self.rows)} in {name}" for name in names)


@dataclass
class Reading:
    """What was read of a seed so far, and what is wrong with it."""

    contract: Contract
    rows: list[Sown] = field(default_factory=list)
    labelled: dict[str, Sown] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read_seed(file: Path, contract: Contract) -> Seed:
    """Read a seed.

    Args:
        file: Where it is; an app may have none.
        contract: What its rows must fit.

    Returns:
        The rows, in an order in which they can be made.

    Raises:
        BadSeed: Something is wrong; it says everything that is.
    """
    if not file.is_file():
        return Seed()
    try:
        sent = json.read(file.read_bytes())
    except json.Malformed as error:
        raise BadSeed([str(error).replace("The body", "The file")]) from error
    if not isinstance(sent, dict):
        raise BadSeed(['The file must hold an object such as {"posts": [{"title": "Hello"}]}'])
    reading = Reading(contract)
    for name, rows in sent.items():
        if name not in contract.resource:
            reading.problems.append(f"{name}: Is no resource. {suggest(name, contract.resource, 'There are')}")
        elif not isinstance(rows, list):
            reading.problems.append(f"{name}: Must be a list of rows")
        else:
            for at, row in enumerate(rows):
                take(reading, f"{name}[{at}]", contract.resource[name], row)
    for row in reading.rows:
        judge(reading, row)
    ordered = in_order(reading)
    if reading.problems:
        raise BadSeed(reading.problems)
    accounts = [row.sent["email"] for row in reading.rows if row.resource.account]
    return Seed(ordered, str(accounts[0]) if accounts else "")


def take(reading: Reading, place: str, resource: Resource, row: object) -> None:
    """Take one row apart: its label, its links by label, and what is sent."""
    if not isinstance(row, dict):
        reading.problems.append(f"{place}: Must be an object")
        return
    sent, links = dict(row), {}
    label, admin = sent.pop(LABEL, ""), False
    if not isinstance(label, str):
        reading.problems.append(f"{place}.{LABEL}: Must be text")
        label = ""
    if resource.account and isinstance(sent.get(ADMIN), bool):
        admin = sent.pop(ADMIN)
    fields = {ref.name: ref.field for ref in resource.refs} | {many.name: many.field for many in resource.manys}
    for name, held in fields.items():
        if name in sent and held in sent and name != held:
            reading.problems.append(f"{place}.{name}: Is given twice, here and as {held}")
        if name in sent:
            sent[held] = sent.pop(name)
        if (named := labels(sent.get(held))) is not None:
            links[held] = named
    made = Sown(place, resource, label, sent, links, admin)
    if label in reading.labelled:
        reading.problems.append(f"{place}.{LABEL}: Is the label of {reading.labelled[label].place} already")
    elif label:
        reading.labelled[label] = made
    reading.rows.append(made)


def labels(sent: object) -> str | tuple[str, ...] | None:
    """Give the labels that a link names; none where it holds ids."""
    if isinstance(sent, str) and sent.startswith(LABEL):
        return sent.removeprefix(LABEL)
    if isinstance(sent, list) and sent and all(isinstance(each, str) and each.startswith(LABEL) for each in sent):
        return tuple(each.removeprefix(LABEL) for each in sent)
    return None


def judge(reading: Reading, row: Sown) -> None:
    """Say everything that is wrong with a row, as far as it can be known before the database is asked."""
    targets = {ref.field: ref.target for ref in row.resource.refs} | {many.field: many.target for many in row.resource.manys}
    wrong: set[str] = set()
    for name, named in row.links.items():
        for label in (named,) if isinstance(named, str) else named:
            found = reading.labelled.get(label)
            if found is None:
                known = [f"{LABEL}{each}" for each, row in reading.labelled.items() if row.resource.name == targets[name]]
                says = suggest(f"{LABEL}{label}", known, f"Labels of {targets[name]} are")
                reading.problems.append(f"{row.place}.{name}: No row has the label {LABEL}{label}. {says}")
                wrong.add(name)
            elif found.resource.name != targets[name]:
                reading.problems.append(
                    f"{row.place}.{name}: {LABEL}{label} is one of {found.resource.name}, not of {targets[name]}"
                )
                wrong.add(name)
    try:
        stored(reading.contract, row)
    except Unfit as unfit:
        reading.problems += [f"{row.place}.{name}: {message}" for name, message, _ in unfit.problems if name not in wrong]
    for ref in row.resource.refs:
        if ref.caller and ref.field not in row.sent and not row.resource.field[ref.field].optional:
            reading.problems.append(f"{row.place}.{ref.field}: Is required; nobody is signed in here")


def stored(contract: Contract, row: Sown) -> Values:
    """Read what a row is sent, with made-up ids for its labels; raises `Unfit`."""
    targets = {ref.field: ref.target for ref in row.resource.refs} | {many.field: many.target for many in row.resource.manys}

    def made_up(name: str, number: int) -> object:
        """Give an id that fits a link."""
        scalar = contract.resource[targets[name]].key.scalar
        return MADE_UP + number if isinstance(scalar, Integer) else f"00000000-0000-7000-8000-{number:012x}"

    sent = dict(row.sent)
    for name, named in row.links.items():
        sent[name] = made_up(name, 0) if isinstance(named, str) else [made_up(name, at) for at, _ in enumerate(named)]
    return read(row.resource, "create", sent, contract.resource)


def in_order(reading: Reading) -> tuple[Sown, ...]:
    """Give the rows, each after those it links to; notes those that go in a circle."""
    places = {row.place: row for row in reading.rows}
    needs = {
        row.place: [reading.labelled[label].place for label in row.needs if label in reading.labelled] for row in reading.rows
    }
    try:
        return tuple(places[place] for place in TopologicalSorter(needs).static_order())
    except CycleError as error:
        circle = ", which links to ".join(reversed(error.args[1]))
        reading.problems.append(f"{error.args[1][-1]}: Goes in a circle: {circle}. Leave one link out")
        return ()
