"""From links and counts as written to the links of a contract.

Takes the raw classes, gives refs, backs, manys and counts with the fields they need. Stands on the model.
"""

import typing
from collections.abc import Callable

from kingpost.contract.model import Back, Field, Many, Ref
from kingpost.contract.scalars import AnyScalar, Integer, Uuid
from kingpost.declare.fields import REQUIRED, Actor
from kingpost.declare.gather import Raw, RawField
from kingpost.declare.resource import Resource
from kingpost.declare.source import suggest

Complain = Callable[[str, str, str, str], None]
"""Notes a mistake: the attribute, the word, the problem, the remedy."""


def key_scalar(raw: Raw) -> AnyScalar:
    """Give the scalar of a resource's id."""
    declared = raw.fields.get("id")
    return Integer() if declared is not None and declared.declared.kind == "serial" else Uuid()


class Links:
    """The links of one class, read against all the others."""

    def __init__(self, raw: Raw, raws: dict[type[Resource], Raw], complain: Complain) -> None:
        """Read the links of a class."""
        self.raw, self.raws, self.complain = raw, raws, complain

    def target(self, field: RawField, annotation: object, way: str) -> Raw | None:
        """Find the class at the other end."""
        found = self.raws.get(annotation) if isinstance(annotation, type) else None
        if found is None:
            said = getattr(annotation, "__name__", annotation)
            if isinstance(annotation, type) and issubclass(annotation, Resource):
                self.complain(field.name, "", f"the app was not given {said}", f"Write App(..., {said})")
            else:
                names = ", ".join(raw.title for raw in self.raws.values())
                self.complain(field.name, "", f"{said} is no resource", f"Write {way}; the app has {names}")
        return found

    def ref(self, field: RawField) -> tuple[Ref, Field] | None:
        """Read a link to one row."""
        target = self.target(field, field.annotation, f'"{field.name}: <Resource> = ref()"')
        options = field.declared.options
        if target is None:
            return None
        if options["on_delete"] not in ("cascade", "null", "restrict"):
            problem = f"on_delete={options['on_delete']!r} is unknown"
            self.complain(field.name, "on_delete", problem, 'Write "cascade", "null" or "restrict"')
            return None
        if options["on_delete"] == "null" and not field.optional:
            remedy = f'Write "{field.name}: {target.title} | None", or another on_delete'
            self.complain(field.name, "on_delete", 'on_delete="null" needs a link that may be empty', remedy)
        caller = isinstance(options["default"], Actor)
        if not caller and options["default"] not in (REQUIRED, None):
            problem = f"default={options['default']!r} is no default for a link"
            self.complain(field.name, "default", problem, "Write default=actor, or leave it out")
        if caller and not target.account:
            problem = f"default=actor links to {target.title}, which is no Account"
            self.complain(field.name, "default", problem, "Leave the default out")
        name = f"{field.name}_id"
        link = Ref(field.name, name, target.name, options["on_delete"], caller)
        return link, Field(name, key_scalar(target), field.optional, doc=options["doc"])

    def several(self, field: RawField, way: str) -> Raw | None:
        """Find the class in a `list[...]`."""
        if typing.get_origin(field.annotation) is not list:
            self.complain(field.name, "", f"{field.declared.kind}() needs a list", f"Write {way}")
            return None
        return self.target(field, typing.get_args(field.annotation)[0], way)

    def back(self, field: RawField) -> Back | None:
        """Read the rows that point here."""
        link = str(field.declared.options["link"])
        source = self.several(field, f'"{field.name}: list[<Resource>] = back({link!r})"')
        if source is None:
            return None
        refs = [name for name, each in source.fields.items() if each.declared.kind == "ref" and each.annotation is self.raw.cls]
        if link not in refs:
            problem = f"{source.title} has no link {link!r} to {self.raw.title}"
            missing = f'Write "{link}: {self.raw.title} = ref()" in {source.title}'
            self.complain(field.name, link, problem, suggest(link, refs, "Its links here are") if refs else missing)
            return None
        return Back(field.name, source.name, f"{link}_id")

    def many(self, field: RawField) -> Many | None:
        """Read one side of a link between many and many."""
        target = self.several(field, f'"{field.name}: list[<Resource>] = many()"')
        if target is None:
            return None
        of = str(field.declared.options["of"])
        if not of:
            return pairs(self.raw, field.name, target)
        other = target.fields.get(of)
        if other is None or other.declared.kind != "many" or other.declared.options["of"]:
            sides = [name for name, each in target.fields.items() if each.declared.kind == "many"]
            self.complain(field.name, of, f"{target.title} has no many() named {of!r}", suggest(of, sides, "It has"))
            return None
        written = pairs(target, of, self.raw)
        return Many(field.name, target.name, written.through, written.there, written.here, written.field, writable=False)

    def count(self, field: RawField, backs: dict[str, Back]) -> Back | None:
        """Find the back link that a count counts, or looks for any row of."""
        of = str(field.declared.options["of"])
        word, kind = ("exists", bool) if field.declared.options["any"] else ("count", int)
        if field.annotation is not kind:
            said = f'Write "{field.name}: {kind.__name__} = {word}({of!r})"'
            self.complain(field.name, "", f"{word}() declares {'an' if kind is int else 'a'} {kind.__name__}", said)
        if of not in backs:
            self.complain(field.name, of, f"{self.raw.title} has no back link {of!r}", suggest(of, backs, "Its back links are"))
            return None
        return backs[of]


def pairs(raw: Raw, name: str, target: Raw) -> Many:
    """Give the side of a table of pairs that is written, as ids in a field such as `tag_ids`."""
    here, there = f"{raw.title.lower()}_id", f"{target.title.lower()}_id"
    there = f"other_{there}" if here == there else there
    return Many(name, target.name, f"{raw.name}_{name}", here, there, f"{target.title.lower()}_ids")
