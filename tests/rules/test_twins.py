"""A rule asked by the database answers as the same rule asked in Python: true, false and unknown, for every row."""

from collections.abc import Iterator

import pytest
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
from kingpost.plan.query import Branch, Holds, Insert, Page, Table, Update, Value
from tests.rules.databases import MOST, Database, Postgres, Sqlite
from tests.rules.things import CONTRACT, OWN, Rows, Values, actors, reader, rows, rules, values
from tests.servers.postgres import Postgres as Server

EVERY_FIELD = Table("things", tuple(Value(field.name) for field in CONTRACT.resource["things"].fields))
ANSWER = {True: 1, False: 0, None: None}


@pytest.fixture(scope="module")
def databases(server: Server) -> Iterator[list[Database]]:
    """Every database there is."""
    url = server.database()
    other = Postgres(CONTRACT, url)
    yield [Sqlite(CONTRACT), other]
    other.close()
    server.free(url)


def everything(database: Database) -> list[Row]:
    return database.ask(Page(EVERY_FIELD, (Branch(ALWAYS),), (Key("id"),), (0,)), {"limit": MOST})


@settings(max_examples=400, deadline=None)
@given(rows(), rules, actors)
def test_a_rule_answers_in_the_database_as_it_does_in_python(
    databases: list[Database], found: Rows, rule: Expression, actor: Asker
) -> None:
    left = residual(rule, standing(actor))
    page = Page(Table("things", (Value("id"), Holds(left))), (Branch(ALWAYS),), (Key("id"),), (0,))
    narrowed = Page(Table("things", (Value("id"),)), (Branch(left),), (Key("id"),), (0,))

    for database in databases:
        with database.filled(found):
            bound: Values = {"caller": actor.id, "limit": MOST}
            in_python = {key: holds(left, actor, reader(found, row)) for key, row in found["things"].items()}
            assert database.ask(page, bound) == [(key, ANSWER[answer]) for key, answer in in_python.items()]
            through = [key for key, row in found["things"].items() if holds(rule, actor, reader(found, row))]
            assert [row[0] for row in database.ask(narrowed, bound)] == through


def as_new(found: Values) -> Values:
    """Name values as a write does."""
    return {f"new.{name}": value for name, value in found.items()}


def row_of(found: Values) -> Row:
    return tuple(found[field.name] for field in CONTRACT.resource["things"].fields)


@settings(max_examples=250, deadline=None)
@given(rows(), rules, actors, values("things", None))
def test_a_new_row_is_added_exactly_if_the_rule_holds_for_it(
    databases: list[Database], found: Rows, rule: Expression, actor: Asker, new: Values
) -> None:
    # Z4: the rule stands inside the statement and judges the row that would result.
    left = residual(rule, standing(actor))
    insert = Insert("things", tuple(OWN), left, (), EVERY_FIELD)

    for database in databases:
        with database.filled(found):
            before = everything(database)
            added = database.ask(insert, as_new(new) | {"caller": actor.id})
            if holds(rule, actor, reader(found, new)):
                assert [row[1:] for row in added] == [row_of(new)[1:]]
                assert everything(database) == [*before, *added]
            else:
                assert added == []
                assert everything(database) == before


@settings(max_examples=250, deadline=None)
@given(rows(), st.tuples(rules, rules), actors, values("things", 1), st.lists(st.sampled_from(OWN), unique=True))
def test_a_row_is_changed_exactly_if_one_rule_holds_for_the_old_and_one_for_the_new(
    databases: list[Database], found: Rows, both: tuple[Expression, Expression], actor: Asker, sent: Values, names: list[str]
) -> None:
    old, new = both
    of = standing(actor)
    update = Update("things", tuple(sorted(names)), residual(old, of), residual(new, of), (), EVERY_FIELD)
    was = found["things"][1]
    will_be: Values = was | {name: sent[name] for name in names}

    for database in databases:
        with database.filled(found):
            before = everything(database)
            changed = database.ask(update, as_new(sent) | {"key": 1, "caller": actor.id})
            allowed = holds(old, actor, reader(found, was)) and holds(new, actor, reader(found, will_be))
            assert changed == ([row_of(will_be)] if allowed else [])
            assert everything(database) == [*(changed or before[:1]), *before[1:]]
