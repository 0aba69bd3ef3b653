"""Which paths there are and which methods each answers.

Takes the contract, gives routes; a path is found by its parts, without searching. Stands on the contract.
"""

from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

import msgspec

from kingpost.contract.model import Contract, Resource

METHODS: dict[str, str] = {"GET": "get", "PUT": "replace", "PATCH": "merge", "DELETE": "delete"}


class Route(msgspec.Struct, frozen=True):
    """One path: the operation behind each method.

    `link` is the field that points to the parent of a nested list, or the name of a list through pairs, such as `tags.posts`.
    """

    template: str
    methods: Mapping[str, str]
    parent: str = ""
    link: str = ""

    @property
    def allow(self) -> str:
        """What the Allow header says (RFC 9110, section 10.2.1)."""
        return ", ".join(sorted({*self.methods, *(["HEAD"] if "GET" in self.methods else []), "OPTIONS"}))


class Found(msgspec.Struct, frozen=True):
    """A route that a path leads to, with the id in the path."""

    route: Route
    key: str = ""


class Routes:
    """Every path of a contract under one base path."""

    def __init__(self, contract: Contract, base: str) -> None:
        """Lay out the paths.

        Args:
            contract: What may be asked.
            base: The path before every other, such as `/api/v1`.
        """
        self.base = base
        self.exact: dict[str, Route] = {}
        self.items: dict[str, Route] = {}
        self.nested: dict[tuple[str, str], Route] = {}
        for resource in contract.resources:
            self.add(contract, resource)
        for operation in contract.operations:
            if operation.verb is None:
                self.exact[operation.path] = Route(f"{base}{operation.path}", {"POST": operation.name})

    def add(self, contract: Contract, resource: Resource) -> None:
        """Lay out the paths of one resource: the list, the row, and the lists under it."""
        path = f"/{resource.name}"
        collection = offered(contract, {"GET": f"{resource.name}.list", "POST": f"{resource.name}.create"})
        row = offered(contract, {method: f"{resource.name}.{verb}" for method, verb in METHODS.items()})
        if collection:
            self.exact[path] = Route(f"{self.base}{path}", collection)
        if row:
            self.items[resource.name] = Route(f"{self.base}{path}/{{id}}", row)
        for back in resource.backs:
            under = offered(contract, {"GET": f"{back.source}.list", "POST": f"{back.source}.create"})
            if under and "read" in resource.access:
                template = f"{self.base}{path}/{{id}}/{back.name}"
                self.nested[resource.name, back.name] = Route(template, under, resource.name, back.field)

        for many in resource.manys:
            through = offered(contract, {"GET": f"{many.target}.list"})
            if through and "read" in resource.access:
                template = f"{self.base}{path}/{{id}}/{many.name}"
                self.nested[resource.name, many.name] = Route(template, through, resource.name, f"{resource.name}.{many.name}")

    def find(self, raw_path: bytes) -> Found | None:
        """Find where a path leads.

        Args:
            raw_path: The path as it came, before any decoding.

        Returns:
            The route and the id; None for a path that leads nowhere.
        """
        try:
            path = raw_path.decode("ascii")
        except UnicodeDecodeError:
            return None
        if not path.startswith(self.base):
            return None
        rest = path[len(self.base) :]
        route = self.exact.get(rest)
        if route is not None:
            return Found(route)
        parts = rest.split("/")
        try:
            key = unquote_to_bytes(parts[2]).decode() if len(parts) > 2 else ""
        except UnicodeDecodeError:
            return None
        if len(parts) == 3 and parts[0] == "" and key and parts[1] in self.items:
            return Found(self.items[parts[1]], key)
        if len(parts) == 4 and parts[0] == "" and key and (parts[1], parts[3]) in self.nested:
            return Found(self.nested[parts[1], parts[3]], key)
        return None

    def all(self) -> list[Route]:
        """Give every route, in the order of the contract."""
        return [*self.exact.values(), *self.items.values(), *self.nested.values()]


def offered(contract: Contract, methods: Mapping[str, str]) -> dict[str, str]:
    """Leave out what the contract does not offer."""
    return {method: name for method, name in methods.items() if name in contract.operation}
