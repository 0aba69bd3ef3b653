"""The contract: what exists, what may be asked of it and by whom, as frozen data.

Takes nothing, does nothing: it holds no functions of the user's and does no I/O. It prints as canonical JSON, comes back
equal, and has a fingerprint. Stands on scalars and expressions.
"""

import hashlib
from functools import cached_property
from typing import Literal, TypeAlias

import msgspec

from kingpost.contract.expr import ALWAYS, Expression
from kingpost.contract.scalars import AnyScalar, Email, Password, Stored

Verb: TypeAlias = Literal["list", "get", "create", "replace", "merge", "delete"]
VERBS: tuple[Verb, ...] = ("list", "get", "create", "replace", "merge", "delete")
RULE_OF: dict[Verb, str] = {
    "list": "read", "get": "read", "create": "create", "replace": "update", "merge": "update", "delete": "delete",
}  # fmt: skip
LONGEST_NAME = 40
Origin: TypeAlias = Literal["given", "serial", "uuid", "created", "updated", "count", "folded"]
OnDelete: TypeAlias = Literal["cascade", "null", "restrict"]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A piece of a contract."""


class Field(Part, frozen=True):
    """One stored value of every row.

    `origin` says who fills it: the caller, or the store and the engine. A hidden field never leaves the server.
    """

    name: str
    scalar: AnyScalar
    optional: bool = False
    default: Stored = None
    origin: Origin = "given"
    unique: bool = False
    hidden: bool = False
    doc: str = ""

    @property
    def writable(self) -> bool:
        """Whether a caller may send it."""
        return self.origin == "given" and (not self.hidden or isinstance(self.scalar, Password))


class Ref(Part, frozen=True):
    """A link to one row of another resource, held in `field`."""

    name: str
    field: str
    target: str
    on_delete: OnDelete = "restrict"
    caller: bool = False


class Back(Part, frozen=True):
    """The rows of `source` whose link `field` points here."""

    name: str
    source: str
    field: str


class Many(Part, frozen=True):
    """The rows of `target` joined through a table of pairs, which the side that is `writable` carries as ids in `field`.

    The other side names that field too, as the right to read it is the right to know the pairs.
    """

    name: str
    target: str
    through: str
    here: str
    there: str
    field: str
    writable: bool = True


class Count(Part, frozen=True):
    """How many rows of a back link the viewer may read and `where` lets through; a stored one asks no viewer."""

    name: str
    back: str
    where: Expression = ALWAYS
    stored: bool = False


class Key(Part, frozen=True):
    """One sort key."""

    field: str
    descending: bool = False


class Index(Part, frozen=True):
    """An index of the store, over all rows or those `where` holds for."""

    keys: tuple[Key, ...]
    unique: bool = False
    where: Expression = ALWAYS

    @property
    def name(self) -> str:
        """The index's name, the same for the same keys and condition."""
        plain = "_".join(f"{key.field}{'_desc' if key.descending else ''}" for key in self.keys)
        if self.where == ALWAYS and len(plain) <= LONGEST_NAME and not self.unique:
            return plain
        whole = msgspec.json.encode((self.keys, self.unique, self.where))
        return f"{plain[:LONGEST_NAME]}_{hashlib.sha256(whole).hexdigest()[:6]}"


class Entry(Part, frozen=True):
    """One list that may be asked for: equality on `filters`, then order by `sort` (the id breaks ties)."""

    filters: tuple[str, ...] = ()
    sort: tuple[Key, ...] = ()


class Lists(Part, frozen=True):
    """The lists of a resource and how long a page may be."""

    entries: tuple[Entry, ...] = (Entry(),)
    page: int = 20
    most: int = 100


class Grant(Part, frozen=True):
    """Whoever the rule holds for may act, on all fields or on those named."""

    rule: Expression
    fields: tuple[str, ...] | None = None


class Resource(Part, frozen=True, dict=True):
    """A declared kind of thing."""

    name: str
    title: str
    fields: tuple[Field, ...]
    access: dict[str, tuple[Grant, ...]]
    doc: str = ""
    refs: tuple[Ref, ...] = ()
    backs: tuple[Back, ...] = ()
    manys: tuple[Many, ...] = ()
    counts: tuple[Count, ...] = ()
    indexes: tuple[Index, ...] = ()
    lists: Lists = Lists()
    account: bool = False

    @cached_property
    def field(self) -> dict[str, Field]:
        """The fields by name."""
        return {field.name: field for field in self.fields}

    @cached_property
    def ref(self) -> dict[str, Ref]:
        """The links to one row by name."""
        return {ref.name: ref for ref in self.refs}

    @cached_property
    def ref_of(self) -> dict[str, Ref]:
        """The links to one row by the field that holds them."""
        return {ref.field: ref for ref in self.refs}

    @cached_property
    def back(self) -> dict[str, Back]:
        """The links to many rows by name."""
        return {back.name: back for back in self.backs}

    @cached_property
    def many(self) -> dict[str, Many]:
        """The links through a table of pairs by name."""
        return {many.name: many for many in self.manys}

    @cached_property
    def readable(self) -> tuple[str, ...]:
        """The names of what an answer may hold: fields and counts, in order, without hidden ones."""
        shown = [field.name for field in self.fields if not field.hidden]
        return (*shown, *(count.name for count in self.counts if not count.stored))

    @cached_property
    def key(self) -> Field:
        """The field that identifies a row."""
        return self.field["id"]


class Operation(Part, frozen=True):
    """Something one may ask: a verb on a resource, or code of a stable name."""

    name: str
    resource: str = ""
    verb: Verb | None = None
    code: str = ""
    path: str = ""
    doc: str = ""
    input: tuple[Field, ...] = ()
    output: tuple[Field, ...] = ()


class Contract(Part, frozen=True, dict=True):
    """All that may be asked."""

    title: str
    version: str
    resources: tuple[Resource, ...]
    operations: tuple[Operation, ...]

    @cached_property
    def resource(self) -> dict[str, Resource]:
        """The resources by name."""
        return {resource.name: resource for resource in self.resources}

    @cached_property
    def operation(self) -> dict[str, Operation]:
        """The operations by name."""
        return {operation.name: operation for operation in self.operations}

    @cached_property
    def account(self) -> Resource | None:
        """The resource whose rows sign in, where there is one."""
        return next((resource for resource in self.resources if resource.account), None)

    @cached_property
    def fingerprint(self) -> str:
        """A short name of exactly this contract."""
        return hashlib.sha256(dump(self)).hexdigest()[:16]


def dump(contract: Contract) -> bytes:
    """Print the contract as canonical JSON: keys sorted, no spaces (after RFC 8785).

    Args:
        contract: What to print.

    Returns:
        UTF-8 JSON that `load` reads back to an equal contract.
    """
    return msgspec.json.encode(contract, order="sorted")


def load(text: bytes) -> Contract:
    """Read a contract that `dump` printed.

    Args:
        text: UTF-8 JSON.

    Returns:
        The contract.

    Raises:
        msgspec.ValidationError: The text is no contract.
    """
    return msgspec.json.decode(text, type=Contract)


def folded(field: Field) -> Field | None:
    """Give the hidden field that holds a field's comparable form, for the scalars that have one."""
    if not isinstance(field.scalar, Email) or field.origin == "folded":
        return None
    return Field(f"{field.name}_key", field.scalar, field.optional, origin="folded", unique=field.unique, hidden=True)
