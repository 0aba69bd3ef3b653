"""Gives any legal call of a contract, for laws."""

from hypothesis import strategies as some
from msgspec.structs import replace

from kingpost.call import Call, Condition, Include, Parent, Range, Shape
from kingpost.contract.model import Contract, Key, Operation, Resource
from kingpost.contract.ranges import OPERATORS, ranged
from kingpost.surface.rest.batch import offered
from kingpost.surface.rest.routes import Route, Routes

CHARACTERS = some.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = some.text(CHARACTERS, max_size=20)
KEYS = some.text(CHARACTERS, min_size=1, max_size=20)
TOKENS = some.from_regex(r"[A-Za-z0-9._~+/-]{1,40}=?", fullmatch=True)
JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
MADE_UP = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0,.-"), min_size=1, max_size=8)


def names(resource: Resource) -> some.SearchStrategy[str]:
    """Give names of what an answer may hold, and now and then a name of nothing."""
    return some.sampled_from(resource.readable) | MADE_UP


def includes(depth: int = 3) -> some.SearchStrategy[tuple[Include, ...]]:
    """Give trees of links in their one order, whether or not there are such links."""
    words = some.sampled_from(["user", "posts", "project", "tags"]) | MADE_UP
    below = includes(depth - 1) if depth > 1 else some.just(())
    level = some.lists(some.builds(Include, words, below), max_size=2, unique_by=lambda each: each.name)
    return level.map(lambda found: tuple(sorted(found, key=lambda each: each.name)))


VERSIONS = some.lists(some.from_regex(r"[A-Za-z0-9_-]{12}", fullmatch=True), min_size=1, max_size=3).map(tuple) | some.just(
    ("*",)
)
CONDITIONS = some.none() | some.builds(Condition, some.none() | VERSIONS, some.just(()) | VERSIONS).filter(
    lambda found: found.match is not None or found.unless != ()
)
ONCE = some.just("") | some.from_regex(r"[A-Za-z0-9 _.:-]{1,40}", fullmatch=True)
WRITE = {"once": ONCE, "condition": CONDITIONS}


def calls(contract: Contract, routes: Routes) -> some.SearchStrategy[Call]:
    alone = some.sampled_from(contract.operations).flatmap(lambda operation: asked(contract, routes, operation))
    return alone | some.sampled_from(contract.resources).flatmap(lambda resource: batches(contract, resource))


@some.composite
def batches(draw: some.DrawFn, contract: Contract, resource: Resource) -> Call:
    """Give batches of every kind of write that a resource offers."""
    words = offered(contract, resource.name)
    key = some.integers(1, 2**63 - 1) if resource.key.origin == "serial" else some.uuids().map(str)
    items, made = [], []
    for word in draw(some.lists(some.sampled_from(sorted(words)), min_size=1, max_size=3)):
        item: dict[str, object] = {"do": word}
        part = Call(words[word])
        if word != "delete":
            item["data"] = draw(JSON)
            part = replace(part, input=item["data"])
        if word != "create":
            item["id"] = draw(key)
            part = replace(part, key=str(item["id"]))
        if word != "create" and draw(some.booleans()):
            item["if_match"] = '"AAAAAAAAAAAA-x"'
            part = replace(part, condition=Condition(("AAAAAAAAAAAA",)))
        items.append(item)
        made.append(part)
    return Call(
        f"{resource.name}.batch", input={"items": items}, parts=tuple(made), token=draw(some.none() | TOKENS), once=draw(ONCE)
    )


def asked(contract: Contract, routes: Routes, operation: Operation) -> some.SearchStrategy[Call]:
    who = {"operation": some.just(operation.name), "token": some.none() | TOKENS, "request_id": TEXTS}
    who["position"] = some.just("") | TOKENS
    if operation.verb is None:
        return some.builds(Call, **who, input=JSON.filter(lambda sent: sent is not None))
    resource = contract.resource[operation.resource]
    above = [route for route in routes.all() if route.parent and operation.name in route.methods.values()]
    if operation.verb == "list":
        return some.sampled_from([None, *above]).flatmap(lambda route: listed(resource, route, who))
    if operation.verb == "create":
        parents = [some.none(), *(some.builds(Parent, some.just(each.parent), KEYS, some.just(each.link)) for each in above)]
        return some.builds(Call, **who, **WRITE, input=JSON, parent=some.one_of(parents))
    if operation.verb == "get":
        return some.builds(Call, **who, key=KEYS, shape=some.builds(Shape, fields(resource), includes()))
    if operation.verb == "delete":
        return some.builds(Call, **who, **WRITE, key=KEYS)
    return some.builds(Call, **who, **WRITE, key=KEYS, input=JSON)


def fields(resource: Resource) -> some.SearchStrategy[tuple[str, ...] | None]:
    return some.none() | some.sets(names(resource), min_size=1, max_size=4).map(lambda found: tuple(sorted(found)))


def listed(
    resource: Resource, route: Route | None, who: dict[str, some.SearchStrategy[str | None]]
) -> some.SearchStrategy[Call]:
    """Give lists, narrowed as some declared list is and to any ranges, searched or not, under a parent or not."""

    @some.composite
    def build(draw: some.DrawFn) -> Call:
        offered = sorted({name for entry in resource.lists.entries for name in entry.filters})
        chosen = draw(some.sets(some.sampled_from(offered))) if offered else set()
        parent = None
        values = {name: draw(TEXTS) for name in sorted(chosen)}
        if route is not None:
            parent = Parent(route.parent, draw(KEYS), route.link)
            values[route.link] = parent.key
        keys = some.builds(Key, names(resource), some.booleans())
        ends = [Range(name, operator) for name in ranged(resource) for operator in OPERATORS]
        ranges = tuple(sorted(draw(some.sets(some.sampled_from(ends), max_size=3)), key=lambda each: each.name))
        search = bool(resource.lists.search) and draw(some.booleans())
        shape = Shape(
            draw(fields(resource)), draw(includes()), tuple(sorted(values)), tuple(draw(some.lists(keys, max_size=3))),
            ranges=ranges, total=draw(some.booleans()), search=search,
        )  # fmt: skip
        texts = tuple(values[name] for name in shape.filters)
        limit = draw(some.none() | some.integers(0, 9_999_999))
        drawn = {name: draw(each) for name, each in who.items()}
        return Call(
            str(drawn["operation"]), shape, filters=texts, limit=limit, after=draw(TEXTS), parent=parent,
            token=drawn["token"], request_id=drawn["request_id"] or "", position=drawn["position"],
            ranges=tuple(draw(TEXTS) for _ in ranges), words=draw(TEXTS) if search else "",
        )  # fmt: skip

    return build()
