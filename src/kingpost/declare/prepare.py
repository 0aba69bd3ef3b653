"""From a raw class to a resource with its fields and links, before any rule is looked up.

Takes raw classes, gives resources. Stands on the model.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from kingpost.contract.model import Count, Field, Many, Origin, Resource, folded
from kingpost.contract.scalars import LONGEST_PASSWORD, AnyScalar, Boolean, Datetime, Integer, Password, Uuid
from kingpost.declare import resource as declared
from kingpost.declare.gather import UNRESOLVED, Raw, RawField
from kingpost.declare.kinds import default, scalar
from kingpost.declare.links import Complain, Links

NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
TAKEN = frozenset({"limit", "after", "sort", "fields", "include", "total", "q"})
LINKS = ("ref", "back", "many", "count")
MADE: dict[str, tuple[Origin, AnyScalar]] = {
    "serial": ("serial", Integer()),
    "key": ("uuid", Uuid()),
    "created": ("created", Datetime()),
    "updated": ("updated", Datetime()),
}


def check_names(raws: Sequence[Raw], complain: Callable[[Raw], Complain]) -> None:
    """Complain of names that could not be told apart later."""
    seen: dict[str, Raw] = {}
    titles: set[str] = set()
    for raw in raws:
        if not NAME.fullmatch(raw.name):
            complain(raw)(
                "",
                "",
                f"the table name {raw.name!r} is no name",
                'Write table="posts": lower-case letters, digits and _',
            )
        elif raw.name in seen:
            complain(raw)("", "", f"{seen[raw.name].title} has the table {raw.name!r} too", 'Write another table="..."')
        elif raw.name.startswith(("kingpost_", "sqlite_", "pg_")):
            complain(raw)("", "", f"the table name {raw.name!r} begins as a database's own do", 'Write another table="..."')
        elif raw.name == "auth":
            complain(raw)("", "", 'the table name "auth" is taken by signing in', 'Write another table="..."')
        elif raw.title in titles:
            complain(raw)("", "", f"two classes are named {raw.title}", "Give one of them another name")
        seen.setdefault(raw.name, raw)
        titles.add(raw.title)
        for name in raw.fields:
            if not NAME.fullmatch(name):
                complain(raw)(name, "", "is no name for a field", "Write lower-case letters, digits and _, a letter first")
            elif name in TAKEN:
                complain(raw)(
                    name,
                    "",
                    "is a word that every list takes for itself",
                    f"Choose another name than {', '.join(sorted(TAKEN))}",
                )
    accounts = [raw for raw in raws if raw.account]
    for extra in accounts[1:]:
        complain(extra)("", "", f"{accounts[0].title} is an Account already", "Keep one Account; derive this one from Resource")


def check_pairs(prepared: Mapping[str, Resource], complain: Mapping[str, Complain]) -> None:
    """Complain of tables of pairs whose name another table has."""
    taken = dict.fromkeys(prepared, "a resource's table")
    for resource in prepared.values():
        for many in resource.manys:
            if many.writable and many.through in taken:
                problem = f"its pairs go into {many.through!r}, which is {taken[many.through]}"
                complain[resource.name](many.name, "", problem, "Rename the field or the table")
            elif many.writable:
                taken[many.through] = f"where {resource.title}.{many.name} keeps its own"


def prepare(raw: Raw, raws: Mapping[type[declared.Resource], Raw], complain: Complain) -> Resource:
    """Read the fields and links of a class.

    Args:
        raw: The class.
        raws: All classes.
        complain: Notes a mistake.

    Returns:
        A resource without access, lists and indexes.
    """
    links = Links(raw, dict(raws), complain)
    by_kind: dict[str, list[RawField]] = {kind: [] for kind in LINKS}
    written = [field for field in raw.fields.values() if field.annotation is not UNRESOLVED]
    for field in written:
        by_kind.setdefault(field.declared.kind, []).append(field)
    refs = {field.name: found for field in by_kind["ref"] if (found := links.ref(field)) is not None}
    backs = {field.name: back for field in by_kind["back"] if (back := links.back(field)) is not None}
    manys = tuple(many for field in by_kind["many"] if (many := links.many(field)) is not None)
    counts = tuple(
        Count(field.name, counted.name, stored=field.declared.options["stored"] is True, any=field.declared.options["any"])
        for field in by_kind["count"]
        if (counted := links.count(field, backs)) is not None
    )
    fields = stored(raw, written, {name: field for name, (_, field) in refs.items()}, complain)
    check_clashes(raw, fields, manys, complain)
    return Resource(
        raw.name,
        raw.title,
        tuple(fields.values()),
        {},
        doc=raw.doc,
        refs=tuple(ref for ref, _ in refs.values()),
        backs=tuple(backs.values()),
        manys=manys,
        counts=counts,
        account=raw.account,
        served=raw.cls.declared_served,
    )


def stored(raw: Raw, written: Sequence[RawField], links: Mapping[str, Field], complain: Complain) -> dict[str, Field]:
    """Give what the table holds, the id first and the rest as it was written."""
    fields: dict[str, Field] = {"id": Field("id", Uuid(), origin="uuid")}
    for field in written:
        if field.name in links:
            fields[links[field.name].name] = links[field.name]
        elif field.declared.kind == "count" and field.declared.options["stored"] is True:
            fields[field.name] = Field(field.name, Integer(), origin="count")
        elif field.declared.kind not in LINKS:
            add(fields, field, raw, complain)
            if raw.account and field.name == "email":
                fields |= credentials(raw, complain)
    return fields


def add(fields: dict[str, Field], field: RawField, raw: Raw, complain: Complain) -> None:
    """Add a field that holds a value of its own."""
    kind, options = field.declared.kind, field.declared.options
    if (field.name == "id") != (kind in ("serial", "key")):
        problem = f'{kind}() makes the id, which is named "id"' if field.name != "id" else "an id is made by the server"
        complain(field.name, "", problem, 'Write "id: int = serial()" or "id: UUID = key()"')
        return
    if raw.account and field.name == "email" and kind != "email":
        complain(field.name, "", "an Account signs in with an e-mail address", "Leave it out: Account declares it")
        return
    if field.name in fields and field.name != "id":
        return  # never in the place of what the server keeps there; check_clashes tells of it
    found = scalar(field)
    if isinstance(found, tuple):
        complain(field.name, "", *found)
        return
    if kind in MADE:
        origin, of = MADE[kind]
        fields[field.name] = Field(field.name, of, origin=origin)
        return
    value = default(field, found)
    if isinstance(value, tuple):
        complain(field.name, "default", *value)
        return
    unique = options.get("unique", False)
    if not isinstance(unique, bool):
        complain(field.name, "unique", f"unique={unique!r} does not fit", "Write unique=True, or leave it out")
        return
    made = Field(field.name, found, field.optional, value, unique=unique, doc=options.get("doc", ""))
    if made.unique and not found.sortable:
        complain(field.name, "unique", f"a {found.title} is not compared, so it can not be unique", "Leave unique out")
    key = folded(made)
    # Only the folded form is unique: two spellings of one address are one address.
    fields[field.name] = made if key is None else Field(made.name, made.scalar, made.optional, doc=made.doc)
    if key is not None:
        fields[key.name] = key


def credentials(raw: Raw, complain: Complain) -> dict[str, Field]:
    """Give the hidden fields of an account: the password's hash, whether it is an admin, and its epoch."""
    policy = getattr(raw.cls, "password", None)
    if not isinstance(policy, declared.PasswordPolicy):
        problem = f"it is a {type(policy).__name__}, not PasswordPolicy(...)"
        complain("password", "", problem, "Write password = PasswordPolicy(min=15)")
        policy = declared.PasswordPolicy()
    bounds = (policy.min, policy.max, policy.lower, policy.upper, policy.digit)
    if any(type(each) is not int or each < 0 for each in bounds) or not policy.min <= policy.max <= LONGEST_PASSWORD:
        complain("password", "", "its numbers do not fit", f"Write whole numbers with 0 <= min <= max <= {LONGEST_PASSWORD}")
    password = Password(policy.min, policy.max, policy.lower, policy.upper, policy.digit)
    return {
        "password": Field("password", password, hidden=True),
        "admin": Field("admin", Boolean(), default=0, hidden=True),
        "epoch": Field("epoch", Integer(), default=0, hidden=True),
    }


def check_clashes(raw: Raw, fields: Mapping[str, Field], manys: Sequence[Many], complain: Complain) -> None:
    """Complain of names that stand for two things."""
    for field in raw.fields.values():
        made = fields.get(field.name)
        if made is not None and made.hidden:
            complain(field.name, "", f'"{field.name}" is kept by the server', "Choose another name")
        if field.declared.kind in LINKS and made is not None and made.origin != "count":
            complain(field.name, "", f'"{field.name}" is also the field of a link', "Choose another name")
        if field.declared.kind == "ref" and f"{field.name}_id" in raw.fields:
            complain(f"{field.name}_id", "", f'"{field.name}_id" is what the link "{field.name}" is held in', "Leave it out")
    for many in manys:
        if many.writable and (many.field in fields or many.field in raw.fields):
            complain(many.name, "", f'"{many.field}" carries its ids', f'Rename the field "{many.field}"')
        twins = [other.name for other in manys if other.writable and other.field == many.field]
        if many.writable and twins.index(many.name) > 0:
            remedy = "Declare a resource for one of the two, with a ref() to either side"
            complain(many.name, "", f'"{twins[0]}" carries its ids in "{many.field}" too', remedy)
