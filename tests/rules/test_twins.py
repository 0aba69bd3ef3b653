"""A rule asked by the database answers as the same rule asked in Python: true, false and unknown, for every row."""

from collections.abc import Callable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from kingpost.contract.codec import Row
from kingpost.contract.expr import (
    ALWAYS,
    Asker,
    Expression,
    holds,
    residual,
    standing,
)
from kingpost.contract.model import Key
from kingpost.plan.query import Branch, Holds, Insert, Page, Query, Table, Update, Value
from kingpost.store.sqlite.connect import MEMORY, SqliteStore
from tests.rules.things import CONTRACT, OWN, Rows, Values, actors, reader, rows, rules, values

STORE = SqliteStore(CONTRACT, MEMORY)
EVERY_FIELD = Table("things", tuple(Value(field.name) for field in CONTRACT.resource["things"].fields))
ANSWER = {True: 1, False: 0, None: None}


def ask(query: Query, values: Values) -> list[Row]:
    statement = STORE.prepare(query)
    return list(STORE.writer.execute(statement.text, [values[name] for name in statement.names]).fetchall())  # type: ignore[arg-type]  # no real numbers or bytes are stored


def everything() -> list[Row]:
    return ask(Page(EVERY_FIELD, (Branch(ALWAYS),), (Key("id"),), (0,)), {"limit": -1})


def with_rows(found: Rows, body: Callable[[], None]) -> None:
    """Fill the database, look, and empty it again."""
    STORE.writer.execute("SAVEPOINT filled")
    try:
        for resource, by_id in found.items():
            for row in by_id.values():
                names = ", ".join(f'"{name}"' for name in row)
                STORE.writer.execute(
                    f'INSERT INTO "{resource}" ({names}) VALUES ({", ".join("?" * len(row))})', list(row.values())
                )
        body()
    finally:
        STORE.writer.execute("ROLLBACK TO filled")
        STORE.writer.execute("RELEASE filled")


@settings(max_examples=400, deadline=None)
@given(rows(), rules, actors)
def test_a_rule_answers_in_the_database_as_it_does_in_python(found: Rows, rule: Expression, actor: Asker) -> None:
    left = residual(rule, standing(actor))
    page = Page(Table("things", (Value("id"), Holds(left))), (Branch(ALWAYS),), (Key("id"),), (0,))
    narrowed = Page(Table("things", (Value("id"),)), (Branch(left),), (Key("id"),), (0,))

    def look() -> None:
        bound: Values = {"caller": actor.id, "limit": -1}
        in_python = {key: holds(left, actor, reader(found, row)) for key, row in found["things"].items()}
        assert ask(page, bound) == [(key, ANSWER[answer]) for key, answer in in_python.items()]
        through = [key for key, row in found["things"].items() if holds(rule, actor, reader(found, row))]
        assert [row[0] for row in ask(narrowed, bound)] == through

    with_rows(found, look)


def as_new(found: Values) -> Values:
    """Name values as a write does."""
    return {f"new.{name}": value for name, value in found.items()}


def row_of(found: Values) -> Row:
    return tuple(found[field.name] for field in CONTRACT.resource["things"].fields)


@settings(max_examples=250, deadline=None)
@given(rows(), rules, actors, values("things", None))
def test_a_new_row_is_added_exactly_if_the_rule_holds_for_it(found: Rows, rule: Expression, actor: Asker, new: Values) -> None:
    # Z4: the rule stands inside the statement and judges the row that would result.
    left = residual(rule, standing(actor))
    insert = Insert("things", tuple(OWN), left, (), EVERY_FIELD)

    def look() -> None:
        before = everything()
        added = ask(insert, as_new(new) | {"caller": actor.id})
        if holds(rule, actor, reader(found, new)):
            assert [row[1:] for row in added] == [row_of(new)[1:]]
            assert everything() == [*before, *added]
        else:
            assert added == []
            assert everything() == before

    with_rows(found, look)


@settings(max_examples=250, deadline=None)
@given(rows(), rules, rules, actors, values("things", 1), st.sets(st.sampled_from(OWN)))
def test_a_row_is_changed_exactly_if_one_rule_holds_for_the_old_and_one_for_the_new(
    found: Rows, old: Expression, new: Expression, actor: Asker, sent: Values, names: Sequence[str]
) -> None:
    of = standing(actor)
    update = Update("things", tuple(sorted(names)), residual(old, of), residual(new, of), (), EVERY_FIELD)
    was = found["things"][1]
    will_be: Values = was | {name: sent[name] for name in names}

    def look() -> None:
        before = everything()
        changed = ask(update, as_new(sent) | {"key": 1, "caller": actor.id})
        allowed = holds(old, actor, reader(found, was)) and holds(new, actor, reader(found, will_be))
        assert changed == ([row_of(will_be)] if allowed else [])
        assert everything() == [*(changed or before[:1]), *before[1:]]

    with_rows(found, look)
