"""The OpenAPI document is valid, describes exactly what is served, and what is served fits it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # the library brings no types
from openapi_spec_validator import OpenAPIV31SpecValidator

from examples.blog.app import app as blog
from kingpost import Access, App, Resource, anyone, ref, value
from kingpost.surface.rest.document.responses import STATUSES
from kingpost.surface.rest.refusals import CODES
from kingpost.surface.rest.routes import HOLE
from kingpost.surface.rest.watch import METRICS, PATHS
from kingpost.testing import Answer, Client
from tests.surface.rest.desk import DRESS, desk
from tests.surface.rest.scene import BASE, PASSWORD, become, gallery, join
from tests.surface.rest.test_answers import FULL

Document = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@pytest.fixture(params=[gallery(), blog, desk(), desk(DRESS)], ids=["gallery", "blog", "desk", "dressed"])
def app(request: pytest.FixtureRequest) -> App:
    """Each app in turn."""
    given: App = request.param
    return given


def document(client: Client) -> Document:
    """Fetch the document."""
    answer = client.get("/openapi.json")
    assert answer.status == 200
    found: Document = answer.body
    return found


def schemas(node: object) -> Iterator[Document]:
    """Give every object in a document, at any depth."""
    if isinstance(node, dict):
        yield node
        for each in node.values():
            yield from schemas(each)
    elif isinstance(node, list):
        for each in node:
            yield from schemas(each)


def operations(found: Document) -> dict[tuple[str, str], Document]:
    """Give every operation of a document by path and method."""
    return {(path, name): item[name] for path, item in found["paths"].items() for name in METHODS if name in item}


def resolved(found: Document, node: Document) -> Document:
    """Follow a reference into the components of a document."""
    where = node.get("$ref")
    if where is None:
        return node
    _, _, kind, name = where.split("/")
    target: Document = found["components"][kind][name]
    return target


def fault(found: Document, schema: Document, value: object) -> str:
    """Say how a value does not fit a schema of a document; nothing when it does."""
    whole = {"components": found["components"], "allOf": [schema]}
    checker = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return "; ".join(error.message for error in checker.iter_errors(value))


def test_formats_are_judged() -> None:
    """The checks below would mean less if the library let any text pass for a moment."""
    for kind, bad in [("date-time", "2026-01-31"), ("date", "2026-02-30"), ("uuid", "x"), ("email", "x")]:
        assert fault({"components": {}}, {"type": "string", "format": kind}, bad)


def test_it_is_valid_OpenAPI(app: App) -> None:
    with Client(app) as client:
        found = document(client)
    assert found["openapi"].startswith("3.1.")
    assert [error.message for error in OpenAPIV31SpecValidator(found).iter_errors()] == []
    for schema in found["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_it_opens_with_what_the_app_says_of_itself() -> None:
    with Client(gallery()) as client:
        info = document(client)["info"]
    assert (info["title"], info["version"]) == ("Gallery", "1.0.0")
    assert info["description"].startswith("Who painted what, and in which style.\n\nEvery answer")
    with Client(blog) as client:
        assert document(client)["info"]["description"].startswith("Every answer")


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does(app: App) -> None:
    with Client(app) as client:
        found = document(client)
    asked = operations(found)
    names = [each["operationId"] for each in asked.values()]
    assert len(set(names)) == len(names)
    for (path, method), each in asked.items():
        assert each["summary"] and each["description"] and each["tags"] and each["responses"]
        assert ("requestBody" in each) == (method in ("post", "put", "patch"))
        given = [resolved(found, one) for one in each.get("parameters", [])]
        assert [one["name"] for one in given if one["in"] == "path"] == []
        assert all(one["description"] for one in given)
        above = found["paths"][path].get("parameters", [])
        assert re.findall(r"\{(\w+)\}", path) == [one["name"] for one in above]


def test_what_is_served_is_described_and_what_is_described_is_served(app: App) -> None:
    with Client(app) as client:
        found = document(client)
        described = {(HOLE.sub("{}", path), method.upper()) for path, method in operations(found)}
        served = {(route.shape, method) for route in client.running.rest.routes.all() for method in route.methods}
        heads = {(path, "HEAD") for path, method in served if method == "GET"}
        assert described == served | heads | {(path, "GET") for path in PATHS}
        # Where there is no token, the numbers are for this machine alone, and who is asked inside the process is on none.
        for path, item in {path: item for path, item in found["paths"].items() if path != METRICS}.items():
            some = HOLE.sub("1", path)
            allowed = set(client.request("OPTIONS", some).headers["allow"].split(", "))
            # A path of code may be one that a row has as well, such as `/parcels/picture`, which answers other methods.
            assert allowed - {"HEAD", "OPTIONS"} >= {name.upper() for name in METHODS if name in item} - {"HEAD"}
            for method in {name.upper() for name in METHODS if name in item} - {"HEAD"}:
                assert client.request(method, some, b"").status not in (404, 405) or some != path


def test_every_schema_is_used_and_every_reference_leads_somewhere(app: App) -> None:
    with Client(app) as client:
        found = document(client)
    used = {each["$ref"] for each in schemas(found) if "$ref" in each}
    kinds = ("schemas", "headers", "parameters", "responses")
    assert used == {f"#/components/{kind}/{name}" for kind in kinds for name in found["components"][kind]}


def test_every_way_to_be_refused_is_described_under_its_status() -> None:
    assert {(status, code) for status, code in CODES.values()} <= {
        (status, code) for status, each in STATUSES.items() for code in each.codes
    }


class Error(Resource, table="errors"):
    """Has the name that a refusal has, and an id of its own."""

    text: str = value()
    access = Access(read=anyone, create=anyone)


class ErrorPage(Resource, table="error_pages"):
    """Has the name that a page of another has."""

    error: Error = ref(on_delete="cascade")
    access = Access(read=anyone, create=anyone)


def test_no_resource_takes_the_name_of_another_schema() -> None:
    app = App(Error, ErrorPage)
    with Client(app) as client:
        found = document(client)
        assert [error.message for error in OpenAPIV31SpecValidator(found).iter_errors()] == []
        tour = Tour(client)
        made = tour.ask("POST", f"{BASE}/errors", 201, {"text": "Oh"})
        tour.ask("POST", f"{BASE}/errors", 400, {})
        tour.ask("POST", f"{BASE}/error_pages", 201, {"error_id": made.body["id"]})
        tour.ask("GET", f"{BASE}/errors", 200)
        tour.ask("GET", f"{BASE}/error_pages", 200, query="?include=error")


def test_what_a_caller_must_may_and_may_not_send_is_said() -> None:
    with Client(gallery()) as client:
        found = document(client)["components"]["schemas"]
    assert set(found["MemberCreate"]["required"]) == {"email", "password", "name"}
    assert set(found["MemberReplace"]["required"]) == {"email", "name"}
    assert set(found["PaintingCreate"]["required"]) == set(found["PaintingReplace"]["required"]) == {"title", "width"}
    assert "required" not in found["PaintingMerge"] and "required" not in found["MemberMerge"]
    for name in ("MemberCreate", "MemberReplace", "MemberMerge", "PaintingCreate", "PaintingReplace", "PaintingMerge"):
        assert found[name]["additionalProperties"] is False
        assert not {"id", "made_at", "joined_at", "changed_at", "painting_count", "admin", "epoch"} & set(
            found[name]["properties"]
        )
    read_only = {name for name, each in found["Member"]["properties"].items() if each.get("readOnly")}
    assert read_only == {"id", "joined_at", "changed_at", "painting_count", "paintings"}
    read_only = {name for name, each in found["Painting"]["properties"].items() if each.get("readOnly")}
    assert read_only == {"id", "made_at", "member", "styles"}


def test_a_password_is_taken_and_never_given(app: App) -> None:
    with Client(app) as client:
        found = document(client)
    given = [
        content["schema"]
        for each in operations(found).values()
        for answer in each["responses"].values()
        for content in answer.get("content", {}).values()
    ]
    seen: set[str] = set()
    waiting = [each["$ref"] for schema in given for each in schemas(schema) if "$ref" in each]
    while waiting:
        name = waiting.pop().rpartition("/")[2]
        if name not in seen:
            seen.add(name)
            schema = found["components"]["schemas"][name]
            assert not {"password", "epoch", "admin", "email_key"} & set(schema.get("properties", {})), name
            assert not any(each.get("writeOnly") for each in schemas(schema)), name
            waiting += [each["$ref"] for each in schemas(schema) if "$ref" in each]
    taken = [
        each["properties"]["password"]
        for each in schemas(found)
        if isinstance(each.get("properties"), dict) and "password" in each["properties"]
    ]
    assert len(taken) == 4  # three ways to write an account, and signing in
    assert all(each["writeOnly"] and each["format"] == "password" and "default" not in each for each in taken)
    assert not any(PASSWORD in str(each) for each in schemas(found))


# ------------------------------------------------------------------------------------------- what is served fits it


class Tour:
    """Makes requests and holds each answer against the document."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.found = document(client)
        self.seen: set[tuple[str, str, int]] = set()

    def ask(self, method: str, path: str, status: int, body: object = None, key: str = "", query: str = "") -> Answer:
        """Make a request to a path of the document and judge what comes back."""
        answer = self.client.request(method, path.replace("{id}", key) + query, body)
        assert answer.status == status, answer
        described = self.found["paths"][path][method.lower()]
        assert str(status) in described["responses"], (method, path, status)
        response = resolved(self.found, described["responses"][str(status)])
        self.seen.add((method, path, status))
        for name, header in response["headers"].items():
            assert name.lower() in answer.headers or not resolved(self.found, header).get("required")
        if "content" not in response:
            assert answer.text == ""
            return answer
        kind = answer.headers["content-type"]
        content = response["content"][kind]
        assert fault(self.found, content["schema"], answer.body) == "", answer
        if body is not None and status < 400:
            for sent in described["requestBody"]["content"].values():
                assert fault(self.found, sent["schema"], body) == "", body
        return answer


def test_every_answer_of_a_tour_through_the_API_fits_the_document() -> None:
    members, member, under = f"{BASE}/members", f"{BASE}/members/{{id}}", f"{BASE}/members/{{id}}/paintings"
    paintings, painting = f"{BASE}/paintings", f"{BASE}/paintings/{{id}}"
    styles, style = f"{BASE}/styles", f"{BASE}/styles/{{id}}"
    ada = {"email": "ada@example.com", "password": PASSWORD, "name": "Ada", "motto": None}
    with Client(gallery()) as client:
        tour = Tour(client)
        tour.ask("POST", members, 201, ada)
        tour.ask("POST", members, 409, ada)
        tour.ask("POST", members, 400, {"email": "invalid-email"})
        tour.ask("POST", members, 413, b" " * 1_048_577)
        tour.ask("GET", members, 401, query="?sort=joined_at")
        tour.ask("GET", member, 200, key="1")
        tour.ask("GET", member, 404, key="9")
        tour.ask("POST", paintings, 401, FULL)
        tour.ask("POST", f"{BASE}/auth/login", 401, {"email": "ada@example.com", "password": "wrong"})
        tour.ask("POST", f"{BASE}/auth/login", 200, {"email": "ada@example.com", "password": PASSWORD})
        join(client, "bob")
        client.make_admin("bob@example.com")
        become(client, "bob")
        made = tour.ask("POST", styles, 201, {"name": "Cubism"})
        tour.ask("GET", members, 200, query="?sort=joined_at&fields=id,email")
        tour.ask("GET", style, 200, key=made.body["id"])
        tour.ask("GET", styles, 200)
        become(client, "ada")
        tour.ask("POST", styles, 403, {"name": "Fauvism"})
        tour.ask("POST", paintings, 201, FULL | {"style_ids": [made.body["id"]]})
        tour.ask("POST", under, 201, {"title": "Blank", "width": 1}, key="1")
        tour.ask("POST", under, 404, {"title": "Blank", "width": 1}, key="9")
        tour.ask("GET", paintings, 200, query="?include=member,styles,member.paintings&limit=1")
        tour.ask("GET", paintings, 200, query="?fields=title")
        tour.ask("GET", paintings, 400, query="?nothing=1")
        tour.ask("GET", paintings, 400, query="?after=x")
        tour.ask("GET", under, 200, key="1", query="?include=member")
        tour.ask("GET", under, 404, key="9")
        tour.ask("GET", f"{BASE}/styles/{{id}}/paintings", 200, key=made.body["id"])
        tour.ask("GET", f"{BASE}/paintings/{{id}}/styles", 200, key="1")
        tour.ask("GET", member, 200, key="1", query="?include=paintings")
        tour.ask("GET", painting, 200, key="2", query="?include=member")
        tour.ask("PATCH", painting, 200, {"notes": None, "price": "0.00", "extra": [None]}, key="1")
        tour.ask("PATCH", painting, 404, {}, key="9")
        tour.ask("PUT", painting, 200, FULL, key="1")
        tour.ask("PUT", painting, 400, {}, key="1")
        tour.ask("PATCH", member, 200, {"motto": "Onward"}, key="1")
        tour.ask("PATCH", member, 409, {"email": "bob@example.com"}, key="1")
        tour.ask("PATCH", member, 403, {"motto": "Mine"}, key="2")
        tour.ask("PUT", member, 200, {"email": "ada@example.com", "name": "Ada"}, key="1")
        tour.ask("DELETE", painting, 204, key="2")
        tour.ask("DELETE", painting, 404, key="2")
        become(client, "bob")
        tour.ask("DELETE", member, 409, key="1")
        tour.ask("DELETE", painting, 204, key="1")
        tour.ask("DELETE", member, 204, key="1")
        tour.ask("POST", f"{styles}/batch", 200, {"items": [{"do": "create", "data": {"name": "Fauvism"}}]})
        tour.ask("POST", f"{styles}/batch", 409, {"items": [{"do": "create", "data": {"name": "Fauvism"}}]})
        tour.ask("POST", f"{paintings}/batch", 200, {"items": [{"do": "create", "data": {"title": "Blank", "width": 1}}]})
        tour.ask("POST", f"{paintings}/batch", 400, {"items": []})
        items = [{"do": "update", "id": 2, "data": {"motto": "Mine"}}, {"do": "delete", "id": 9}]
        tour.ask("POST", f"{members}/batch", 404, {"items": items})
        tour.ask("POST", f"{members}/batch", 200, {"items": items[:1]})
        tour.ask("GET", "/health/live", 200)
        tour.ask("GET", "/health/ready", 200)
        # Every operation was asked at least once with success.
        done = {(path, method.lower()) for method, path, status in tour.seen if status < 300}
        assert done == {each for each in operations(tour.found) if each[1] != "head" and each[0] != METRICS}


@pytest.mark.parametrize("query", ["include=styles", "include=member,styles", "include=member.paintings.styles"])
def test_an_answer_with_rows_linked_through_pairs_fits_the_document(query: str) -> None:
    with Client(gallery()) as client:
        join(client, "ada")
        client.make_admin("ada@example.com")
        style = become(client, "ada").post(f"{BASE}/styles", {"name": "Cubism"}).body
        client.post(f"{BASE}/paintings", FULL | {"style_ids": [style["id"]]})
        answer = Tour(client).ask("GET", f"{BASE}/paintings", 200, query=f"?{query}")
        assert "Cubism" in answer.text


# -------------------------------------------------------------------------------------------------------- the page


@pytest.mark.parametrize(
    ("path", "kind"), [("/docs", "text/html"), ("/docs/docs.css", "text/css"), ("/docs/docs.js", "text/javascript")]
)
def test_the_page_comes_from_here_alone(path: str, kind: str) -> None:
    """C4: nothing is loaded from elsewhere, and the browser is told so."""
    with Client(blog) as client:
        answer = client.get(path)
        assert (answer.status, answer.headers["content-type"]) == (200, f"{kind}; charset=utf-8")
        policy = dict(each.strip().partition(" ")[::2] for each in answer.headers["content-security-policy"].split(";"))
        assert (
            policy["default-src"] == "'none'"
            and policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        )
        assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
        assert answer.headers["x-content-type-options"] == "nosniff"
        head = client.request("HEAD", path)
        assert (head.status, head.text, head.headers["content-length"]) == (200, "", str(len(answer.text.encode())))
        # The name of SVG is a name, and an example of an address an example: nothing is fetched from either.
        text = answer.text.replace('"https://example.com"', "").replace("http://www.w3.org/2000/svg", "")
        assert re.findall(r"(?:https?:|wss?:)?//[\w.-]+\.\w+", text) == []
        assert not re.search(r"\beval\(|new Function|innerHTML|document\.write|@import|\son\w+=\"", answer.text)


def test_all_that_the_page_loads_is_served() -> None:
    with Client(blog) as client:
        text = client.get("/docs").text
        loaded = [each for each in re.findall(r'(?:src|href)="([^"]+)"', text) if not each.startswith(("#", "data:"))]
        assert set(loaded) == {"/docs/docs.css", "/docs/docs.js", "/openapi.json"}
        assert [client.get(each).status for each in loaded] == [200] * len(loaded)
