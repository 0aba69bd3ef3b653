"""Describes the REST surface as OpenAPI 3.1.

Takes the contract and its routes, gives a document. Stands on the ground.
"""

from typing import Any, TypeAlias

from kingpost.contract.expr import NEVER, some, words
from kingpost.contract.indexes import granted
from kingpost.contract.inputs import slots
from kingpost.contract.model import RULE_OF, Contract, Field, Operation, Resource, Verb
from kingpost.contract.scalars import Integer
from kingpost.surface.rest.encode import CODES, JSON
from kingpost.surface.rest.routes import Route, Routes
from kingpost.surface.rest.schemas import schema

Document: TypeAlias = dict[str, Any]

MERGE_PATCH = "application/merge-patch+json"
INPUTS: dict[Verb, str] = {"create": "Create", "replace": "Replace", "merge": "Merge"}
SUMMARY: dict[str, str] = {
    "list": "List {names}", "get": "Get one {name}", "create": "Create one {name}", "replace": "Replace one {name}",
    "merge": "Change one {name}", "delete": "Delete one {name}",
}  # fmt: skip
REASONS: dict[str, tuple[int, ...]] = {
    "list": (400, 401, 403), "get": (400, 401, 403, 404), "create": (400, 401, 403, 409, 413, 415),
    "replace": (400, 401, 403, 404, 409, 413, 415), "merge": (400, 401, 403, 404, 409, 413, 415),
    "delete": (400, 401, 403, 404, 409),
}  # fmt: skip
SAYS: dict[int, str] = {
    400: "The input or the query does not fit; `details` names every field",
    401: "An access token is required, or is not valid",
    403: "The caller may not do this",
    404: "There is no such row, or the caller may not read it",
    409: "It would clash with another row",
    413: "The body is too large",
    415: "The body is not JSON in UTF-8",
    500: "Something went wrong on the server",
    503: "Too busy; try again after the seconds in Retry-After",
    504: "The answer took too long; ask for less at once",
}


def describe(contract: Contract, routes: Routes) -> Document:
    """Describe every path.

    Args:
        contract: What may be asked.
        routes: Where it is asked.

    Returns:
        An OpenAPI 3.1 document.
    """
    schemas: Document = {"Error": error()}
    for resource in contract.resources:
        schemas |= of_resource(contract, resource)
    for operation in contract.operations:
        if operation.verb is None:
            schemas[title(operation, "Input")] = thing(operation.input)
            schemas[title(operation, "Output")] = thing(operation.output)
    return {
        "openapi": "3.1.0",
        "info": {"title": contract.title, "version": contract.version},
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(tag(operation) for operation in contract.operations)],
        "paths": {route.template: path(contract, route) for route in routes.all()},
        "components": {
            "schemas": schemas,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "headers": {
                "X-Request-Id": {
                    "description": "The request's id, also in logs and errors",
                    "schema": {"type": "string"},
                }
            },
        },
    }


def tag(operation: Operation) -> str:
    """Give the group an operation stands in."""
    return operation.resource or operation.name.partition(".")[0]


def title(operation: Operation, suffix: str) -> str:
    """Give the name of an operation's own schema."""
    return "".join(part.capitalize() for part in operation.name.replace("_", ".").split(".")) + suffix


def thing(fields: tuple[Field, ...]) -> Document:
    """Describe an object of fields."""
    return {
        "type": "object",
        "properties": {field.name: schema(field) for field in fields},
        "required": [field.name for field in fields if not field.optional],
        "additionalProperties": False,
    }


def of_resource(contract: Contract, resource: Resource) -> Document:
    """Describe a resource: what is answered, a page of it, and what each write takes."""
    properties: Document = {}
    for name in resource.readable:
        properties[name] = schema(resource.field.get(name) or Field(name, Integer(min=0), origin="count"))
    for ref in resource.refs:
        target = contract.resource[ref.target].title
        properties[ref.name] = {
            "anyOf": [{"$ref": f"#/components/schemas/{target}"}, {"type": "null"}],
            "description": "Only when included",
        }
    for name, other in [(back.name, back.source) for back in resource.backs] + [
        (many.name, many.target) for many in resource.manys
    ]:
        target = contract.resource[other].title
        properties[name] = {"$ref": f"#/components/schemas/{target}Page"}
    about = resource.doc or f"A {resource.title.lower()}."
    found: Document = {
        resource.title: {
            "type": "object",
            "description": f"{about} Fields the caller may not read, or did not ask for, are left out.",
            "properties": properties,
        },
        f"{resource.title}Page": {
            "type": "object",
            "properties": {
                "items": {"type": "array", "items": {"$ref": f"#/components/schemas/{resource.title}"}},
                "next": {"type": ["string", "null"], "description": "The cursor of the next page, to send as `after`"},
            },
            "required": ["items", "next"],
        },
    }
    for verb, suffix in INPUTS.items():
        if RULE_OF[verb] in resource.access:
            found[f"{resource.title}{suffix}"] = taken(contract, resource, verb)
    return found


def taken(contract: Contract, resource: Resource, verb: Verb, known: str = "") -> Document:
    """Describe what a write takes; what is `known` by the address is not sent."""
    properties: Document = {}
    offered = [slot for slot in slots(resource, verb) if slot.name != known]
    for slot in offered:
        if slot.field is not None:
            properties[slot.name] = schema(slot.field, written=True)
        elif slot.many is not None:
            key = schema(contract.resource[slot.many.target].key, written=True)
            properties[slot.name] = {"type": "array", "items": key, "maxItems": 100, "uniqueItems": True}
    required = [slot.name for slot in offered if slot.required]
    return {"type": "object", "properties": properties, "additionalProperties": False} | (
        {"required": required} if required else {}
    )


def path(contract: Contract, route: Route) -> Document:
    """Describe one path."""
    found: Document = {}
    if "{id}" in route.template:
        name = route.parent or next(iter(contract.operation[each].resource for each in route.methods.values()))
        key = schema(contract.resource[name].key, written=True)
        found["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": key}]
    for method, name in route.methods.items():
        found[method.lower()] = operation_of(contract, contract.operation[name], route)
    return found


def operation_of(contract: Contract, operation: Operation, route: Route) -> Document:
    """Describe one method of a path."""
    under = f"{route.parent}.{route.template.rpartition('/')[2]}.{operation.verb}" if route.parent else operation.name
    found: Document = {"operationId": under, "tags": [tag(operation)]}
    if operation.verb is None:
        found["summary"] = operation.doc or operation.name
        found["requestBody"] = content(title(operation, "Input"), True)
        found["responses"] = responses(200, title(operation, "Output"), (400, 401, 413, 415))
        return found
    resource = contract.resource[operation.resource]
    of = f" of one {contract.resource[route.parent].title.lower()}" if route.parent else ""
    found["summary"] = SUMMARY[operation.verb].format(name=resource.title.lower(), names=resource.name) + of
    rule = some(*(grant.rule for grant in resource.access[RULE_OF[operation.verb]]))
    found["x-access"] = words(rule)
    closed = granted(resource.access[RULE_OF[operation.verb]], "anonymous") == NEVER
    found["security"] = [{"bearer": []}] if closed else [{}, {"bearer": []}]
    if operation.verb in ("get", "list"):
        found["parameters"] = parameters(resource, operation.verb, route.link)
    if operation.verb in INPUTS:
        kinds = (JSON, MERGE_PATCH) if operation.verb == "merge" else (JSON,)
        found["requestBody"] = content(resource.title + INPUTS[operation.verb], True, kinds)
        if route.parent:
            found["requestBody"]["content"][JSON]["schema"] = taken(contract, resource, operation.verb, route.link)
    status = {"create": 201, "delete": 204}.get(operation.verb, 200)
    answer = None if operation.verb == "delete" else resource.title + ("Page" if operation.verb == "list" else "")
    reasons = REASONS[operation.verb]
    found["responses"] = responses(status, answer, reasons if not route.parent or 404 in reasons else (*reasons, 404))
    if operation.verb == "create":
        found["responses"]["201"]["headers"]["Location"] = {
            "description": "Where the new row is",
            "schema": {"type": "string"},
        }
    return found


def parameters(resource: Resource, verb: str, link: str) -> list[Document]:
    """Describe the query of a read."""
    links = [*resource.ref, *resource.back, *resource.many]
    found = [
        parameter(
            "fields",
            "Fields to answer with, comma-separated",
            {"type": "string"},
            example=",".join(resource.readable[:2]),
        )
    ]
    if links:
        found.append(
            parameter("include", f"Links to answer with, comma-separated: {', '.join(links)}", {"type": "string"}, links[0])
        )
    if verb == "list":
        lists = resource.lists
        limit = {"type": "integer", "minimum": 1, "maximum": lists.most, "default": lists.page}
        found.append(parameter("limit", "How many rows", limit))
        found.append(parameter("after", "The cursor of the next page", {"type": "string"}))
        entries = [entry for entry in lists.entries if not link or link in entry.filters]
        orders = {",".join(f"{'-' if key.descending else ''}{key.field}" for key in entry.sort) or "id" for entry in entries}
        found.append(
            parameter("sort", f"The order, or its opposite: {'; '.join(sorted(orders or {'id'}))}", {"type": "string"})
        )
        for name in sorted({name for entry in entries for name in entry.filters} - {link}):
            found.append(parameter(name, "Only rows with this value", schema(resource.field[name], written=True)))
    return found


def parameter(name: str, description: str, of: Document, example: str = "") -> Document:
    """Describe one parameter of a query."""
    found: Document = {"name": name, "in": "query", "description": description, "schema": of}
    return found | ({"example": example} if example else {})


def content(name: str, required: bool = False, kinds: tuple[str, ...] = (JSON,)) -> Document:
    """Describe a JSON body by its schema's name."""
    found: Document = {"content": {kind: {"schema": {"$ref": f"#/components/schemas/{name}"}} for kind in kinds}}
    return found | ({"required": True} if required else {})


def responses(status: int, answer: str | None, reasons: tuple[int, ...]) -> Document:
    """Describe what may come back."""
    identity = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
    done: Document = {"description": "Done" if answer is None else "The answer", "headers": dict(identity)}
    found: Document = {str(status): done | (content(answer) if answer else {})}
    for reason in sorted({*reasons, 500, 503, 504}):
        found[str(reason)] = {"description": SAYS[reason], "headers": dict(identity), **content("Error")}
    return found


def error() -> Document:
    """Describe the one error envelope."""
    codes = sorted({code for _, code in CODES.values()} | {"METHOD_NOT_ALLOWED", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"})
    text = {"type": "string"}
    detail = {"type": "object", "properties": {"field": text, "message": text}, "required": ["field", "message"]}
    properties = {
        "code": {"type": "string", "enum": codes},
        "message": text,
        "details": {"type": "array", "items": detail},
        "timestamp": {"type": "string", "format": "date-time"},
        "requestId": text,
    }
    inner = {"type": "object", "properties": properties, "required": ["code", "message", "timestamp", "requestId"]}
    return {"type": "object", "properties": {"error": inner}, "required": ["error"]}
