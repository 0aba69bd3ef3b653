"""Which paths there are and which methods each answers.

Takes the contract, gives routes; a path is found by its parts, without searching. Stands on the contract.
"""

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import msgspec

from kingpost.contract.model import Contract, Operation, Resource

WRITES = ("create", "merge", "replace", "delete")
METHODS: dict[str, str] = {"GET": "get", "PUT": "replace", "PATCH": "merge", "DELETE": "delete"}
HOLE = re.compile(r"\{([^{}/]+)\}")


class Route(msgspec.Struct, frozen=True):
    """One path: the operation behind each method.

    `holes` names the parts of the path that differ, and `key` the one of them that finds a row. `link` is the field that points
    to the parent of a nested list, or the name of a list through pairs, such as `tags.posts`. `batch` names the resource whose
    rows are written many at a time. One with code of the app's `own` answers where a word stands in the place of a row's id.
    """

    template: str
    methods: Mapping[str, str]
    parent: str = ""
    link: str = ""
    batch: str = ""
    holes: tuple[str, ...] = ()
    key: str = "id"
    own: bool = False

    @property
    def shape(self) -> str:
        """The template without the names in it: two of one shape are one path."""
        return HOLE.sub("{}", self.template)


class Found(msgspec.Struct, frozen=True):
    """A route that a path leads to, with the key of a row and the other texts in the path."""

    route: Route
    key: str = ""
    given: Mapping[str, str] = {}


class Layout(NamedTuple):
    """Paths of so many parts of which those in `holes` may differ; `pick` gives the others, by which they are found."""

    pick: Callable[[Sequence[str]], Hashable]
    holes: tuple[int, ...]
    routes: dict[Hashable, list[Route]]


class Routes:
    """Every path of a contract under one base path."""

    def __init__(self, contract: Contract, base: str) -> None:
        """Lay out the paths.

        Args:
            contract: What may be asked.
            base: The path before every other, such as `/api/v1`; empty for none.
        """
        self.base, self.start, self.begins = base, base.encode("ascii"), len(base)
        self.exact: dict[str, list[Route]] = {}
        self.open: dict[int, list[Layout]] = {}
        self.listed: list[Route] = []
        for resource in contract.resources:
            if resource.served:
                self.serve(contract, resource)
        for operation in contract.operations:
            if operation.verb is None:
                self.add(of_code(operation, base))
        # A literal beats a parameter, the earlier part of a path before the later.
        for count, layouts in self.open.items():
            layouts.sort(key=lambda layout: [number in layout.holes for number in range(count)])

    def serve(self, contract: Contract, resource: Resource) -> None:
        """Lay out the paths of one resource: the list, the row, and the lists under it."""
        name, path, row = resource.name, f"{self.base}/{resource.name}", f"{self.base}/{resource.name}/{{id}}"
        self.offer(contract, Route(path, {"GET": f"{name}.list", "POST": f"{name}.create"}))
        if any(f"{name}.{verb}" in contract.operation for verb in WRITES):
            self.add(Route(f"{path}/batch", {"POST": f"{name}.batch"}, batch=name))
        self.offer(contract, Route(row, {method: f"{name}.{verb}" for method, verb in METHODS.items()}, holes=("id",)))
        if "read" not in resource.access:
            return
        for back in resource.backs:
            if contract.resource[back.source].served:
                under = {"GET": f"{back.source}.list", "POST": f"{back.source}.create"}
                self.offer(contract, Route(f"{row}/{back.name}", under, name, back.field, holes=("id",)))
        for many in resource.manys:
            if contract.resource[many.target].served:
                through = {"GET": f"{many.target}.list"}
                self.offer(contract, Route(f"{row}/{many.name}", through, name, f"{name}.{many.name}", holes=("id",)))

    def offer(self, contract: Contract, route: Route) -> None:
        """Lay out one path for what the contract offers of it."""
        methods = {method: name for method, name in route.methods.items() if name in contract.operation}
        if methods:
            self.add(msgspec.structs.replace(route, methods=methods))

    def add(self, route: Route) -> None:
        """Lay out one path."""
        self.listed.append(route)
        path = route.template[len(self.base) :]
        if not route.holes:
            self.exact.setdefault(path, []).append(route)
            return
        parts = path.split("/")
        holes = tuple(number for number, part in enumerate(parts) if HOLE.fullmatch(part))
        layouts = self.open.setdefault(len(parts), [])
        layout = next((each for each in layouts if each.holes == holes), None)
        if layout is None:
            pick = itemgetter(*(number for number in range(len(parts)) if number not in holes))
            layouts.append(layout := Layout(pick, holes, {}))
        layout.routes.setdefault(layout.pick(parts), []).append(route)

    def find(self, raw_path: bytes, method: str) -> Found | None:
        """Find where a request leads.

        Args:
            raw_path: The path as it came, before any decoding.
            method: The method; `HEAD` leads where `GET` does.

        Returns:
            The route and what stands in the path; None for a path that leads nowhere, or not with this method.
        """
        method = "GET" if method == "HEAD" else method
        return next((found for found in self.fitting(raw_path) if method in found.route.methods), None)

    def allow(self, raw_path: bytes) -> str:
        """Give the methods that a path answers, as the Allow header says them (RFC 9110, section 10.2.1); empty for none."""
        methods = {method for found in self.fitting(raw_path) for method in found.route.methods}
        return ", ".join(sorted({*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"})) if methods else ""

    def fitting(self, raw_path: bytes) -> Iterator[Found]:
        """Give every route that a path fits, the best first."""
        if not raw_path.isascii() or not raw_path.startswith(self.start):
            return
        rest = raw_path[self.begins :].decode("ascii")
        exact = self.exact.get(rest)
        if exact:
            yield from map(Found, exact)
            if any(route.batch for route in exact):
                return
        parts = rest.split("/")
        for pick, holes, kinds in self.open.get(len(parts), ()):
            routes = kinds.get(pick(parts))
            texts = read([parts[number] for number in holes]) if routes else None
            if routes and texts:
                for route in routes:
                    if route.own or not exact:  # a word is no row's id
                        yield filled(route, texts)

    def all(self) -> list[Route]:
        """Give every route, in the order of the contract."""
        return self.listed


def of_code(operation: Operation, base: str) -> Route:
    """Give the path of an operation's code."""
    names = tuple(hole[1] for part in operation.path.split("/") if (hole := HOLE.fullmatch(part)))
    path, methods = f"{base}{operation.path}", {str(operation.method): operation.name}
    return Route(path, methods, holes=names, key=operation.found_by, own=True)


def read(parts: list[str]) -> list[str] | None:
    """Read the parts of a path that differ; none of them may be empty, or other than UTF-8."""
    if "" in parts:
        return None
    if "%" not in "".join(parts):
        return parts
    try:
        return [unquote_to_bytes(part).decode() for part in parts]
    except UnicodeDecodeError:
        return None


def filled(route: Route, texts: Sequence[str]) -> Found:
    """Give a route with what stands in the path."""
    if len(texts) == 1 and route.holes[0] == route.key:
        return Found(route, texts[0])
    given = dict(zip(route.holes, texts, strict=True))
    return Found(route, given.pop(route.key, ""), given)


def clashes(contract: Contract) -> list[tuple[str, str, str]]:
    """Find operations that are asked in one way, of which only the first would ever answer.

    Args:
        contract: What may be asked.

    Returns:
        The first operation, the other one, and how both are asked, such as `GET /posts/{slug}`.
    """
    known: dict[str, str] = {}
    found = []
    for route in Routes(contract, "").all():
        for method, name in route.methods.items():
            first = known.setdefault(f"{method} {route.shape}", name)
            if first != name:
                found.append((first, name, f"{method} {route.template}"))
    return found
