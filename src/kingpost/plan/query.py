"""What a store is asked to do, as frozen data: the closed list of queries and the plan made of them.

Takes nothing and does nothing. A query names resources, fields and rules; values come later, by the names of its holes.
Stands on the ground.
"""

from typing import TypeAlias

import msgspec

from kingpost.contract.codec import Column, Output
from kingpost.contract.expr import ALWAYS, Expression
from kingpost.contract.model import Index, Key


class Node(msgspec.Struct, frozen=True, tag_field="do", omit_defaults=True):
    """A piece of a plan."""


class Value(Node, frozen=True, tag="value"):
    """A stored field of the row."""

    field: str


class Holds(Node, frozen=True, tag="holds"):
    """Whether a rule holds for the row: 1, 0 or null."""

    rule: Expression


class Tally(Node, frozen=True, tag="tally"):
    """How many rows of another resource point to the row through a field and meet a condition; or whether any do."""

    resource: str
    field: str
    where: Expression = ALWAYS
    any: bool = False


Item: TypeAlias = Value | Holds | Tally


class Table(Node, frozen=True, tag="table"):
    """What to read of a row and of the rows joined to it; items come first, then each join's, depth first."""

    resource: str
    items: tuple[Item, ...]
    joins: "tuple[Join, ...]" = ()


class Join(Node, frozen=True, tag="join"):
    """A linked row, where there is one and the rule holds for it."""

    field: str
    table: Table
    rule: Expression


class Beyond(Node, frozen=True, tag="beyond"):
    """Rows that come after the mark in the order of these keys, which all run one way and are never null."""

    keys: tuple[Key, ...]
    first: int


class Through(Node, frozen=True, tag="through"):
    """A table of pairs between two resources; `list` names the list that goes through it, such as `tags.posts`."""

    name: str
    here: str
    there: str
    list: str


class Branch(Node, frozen=True, tag="branch"):
    """One part of a list, read in order from one index; an empty name means the primary key, or that of a table of pairs.

    `search` names the fields that together must hold all the words that come with the call, the last perhaps only begun.
    """

    where: Expression
    beyond: Beyond | None = None
    index: str = ""
    through: Through | None = None
    search: tuple[str, ...] = ()


class Page(Node, frozen=True, tag="page"):
    """The first rows of a list: its branches, merged in order. `order_at` says where the sort keys stand in the row."""

    table: Table
    branches: tuple[Branch, ...]
    order: tuple[Key, ...]
    order_at: tuple[int, ...]


class Total(Node, frozen=True, tag="total"):
    """How many rows the branches of a list have together, counted no further than one more than `most`."""

    table: Table
    branches: tuple[Branch, ...]
    most: int


class Find(Node, frozen=True, tag="find"):
    """The one row that a condition pins.

    `vouched` names the resource of accounts: then the last value of the row is the seal of the account of who asks.
    """

    table: Table
    where: Expression
    vouched: str = ""


class Among(Node, frozen=True, tag="among"):
    """The rows of many ids that meet a condition, in no order."""

    table: Table
    where: Expression


class Linked(Node, frozen=True, tag="linked"):
    """The rows that point to each of many parents, through a field or a table of pairs, so many a parent.

    The first value of a row is its parent's id. `parent` is the slot of the parents (-1: the page itself) and `parent_at`
    where their id stands in their row.
    """

    table: Table
    link: str | Through
    branches: tuple[Branch, ...]
    order: tuple[Key, ...]
    order_at: tuple[int, ...]
    most: int
    parent: int = -1
    parent_at: int = 0


class Reachable(Node, frozen=True, tag="reachable"):
    """A link that a write sets may only point to a row the caller may read."""

    field: str
    resource: str
    rule: Expression
    optional: bool = False


class Insert(Node, frozen=True, tag="insert"):
    """Add a row if the rule holds for it and its links may be set."""

    resource: str
    fields: tuple[str, ...]
    rule: Expression
    links: tuple[Reachable, ...]
    answer: Table


class Update(Node, frozen=True, tag="update"):
    """Change the row of a key if one rule holds for the old row and one for the new."""

    resource: str
    fields: tuple[str, ...]
    old: Expression
    new: Expression
    links: tuple[Reachable, ...]
    answer: Table


class Delete(Node, frozen=True, tag="delete"):
    """Remove the row of a key if the rule holds for it."""

    resource: str
    rule: Expression
    answer: Table


class Explain(Node, frozen=True, tag="explain"):
    """Say why a new row was refused: for each link whether it may be set."""

    links: tuple[Reachable, ...]


class Pointing(Node, frozen=True, tag="pointing"):
    """The rows that point, through a field, to one of the parents."""

    table: Table
    field: str


class DeleteRows(Node, frozen=True, tag="delete_rows"):
    """Remove the rows of these ids."""

    answer: Table


class ClearLinked(Node, frozen=True, tag="clear_linked"):
    """Empty the link of every row that points to one of the parents; `stamped` fields say when."""

    answer: Table
    field: str
    stamped: tuple[str, ...] = ()


class AnyLinked(Node, frozen=True, tag="any_linked"):
    """Whether any row points to one of the parents."""

    resource: str
    field: str


class Add(Node, frozen=True, tag="add"):
    """Add an amount to a stored count of one row."""

    resource: str
    field: str


class Pair(Node, frozen=True, tag="pair"):
    """Join one row to each of many that the caller may read; gives those that were joined."""

    through: Through
    resource: str
    rule: Expression


class Unpair(Node, frozen=True, tag="unpair"):
    """Part one row from all it was joined to that the caller may read; what it can not see stays as it is."""

    through: Through
    resource: str
    rule: Expression


class Append(Node, frozen=True, tag="append"):
    """Write a Change down."""


class Recall(Node, frozen=True, tag="recall"):
    """Find the answer that was kept under a name, if it was kept since."""


class Keep(Node, frozen=True, tag="keep"):
    """Keep an answer under a name, in place of one that was kept too long ago."""


class Forget(Node, frozen=True, tag="forget"):
    """Drop a few of the answers that were kept too long ago."""


class Set(Node, frozen=True, tag="set"):
    """Set one field of one row, whatever any rule says, for the server's own bookkeeping; `still` only if it is as it was."""

    resource: str
    field: str
    still: bool = False


class Raw(Node, frozen=True, tag="raw"):
    """A statement in the database's own words, with names such as `:me` for its values; gives so many rows at most.

    Only one that `writes` may change anything. The first row that it gives holds the names of the columns.
    """

    text: str
    most: int
    writes: bool = False


class Tallied(Node, frozen=True, tag="tallied"):
    """A stored count to keep: rows of `resource` that meet `where` count for the row that `field` points to."""

    resource: str
    field: str
    where: Expression
    add: Add


class Create(Node, frozen=True, tag="create"):
    """Add a row together with the counts that it counts for and its Change; gives one row, of nulls where none was added.

    `row_at` says where the resource's fields stand in that row. No two of the counts are of the same table.
    """

    insert: Insert
    row_at: tuple[int, ...]
    tallies: tuple[Tallied, ...] = ()


Query: TypeAlias = (
    Page | Total | Find | Among | Linked | Insert | Update | Delete | Explain | Pointing | DeleteRows | ClearLinked | AnyLinked
    | Create | Add | Pair | Unpair | Append | Recall | Keep | Forget | Set | Raw
)  # fmt: skip


class Cascade(Node, frozen=True, tag="cascade"):
    """What becomes of the rows that point to a removed row of `resource`: they keep it, let go of it or go with it."""

    resource: str
    remove: DeleteRows
    restrict: tuple[AnyLinked, ...] = ()
    clear: tuple[tuple[Pointing, ClearLinked], ...] = ()
    delete: tuple[Pointing, ...] = ()


class Write(Node, frozen=True, tag="write"):
    """Everything a write needs beside its own statement.

    `raised` names fields that go up by one and `merged` those whose new value is merged into the old. `row_at` says where the
    resource's fields stand in the row that comes back. In the row of `before` they stand in order, and behind them whether
    the caller may read it and whether the rule of a removal holds; `version` says what of it makes up its version. `pairs`
    go by their input field. `whole` is all of it in one statement, for a store that knows such.
    """

    change: Insert | Update | Delete
    row_at: tuple[int, ...]
    before: Find | None = None
    version: tuple[Column, ...] = ()
    raised: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    explain: Explain | None = None
    cascades: tuple[Cascade, ...] = ()
    tallies: tuple[Tallied, ...] = ()
    pairs: tuple[tuple[str, Unpair, Pair], ...] = ()
    whole: Create | None = None


class Plan(Node, frozen=True, tag="plan"):
    """How to answer one operation in one shape for one standing; `refused` when the rule left is false for every row.

    `rest` goes on in order where the root has not filled the page. `version` says which values of the one row that is answered
    make up its version.
    """

    operation: str
    refused: bool = False
    root: Find | Among | Page | None = None
    rest: tuple[Page, ...] = ()
    total: Total | None = None
    linked: tuple[Linked, ...] = ()
    write: Write | None = None
    output: Output | None = None
    version: tuple[Column, ...] = ()
    entry: tuple[tuple[str, ...], tuple[Key, ...]] = ((), ())


def index_name(resource: str, index: Index) -> str:
    """Give the name of an index in the database."""
    return f"{resource}__{index.name}"
