"""The codec: a field that a viewer may not read is nowhere in the answer (rows Z1 and Z3)."""

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from kingpost.contract.codec import Children, Column, One, Output, Several, form, write
from kingpost.contract.scalars import AnyScalar, Boolean, Datetime, Decimal, Integer, Json, Stored, Text, TextList

SECRET = "a secret that no answer holds"
VALUES: list[tuple[AnyScalar, Stored, object]] = [
    (Text(), "text", "text"),
    (Integer(), 7, 7),
    (Boolean(), 1, True),
    (Boolean(), 0, False),
    (Decimal(6, 2), 1250, "12.50"),
    (Datetime(), 0, "1970-01-01T00:00:00.000000Z"),
    (Json(), '{"a":[1,null]}', {"a": [1, None]}),
    (TextList(), '["a","b"]', ["a", "b"]),
]


def test_every_value_is_written_in_its_wire_form_in_the_order_of_its_columns() -> None:
    output = Output(tuple(Column(f"field_{at}", scalar, at) for at, (scalar, _, _) in enumerate(VALUES)))
    answer = write(output, [stored for _, stored, _ in VALUES], ())
    assert list(answer.items()) == [(f"field_{at}", wire) for at, (_, _, wire) in enumerate(VALUES)]
    assert [type(value) for value in answer.values()] == [type(wire) for _, _, wire in VALUES]
    empty = write(output, [None] * len(VALUES), ())
    assert set(empty.values()) == {None}


def test_a_joined_row_is_written_inside_and_null_where_there_is_none_or_it_may_not_be_read() -> None:
    inner = Output((Column("id", Integer(), 1), Column("name", Text(), 2, guard=4)))
    output = Output((Column("id", Integer(), 0),), ones=(One("user", 1, inner, guard=3),))
    assert write(output, [1, 5, "Ada", 1, 1], ()) == {"id": 1, "user": {"id": 5, "name": "Ada"}}
    assert write(output, [1, 5, SECRET, 1, 0], ()) == {"id": 1, "user": {"id": 5}}
    assert write(output, [1, None, None, 1, 1], ()) == {"id": 1, "user": None}
    assert write(output, [1, 5, SECRET, 0, 1], ()) == {"id": 1}
    unguarded = Output((), ones=(One("user", 1, inner),))
    assert write(unguarded, [1, None, None, None, None], ()) == {"user": None}


def test_linked_rows_are_found_by_their_parent_and_paged() -> None:
    comments = Several("comments", 0, 1, Output((Column("id", Integer(), 0),)))
    posts = Several("posts", 0, 0, Output((Column("id", Integer(), 0),), manys=(comments,)))
    output = Output((Column("id", Integer(), 0),), manys=(posts,))
    children = [Children({1: [[10], [11]]}, {1: "mark"}), Children({10: [[100]]}, {})]
    assert write(output, [1], children) == {
        "id": 1,
        "posts": {
            "items": [
                {"id": 10, "comments": {"items": [{"id": 100}], "next": None}},
                {"id": 11, "comments": {"items": [], "next": None}},
            ],
            "next": "mark",
        },
    }
    assert write(output, [2], children) == {"id": 2, "posts": {"items": [], "next": None}}


@st.composite
def guarded(draw: st.DrawFn, depth: int = 2) -> tuple[Output, list[Stored], Any]:
    """Give a random output, a row for it, and the answer that its guards allow."""
    row: list[Stored] = []
    expected: dict[str, object] = {}
    columns: list[Column] = []
    ones: list[One] = []
    for at in range(draw(st.integers(0, 4))):
        open_ = draw(st.sampled_from([None, 0, 1]))
        guard = len(row) if draw(st.booleans()) else -1
        visible = guard < 0 or open_ == 1
        if guard >= 0:
            row.append(open_)
        columns.append(Column(f"field_{at}", Text(), len(row), guard))
        row.append("shown" if visible else SECRET)
        if visible:
            expected[f"field_{at}"] = "shown"
    for at in range(draw(st.integers(0, 2)) if depth else 0):
        inner, cells, answer = draw(guarded(depth=depth - 1))
        present, open_ = draw(st.booleans()), draw(st.sampled_from([None, 0, 1]))
        start = len(row) + 2
        ones.append(One(f"one_{at}", len(row), shifted(inner, start), len(row) + 1))
        row += [1 if present else None, open_]
        row += cells if present and open_ == 1 else [SECRET if type(cell) is str else cell for cell in cells]
        if open_ == 1:
            expected[f"one_{at}"] = answer if present else None
    return Output(tuple(columns), tuple(ones)), row, expected


def shifted(output: Output, by: int) -> Output:
    def moved(guard: int) -> int:
        return guard if guard < 0 else guard + by

    columns = tuple(Column(each.name, each.scalar, each.at + by, moved(each.guard)) for each in output.columns)
    ones = tuple(One(each.name, each.at + by, shifted(each.output, by), moved(each.guard)) for each in output.ones)
    return Output(columns, ones)


@given(guarded())
def test_an_answer_holds_what_the_guards_allow_and_nothing_else(case: tuple[Output, list[Stored], Any]) -> None:
    output, row, expected = case
    answer = write(output, row, ())
    assert answer == expected
    assert SECRET not in json.dumps(answer)


@given(guarded(), st.integers(0, 3))
def test_a_page_says_in_json_what_its_rows_say_one_by_one(case: tuple[Output, list[Stored], Any], length: int) -> None:
    output, row, expected = case
    assert json.loads(msgspec.json.encode(form(output).page([row] * length, ()))) == [expected] * length


def test_a_page_mixes_no_rows_up() -> None:
    user = Output((Column("id", Integer(), 4), Column("name", Text(), 5)))
    post = Output((Column("id", Integer(), 1),))
    output = Output(
        (Column("id", Integer(), 0), Column("title", Text(), 1, guard=3)),
        (One("user", 4, user, guard=2),),
        (Several("posts", 0, 0, post),),
    )
    rows: list[list[Stored]] = [
        [1, "a", 1, 1, 7, "x"],
        [2, "b", 1, 0, None, None],
        [3, "c", 1, 1, 8, "y"],
        [4, "d", 0, 1, 9, "z"],
    ]
    children = (Children({1: [[1, 10]], 3: [[3, 30], [3, 31]]}, {3: "mark"}),)
    page = json.loads(msgspec.json.encode(form(output).page(rows, children)))
    assert page == [write(output, row, children) for row in rows]
    assert [each.get("user") for each in page] == [{"id": 7, "name": "x"}, None, {"id": 8, "name": "y"}, None]
    assert ["user" in each for each in page] == [True, True, True, False]
    assert [len(each["posts"]["items"]) for each in page] == [1, 0, 2, 0]
