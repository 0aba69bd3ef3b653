"""Describes the REST surface as OpenAPI 3.1, so that a client can be made from the document alone.

Takes the contract and its routes, gives a document. Stands on the other files of this folder.
"""

from collections.abc import Mapping

from kingpost.contract.model import Contract
from kingpost.contract.types import Anything, Markup
from kingpost.surface.rest.document.objects import named, of_resource
from kingpost.surface.rest.document.operations import Paths, manner, tag
from kingpost.surface.rest.document.parameters import SHARED
from kingpost.surface.rest.document.respell import respelled
from kingpost.surface.rest.document.responses import answer, error, headers, media, referred, refusals, responses, strict
from kingpost.surface.rest.document.schemas import Document
from kingpost.surface.rest.document.security import schemes
from kingpost.surface.rest.document.types import Types
from kingpost.surface.rest.naming import Naming
from kingpost.surface.rest.response import JSON
from kingpost.surface.rest.routes import HOLE, Routes

SERVER = "server"
SIGN_IN = "auth.login"
OTHER = "Respelled"
"""What the names of schemas end with that are spelled otherwise than those of the app as a whole."""
CONVENTIONS = """
Every answer carries `X-Request-Id`. A request that is not answered gets one envelope, whatever the reason: \
`{"error": {"code", "message", "details", "timestamp", "requestId"}}`, with a code from a closed list.

- **Lists** come in pages: send `next` of one page as `after` for the following one. `application/x-ndjson` and `text/csv` \
in `Accept` give all rows at once.
- **Versions**: send an answer's `ETag` as `If-None-Match` to learn whether a read has changed (304), or as `If-Match` to \
write only what has not (412).
- **Repeats**: a write with an `Idempotency-Key` has its effect once, however often it is sent.
- **Replicas**: where reads may come from one, a write answers `Kingpost-Position`; send it with what you read in the next \
minute, and you read what you wrote.
- **Limits**: `RateLimit` says how many calls remain; a 429 says in `Retry-After` when to come back.
""".strip()


def describe(contract: Contract, routes: Routes) -> Document:
    """Describe every path.

    Args:
        contract: What may be asked.
        routes: Where it is asked.

    Returns:
        An OpenAPI 3.1 document.
    """
    found = Paths(contract)
    mine, other = spellings(contract)
    paths: Document = {}
    templates: dict[str, str] = {}
    for route in routes.all():
        operation = contract.operation.get(next(iter(route.methods.values())))
        apart = operation is not None and operation.style is not None and operation.style.naming != contract.style.naming
        item = respelled(found.path(route), other, OTHER) if apart else respelled(found.path(route), mine)
        here = spelled(route.template, other if apart else mine)
        there = templates.setdefault(route.shape, here)
        join(paths.setdefault(there, {}), item, dict(zip(HOLE.findall(here), HOLE.findall(there), strict=True)))
    paths |= server(named(contract, "Health"))
    ways = told(contract, found.types)
    objects = schemas(contract) | found.schemas
    fixed = {named(contract, "Error"): error(own(contract)), named(contract, "Health"): health()}
    document: Document = {
        "openapi": "3.1.0",
        "info": {
            "title": contract.title,
            "version": contract.version,
            "description": f"{contract.doc}\n\n{CONVENTIONS}".strip(),
        },
        "servers": [{"url": "/"}],
        "tags": tags(contract, routes),
        "paths": paths,
        "components": {
            "schemas": fixed
            | {name: respelled(each, mine) for name, each in objects.items()}
            | {f"{name}{OTHER}": respelled(each, other, OTHER) for name, each in objects.items()},
            "parameters": respelled(found.parameters, mine) | SHARED,
            "headers": headers(),
            "securitySchemes": schemes(contract),
        },
    }
    document["components"]["responses"] = responses(paths, named(contract, "Error"), ways)
    trim(document)
    return document


def spellings(contract: Contract) -> tuple[Naming, Naming]:
    """Give the spelling of the app as a whole, and that of the operations with another."""
    declared, camel = Naming(contract, {}), Naming(contract)
    return (camel, declared) if contract.style.naming == "camelCase" else (declared, camel)


def spelled(template: str, naming: Naming) -> str:
    """Spell the parameters of a path."""
    return HOLE.sub(lambda hole: f"{{{naming.name(hole[1])}}}", template)


def join(item: Document, more: Document, names: Mapping[str, str]) -> None:
    """Put two descriptions of one path together.

    Args:
        item: What is described of it so far.
        more: Other methods of the same path.
        names: The names of their parameters in the path, as they are here.
    """
    if not item:
        item.update(more)
        return
    for each in (item, more):
        shared = each.pop("parameters", [])
        for method, operation in each.items():
            own = [placed(one, names) for one in (*shared, *operation.get("parameters", []))]
            item[method] = operation | ({"parameters": own} if own else {})


def placed(parameter: Document, names: Mapping[str, str]) -> Document:
    """Name a parameter in a path as the path does."""
    return parameter | {"name": names.get(parameter["name"], parameter["name"])} if parameter.get("in") == "path" else parameter


def own(contract: Contract) -> bool:
    """Whether an app has code that may refuse with a code of its own."""
    return any(resource.filled for resource in contract.resources) or any(
        each.verb is None and each.name != SIGN_IN for each in contract.operations
    )


def told(contract: Contract, types: Types) -> dict[str, Document]:
    """Describe what refusals carry where an app's own code tells them, by what they are called after."""
    found: dict[str, Document] = {}
    styles = {"": contract.style} | {
        manner(contract, each): each.style for each in contract.operations if each.style is not None and manner(contract, each)
    }
    for name, style in styles.items():
        if style.error:
            output = style.told or Anything()
            kind = "text/html" if isinstance(output, Markup) else JSON
            found[name] = {kind: {"schema": types.schema(output), "example": types.sample(output, "failure")}}
    return found


def trim(document: Document) -> None:
    """Leave out the components that no path leads to, even those that lead to one another."""
    components = document["components"]
    for kind in ("responses", "parameters", "headers", "schemas"):
        rest = {name: each for name, each in components.items() if name != kind}
        used, more = set[str](), referred([document["paths"], rest], kind)
        while more - used:
            used |= more
            more = referred([components[kind][name] for name in used], kind)
        components[kind] = {name: each for name, each in components[kind].items() if name in used}


def tags(contract: Contract, routes: Routes) -> list[Document]:
    """Describe the groups that operations stand in."""
    asked = [contract.operation[name] for route in routes.all() for name in route.methods.values() if not route.batch]
    names = dict.fromkeys(tag(operation) for operation in asked)
    about = {resource.name: resource.doc or f"Each a {resource.title.lower()}." for resource in contract.resources}
    about[SERVER] = "How the server itself is doing."
    return [{"name": name, "description": about.get(name, "Operations with code of their own.")} for name in [*names, SERVER]]


def schemas(contract: Contract) -> Document:
    """Describe the bodies of every resource."""
    return {name: each for resource in contract.resources for name, each in of_resource(contract, resource).items()}


def health() -> Document:
    """Describe what a healthy server says."""
    return strict({"status": {"type": "string", "const": "ok"}}, ("status",)) | {"description": "That the server is well."}


def server(wellness: str) -> Document:
    """Describe the paths of the server itself; `wellness` names the schema of what a healthy one says."""
    numbers = {"text/plain": {"schema": {"type": "string"}, "example": "# TYPE calls counter\ncalls 3\n"}}
    well = {JSON: media(wellness, {"status": "ok"})}
    told = {
        "/health/live": ("health.live", "Whether the process lives", well, (405, 500)),
        "/health/ready": ("health.ready", "Whether requests are answered", well, (405, 500, 503)),
        "/metrics": ("metrics", "What the server has counted, for Prometheus", numbers, (401, 404, 405, 500)),
    }
    return {
        path: {
            "get": {
                "operationId": name,
                "tags": [SERVER],
                "summary": says,
                "description": f"{says}.",
                "security": [{}, {"metrics": []}] if 401 in reasons else [],
                "responses": {"200": answer("The answer.", content), **refusals(reasons)},
            }
        }
        for path, (name, says, content, reasons) in told.items()
    }
