"""Reads rules, lists and other words of a class against the fields there are; this is where a declaration may fail.

Takes raw classes and the frozen fields, gives grants, lists and indexes. Stands on the model.
"""

from collections.abc import Mapping

from kingpost.contract.expr import (
    Caller,
    Constant,
    Every,
    Expression,
    Fixed,
    Role,
    Some,
    Test,
    Unless,
    every,
    some,
    tests,
)
from kingpost.contract.model import Entry, Grant, Index, Key, Lists, Resource
from kingpost.contract.scalars import Invalid, Stored
from kingpost.declare.gather import Raw, listing, verbs
from kingpost.declare.links import Complain
from kingpost.declare.resource import Access
from kingpost.declare.rules import Rule
from kingpost.declare.source import suggest

MOST = 1_000


class Words:
    """Looks up the words of one class."""

    def __init__(self, resource: Resource, resources: Mapping[str, Resource], complain: Complain) -> None:
        """Look words up in a resource."""
        self.resource, self.resources, self.complain = resource, resources, complain

    def rule(self, rule: Expression, attribute: str) -> Expression:
        """Look up every path and value of a rule."""
        match rule:
            case Test():
                return self.test(rule, attribute)
            case Every(parts):
                return every(*(self.rule(part, attribute) for part in parts))
            case Some(parts):
                return some(*(self.rule(part, attribute) for part in parts))
            case Unless(part):
                return Unless(self.rule(part, attribute))
            case Constant() | Role():
                return rule

    def test(self, test: Test, attribute: str) -> Expression:
        """Look up one comparison."""
        resource, path = self.resource, []
        for at, name in enumerate(test.path):
            last = at == len(test.path) - 1
            if name in resource.ref:
                path.append(resource.ref[name].field)
                if not last:
                    resource = self.resources[resource.ref[name].target]
            elif last and name in resource.field:
                path.append(name)
            else:
                known = [*resource.ref] if not last else [*resource.field, *resource.ref]
                problem = f'"{name}" is not a {"field" if last else "link"} of {resource.title}'
                self.complain(attribute, name, problem, suggest(name, known, "It has"))
                return test
        field = resource.field[path[-1]]
        if isinstance(test.value, Caller):
            account = next((each for each in self.resources.values() if each.account), None)
            if account is None or (type(field.scalar) is not type(account.key.scalar)):
                self.complain(
                    attribute,
                    test.path[-1],
                    f'owner("{".".join(test.path)}") is no link to an account',
                    "Name a link to an Account",
                )
            return Test(tuple(path), test.operator, test.value)
        if test.operator in ("is null", "is set") or not isinstance(test.value, Fixed):
            return Test(tuple(path), test.operator)
        raw = test.value.value
        values = raw if isinstance(raw, tuple) else (raw,)
        try:
            stored: list[Stored] = [field.scalar.store(each) for each in values]
        except (Invalid, TypeError, AttributeError) as problem:
            said = f"{test.path[-1]} can not be compared with {raw!r} ({problem})"
            self.complain(attribute, test.path[-1], said, f"Write a value that a {field.scalar.title} field takes")
            return test
        kept = [each for each in stored if each is not None]
        return Test(tuple(path), test.operator, Fixed(tuple(kept) if isinstance(raw, tuple) else kept[0] if kept else None))

    def grants(self, rule: object, attribute: str, verb: str) -> tuple[Grant, ...]:
        """Look up the grants of one verb."""
        if not isinstance(rule, Rule):
            self.complain(
                attribute,
                verb,
                f"{verb}={rule!r} is no rule",
                "Write anyone, signed_in, admin, owner(...) or where(...)",
            )
            return ()
        found = []
        for grant in rule.grants:
            for name in grant.fields or ():
                known = [*self.resource.readable, *(field.name for field in self.resource.fields if field.writable)]
                known += [many.field for many in self.resource.manys if many.writable]
                if name not in known:
                    problem = f'"{name}" is not a field of {self.resource.title}'
                    self.complain(attribute, name, problem, suggest(name, known, "It has"))
            found.append(Grant(self.rule(grant.rule, attribute), grant.fields))
        return tuple(found)

    def access(self, raw: Raw) -> dict[str, tuple[Grant, ...]]:
        """Look up who may do what."""
        if not isinstance(raw.access, Access):
            problem = "has no access, so no one could say who may do what"
            self.complain("access", "", problem, "Write access = Access(read=anyone, create=signed_in, ...)")
            return {}
        return {verb: self.grants(rule, "access", verb) for verb, rule in verbs(raw.access).items()}

    def key(self, word: str) -> Key | None:
        """Look up one sort key."""
        name = word.lstrip("+-")
        field = self.resource.field.get(name)
        if field is None or field.hidden:
            counts = [count.name for count in self.resource.counts if not count.stored]
            remedy = "Write count(..., stored=True)" if name in counts else suggest(name, self.resource.readable, "It has")
            problem = (
                f'"{name}" is counted for each viewer, so it can not sort'
                if name in counts
                else f'"{name}" is not a field of {self.resource.title}'
            )
            self.complain("lists", name, problem, remedy)
            return None
        if not field.scalar.sortable:
            self.complain("lists", name, f'"{name}" is a {field.scalar.title}, which has no order', "Sort by another field")
            return None
        return Key(name, word.startswith("-"))

    def entry(self, text: str) -> Entry | None:
        """Look up one list: filters, then the sort."""
        words = text.split()
        if not words:
            self.complain("lists", text, "a list needs at least a sort key", 'Write "-created_at", say')
            return None
        first = next((at for at, word in enumerate(words) if word[0] in "+-"), len(words) - 1)
        names = [self.resource.ref[word].field if word in self.resource.ref else word for word in words]
        keys = [self.key(word) for word in names]
        if None in keys:
            return None
        sort = tuple(key for key in keys[first:] if key is not None)
        if len({key.field for key in keys if key}) != len(keys):
            self.complain("lists", words[0], f"{text!r} names a field twice", "Name each field once")
        return Entry(tuple(names[:first]), () if sort == (Key("id"),) else sort)

    def lists(self, raw: Raw) -> Lists:
        """Look up the lists."""
        declared = listing(raw)
        if declared is None:
            if raw.lists is not None:
                self.complain("lists", "", f"{raw.lists!r} is no Lists", 'Write lists = Lists("-created_at")')
            return Lists()
        if not 1 <= declared.page <= declared.most <= MOST:
            problem = f"page={declared.page} and most={declared.most} are out of bounds"
            self.complain("lists", "", problem, f"Write 1 <= page <= most <= {MOST}")
        entries = tuple(entry for entry in map(self.entry, declared.entries) if entry is not None)
        return Lists(entries or (Entry(),), declared.page, declared.most)

    def indexes(self, raw: Raw) -> tuple[Index, ...]:
        """Look up the declared indexes: on fields, and on fields together."""
        found = []
        for field in self.resource.fields:
            written = raw.fields.get(field.name)
            options = written.declared.options if written else {}
            if field.unique:
                found.append(Index((Key(field.name),), True))
            elif options.get("index"):
                where = options.get("where")
                condition = (
                    every() if where is None else self.test(Test((field.name,), where.operator, Fixed(where.value)), field.name)
                )
                found.append(Index((Key(field.name), Key("id")), where=condition))
        for unique in raw.unique:
            names = [self.resource.ref[name].field if name in self.resource.ref else name for name in unique.fields]
            for name in names:
                if name not in self.resource.field:
                    self.complain(
                        "unique",
                        name,
                        f'"{name}" is not a field of {self.resource.title}',
                        suggest(name, self.resource.field, "It has"),
                    )
            condition = (
                every() if unique.where is None else some(*(self.rule(grant.rule, "unique") for grant in unique.where.grants))
            )
            self.own(condition, "unique")
            found.append(Index(tuple(map(Key, names)), True, condition))
        return tuple(found)

    def own(self, condition: Expression, attribute: str) -> None:
        """Complain of a condition that needs more than the row: an index or a stored count has nothing else."""
        if any(len(test.path) > 1 or isinstance(test.value, Caller) for test in tests(condition)) or roles(condition):
            problem = "its condition asks for the caller or another row"
            self.complain(attribute, "", problem, "Write where(...) on the row's own fields")


def roles(condition: Expression) -> bool:
    """Whether a condition asks what the caller is."""
    match condition:
        case Role():
            return True
        case Every(parts) | Some(parts):
            return any(map(roles, parts))
        case Unless(part):
            return roles(part)
    return False
