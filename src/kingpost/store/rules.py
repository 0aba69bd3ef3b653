"""Writes the SQL of rules, asked of whatever row they are about, and what every statement's text is made of.

Takes expressions, gives text; gathers the names of the values it needs. Stands on the model.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from kingpost.contract.expr import Caller, Constant, Every, Expression, Fixed, Hole, Role, Some, Test, Unless
from kingpost.contract.model import Contract, Field, Index, Key, Resource


class Searched(NamedTuple):
    """How a search is written: what is read, the condition for the words, and the id in whose order they are found."""

    source: str
    where: str
    key: str


class Part(NamedTuple):
    """One statement of several whose rows are merged, and the order in which its index gives them; none for a single row."""

    text: str
    order: str


class Dialect(Protocol):
    """What differs between databases."""

    def quote(self, name: str) -> str:
        """Write an identifier."""

    def literal(self, value: str | int) -> str:
        """Write a value that stands in the contract, so that a partial index can be seen to serve."""

    def parameter(self, number: int) -> str:
        """Write the place of a value, counted from 1."""

    def typed(self, text: str, field: Field) -> str:
        """Write a value that is to be of a field's type, where nothing beside it says so."""

    def truth(self, condition: str) -> str:
        """Write whether a condition holds, as a value: 1, 0 or null."""

    def number(self, resource: Resource) -> str:
        """Write the id of a new row, for a statement that sets nothing else."""

    def indexed(self, index: str) -> str:
        """Write, behind a table, the demand that it is read by this index, or nothing."""

    def among(self, column: str, keys: str) -> str:
        """Write that a column holds one of the ids in such a table."""

    def following(self, first: str, table: str, alias: str, condition: str) -> str:
        """Write, behind what is read first, the table in which each of its rows leads to one more."""

    def beside(self, table: str, alias: str, condition: str, rule: str) -> str:
        """Write the row of a table that a row leads to, if there is one and the rule, where there is any, holds for it."""

    def judged(self, rule: str, *, alone: bool) -> str:
        """Write what must hold of a row that is found by something else; `alone` if it is a single comparison."""

    def any(self, found: str, order: str) -> str:
        """Write whether anything is found, by the index that has this order."""

    def count(self, found: str, order: str) -> str:
        """Write how much is found, by the index that has this order."""

    def keys(self, parameter: str, key: Field) -> str:
        """Write the table of the ids in one JSON parameter, one column named `value`."""

    def apart(self, name: str, key: Field) -> str:
        """Write a key as the index of pairs has it that leads back, so that no other can be taken for that one."""

    def column(self, resource: Resource, index: Index, key: Key, name: str) -> str:
        """Write, from the name of a field, what an index has of it."""

    def equal(self, resource: Resource, name: str, left: str, right: str) -> str:
        """Write that a field is as a value."""

    def badge(self, index: str, key: Field, name: str) -> str:
        """Write, from the name of a row's id, what an index is sorted by in the end and no other one is, or nothing."""

    def merged(self, parts: Sequence[Part], order: str, limit: str) -> str:
        """Write the first rows of several statements in an order, in which each of them finds its own; in any, for none."""

    def under(self, parents: str, table: str, joins: str, key: str, chosen: str) -> str:
        """Write what stands behind FROM: each of the parents `p`, and the rows of a table that are `chosen` for it."""

    def compound(self) -> bool:
        """Whether a statement may be made of several that write."""

    def spare(self) -> str:
        """Write that rows which somebody else is about to change are left out, or nothing."""

    def search(self, resource: Resource, alias: str, words: str) -> Searched:
        """Write the search of a resource's rows for words that a space parts, the last of them perhaps only begun."""

    def direction(self, key: Key, field: Field) -> str:
        """Write the direction of a sort key, with nulls as the smallest values."""


Scope = Callable[[str], str]
"""Gives the SQL of a field of the row that a rule is asked of."""


class Rules:
    """Writes the rules of one statement, gathering its parameters."""

    def __init__(self, contract: Contract, dialect: Dialect) -> None:
        """Begin a statement."""
        self.contract, self.dialect = contract, dialect
        self.quote = dialect.quote
        self.names: list[str] = []
        self.links = 0

    def value(self, name: str) -> str:
        """Write the place of a named value; a name keeps its place."""
        if name not in self.names:
            self.names.append(name)
        return self.dialect.parameter(self.names.index(name) + 1)

    def new(self, resource: str, field: str) -> str:
        """Write the place of a field's new value; no field's name can be taken for that of another value."""
        return self.dialect.typed(self.value(f"new.{field}"), self.contract.resource[resource].field[field])

    def of(self, table: str) -> Scope:
        """Give the fields of a table in the statement."""
        return lambda field: f"{self.quote(table)}.{self.quote(field)}"

    def link(self) -> str:
        """Give a fresh name for a table that is only looked into; no resource's name begins with an underscore."""
        self.links += 1
        return f"_l{self.links}"

    def rule(self, resource: str, rule: Expression, scope: Scope, nested: bool = False) -> str:
        """Write a rule as asked of a row; `nested` puts an OR in brackets."""
        match rule:
            case Constant(value):
                return "1 = 1" if value else "1 = 0"
            case Test():
                return self.test(resource, rule, scope)
            case Every(parts):
                return " AND ".join(self.rule(resource, part, scope, nested=True) for part in parts)
            case Some(parts):
                text = " OR ".join(
                    f"({self.rule(resource, part, scope)})" if isinstance(part, Every) else self.rule(resource, part, scope)
                    for part in parts
                )
                return f"({text})" if nested else text
            case Unless(part):
                return f"({self.rule(resource, part, scope)}) IS NOT TRUE"
            case Role(name):
                raise AssertionError(f"the role {name} is decided before there is SQL")

    def test(self, resource: str, test: Test, scope: Scope) -> str:
        """Write one comparison."""
        left = self.path(resource, test.path, scope)
        match test.operator, test.value:
            case "is null", _:
                return f"{left} IS NULL"
            case "is set", _:
                return f"{left} IS NOT NULL"
            case operator, Caller():
                return f"{left} {operator} {self.value('caller')}"
            case "=", Hole(name) if len(test.path) == 1:
                return self.dialect.equal(self.contract.resource[resource], test.path[0], left, self.value(name))
            case operator, Hole(name):
                return f"{left} {operator} {self.value(name)}"
            case operator, Fixed(()):
                return "1 = 0" if operator == "in" else "1 = 1"
            case operator, Fixed(tuple() as values):
                return f"{left} {operator.upper()} ({', '.join(map(self.dialect.literal, values))})"
            case "=", Fixed(str() | int() as value) if len(test.path) == 1:
                return self.dialect.equal(self.contract.resource[resource], test.path[0], left, self.dialect.literal(value))
            case operator, Fixed(str() | int() as value):
                return f"{left} {operator} {self.dialect.literal(value)}"
            case operator, Fixed(None):
                return f"{left} {operator} NULL"
        raise AssertionError(f"no SQL for {test}")

    def path(self, resource: str, path: tuple[str, ...], scope: Scope) -> str:
        """Write the field at the end of a path of links; null where a link on the way is empty."""
        if len(path) == 1:
            return scope(path[0])
        target = self.contract.resource[resource].ref_of[path[0]].target
        name = self.link()
        inner = self.path(target, path[1:], self.of(name))
        return f"(SELECT {inner} FROM {self.quote(target)} AS {name} WHERE {self.of(name)('id')} = {scope(path[0])})"
