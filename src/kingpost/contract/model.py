"""The contract: what exists, what may be asked of it and by whom, as frozen data.

Takes nothing, does nothing: it holds no functions of the user's and does no I/O. It prints as canonical JSON, comes back
equal, and has a fingerprint. Stands on scalars and expressions.
"""

import hashlib
from functools import cached_property
from typing import Literal, TypeAlias

import msgspec

from kingpost.contract.expr import ALWAYS, Expression
from kingpost.contract.scalars import AnyScalar, Boolean, Email, Integer, Password, Stored
from kingpost.contract.types import Member, Type

Verb: TypeAlias = Literal["list", "get", "create", "replace", "merge", "delete"]
VERBS: tuple[Verb, ...] = ("list", "get", "create", "replace", "merge", "delete")
RULE_OF: dict[Verb, str] = {
    "list": "read", "get": "read", "create": "create", "replace": "update", "merge": "update", "delete": "delete",
}  # fmt: skip
LONGEST_NAME = 40
Origin: TypeAlias = Literal["given", "serial", "uuid", "created", "updated", "count", "folded"]
OnDelete: TypeAlias = Literal["cascade", "null", "restrict"]
Method: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Refusal: TypeAlias = Literal["access", "input", "row"]


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
    """How many rows of a back link the viewer may read and `where` lets through; a stored one asks no viewer.

    One that is `any` says only whether there are some.
    """

    name: str
    back: str
    where: Expression = ALWAYS
    stored: bool = False
    any: bool = False


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


class Budget(Part, frozen=True):
    """How many calls one client may make in a window of so many seconds."""

    calls: int = 100
    seconds: int = 900


class Lists(Part, frozen=True):
    """The lists of a resource, how long a page may be, and the fields whose words may be searched for."""

    entries: tuple[Entry, ...] = (Entry(),)
    page: int = 20
    most: int = 100
    search: tuple[str, ...] = ()


class Grant(Part, frozen=True):
    """Whoever the rule holds for may act, on all fields or on those named."""

    rule: Expression
    fields: tuple[str, ...] | None = None


class Resource(Part, frozen=True, dict=True):
    """A declared kind of thing.

    One that is not `served` is there for code alone: no surface offers its verbs. `filled` names the verbs whose input goes
    through code first, and the fields that this code fills in.
    """

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
    budget: Budget | None = None
    served: bool = True
    filled: dict[str, tuple[str, ...]] = {}

    def __hash__(self) -> int:
        """Hash by name, as what is equal has one: what is made for a resource may then be kept by it."""
        return hash(self.name)

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
    def count(self) -> dict[str, Field]:
        """What is counted for each viewer, by name, as fields that no row holds."""
        plain = [each for each in self.counts if not each.stored]
        return {each.name: Field(each.name, Boolean() if each.any else Integer(min=0), origin="count") for each in plain}

    @cached_property
    def readable(self) -> tuple[str, ...]:
        """The names of what an answer may hold: fields and counts, in order, without hidden ones."""
        shown = [field.name for field in self.fields if not field.hidden]
        return (*shown, *self.count)

    @cached_property
    def filters(self) -> tuple[str, ...]:
        """The names that some list is narrowed by, in alphabetical order."""
        return tuple(sorted({name for entry in self.lists.entries for name in entry.filters}))

    @cached_property
    def key(self) -> Field:
        """The field that identifies a row."""
        return self.field["id"]

    @cached_property
    def slots(self) -> "dict[Verb, tuple[Slot, ...]]":
        """What an input of each verb may carry, in declared order."""
        return {verb: slotted(self, verb) for verb in RULE_OF}

    @cached_property
    def folds(self) -> tuple[tuple[str, str], ...]:
        """The names of the fields that are compared in another form, with those of the fields that hold it."""
        pairs = ((field.name, folded(field)) for field in self.fields)
        return tuple((name, key.name) for name, key in pairs if key is not None)


class Slot(Part, frozen=True):
    """One name that an input may carry."""

    name: str
    field: Field | None
    many: Many | None
    required: bool


class Style(Part, frozen=True):
    """How answers are dressed: the word before a token, the cookie that may carry one, and what surrounds an answer.

    `error` names the code that says what a failure looks like, and `told` is the type of what it says.
    """

    scheme: str = "Bearer"
    cookie: str = ""
    envelope: str = ""
    naming: Literal["as_declared", "camelCase"] = "as_declared"
    error: str = ""
    told: Type | None = None


class Operation(Part, frozen=True, dict=True):
    """Something one may ask: a verb on a resource, or code of a stable name.

    Of one with code: `access` says who may; `found_by` names the field that finds the row it is on, and is empty where it is on
    none; `order` says which refusal comes first; `whole` that all of it is one transaction.
    """

    name: str
    resource: str = ""
    verb: Verb | None = None
    code: str = ""
    path: str = ""
    doc: str = ""
    input: tuple[Member, ...] = ()
    output: Type | None = None
    access: tuple[Grant, ...] = (Grant(ALWAYS),)
    method: Method = "POST"
    status: int = 0
    found_by: str = ""
    order: tuple[Refusal, ...] = ("access", "input", "row")
    whole: bool = False
    form: bool = False
    style: Style | None = None

    @cached_property
    def member(self) -> dict[str, Member]:
        """What it takes, by name."""
        return {member.name: member for member in self.input}


class Contract(Part, frozen=True, dict=True):
    """All that may be asked."""

    title: str
    version: str
    resources: tuple[Resource, ...]
    operations: tuple[Operation, ...]
    budget: Budget = Budget()
    doc: str = ""
    style: Style = Style()

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


def slotted(resource: Resource, verb: Verb) -> tuple[Slot, ...]:
    """Make the slots of one verb."""
    found = []
    for field in resource.fields:
        if field.writable:
            ref = resource.ref_of.get(field.name)
            spared = field.optional or field.default is not None or (ref is not None and ref.caller)
            spared = spared or (verb == "replace" and isinstance(field.scalar, Password))
            spared = spared or field.name in resource.filled.get(RULE_OF[verb], ())
            found.append(Slot(field.name, field, None, verb != "merge" and not spared))
    found.extend(Slot(many.field, None, many, False) for many in resource.manys if many.writable)
    return tuple(found)
