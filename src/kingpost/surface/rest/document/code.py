"""Describes an operation that code answers: what stands in its address and its body, and what may come back.

Takes operations, gives parts of path items. Stands on the ground, and on how types are described.
"""

from kingpost.contract.expr import NEVER, some, words
from kingpost.contract.indexes import granted
from kingpost.contract.model import Contract, Operation, Style
from kingpost.contract.types import Markup, Object, OfPage
from kingpost.surface.rest.decode import bodiless
from kingpost.surface.rest.document import samples
from kingpost.surface.rest.document.objects import dressed, enveloped, listing, words_of
from kingpost.surface.rest.document.parameters import parameter, shared
from kingpost.surface.rest.document.responses import READ, WRITE, answer, refusals
from kingpost.surface.rest.document.schemas import Document, of
from kingpost.surface.rest.document.security import security
from kingpost.surface.rest.document.types import Types
from kingpost.surface.rest.forms import forms, kinds
from kingpost.surface.rest.response import JSON
from kingpost.surface.rest.routes import HOLE

ON = "303"


class Codes:
    """Describes operations with code."""

    def __init__(self, contract: Contract, types: Types) -> None:
        """Describe what a contract has of them, its types by way of others."""
        self.contract, self.types = contract, types

    def item(self, operation: Operation, style: Style, manner: str) -> Document:
        """Describe the methods of one operation.

        Args:
            operation: Which.
            style: How its answers are dressed.
            manner: What its refusals are called after, where they are not told as all others.

        Returns:
            Its part of a path item.
        """
        rule = some(*(grant.rule for grant in operation.access))
        who = f"Who may: {words(rule)}."
        found: Document = {
            "operationId": operation.name,
            "tags": [operation.resource or operation.name.partition(".")[0]],
            "summary": operation.doc.partition("\n")[0].partition(". ")[0].rstrip(".") or operation.name,
            "description": f"{operation.doc}\n\n{who}".strip(),
            "x-access": words(rule),
            "security": security(style, granted(operation.access, "anonymous") == NEVER),
        }
        read = operation.method == "GET"
        conditions = ("IfMatch", "IfNoneMatch") if read else ("IdempotencyKey",) if operation.whole else ()
        parameters = [*self.query(operation), *shared(*conditions)]
        found |= {"parameters": parameters} if parameters else {}
        path = self.path(operation)
        above: Document = {"parameters": path} if path else {}
        found |= self.body(operation)
        told = refusals((*(READ if read else WRITE), 404, 409), manner=manner)
        found["responses"] = {**self.answers(operation, style), **told}
        if not read:
            return {**above, operation.method.lower(): found}
        head = {name: each for name, each in found.items() if name != "requestBody"} | {
            "operationId": f"{operation.name}.head",
            "summary": f"{found['summary']}: the headers alone",
            "responses": {
                str(operation.status or 200): answer("The headers of the answer.", None, ("ETag",)),
                **refusals((*READ, 404, 409), bare=True),
            },
        }
        return {**above, "get": found, "head": head}

    def path(self, operation: Operation) -> list[Document]:
        """Describe what stands in the path."""
        found = []
        for hole in HOLE.findall(operation.path):
            member = operation.member.get(hole)
            if member is None:
                resource = self.contract.resource[operation.resource]
                field = resource.field[hole]
                about = f"The {hole.replace('_', ' ')} of one {resource.title.lower()}."
                example = samples.cell(self.contract, resource, field)
                found.append(parameter(hole, about, of(field.scalar), example, "path") | {"required": True})
            else:
                about = member.doc or f"The {hole.replace('_', ' ')}."
                example = self.types.sample(member.type, hole)
                found.append(parameter(hole, about, self.types.schema(member.type), example, "path") | {"required": True})
        return found

    def query(self, operation: Operation) -> list[Document]:
        """Describe what stands in the query."""
        found = []
        for member in operation.input:
            if member.place == "query":
                about = member.doc or f"The {member.name.replace('_', ' ')}."
                example = self.types.samples((member,))[member.name]
                schema = {name: each for name, each in self.types.member(member).items() if name != "description"}
                one = parameter(member.name, about, schema, example)
                found.append(one | ({"required": True} if member.required else {}))
        return found

    def body(self, operation: Operation) -> Document:
        """Describe the body, where there is one."""
        inside = tuple(each for each in operation.input if each.place in ("body", "whole"))
        if not inside:
            return {}
        whole = next((each for each in inside if each.place == "whole"), None)
        if whole is None:
            schema = self.types.schema(Object(f"{words_of(operation.name)}Input", inside), written=True)
            example: object = self.types.samples(inside)
        else:
            schema = self.types.schema(whole.type, whole.optional, written=True)
            example = self.types.sample(whole.type, whole.name)
        content = {kind: {"schema": schema, "example": example} for kind in kinds(operation)}
        return {"requestBody": {"required": not bodiless(operation) or forms(operation), "content": content}}

    def answers(self, operation: Operation, style: Style) -> Document:
        """Describe what comes back when nothing is wrong; of what a form is sent to, also that one is sent on."""
        output = operation.output
        status = str(operation.status or (204 if output is None else 200))
        beside = ("ETag",) if operation.method == "GET" else ("Idempotency-Replayed",) if operation.whole else ()
        found: Document = {}
        if output is None:
            found[status] = answer("Done.", None, beside)
        else:
            kind = "text/html" if isinstance(output, Markup) else JSON
            schema, example = self.types.schema(output), self.types.sample(output, operation.name)
            if isinstance(output, OfPage):
                schema = listing(self.contract, self.contract.resource[output.resource], style)
            elif not isinstance(output, Markup):
                schema = enveloped(schema, style)
            media = {"schema": schema, "example": dressed(example, style, output)}
            found[status] = answer("The answer.", {kind: media}, beside)
        if operation.form:
            found[ON] = answer("Where to go on.", None, ("Location",))
        return found
