"""Reads rules, lists and other words of a class against the fields there are; the last step that notes mistakes.

Takes raw classes and the frozen fields, gives grants, lists and indexes. Stands on the model.
"""

from collections.abc import Callable, Mapping

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
from kingpost.contract.model import Budget, Entry, Grant, Index, Key, Lists, Resource, folded
from kingpost.contract.scalars import Integer, Invalid, Stored, Text, fold
from kingpost.declare import resource as declared
from kingpost.declare.gather import Raw, listing, verbs
from kingpost.declare.links import Complain
from kingpost.declare.resource import Access, Unique
from kingpost.declare.rules import Is, Rule
from kingpost.declare.rules import test as compared
from kingpost.declare.source import suggest

MOST = 1_000
MOST_CALLS = 1_000_000_000
LONGEST_WINDOW = 2_592_000
LONGEST_SORTED = 255
UNSEARCHED = ("rank", "rowid")
RULES = "Write anyone, signed_in, admin, owner(...) or where(...), joined by | and &"


class Words:
    """Looks up the words of one class."""

    def __init__(self, resource: Resource, resources: Mapping[str, Resource], complain: Complain) -> None:
        """Look words up in a resource; one that is wrong is told once for each of its attributes."""
        self.resource, self.resources = resource, resources
        self.told: set[tuple[str, str]] = set()
        self.note = complain

    def complain(self, attribute: str, word: str, problem: str, remedy: str) -> None:
        """Note a mistake, unless the same word has been told of."""
        if not word or (attribute, word) not in self.told:
            self.told.add((attribute, word))
            self.note(attribute, word, problem, remedy)

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
                link = not last or isinstance(test.value, Caller)
                known = [*resource.ref] if link else [*shown(resource), *resource.ref]
                problem = f'"{name}" is not a {"link" if link else "field"} of {resource.title}'
                remedy = suggest(name, known, "It has")
                if name in resource.back or name in resource.many:
                    problem = f'"{name}" leads from {resource.title} to many rows, and a rule follows links to one'
                    remedy = "Ask for the row among them in the code of an operation"
                self.complain(attribute, name, problem, remedy)
                return test
        field = resource.field[path[-1]]
        if isinstance(test.value, Caller):
            # The id of something else may have the same number as the caller's: only a link to an account is compared with it.
            ref = resource.ref_of.get(path[-1])
            if not (self.resources[ref.target].account if ref else resource.account and path[-1] == "id"):
                said = f'"{".".join(test.path)}"' if test.path != ("id",) else ""
                owned = [f'owner("{each.name}")' for each in resource.refs if self.resources[each.target].account]
                remedy = f"Write {' or '.join(owned)}" if owned else "Link to the Account first: only that signs in"
                self.complain(attribute, test.path[-1] if said else "", f"owner({said}) names no link to an account", remedy)
            return Test(tuple(path), test.operator, test.value)
        if test.operator in ("is null", "is set") or not isinstance(test.value, Fixed):
            return Test(tuple(path), test.operator)
        raw = test.value.value
        values = raw if isinstance(raw, tuple) else (raw,)
        if not values:
            self.complain(attribute, test.path[-1], "one_of() has nothing to choose from", "Write the values it may have")
        try:
            stored: list[Stored] = [field.scalar.store(each) for each in values]
        except (Invalid, TypeError, AttributeError) as problem:
            said = f"{test.path[-1]} can not be compared with {raw!r} ({problem})"
            self.complain(attribute, test.path[-1], said, f"Write a value of its kind: {field.scalar.title}")
            return test
        key = folded(field)
        if key is not None:  # two spellings of one address are one address in a rule too
            path[-1] = key.name
            stored = [fold(str(each)) for each in stored]
        kept = [each for each in stored if each is not None]
        return Test(tuple(path), test.operator, Fixed(tuple(kept) if isinstance(raw, tuple) else kept[0] if kept else None))

    def grants(self, rule: object, attribute: str, verb: str) -> tuple[Grant, ...]:
        """Look up the grants of one verb."""
        if not isinstance(rule, Rule):
            self.complain(attribute, verb, f"{verb}={rule!r} is no rule", RULES)
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
            missing, other = "nothing says who may do what", f"it is a {type(raw.access).__name__}, not Access(...)"
            problem = missing if raw.access is None else other
            self.complain("access", "", problem, "Write access = Access(read=anyone, create=signed_in), say")
            return {}
        return {verb: self.grants(rule, "access", verb) for verb, rule in verbs(raw.access).items()}

    def key(self, word: str) -> Key | None:
        """Look up one sort key."""
        name = word.lstrip("+-")
        field = self.resource.field.get(name)
        if field is None or field.hidden:
            problem = f'"{name}" is not a field of {self.resource.title}'
            remedy = suggest(name, self.resource.readable, "It has")
            if name in self.resource.count:
                problem = f'"{name}" is counted for each viewer, so it can not sort'
                whole = isinstance(self.resource.count[name].scalar, Integer)
                remedy = "Write count(..., stored=True)" if whole else "Sort by a field, or by a stored count"
            self.complain("lists", name, problem, remedy)
            return None
        if not field.scalar.sortable:
            self.complain("lists", name, f'"{name}" is a {field.scalar.title}, which has no order', "Sort by another field")
            return None
        if isinstance(field.scalar, Text) and field.scalar.max > LONGEST_SORTED:
            problem = f'"{name}" may be {field.scalar.max} characters long, more than a page mark can carry'
            self.complain("lists", name, problem, f"Write {name}: str = text(max={LONGEST_SORTED}), or sort by another field")
        return Key(name, word.startswith("-"))

    def entry(self, text: object) -> Entry | None:
        """Look up one list: filters, then the sort."""
        words = text.split() if isinstance(text, str) else []
        if not words:
            self.complain("lists", "", f"{text!r} names no field to sort by", 'Write "-created_at" or "user_id title", say')
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
                problem = f"it is a {type(raw.lists).__name__}, not Lists(...)"
                self.complain("lists", "", problem, 'Write lists = Lists("-created_at"), say')
            return Lists()
        page, most = declared.page, declared.most
        if type(page) is not int or type(most) is not int or not 1 <= page <= most <= MOST:
            word = "page" if type(page) is not int or page < 1 or most in range(page) else "most"
            problem = f"page={page!r} and most={most!r} do not fit"
            self.complain("lists", word, problem, f"Write whole numbers: 1 <= page <= most <= {MOST}")
        entries = tuple(entry for entry in map(self.entry, declared.entries) if entry is not None)
        return Lists(entries or (Entry(),), page, most, self.search(declared.search))

    def search(self, names: object) -> tuple[str, ...]:
        """Look up the fields that are searched."""
        if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
            self.complain("lists", "search", f"search={names!r} names no fields", 'Write search=("title",), say')
            return ()
        texts = [each.name for each in self.resource.fields if not each.hidden and isinstance(each.scalar, Text)]
        known = [name for name in texts if name not in UNSEARCHED]
        for at, name in enumerate(names):
            field = self.resource.field.get(name)
            if field is None or field.hidden:
                problem = f'"{name}" is not a field of {self.resource.title}'
                self.complain("lists", name, problem, suggest(name, known, "Its texts are"))
            elif not isinstance(field.scalar, Text):
                problem = f'"{name}" holds no words: its kind is {field.scalar.title}'
                self.complain("lists", name, problem, suggest("", known, "Its texts are"))
            elif name in UNSEARCHED:
                self.complain("lists", name, f'"{name}" is a word that databases search by', "Rename the field to search it")
            elif name in names[:at]:
                self.complain("lists", name, f'search names "{name}" twice', "Name each field once")
        return names

    def indexes(self, raw: Raw) -> tuple[Index, ...]:
        """Look up the declared indexes: on fields, and on fields together."""
        found = []
        for field in self.resource.fields:
            written = raw.fields.get(field.name)
            options = written.declared.options if written else {}
            if field.unique or options.get("index"):
                where, condition = options.get("where"), every()
                if isinstance(where, Is):
                    condition = self.test(compared(field.name, where), field.name)
                elif where is not None:
                    problem = f"its where is a {type(where).__name__}, not a comparison with the field itself"
                    self.complain(field.name, "where", problem, "Write is_set, is_null, above(...) or the like")
                keys = (Key(field.name),) if field.unique else (Key(field.name), Key("id"))
                found.append(Index(keys, field.unique, condition))
        for unique in raw.unique:
            if not isinstance(unique, Unique) or not unique.fields or any(not isinstance(name, str) for name in unique.fields):
                self.complain("unique", "", "it names no fields", 'Write unique = Unique("user", "title"), say')
                continue
            names = [self.resource.ref[name].field if name in self.resource.ref else name for name in unique.fields]
            for name in names:
                if name not in self.resource.field:
                    self.complain(
                        "unique",
                        name,
                        f'"{name}" is not a field of {self.resource.title}',
                        suggest(name, shown(self.resource), "It has"),
                    )
            condition = self.own(unique.where, "unique")
            found.append(Index(tuple(Key(self.folded(name)) for name in names), True, condition))
        return tuple(dict.fromkeys(found))

    def folded(self, name: str) -> str:
        """Give the field by which another is compared: an address's folded form, anything else itself."""
        field = self.resource.field.get(name)
        key = folded(field) if field else None
        return name if key is None else key.name

    def condition(self, where: object, attribute: str) -> Expression:
        """Look up a condition; none is one that every row meets."""
        if where is None:
            return every()
        if not isinstance(where, Rule):
            self.complain(attribute, "where", f"its where is a {type(where).__name__}, which is no rule", RULES)
            return every()
        return some(*(self.rule(grant.rule, attribute) for grant in where.grants))

    def own(self, where: object, attribute: str) -> Expression:
        """Look up a condition that has nothing but the row to ask, as that of an index or of a stored count."""
        condition = self.condition(where, attribute)
        if any(len(test.path) > 1 or isinstance(test.value, Caller) for test in tests(condition)) or roles(condition):
            problem = "its condition asks for the caller or another row"
            self.complain(attribute, "where", problem, "Write where(...) on the row's own fields")
        return condition


def budget(written: object, complain: Callable[[str, str, str], None]) -> Budget | None:
    """Read a budget; none where none is declared, or where it is wrong, which is told as a word, a problem and a remedy."""
    if written is None:
        return None
    if not isinstance(written, declared.Budget):
        complain("", f"budget={written!r} is no Budget(...)", "Write budget = Budget(1000, per=60), say")
        return None
    for word, number, most in (("calls", written.calls, MOST_CALLS), ("per", written.per, LONGEST_WINDOW)):
        if type(number) is not int or not 1 <= number <= most:
            complain(word, f"{word}={number!r} does not fit", f"Write a whole number from 1 to {most}")
            return None
    return Budget(written.calls, written.per)


def shown(resource: Resource) -> list[str]:
    """Give the fields that may be named to whoever misspelt one."""
    return [field.name for field in resource.fields if not field.hidden]


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
