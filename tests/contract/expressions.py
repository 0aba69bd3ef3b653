"""Random rules, the rows they are asked of and those who ask; and the logic of SQL, written down a second time."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from hypothesis import strategies as st

from kingpost.contract.expr import (
    Asker,
    Caller,
    Constant,
    Every,
    Expression,
    Fixed,
    Operator,
    Read,
    Role,
    Some,
    Test,
    Unless,
    every,
    negate,
    some,
    unless,
)
from kingpost.contract.scalars import Stored

Rows: TypeAlias = Mapping[tuple[str, ...], Stored]

NUMBERS = st.integers(0, 3)
WORDS = st.sampled_from(["", "a", "b", "ab", "Ä", "\U0001f600", "\uffff"])
PATHS: dict[tuple[str, ...], st.SearchStrategy[Any]] = {
    ("id",): NUMBERS,
    ("user_id",): NUMBERS,
    ("user_id", "team_id"): NUMBERS,
    ("title",): WORDS,
    ("user_id", "name"): WORDS,
}
COMPARISONS: list[Operator] = ["=", "!=", "<", "<=", ">", ">="]


@st.composite
def comparisons(draw: st.DrawFn) -> Test:
    """Give one comparison that a rule may make."""
    path = draw(st.sampled_from(sorted(PATHS)))
    match draw(st.sampled_from(["null", "value", "among", "caller"])):
        case "null":
            return Test(path, draw(st.sampled_from(["is null", "is set"])))
        case "among":
            among = draw(st.lists(PATHS[path], max_size=3))
            return Test(path, draw(st.sampled_from(["in", "not in"])), Fixed(tuple(among)))
        case "caller" if PATHS[path] is NUMBERS:
            return Test(path, draw(st.sampled_from(COMPARISONS)), Caller())
        case _:
            return Test(path, draw(st.sampled_from(COMPARISONS)), Fixed(draw(PATHS[path] | st.none())))


def joined(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    """Give rules made of rules, in forms that `every` and `some` would have made smaller, too."""
    several = st.lists(parts, min_size=1, max_size=5).map(tuple)
    return several.map(Every) | several.map(Some) | parts.map(Unless)


LEAVES = comparisons() | st.booleans().map(Constant)
ROLES = st.sampled_from([Role("signed_in"), Role("admin")])
RULES: st.SearchStrategy[Expression] = st.recursive(LEAVES | ROLES, joined, max_leaves=12)
MADE: st.SearchStrategy[Expression] = st.recursive(
    LEAVES | ROLES,
    lambda parts: st.lists(parts, min_size=1, max_size=5).flatmap(
        lambda several: st.sampled_from([every(*several), some(*several), unless(several[0]), negate(several[0])])
    ),
    max_leaves=12,
)
"""Rules as declarations make them: by `every`, `some`, `unless` and `negate` alone."""
ROWS: st.SearchStrategy[Rows] = st.fixed_dictionaries({path: values | st.none() for path, values in PATHS.items()})
ASKERS = st.one_of(
    st.just(Asker()),
    NUMBERS.map(lambda id: Asker(id, True)),
    NUMBERS.map(lambda id: Asker(id, True, True)),
)


def reading(row: Rows) -> Read:
    """Give what reads a row."""
    return lambda path: row[path]


def both(one: bool | None, two: bool | None) -> bool | None:
    """AND, as the SQL standard's table of truth has it."""
    table = {
        (True, True): True, (True, False): False, (True, None): None, (False, True): False, (False, False): False,
        (False, None): False, (None, True): None, (None, False): False, (None, None): None,
    }  # fmt: skip
    return table[one, two]


def either(one: bool | None, two: bool | None) -> bool | None:
    """OR, as the SQL standard's table of truth has it."""
    table = {
        (True, True): True, (True, False): True, (True, None): True, (False, True): True, (False, False): False,
        (False, None): None, (None, True): True, (None, False): None, (None, None): None,
    }  # fmt: skip
    return table[one, two]


def turned(one: bool | None) -> bool | None:
    """NOT, as the SQL standard's table of truth has it."""
    return {True: False, False: True, None: None}[one]
