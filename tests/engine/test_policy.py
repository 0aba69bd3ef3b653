"""Who may see and do what: the rule that is left for each standing, for rows, fields and links."""

from itertools import product

import pytest

from examples.blog.app import app
from kingpost.contract.expr import ALWAYS, NEVER, STANDINGS, Caller, Standing, Test, holds, some
from kingpost.contract.expr import Asker as Who
from kingpost.contract.model import Entry, Field, Grant, Key, Lists, Resource
from kingpost.contract.scalars import Integer, Stored, Text
from kingpost.plan.planner import door
from kingpost.plan.policy import guard, natural, readable, writable

USERS, POSTS = app.contract.resource["users"], app.contract.resource["posts"]
SELF, MINE = Test(("id",), "=", Caller()), Test(("user_id",), "=", Caller())
PUBLISHED = Test(("published_at",), "is set")


def test_rows_are_read_as_declared_for_each_standing() -> None:
    assert [readable(POSTS, of) for of in STANDINGS] == [PUBLISHED, some(PUBLISHED, MINE), ALWAYS]
    assert [readable(USERS, of) for of in STANDINGS] == [ALWAYS, ALWAYS, ALWAYS]


def test_fields_are_read_as_declared_for_each_standing() -> None:
    for field in ("id", "name", "post_count"):
        assert [guard(USERS, field, of) for of in STANDINGS] == [ALWAYS] * 3
    for field in ("email", "created_at", "updated_at"):
        assert [guard(USERS, field, of) for of in STANDINGS] == [NEVER, SELF, ALWAYS]
    # Where a field may be read wherever its row may, nothing is asked twice.
    for field, of in product(("id", "title", "user_id", "published_at"), STANDINGS):
        assert guard(POSTS, field, of) == ALWAYS


@pytest.mark.parametrize("of", STANDINGS)
def test_a_hidden_field_is_read_by_no_one_whatever_the_grants_say(of: Standing) -> None:
    for field in USERS.fields:
        if field.hidden:
            assert guard(USERS, field.name, of) == NEVER
    named = Resource(
        "things", "Thing", (Field("id", Integer()), Field("key", Text(), hidden=True)), {"read": (Grant(ALWAYS, ("key",)),)}
    )
    assert guard(named, "key", of) == NEVER


def test_the_id_of_a_row_that_may_be_read_may_be_read_and_what_is_not_declared_may_not() -> None:
    fields = (Field("id", Integer()), Field("name", Text()))
    closed = Resource("things", "Thing", fields, {})
    narrow = Resource("things", "Thing", fields, {"read": (Grant(SELF, ("name",)),)})
    for of in STANDINGS:
        assert readable(closed, of) == NEVER
        assert guard(closed, "id", of) == ALWAYS  # of a row that may be read, and none may
        assert writable(closed, "create", ["name"], of) == NEVER
    assert guard(narrow, "id", "signed_in") == ALWAYS
    assert guard(narrow, "name", "signed_in") == ALWAYS
    assert readable(narrow, "signed_in") == SELF


def test_a_write_needs_the_right_to_every_field_it_sets() -> None:
    fields = (Field("id", Integer()), Field("name", Text()), Field("state", Text()))
    open_, own = Grant(ALWAYS, ("name",)), Grant(SELF, ("state",))
    thing = Resource("things", "Thing", fields, {"update": (open_, own), "create": (open_,)})
    assert writable(thing, "update", ["name"], "anonymous") == ALWAYS
    assert writable(thing, "update", ["state"], "anonymous") == NEVER
    assert writable(thing, "update", ["state"], "signed_in") == SELF
    assert writable(thing, "update", ["name", "state"], "signed_in") == SELF
    assert writable(thing, "create", ["name", "state"], "admin") == NEVER
    assert writable(thing, "delete", [], "admin") == NEVER


def test_the_rule_that_is_left_lets_through_whom_the_declared_rule_lets_through() -> None:
    """Deciding a part of a rule by the standing decides nothing else."""
    askers: list[tuple[Standing, Who]] = [
        ("anonymous", Who()), ("signed_in", Who(1, True)), ("signed_in", Who(2, True)), ("admin", Who(3, True, True)),
    ]  # fmt: skip
    for resource, verb in product((USERS, POSTS), ("read", "create", "update", "delete")):
        for (of, asker), user, published in product(askers, (1, 2, 3, None), (None, 5)):
            row: dict[tuple[str, ...], Stored] = {("id",): user, ("user_id",): user, ("published_at",): published}
            whole = some(*(grant.rule for grant in resource.access[verb]))
            left = writable(resource, verb, [], of) if verb != "read" else readable(resource, of)
            assert (holds(left, asker, row.__getitem__) is True) == (holds(whole, asker, row.__getitem__) is True)


def test_an_operation_is_closed_to_those_whom_no_row_lets_in() -> None:
    closed = {(each.name, of) for each in app.contract.operations for of in STANDINGS if door(app.contract, each, of) == NEVER}
    writes = {f"posts.{verb}" for verb in ("create", "replace", "merge", "delete")}
    writes |= {f"users.{verb}" for verb in ("replace", "merge", "delete")}
    assert closed == {(name, "anonymous") for name in writes} | {("users.delete", "signed_in")}


def test_the_list_that_is_meant_is_the_first_whose_order_the_caller_may_see_in_every_row() -> None:
    fields = (Field("id", Integer()), Field("name", Text()), Field("state", Text()), Field("secret", Text()))
    grants = (Grant(ALWAYS, ("id", "name")), Grant(SELF, ("state",)))
    by = {name: Entry((), (Key(name),)) for name in ("secret", "state", "name")}
    narrowed = Entry(("name",), (Key("state"),))

    def chosen(*entries: Entry, filters: tuple[str, ...] = (), of: Standing = "signed_in") -> Entry | None:
        thing = Resource("things", "Thing", fields, {"read": grants}, lists=Lists(entries))
        return natural(thing, frozenset(filters), of)

    assert chosen(by["secret"], by["state"], by["name"]) == by["name"]
    # An order that some row does not show would hide rows from who asked for none: then the id orders them.
    assert chosen(by["secret"], by["state"]) == Entry()
    assert chosen(by["state"], of="anonymous") == Entry()
    assert chosen(by["secret"]) == Entry()
    assert chosen(narrowed, filters=("name",), of="anonymous") == Entry(("name",))
    assert chosen(by["name"], narrowed, filters=("name",)) == Entry(("name",))
    assert chosen(narrowed, Entry(("name",), (Key("id", True),)), filters=("name",)) == Entry(("name",), (Key("id", True),))
    assert chosen(by["name"], filters=("name",)) is None
    assert chosen() is None
