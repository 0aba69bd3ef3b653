"""What travels: one call in no protocol's words, and what comes back.

Takes nothing and does nothing; every floor above reads and makes these values. Stands on the contract.
"""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, cast, get_args

import msgspec

from kingpost.contract.codec import Children, Output, Row
from kingpost.contract.expr import Asker
from kingpost.contract.model import Key
from kingpost.contract.scalars import Flaw, Stored
from kingpost.values import Reply

Kind: TypeAlias = Literal[
    "invalid", "malformed", "bad_mark", "unauthenticated", "bad_token", "bad_credentials", "forbidden", "not_found",
    "conflict", "stale", "mismatch", "limited", "internal", "unavailable", "timeout", "full",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
POSITION_LASTS = 60


class Detail(msgspec.Struct, frozen=True):
    """What is wrong with one field of the input: for a person, and as a word from a closed list."""

    field: str
    message: str
    code: Flaw = "invalid"


class Allowance(msgspec.Struct, frozen=True):
    """What is left of a budget: its name, its size in a window of so many seconds, what remains and until when in seconds."""

    name: str
    limit: int
    window: int
    remaining: int
    reset: int


class Lap(msgspec.Struct, frozen=True):
    """How long one part of a call took, in seconds."""

    name: str
    seconds: float


class Seen(msgspec.Struct, frozen=True):
    """What the engine noticed while it answered, for headers beside the answer.

    `position` is where the caller's writes stand, for it to show with what it reads within `POSITION_LASTS` seconds.
    """

    allowance: Allowance | None = None
    laps: tuple[Lap, ...] = ()
    position: str = ""


class Failure(msgspec.Struct, frozen=True):
    """Why a call was not answered.

    Its kind is from a closed list, and `code` a word of the app's own for it. Where it is about a row, `about` names the
    resource.
    """

    kind: Kind
    message: str
    details: tuple[Detail, ...] = ()
    retry_after: int = 0
    seen: Seen = Seen()
    code: str = ""
    about: str = ""


class Refused(Exception):
    """Carries a failure up to the one place that turns it into the answer.

    In the code of an operation: `raise Refused("OUT_OF_STOCK", "Only 3 are left", field="quantity")`.
    """

    def __init__(
        self, code: str, message: str, *details: Detail, field: str = "", kind: Kind = "conflict", retry_after: int = 0,
        about: str = "",
    ) -> None:  # fmt: skip
        """Carry a failure.

        Args:
            code: One of the closed list of kinds, such as `not_found`; or a code of the app's own in capitals.
            message: What is wrong, for a person.
            details: What is wrong with which field.
            field: The one field that the message is about, instead of details.
            kind: The kind that a code of the app's own is told as.
            retry_after: After how many seconds it is worth trying again; 0 to say nothing of it.
            about: The resource whose row it is about.

        Raises:
            ValueError: The code is neither a kind nor in capitals, or the kind is none.
        """
        super().__init__(message)
        own = code not in KINDS
        if (own and not code.isupper()) or kind not in KINDS:
            wrong = f"kind={kind!r}" if kind not in KINDS else repr(code)
            raise ValueError(
                f"{wrong} is no kind of refusal: write a code of your own in capitals, or one of {', '.join(KINDS)}"
            )
        said = details or ((Detail(field, message),) if field else ())
        self.failure = Failure(
            kind if own else cast(Kind, code), message, said, retry_after, code=code if own else "", about=about
        )

    @classmethod
    def because(cls, failure: Failure) -> "Refused":
        """Carry a failure that there is already."""
        refused = cls(failure.kind, failure.message)
        refused.failure = failure
        return refused


class Include(msgspec.Struct, frozen=True, cache_hash=True):
    """A linked row, or rows, to answer with the row."""

    name: str
    include: "tuple[Include, ...]" = ()


class Range(msgspec.Struct, frozen=True, cache_hash=True):
    """One end of what a list is narrowed to: the first sort key after, from, before or up to a value."""

    field: str
    operator: Literal["gt", "gte", "lt", "lte"]

    @property
    def name(self) -> str:
        """How it is said, such as `created_at[gte]`."""
        return f"{self.field}[{self.operator}]"


class Shape(msgspec.Struct, frozen=True, cache_hash=True):
    """The reusable half of a call: what to answer with and what to narrow by, with holes for the values.

    `fields` of None means all that the caller may read. `filters` are what a list is narrowed by, and of a single row what
    the caller must have the right to read. `marked` says, for each sort key of the page mark, whether its value is null, and
    `alike` how many of the first ones the row after it shares. `given` names the fields that a write sets. `total` asks how
    many rows the whole list has, and `search` for the rows whose searched fields hold certain words. `by` names the unique
    field that a get finds its row by, and `among` asks it for the rows of many ids. `vouched` asks beside the row for what the
    account of the caller is at that moment.
    """

    fields: tuple[str, ...] | None = None
    include: tuple[Include, ...] = ()
    filters: tuple[str, ...] = ()
    sort: tuple[Key, ...] = ()
    marked: tuple[bool, ...] | None = None
    alike: int = 0
    given: tuple[str, ...] = ()
    ranges: tuple[Range, ...] = ()
    total: bool = False
    search: bool = False
    by: str = "id"
    among: bool = False
    vouched: bool = False


class Condition(msgspec.Struct, frozen=True):
    """Which versions of a row a call is for: one of `match`, and none of `unless`; `*` means any that there is."""

    match: tuple[str, ...] | None = None
    unless: tuple[str, ...] = ()


class Parent(msgspec.Struct, frozen=True):
    """The row through which a list or a new row is reached: its resource, its id's text, and the link that points to it."""

    resource: str
    key: str
    field: str


class Call(msgspec.Struct, frozen=True):
    """One request: an operation, its shape and the values for the holes.

    `filters` holds the texts for `shape.filters`, in order, `ranges` those for `shape.ranges` and `words` what is searched for;
    `input` is what was sent, as parsed from JSON. `fault` is what was wrong with the words of the call: it is told only to
    those who may ask at all. `once` is a name the caller chose, under which the call has its effect one time. `parts` are
    calls that are done in one transaction or not at all. `address` is where the call came from, empty inside the process,
    and `trace` the W3C trace context it came with. `cost` is as how many calls it counts against a budget. `given` are the
    texts of an operation's input that stand in the address, by name, and `beside` is what came with the call, by name in lower
    case. `position` holds the positions that a read shows, if any; None is for one that nothing old may answer.
    """

    operation: str
    shape: Shape = Shape()
    key: str = ""
    keys: tuple[Stored, ...] = ()
    filters: tuple[str, ...] = ()
    limit: int | None = None
    after: str = ""
    input: object = None
    fault: Failure | None = None
    parent: Parent | None = None
    token: str | None = None
    request_id: str = ""
    ranges: tuple[str, ...] = ()
    words: str = ""
    condition: Condition | None = None
    once: str = ""
    parts: "tuple[Call, ...]" = ()
    address: str = ""
    trace: str = ""
    cost: int = 1
    given: Mapping[str, str] = {}
    beside: Mapping[str, str] = {}
    position: str | None = ""


Actor: TypeAlias = Asker
"""Who asks, once believed."""

ANONYMOUS = Actor()
MOST_COUNTED = 10_000


class Result(msgspec.Struct, frozen=True):
    """The answer: rows with how to write them and the mark of the next page, or the value that custom code gave.

    That value is in its wire form, and `reply` is what the code wants to say beside it.
    `version` names what the caller may see of one row's stored fields. `total` counts a list, up to `MOST_COUNTED`; one that
    has more says one more. `replayed` marks an answer that was given before under the same name.
    """

    output: Output | None = None
    rows: tuple[Row, ...] = ()
    children: tuple[Children, ...] = ()
    next: str | None = None
    value: Any = None
    reply: Reply[Any] | None = None
    key: Stored = None
    version: str = ""
    total: int | None = None
    parts: "tuple[Result, ...]" = ()
    replayed: bool = False
    seen: Seen = Seen()


class Change(msgspec.Struct, frozen=True):
    """A fact: this row was created, updated or deleted, by whom and when; hidden fields are left out."""

    resource: str
    key: Stored
    kind: Literal["created", "updated", "deleted"]
    actor: Stored
    at: int
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None
