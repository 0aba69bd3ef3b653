"""Rules as data: an expression over who asks and one row, in the three-valued logic of SQL.

Takes and gives frozen expressions; `holds` evaluates one in Python exactly as every database does. Stands on the scalars.
"""

from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias, assert_never

import msgspec

from kingpost.contract.scalars import Stored

Operator: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">=", "is null", "is set", "in", "not in"]
OPPOSITE: dict[Operator, Operator] = {
    "=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">",
    "is null": "is set", "is set": "is null", "in": "not in", "not in": "in",
}  # fmt: skip


class Caller(msgspec.Struct, frozen=True, tag="caller"):
    """The id of who asks."""


class Fixed(msgspec.Struct, frozen=True, tag="fixed"):
    """A value written in the rule; a tuple for `in`."""

    value: str | int | tuple[str | int, ...] | None = None


class Hole(msgspec.Struct, frozen=True, tag="hole"):
    """A value that comes with the call, by its name."""

    name: str


class Constant(msgspec.Struct, frozen=True, tag="constant"):
    """True for every row, or for none."""

    value: bool


class Role(msgspec.Struct, frozen=True, tag="role"):
    """What the caller is: signed in, or an admin."""

    name: Literal["signed_in", "admin"]


class Test(msgspec.Struct, frozen=True, tag="test"):
    """One field of the row, or of a row it links to, compared with a value.

    `path` names the links to follow (by the link's field, such as `post_id`) and then the field.
    """

    path: tuple[str, ...]
    operator: Operator
    value: Caller | Fixed | Hole = Fixed()

    __test__ = False  # pytest would take the name for a test


class Every(msgspec.Struct, frozen=True, tag="every"):
    """All parts hold."""

    parts: "tuple[Expression, ...]"


class Some(msgspec.Struct, frozen=True, tag="some"):
    """At least one part holds."""

    parts: "tuple[Expression, ...]"


class Unless(msgspec.Struct, frozen=True, tag="unless"):
    """The part does not hold: it is false or unknown (SQL's IS NOT TRUE)."""

    part: "Expression"


Expression: TypeAlias = Constant | Role | Test | Every | Some | Unless

ALWAYS, NEVER = Constant(True), Constant(False)


def every(*parts: Expression) -> Expression:
    """Join with AND: flat, without repeats, and decided where it can be."""
    flat: list[Expression] = []
    for part in parts:
        for each in part.parts if isinstance(part, Every) else (part,):
            if each == NEVER:
                return NEVER
            if each != ALWAYS and each not in flat:
                flat.append(each)
    return ALWAYS if not flat else flat[0] if len(flat) == 1 else Every(tuple(flat))


def some(*parts: Expression) -> Expression:
    """Join with OR: flat, without repeats, and decided where it can be."""
    flat: list[Expression] = []
    for part in parts:
        for each in part.parts if isinstance(part, Some) else (part,):
            if each == ALWAYS:
                return ALWAYS
            if each != NEVER and each not in flat:
                flat.append(each)
    return NEVER if not flat else flat[0] if len(flat) == 1 else Some(tuple(flat))


def negate(expression: Expression) -> Expression:
    """Give the three-valued opposite, with NOT pushed down to the leaves so that indexes still serve it.

    A role has no opposite here: `Unless` says it, as roles are decided before any database sees them.
    """
    match expression:
        case Constant(value):
            return Constant(not value)
        case Test(path, operator, value):
            return Test(path, OPPOSITE[operator], value)
        case Every(parts):
            return some(*map(negate, parts))
        case Some(parts):
            return every(*map(negate, parts))
        case Unless() | Role():
            # Neither is ever unknown, so "is not true" is the whole opposite.
            return Unless(expression)
        case _:
            assert_never(expression)


def tests(expression: Expression) -> Iterator[Test]:
    """Give every comparison in the expression, left to right."""
    match expression:
        case Test():
            yield expression
        case Every(parts) | Some(parts):
            for part in parts:
                yield from tests(part)
        case Unless(part):
            yield from tests(part)


def beyond(link: str, expression: Expression) -> Expression:
    """Give the expression as asked of the row at the other end of a link."""
    match expression:
        case Test(path, operator, value):
            return Test((link, *path), operator, value)
        case Every(parts):
            return Every(tuple(beyond(link, part) for part in parts))
        case Some(parts):
            return Some(tuple(beyond(link, part) for part in parts))
        case Unless(part):
            return Unless(beyond(link, part))
        case _:
            return expression


class Asker(msgspec.Struct, frozen=True):
    """Who asks, as far as rules can tell."""

    id: str | int | None = None
    signed_in: bool = False
    admin: bool = False


Standing: TypeAlias = Literal["anonymous", "signed_in", "admin"]
"""What is known of a caller before its id is: the part of a rule that needs no row can be decided by it."""
STANDINGS: tuple[Standing, ...] = ("anonymous", "signed_in", "admin")


def standing(asker: Asker) -> Standing:
    """Give the standing of who asks."""
    return "admin" if asker.admin else "signed_in" if asker.signed_in else "anonymous"


def residual(expression: Expression, of: Standing) -> Expression:
    """Decide what a caller's standing decides, leaving what depends on the row.

    What can only be unknown (a comparison with the id of nobody, or with null) becomes false, which answers the same
    everywhere a rule is asked: roles and comparisons stand under AND and OR alone, and `Unless` treats both alike.

    Args:
        expression: A rule.
        of: The caller's standing.

    Returns:
        True, false, or a smaller rule.
    """
    match expression:
        case Role(name):
            return ALWAYS if of == "admin" or (name == "signed_in" and of == "signed_in") else NEVER
        case Test(_, _, Caller()) if of == "anonymous":
            return NEVER
        case Test(_, operator, Fixed(None)) if operator not in ("is null", "is set"):
            return NEVER
        case Test(_, operator, Fixed(())):
            return Constant(operator == "not in")
        case Every(parts):
            return every(*(residual(part, of) for part in parts))
        case Some(parts):
            return some(*(residual(part, of) for part in parts))
        case Unless(part):
            return unless(residual(part, of))
        case _:
            return expression


def unless(expression: Expression) -> Expression:
    """Give what holds exactly where the expression does not."""
    return Constant(not expression.value) if isinstance(expression, Constant) else Unless(expression)


Read: TypeAlias = Callable[[tuple[str, ...]], Stored]
"""Gives the stored value at a path from the row; None where a link on the way is empty."""


def holds(expression: Expression, asker: Asker, read: Read) -> bool | None:
    """Evaluate as SQL would: True, False, or None for unknown.

    Args:
        expression: What to evaluate, without holes.
        asker: Who asks.
        read: Gives the row's stored value at a path.

    Returns:
        The three-valued answer; only True lets anyone through.
    """
    match expression:
        case Constant(value):
            return value
        case Role(name):
            return asker.admin if name == "admin" else asker.signed_in
        case Test():
            return compare(expression, asker, read(expression.path))
        case Every(parts):
            answers = [holds(part, asker, read) for part in parts]
            return False if False in answers else None if None in answers else True
        case Some(parts):
            answers = [holds(part, asker, read) for part in parts]
            return True if True in answers else None if None in answers else False
        case Unless(part):
            return holds(part, asker, read) is not True
        case _:
            assert_never(expression)


def compare(test: Test, asker: Asker, left: Stored) -> bool | None:
    """Evaluate one comparison; unknown where either side is null."""
    operator = test.operator
    if operator == "is null":
        return left is None
    if operator == "is set":
        return left is not None
    if isinstance(test.value, Hole):
        raise ValueError(f"the value of {test.value.name} is not known here")
    right = asker.id if isinstance(test.value, Caller) else test.value.value
    if right == ():
        return operator == "not in"  # nothing is among none, not even what is unknown
    if left is None or right is None:
        return None
    if isinstance(right, tuple):
        return (left in right) is (operator == "in")
    return ordered(operator, left, right)


def ordered(operator: Operator, left: str | int, right: str | int) -> bool:
    """Compare two stored values of one kind; text by code point, as UTF-8 bytes do."""
    if operator in ("=", "!="):
        return (left == right) is (operator == "=")
    less = left < right  # type: ignore[operator]  # both sides are of the field's one stored type
    same = left == right
    return {"<": less, "<=": less or same, ">": not less and not same, ">=": not less}[operator]


def words(expression: Expression) -> str:
    """Say the expression so that a person can read it."""
    match expression:
        case Constant(value):
            return "anyone" if value else "no one"
        case Role(name):
            return name.replace("_", " ")
        case Test(path, operator, value):
            field = ".".join(path)
            if operator in ("is null", "is set"):
                return f"{field} {operator}"
            if isinstance(value, Fixed):
                return f"{field} {operator} {value.value!r}"
            return f"{field} {operator} {'caller' if isinstance(value, Caller) else f':{value.name}'}"
        case Every(parts):
            return " and ".join(f"({words(part)})" if isinstance(part, Some) else words(part) for part in parts)
        case Some(parts):
            return " or ".join(f"({words(part)})" if isinstance(part, Every) else words(part) for part in parts)
        case Unless(part):
            return f"not ({words(part)})"
        case _:
            assert_never(expression)
