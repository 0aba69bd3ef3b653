"""Every example in the document is a request that works, and every answer in it is one that could be given."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from examples.blog.app import app as blog
from kingpost import App
from kingpost.contract.model import Contract, Field, Resource
from kingpost.contract.scalars import Email
from kingpost.surface.rest.watch import METRICS
from kingpost.testing import Client
from tests.surface.rest.scene import PASSWORD, gallery
from tests.surface.rest.test_document import METHODS, Document, document, fault, operations, resolved, schemas

APPS = {"gallery": gallery(), "blog": blog}


def described(app: App) -> Document:
    """Give the document of an app, without the numbers of the server: those that ask inside its process are on no machine."""
    with Client(app) as client:
        found = document(client)
    del found["paths"][METRICS]
    return found


DOCUMENTS = {name: described(app) for name, app in APPS.items()}
CASES = [
    pytest.param(name, path, method, id=f"{name} {each['operationId']}")
    for name, found in DOCUMENTS.items()
    for (path, method), each in operations(found).items()
]


def other(resource: Resource, field: Field, value: object, number: int) -> object:
    """Give another value for a field that no two rows share."""
    if not (field.unique or any(each.unique and each.name == f"{field.name}_key" for each in resource.fields)):
        return value
    return f"person{number}@example.com" if isinstance(field.scalar, Email) else f"{str(value)[:-1]}{number}"


def needed(contract: Contract, resource: Resource) -> list[Resource]:
    """Give what a row of a resource links to, and at last the resource itself."""
    links = [ref.target for ref in resource.refs] + [many.target for many in resource.manys if many.writable]
    found = [each for name in links if name != resource.name for each in needed(contract, contract.resource[name])]
    return list({each.name: each for each in [*found, resource]}.values())


class World:
    """An app with two rows of each kind that are not those of the examples, asked by an admin, who is the first account."""

    def __init__(self, name: str, of: str) -> None:
        self.client = Client(APPS[name])
        self.contract, self.paths = self.client.app.contract, DOCUMENTS[name]["paths"]
        self.ids: dict[str, str] = {}
        account = self.contract.account
        assert account is not None
        self.seed(account)
        self.client.make_admin("person1@example.com")
        self.client.sign_in("person1@example.com", PASSWORD)
        wanted = [each for each in self.contract.resources if of in ("", each.name)]
        chain = {each.name: each for resource in wanted for each in needed(self.contract, resource)}
        for resource in chain.values():
            if not resource.account:
                self.seed(resource)

    def seed(self, resource: Resource) -> None:
        """Make two rows, by the example of making one."""
        path = f"{self.client.app.base}/{resource.name}"
        example = self.paths[path]["post"]["requestBody"]["content"]["application/json"]["example"]
        body = json.loads(self.real(json.dumps(example)))
        secret = {"password": PASSWORD} if resource.account else {}
        for number in (1, 2):
            fields = {name: value for name, value in body.items() if name in resource.field}
            own = {name: other(resource, resource.field[name], value, number) for name, value in fields.items()}
            answer = self.client.post(path, body | own | secret)
            assert answer.status == 201, answer
            if number == 1:
                self.ids[str(self.paths[f"{path}/{{id}}"]["parameters"][0]["example"])] = str(answer.body["id"])

    def real(self, text: str) -> str:
        """Put the ids that there are in place of those of the examples."""
        for shown, made in self.ids.items():
            text = text.replace(shown, made) if len(shown) > 1 else text
        return text


def company(contract: Contract, each: Document, path: str, name: str) -> dict[str, Any]:
    """Give the other filters of the smallest list that a parameter is for."""
    resource = contract.resource[each["tags"][0]]
    field = name.partition("[")[0]
    offered = [entry.filters for entry in resource.lists.entries if field in entry.filters]
    if "[" in name:
        offered = [entry.filters for entry in resource.lists.entries if entry.sort and entry.sort[0].field == field]
    parent = contract.resource[path.split("/")[-3]] if "/{id}/" in path else None
    link = {back.field for back in parent.backs if back.source == resource.name} if parent else set()
    smallest = min((set(filters) - link for filters in offered if link <= set(filters)), key=len, default=set())
    return dict.fromkeys(smallest - {field})


def queries(contract: Contract, found: Document, path: str, each: Document) -> Iterator[dict[str, Any]]:
    """Give the queries of an operation: none, and each parameter's example with what it does not go without."""
    yield {}
    known = {one["name"]: one for one in (resolved(found, ref) for ref in each.get("parameters", [])) if one["in"] == "query"}
    for name, parameter in known.items():
        if "example" in parameter:
            filled = {other: known[other]["example"] for other in company(contract, each, path, name)}
            yield filled | {name: parameter["example"]}


def heads(found: Document, each: Document) -> dict[str, str]:
    """Give the headers of an operation by their examples, but for a condition that nothing here meets."""
    known = [resolved(found, ref) for ref in each.get("parameters", [])]
    return {one["name"]: one["example"] for one in known if one["in"] == "header" and one["name"] != "If-Match"}


@pytest.mark.parametrize(("name", "path", "method"), CASES)
def test_an_example_of_a_request_brings_the_answer_that_is_promised(name: str, path: str, method: str) -> None:
    found = DOCUMENTS[name]
    each = found["paths"][path][method]
    reading = method in ("get", "head")
    world = World(name, "" if reading else each["tags"][0])
    with world.client as client:
        place = path.replace("{id}", str(found["paths"][path].get("parameters", [{}])[0].get("example", "")))
        body: object = None
        if "requestBody" in each:
            body = json.loads(world.real(json.dumps(each["requestBody"]["content"]["application/json"]["example"])))
        if each["operationId"] == "auth.login":
            account = client.app.contract.account
            assert account is not None
            sign_up = found["paths"][f"{client.app.base}/{account.name}"]["post"]["requestBody"]["content"]["application/json"]
            client.sign_out()
            assert client.post(f"{client.app.base}/{account.name}", sign_up["example"]).status == 201
        (promised,) = [int(status) for status in each["responses"] if status < "300"]
        for query in queries(client.app.contract, found, path, each) if reading else [{}]:
            words = urlencode({key: json.dumps(value) if isinstance(value, bool) else value for key, value in query.items()})
            url = world.real(f"{place}?{words}" if words else place)
            answer = client.request(method.upper(), url, body, heads(found, each))
            assert answer.status == promised, (query, answer)
            content = resolved(found, each["responses"][str(promised)]).get("content", {}).get("application/json")
            if content is None:
                assert answer.text == ""
                continue
            assert fault(found, content["schema"], answer.body) == ""
            forms = each["responses"][str(promised)]["content"] if reading and not query else {}
            for kind in forms:
                shown = client.request(method.upper(), url, body, {"accept": kind})
                assert (shown.status, shown.headers["content-type"].partition(";")[0]) == (promised, kind), shown
            if reading and "items" in answer.body and not any("[" in key for key in query):
                assert answer.body["items"], query


@pytest.mark.parametrize("name", APPS)
def test_every_operation_has_examples_and_they_fit(name: str) -> None:
    found = DOCUMENTS[name]
    for (path, method), each in operations(found).items():
        bodies = [each["requestBody"]] if "requestBody" in each else []
        answers = [resolved(found, answer) for answer in each["responses"].values()]
        for content in [content for body in [*bodies, *answers] for content in body.get("content", {}).items()]:
            kind, media = content
            assert fault(found, media["schema"], media["example"]) == "", (path, method, kind)
        for parameter in [resolved(found, ref) for ref in each.get("parameters", [])]:
            assert "example" in parameter or parameter["name"] == "after"
            assert "example" not in parameter or fault(found, parameter["schema"], parameter["example"]) == ""
    for header in found["components"]["headers"].values():
        assert fault(found, header["schema"], header["example"]) == ""
    assert all("example" in each for item in found["paths"].values() for each in item.get("parameters", []))
    assert METHODS and not any("examples" in each for each in schemas(found["components"]))


@pytest.mark.parametrize("name", APPS)
def test_what_the_document_does_not_let_a_parameter_be_is_refused(name: str) -> None:
    found, refused = DOCUMENTS[name], set()
    world = World(name, "")
    with world.client as client:
        for (path, method), each in operations(found).items():
            place = world.real(path.replace("{id}", str(found["paths"][path].get("parameters", [{}])[0].get("example", ""))))
            for parameter in [resolved(found, ref) for ref in each.get("parameters", [])]:
                for value in [text for text in ("0" * 5000, "no such", "") if fault(found, parameter["schema"], text)]:
                    asked = {parameter["name"]: value}
                    query, headers = (urlencode(asked), {}) if parameter["in"] == "query" else ("", asked)
                    answer = client.request(method.upper(), f"{place}?{query}", None, headers)
                    assert 400 <= answer.status < 500, (method, path, parameter["name"], value[:10], answer)
                    refused.add(parameter["name"])
    assert {"fields", "include", "limit", "sort", "after", "total", "Idempotency-Key", "If-Match", "If-None-Match"} <= refused
