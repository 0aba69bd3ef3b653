"""Rules as a user writes them: who may, joined by `|` and `&`, turned by `~`, narrowed to fields.

Takes names, gives `Rule`; names are looked up when the app is built. Stands on expressions.
"""

from dataclasses import dataclass
from typing import Any, NoReturn, cast

from kingpost.contract import expr
from kingpost.contract.model import Grant


@dataclass(frozen=True)
class Rule:
    """Who may: one or more grants, each a condition on the caller and the row and the fields it opens."""

    grants: tuple[Grant, ...]

    def __or__(self, other: "Rule") -> "Rule":
        """Let through whoever either rule lets through."""
        if not isinstance(other, Rule):
            return NotImplemented
        return Rule(self.grants + other.grants)

    def __and__(self, other: "Rule") -> "Rule":
        """Let through only whom both rules let through, to the fields both open."""
        if not isinstance(other, Rule):
            return NotImplemented
        return Rule(
            tuple(
                Grant(expr.every(one.rule, two.rule), shared(one.fields, two.fields))
                for one in self.grants
                for two in other.grants
            )
        )

    def __bool__(self) -> NoReturn:
        """Refuse to be taken for true: Python's own words would leave one of two rules out and say nothing.

        Raises:
            TypeError: Always.
        """
        raise TypeError("write & instead of and, | instead of or, ~ instead of not: a rule is decided later, for each row")

    def __invert__(self) -> "Rule":
        """Turn the rule round, as SQL does: what is unknown stays unknown.

        Raises:
            ValueError: The rule names fields, which has no opposite.
        """
        if any(grant.fields is not None for grant in self.grants):
            raise ValueError("a rule narrowed by .fields() has no opposite: put ~ before .fields()")
        return Rule((Grant(expr.negate(expr.some(*(grant.rule for grant in self.grants)))),))

    def fields(self, *names: str) -> "Rule":
        """Open only these fields.

        Args:
            names: Fields of the resource whose rule this is.

        Returns:
            The narrower rule.
        """
        return Rule(tuple(Grant(grant.rule, shared(grant.fields, names)) for grant in self.grants))


def shared(one: tuple[str, ...] | None, two: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Give the fields in both; None stands for all."""
    return two if one is None else one if two is None else tuple(name for name in one if name in two)


@dataclass(frozen=True)
class Is:
    """A comparison to make with a field."""

    operator: expr.Operator
    value: object = None


anyone = Rule((Grant(expr.ALWAYS),))
signed_in = Rule((Grant(expr.Role("signed_in")),))
admin = Rule((Grant(expr.Role("admin")),))
is_set = Is("is set")
is_null = Is("is null")


def owner(link: str = "") -> Rule:
    """Let through the account that a row belongs to.

    Args:
        link: The link to the account, such as `"user"` or `"post.user"`; left out, the row is the account itself.

    Returns:
        The rule.
    """
    return Rule((Grant(expr.Test(tuple(link.split(".")) if link else ("id",), "=", expr.Caller())),))


def where(**conditions: object) -> Rule:
    """Let through whoever asks for rows with these values.

    Args:
        conditions: Fields and what they must be: a value, or `is_set`, `is_null`, `one_of(...)`, `not_equal(...)`,
            `above(...)`, `below(...)`, `at_least(...)`, `at_most(...)`.

    Returns:
        The rule; all conditions must hold.

    Raises:
        TypeError: There is no condition: `anyone` says that nothing is asked.
    """
    if not conditions:
        raise TypeError("where() needs a condition, such as where(public=True); to let everyone through, write anyone")
    return Rule((Grant(expr.every(*(test(name, wanted) for name, wanted in conditions.items()))),))


def via(link: str, rule: Rule) -> Rule:
    """Ask a rule of the row that this one links to.

    Args:
        link: The link to follow, such as `"post"`.
        rule: What must hold there.

    Returns:
        The rule; it holds nowhere for a row without the link.
    """
    there = expr.Test((link,), "is set")
    return Rule(tuple(Grant(expr.every(expr.beyond(link, grant.rule), there), grant.fields) for grant in rule.grants))


def test(name: str, wanted: object) -> expr.Test:
    """Make one comparison; its value keeps its Python form until the field's kind is known."""
    is_ = wanted if isinstance(wanted, Is) else Is("=", wanted)
    if wanted is None:
        is_ = is_null
    return expr.Test((name,), is_.operator, expr.Fixed(cast(Any, is_.value)))


def one_of(*values: object) -> Is:
    """Match any of these values."""
    return Is("in", values)


def not_equal(value: object) -> Is:
    """Match every other value; not null, as in SQL."""
    return Is("!=", value)


def above(value: object) -> Is:
    """Match larger values."""
    return Is(">", value)


def below(value: object) -> Is:
    """Match smaller values."""
    return Is("<", value)


def at_least(value: object) -> Is:
    """Match this value and larger ones."""
    return Is(">=", value)


def at_most(value: object) -> Is:
    """Match this value and smaller ones."""
    return Is("<=", value)
