"""Random declarations that are right: classes as a user could have written them."""

import types
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from hypothesis import strategies as st

from kingpost import (
    Access,
    Account,
    Lists,
    Resource,
    Rule,
    Unique,
    above,
    admin,
    anyone,
    back,
    count,
    created,
    decimal,
    email,
    index,
    is_null,
    is_set,
    json,
    key,
    many,
    not_equal,
    number,
    one_of,
    owner,
    ref,
    serial,
    signed_in,
    text,
    texts,
    updated,
    value,
    via,
    where,
)

KINDS: list[tuple[Any, Any]] = [
    (str, lambda: text(min=1, max=50, doc="A name.")),
    (str, lambda: text(default="new", unique=True)),
    (str, lambda: email(unique=True)),
    (int, lambda: number(min=-5, max=5, default=3)),
    (int, lambda: index(where=is_set)),
    (Decimal, lambda: decimal(precision=10, scale=4, default=Decimal("1.5"))),
    (bool, lambda: value(default=False)),
    (date, lambda: index(unique=True)),
    (datetime, index),
    (UUID, value),
    (Literal["draft", "public"], lambda: value(default="draft")),
    (Any, lambda: json(max=100, default={"a": [1]})),
    (list[str], lambda: texts(max=5, default=["a"])),
]


def rules(links: list[str]) -> st.SearchStrategy[Rule]:
    """Give rules on a resource with a number `size`, a word `title` and these links to the account."""
    plain = [
        anyone,
        signed_in,
        admin,
        where(size=3),
        where(size=above(2)),
        where(title=one_of("a", "b")),
        where(title=not_equal("")),
    ]
    plain += [where(title=is_null), where(size=is_set, title="a")]
    plain += [owner(link) for link in links] + [via(link, where(name="x")) for link in links]
    leaves = st.sampled_from(plain)
    pairs = st.tuples(leaves, leaves)
    return st.one_of(
        leaves,
        leaves.map(lambda rule: ~rule),
        pairs.map(lambda two: two[0] | two[1]),
        pairs.map(lambda two: two[0] & ~two[1]),
        pairs.map(lambda two: two[0].fields("id", "title") | two[1]),
    )


@st.composite
def declarations(draw: st.DrawFn) -> list[type[Resource]]:
    """Give an account and up to three resources, linked at random."""
    titles = ["Thing", "Item", "Entry"][: draw(st.integers(0, 3))]
    made: dict[str, type[Resource]] = {}

    class Person(Account):
        """Someone."""

        id: int = serial()
        name: str = text(default="x")
        access = Access(create=anyone, read=anyone, update=owner() | admin)

    made["Person"] = Person
    for title in titles:
        names: dict[str, Any] = {"title": text(max=20), "size": number(default=0)}
        types_of: dict[str, Any] = {"title": str | None, "size": int}
        if draw(st.booleans()):
            names["id"], types_of["id"] = draw(st.sampled_from([(serial(), int), (key(), UUID)]))
        for at, (annotation, make) in enumerate(draw(st.lists(st.sampled_from(KINDS), max_size=5))):
            optional = draw(st.booleans())
            names[f"field_{at}"], types_of[f"field_{at}"] = make(), annotation | None if optional else annotation
        if draw(st.booleans()):
            names["made_at"], types_of["made_at"] = created(), datetime
            names["changed_at"], types_of["changed_at"] = updated(), datetime
        links = draw(st.lists(st.sampled_from(["author", "editor"]), unique=True))
        for link in links:
            on_delete: Literal["cascade", "null", "restrict"] = draw(st.sampled_from(["cascade", "null", "restrict"]))
            names[link] = ref(on_delete=on_delete)
            types_of[link] = "Person | None" if on_delete == "null" else "Person"
        if draw(st.booleans()):
            names["parent"], types_of["parent"] = ref(on_delete="null"), f"{title} | None"
            names["parts"], types_of["parts"] = back("parent"), f"list[{title}]"
            names["part_count"], types_of["part_count"] = count("parts", where=where(size=3), stored=True), int
            names["seen_count"], types_of["seen_count"] = count("parts"), int
        if draw(st.booleans()):
            names["others"], types_of["others"] = many(), "list[Person]"
        granted = rules(links)
        verbs = draw(st.sets(st.sampled_from(["create", "read", "update", "delete"])))
        names["access"] = Access(**{verb: anyone if verb == "create" else draw(granted) for verb in sorted(verbs)})
        entries = draw(st.lists(st.sampled_from(["-size", "title -size", "+size -title", "id", "title"]), unique=True))
        names["lists"] = Lists(*entries, page=draw(st.integers(1, 10)), most=draw(st.integers(10, 1_000)))
        if draw(st.booleans()):
            names["unique"] = Unique("size", "title", where=draw(st.sampled_from([None, where(size=1)])))
        body = {**names, "__annotations__": types_of, "__module__": __name__}
        made[title] = types.new_class(title, (Resource,), {}, lambda space, body=body: space.update(body))  # type: ignore[misc]  # a lambda's default has no type
    return list(made.values())
