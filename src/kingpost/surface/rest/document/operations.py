"""Describes each method of each path: what it does, who may, what it takes and what comes back.

Takes the contract and its routes, gives path items of an OpenAPI document. Stands on the ground.
"""

import msgspec

from kingpost.contract.expr import ALWAYS, NEVER, Expression, some, words
from kingpost.contract.indexes import granted
from kingpost.contract.model import RULE_OF, Contract, Operation, Resource, Verb
from kingpost.contract.types import OfPage
from kingpost.surface.rest.document import samples
from kingpost.surface.rest.document.code import Codes
from kingpost.surface.rest.document.objects import (
    INPUTS,
    bundles,
    dressed,
    enveloped,
    listing,
    named,
    reference,
    taken,
    words_of,
)
from kingpost.surface.rest.document.parameters import identity, narrowed, offers, shared, shown
from kingpost.surface.rest.document.responses import READ, WRITE, answer, media, refusals
from kingpost.surface.rest.document.schemas import Document
from kingpost.surface.rest.document.security import security
from kingpost.surface.rest.document.types import Types
from kingpost.surface.rest.export import LINES, TABLE
from kingpost.surface.rest.response import JSON
from kingpost.surface.rest.routes import Route

MERGE_PATCH = "application/merge-patch+json"
SUMMARY: dict[Verb, str] = {
    "list": "List {names}", "get": "Get one {name}", "create": "Create one {name}", "replace": "Replace one {name}",
    "merge": "Change one {name}", "delete": "Delete one {name}",
}  # fmt: skip
MEANS: dict[Verb, str] = {
    "replace": "What is left out is emptied, or set to its default.",
    "merge": "What is left out stays as it is (RFC 7396).",
}
BATCH = (
    "All of them are done in one transaction, in their order, or none is. Where one is refused, the answer is its refusal, "
    "and `details` names it, such as `items.2.title`."
)


class Paths:
    """Describes paths, and gathers the schemas and parameters that they refer to."""

    def __init__(self, contract: Contract) -> None:
        """Begin with nothing described.

        Args:
            contract: What may be asked.
        """
        self.contract, self.style = contract, contract.style
        self.types = Types(contract)
        self.codes = Codes(contract, self.types)
        self.schemas = self.types.schemas
        self.parameters: Document = {}

    def path(self, route: Route) -> Document:
        """Describe one path."""
        found: Document = {}
        if route.batch:
            return self.batch(self.contract.resource[route.batch])
        operations = [self.contract.operation[name] for name in route.methods.values()]
        if route.holes and operations[0].verb is not None:
            found["parameters"] = [identity(self.contract.resource[route.parent or operations[0].resource])]
        for method, operation in zip(route.methods, operations, strict=True):
            if operation.verb is None:
                found |= self.codes.item(operation, operation.style or self.style, manner(self.contract, operation))
            elif operation.verb in ("get", "list"):
                found |= self.read(operation, operation.verb, route)
            else:
                found[method.lower()] = self.write(operation, operation.verb, route)
        return found

    def read(self, operation: Operation, verb: Verb, route: Route) -> Document:
        """Describe a read, and the same without its body."""
        resource = self.contract.resource[operation.resource]
        query = shown(resource)
        found = self.about(operation, verb, route)
        row = samples.row(self.contract, resource)
        kinds: Document = {JSON: self.one(resource, row)}
        if verb == "list":
            found["description"] += f"\n\nLists:\n\n{offers(resource, route)}"
            query += narrowed(self.contract, resource, route)
            example = dressed({"items": [row], "next": None}, self.style, OfPage(resource.name))
            page = {"schema": listing(self.contract, resource, self.style), "example": example}
            kinds = {JSON: page, **exports(row)}
        keys = {f"{found['operationId']}.{each['name'].replace('[', '.').rstrip(']')}": each for each in query}
        self.parameters |= keys
        always = (*(("After", "Total") if verb == "list" else ()), "IfMatch", "IfNoneMatch", "Position")
        found["parameters"] = [{"$ref": f"#/components/parameters/{name}"} for name in keys] + shared(*always)
        reasons = (*READ, 404) if "{id}" in route.template else READ
        head = found | {
            "operationId": f"{found['operationId']}.head",
            "summary": f"{found['summary']}: the headers alone",
            "responses": {"200": answer("The headers of the answer.", None, ("ETag",)), **refusals(reasons, bare=True)},
        }
        found["responses"] = {"200": answer("The answer.", kinds, ("ETag",)), **refusals(reasons)}
        return {"get": found, "head": head}

    def write(self, operation: Operation, verb: Verb, route: Route) -> Document:
        """Describe a write."""
        resource = self.contract.resource[operation.resource]
        found = self.about(operation, verb, route)
        if verb in MEANS:
            found["description"] = f"{MEANS[verb]}\n\n{found['description']}"
        conditions = () if verb == "create" else ("IfMatch", "IfNoneMatch")
        found["parameters"] = shared("IdempotencyKey", *conditions)
        if verb in INPUTS:
            kinds = (JSON, MERGE_PATCH) if verb == "merge" else (JSON,)
            name = named(self.contract, resource.title + INPUTS[verb])
            if route.parent:
                parent = self.contract.resource[route.parent].title
                name = named(self.contract, f"{name}In{parent}{words_of(route.template.rpartition('/')[2])}")
                known = {"description": f"What it takes to create one {resource.title.lower()} here."}
                self.schemas[name] = taken(self.contract, resource, verb, route.link) | known
            body = samples.sent(self.contract, resource, verb, route.link)
            found["requestBody"] = {"required": True, "content": {kind: media(name, body) for kind in kinds}}
        reasons = (*WRITE, 404) if "{id}" in route.template else WRITE
        kinds_back = {JSON: self.one(resource, samples.row(self.contract, resource))}
        status, headers = {"create": ("201", ("ETag", "Location")), "delete": ("204", ())}.get(verb, ("200", ("ETag",)))
        done = answer(
            "Done." if verb == "delete" else "The row as it is now.",
            None if verb == "delete" else kinds_back,
            (*headers, "Idempotency-Replayed"),
        )
        found["responses"] = {status: done, **refusals(reasons)}
        return found

    def one(self, resource: Resource, row: samples.Row) -> Document:
        """Describe a body that is one row."""
        return {"schema": enveloped(reference(resource.title), self.style), "example": dressed(row, self.style)}

    def batch(self, resource: Resource) -> Document:
        """Describe several writes at once."""
        name, title = resource.name, resource.title
        rights = dict.fromkeys(RULE_OF[verb] for verb in bundles(resource))
        rules = {right: some(*(grant.rule for grant in resource.access[right])) for right in rights}
        who = "; ".join(f"{right}: {words(rule)}" for right, rule in rules.items())
        taken, given = samples.bundle(self.contract, resource), samples.bundled(self.contract, resource)
        done = {JSON: media(named(self.contract, f"{title}BatchDone"), dressed(given, self.style, OfPage(name)))}
        body = {JSON: media(named(self.contract, f"{title}Batch"), taken)}
        post = {
            "operationId": f"{name}.batch",
            "tags": [name],
            "summary": f"Write several {name} at once",
            "description": f"{BATCH}\n\nWho may: {who}.",
            "x-access": who,
            "security": security(self.style, all(closed(resource, right) for right in rights)),
            "parameters": shared("IdempotencyKey"),
            "requestBody": {"required": True, "content": body},
            "responses": {
                "200": answer("All were done.", done, ("Idempotency-Replayed",)),
                **refusals((*WRITE, 404)),
            },
        }
        return {"post": post}

    def about(self, operation: Operation, verb: Verb, route: Route) -> Document:
        """Say what an operation is called, what it does and who may."""
        resource = self.contract.resource[operation.resource]
        under = f"{route.parent}.{route.template.rpartition('/')[2]}.{verb}" if route.parent else operation.name
        of = f" of one {self.contract.resource[route.parent].title.lower()}" if route.parent else ""
        rule = rule_of(resource, RULE_OF[verb])
        who = f"Who may: {words(rule)}."
        if verb in ("get", "list") and rule != ALWAYS:
            who = f"Whose rows are seen: {words(rule)}."
        return {
            "operationId": under,
            "tags": [tag(operation)],
            "summary": SUMMARY[verb].format(name=resource.title.lower(), names=resource.name) + of,
            "description": who,
            "x-access": words(rule),
            "security": security(self.style, closed(resource, RULE_OF[verb])),
        }


def manner(contract: Contract, operation: Operation) -> str:
    """Say what the refusals of an operation are called after; nothing where they are told as those of the app."""
    style = operation.style or contract.style
    return "" if style.error == contract.style.error else words_of(operation.name)


def rule_of(resource: Resource, right: str) -> Expression:
    """Give the rule of a right as a whole."""
    return some(*(grant.rule for grant in resource.access[right]))


def closed(resource: Resource, right: str) -> bool:
    """Whether no one may without a token."""
    return granted(resource.access[right], "anonymous") == NEVER


def exports(row: samples.Row) -> Document:
    """Describe the other forms of a list."""
    names = [name for name, value in row.items() if isinstance(value, str | int)]
    table = [names, [str(row[name]) for name in names]]
    lines = "One row a line, each a JSON object.", f"{msgspec.json.encode(row).decode()}\n"
    rows = "One row a line, after a line of names (RFC 4180).", "".join(f"{','.join(each)}\r\n" for each in table)
    return {
        kind: {"schema": {"type": "string", "description": about}, "example": text}
        for kind, (about, text) in {LINES: lines, TABLE: rows}.items()
    }


def tag(operation: Operation) -> str:
    """Give the group an operation stands in."""
    return operation.resource or operation.name.partition(".")[0]
