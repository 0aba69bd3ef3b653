"""Names in camelCase over the whole surface, and nowhere in what an app keeps as its own data."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kingpost.call import Detail, Failure, Include, Range, Result
from kingpost.contract.codec import Children, Column, One, Output, Several
from kingpost.contract.model import Entry, Field, Key, Lists, Operation, Resource, Style
from kingpost.contract.scalars import Integer, Json, Text
from kingpost.contract.spelling import camel, collisions
from kingpost.contract.types import Anything, Items, Member, Named, Object, OfPage, OfRow
from kingpost.surface.rest.naming import Naming
from kingpost.values import Reply
from tests.surface.rest.scene import envelope
from tests.surface.rest.stage import JSON, POSTS, RIGHTS, USERS, Stage, contract

CAMEL = Style(naming="camelCase")
LISTED = Lists((Entry(("user_id",), (Key("created_at"),)), Entry((), (Key("created_at", True),))))
POSTED = Resource(POSTS.name, POSTS.title, POSTS.fields, RIGHTS, refs=POSTS.refs, lists=LISTED)
INNER = Object("Line", (Member("line_number", Integer()), Member("free_form", Json(), required=False)))
OUTER = Object("Order", (Member("order_lines", Items(INNER)), Member("by_name", Named(INNER), required=False)))
SEND = Operation("send", code="send", path="/send/{user_id}", output=OUTER, input=(
    Member("user_id", Integer(), place="path"), Member("the_order", OUTER), Member("is_open", Anything(), required=False),
))  # fmt: skip
FIND = Operation(
    "find", code="find", path="/find", method="GET", input=(Member("page_size", Integer(), place="query"),), output=Anything()
)
STORED = ("x", 1, 5, '{"not_ours":{"a_b":1}}', 7, "Ada")
COLUMNS = (Column("page_count", Integer(), 2), Column("raw_data", Json(), 3))
BELOW = Output((Column("full_name", Text(), 5),))
ROW = Output(COLUMNS, (One("the_user", 4, BELOW),))


def stage(*operations: Operation, answer: Result | Failure | None = None, style: Style = CAMEL) -> Stage:
    return Stage(contract(*operations, resources=(USERS, POSTED), style=style), answer)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("id", "id"), ("created_at", "createdAt"), ("a_b_c", "aBC"), ("line_1", "line1"), ("class_", "class_"), ("_x", "_x"),
        ("a__b", "aB"), ("alreadyCamel", "alreadyCamel"),
    ],
)  # fmt: skip
def test_a_name_in_camelCase(name: str, other: str) -> None:
    assert camel(name) == other


def test_names_that_would_be_spelled_alike_are_found() -> None:
    twins = Resource("twins", "Twin", (*USERS.fields, Field("line_1", Text()), Field("line1", Text())), RIGHTS)
    assert collisions(contract(resources=(twins,), style=CAMEL)) == [("line_1", "line1")]
    assert collisions(contract(resources=(twins,))) == []
    own = Operation("own", code="own", path="/own", input=(Member("full__name", Text()),), style=CAMEL)
    assert collisions(contract(own, resources=(USERS,))) == [("full_name", "full__name")]


@given(some.text() | some.from_regex(r"[a-z]{1,3}(_[a-z0-9]{1,3}){0,3}", fullmatch=True))
def test_a_name_that_is_spelled_anew_twice_is_what_it_was(name: str) -> None:
    naming = Naming(contract(SEND, FIND, resources=(USERS, POSTED)))
    assert naming.name(naming.name(name)) == name
    assert naming.words(naming.words(name)) == name


# --------------------------------------------------------------------------------------------------------------------- in


def test_a_query_is_read_in_the_other_spelling() -> None:
    asked = stage()
    asked.ask(
        "GET",
        "/api/posts?userId=5&fields=createdAt,id&sort=-createdAt&include=theUser&createdAt[gte]=2026-01-31T00:00:00Z&limit=5",
    )
    call = asked.call
    assert call.fault is None
    assert (call.shape.filters, call.filters, call.limit) == (("user_id",), ("5",), 5)
    assert call.shape.fields == ("created_at", "id") and call.shape.sort == (Key("created_at", True),)
    assert call.shape.include == (Include("the_user"),) and call.shape.ranges == (Range("created_at", "gte"),)
    asked = stage(FIND)
    asked.ask("GET", "/api/find?pageSize=5")
    assert asked.call.given == {"page_size": "5"}


def test_a_value_is_no_name() -> None:
    asked = stage(FIND)
    asked.ask("GET", "/api/find?pageSize=createdAt")
    assert asked.call.given == {"page_size": "createdAt"}
    asked.ask("GET", "/api/posts?userId=createdAt")
    assert asked.call.filters == ("createdAt",)


def test_a_body_is_read_in_the_other_spelling_but_for_what_is_data() -> None:
    asked = stage(SEND)
    asked.ask("POST", "/api/posts", b'{"pageCount": 5, "rawData": {"pageCount": {"createdAt": 1}}}', JSON)
    assert asked.call.input == {"page_count": 5, "raw_data": {"pageCount": {"createdAt": 1}}}
    asked.answer = Result(parts=(Result(ROW, (STORED,)),))
    item = {"do": "update", "id": 1, "ifMatch": '"abc"', "data": {"pageCount": 5}}
    asked.ask("POST", "/api/posts/batch", json.dumps({"items": [item]}).encode(), JSON)
    (part,) = asked.call.parts
    assert part.fault is None and part.input == {"page_count": 5} and part.condition is not None
    order = {"orderLines": [{"lineNumber": 1, "freeForm": {"lineNumber": 2}}], "byName": {"lineNumber": {"lineNumber": 3}}}
    asked.ask("POST", "/api/send/7", json.dumps({"theOrder": order, "isOpen": {"userId": 1}}).encode(), JSON)
    assert asked.call.given == {"user_id": "7"}
    assert asked.call.input == {
        "the_order": {
            "order_lines": [{"line_number": 1, "free_form": {"lineNumber": 2}}], "by_name": {"lineNumber": {"line_number": 3}},
        },
        "is_open": {"userId": 1},
    }  # fmt: skip


def test_a_form_is_read_in_the_other_spelling() -> None:
    form = Operation(
        "form", code="form", path="/form", form=True, input=(Member("full_name", Text()), Member("page_count", Integer()))
    )
    asked = stage(form, answer=Result())
    asked.ask("POST", "/api/form", b"fullName=Ada&pageCount=5", {"content-type": "application/x-www-form-urlencoded"})
    assert asked.call.input == {"full_name": "Ada", "page_count": 5}


def test_the_declared_spelling_is_a_name_of_nothing_so_that_nothing_is_said_twice() -> None:
    asked = stage(SEND, FIND)
    asked.ask("POST", "/api/posts", b'{"page_count": 5, "pageCount": 6}', JSON)
    assert asked.call.input == {"pageCount": 5, "page_count": 6}
    asked.answer = Failure("invalid", "Invalid input data", (Detail("pageCount", "Is not a field"),))
    told = envelope(asked.ask("POST", "/api/posts", b'{"page_count": 5}', JSON), 400, "VALIDATION_ERROR")
    assert told.details == {"page_count": "Is not a field"}
    for query in ("created_at[gte]=1", "user_id=5", "user_id=5&userId=5"):
        details = envelope(asked.ask("GET", f"/api/posts?{query}"), 400, "VALIDATION_ERROR").details
        ((name, message),) = details.items()
        assert name == query.partition("=")[0] and "userId" in message and "user_id" not in message


# -------------------------------------------------------------------------------------------------------------------- out


def test_rows_are_told_in_the_other_spelling_but_for_what_is_data() -> None:
    wanted = {"pageCount": 5, "rawData": {"not_ours": {"a_b": 1}}, "theUser": {"fullName": "Ada"}}
    asked = stage(answer=Result(ROW, (STORED,), key=1, version="v"))
    assert asked.ask("GET", "/api/posts/1").body == wanted
    assert asked.ask("GET", "/api/posts").body == {"items": [wanted], "next": None}
    assert asked.ask("POST", "/api/posts", b"{}", JSON).body == wanted
    lines = asked.ask("GET", "/api/posts", headers={"accept": "application/x-ndjson"})
    assert json.loads(lines.text) == wanted
    asked.answer = Result(Output(COLUMNS), (STORED,))
    table = asked.ask("GET", "/api/posts", headers={"accept": "text/csv"})
    assert table.text.split("\r\n")[0] == "pageCount,rawData"
    several = Output((), manys=(Several("top_posts", 1, 0, ROW),))
    asked.answer = Result(several, (STORED,), (Children({1: [STORED]}, {}),))
    assert asked.ask("GET", "/api/users/1").body == {"topPosts": {"items": [wanted], "next": None}}
    asked.answer = Result(value={"page_count": 5, "raw_data": {"page_count": 1}}, key=1, replayed=True)
    assert asked.ask("POST", "/api/posts", b"{}", JSON).body == {"pageCount": 5, "rawData": {"page_count": 1}}
    asked.answer = Result(parts=(Result(ROW, (STORED,), key=1, version="v"),))
    body = asked.ask("POST", "/api/posts/batch", b'{"items": [{"do": "create", "data": {}}]}', JSON).body
    assert body["items"][0]["data"] == wanted


def test_what_code_gives_is_told_in_the_other_spelling_but_for_what_is_data() -> None:
    row = {
        "page_count": 5,
        "raw_data": {"page_count": 1},
        "the_user": {"full_name": "Ada", "top_posts": {"items": [{"page_count": 1}]}},
    }
    told = {
        "pageCount": 5,
        "rawData": {"page_count": 1},
        "theUser": {"fullName": "Ada", "topPosts": {"items": [{"pageCount": 1}]}},
    }
    one = Operation("one", code="one", path="/one", method="GET", output=OfRow("posts"))
    page = Operation("page", code="page", path="/page", method="GET", output=OfPage("posts"))
    asked = stage(one, page, SEND, FIND, answer=Result(value=row))
    assert asked.ask("GET", "/api/one").body == told
    asked.answer = Result(value={"items": [row], "next": None})
    assert asked.ask("GET", "/api/page").body == {"items": [told], "next": None}
    line = {"line_number": 1, "free_form": {"line_number": 2}}
    asked.answer = Result(value={"order_lines": [line], "by_name": {"line_number": line}})
    spelled = {"lineNumber": 1, "freeForm": {"line_number": 2}}
    assert asked.ask("POST", "/api/send/1", b"{}", JSON).body == {"orderLines": [spelled], "byName": {"line_number": spelled}}
    asked.answer = Result(value={"page_size": 5})
    assert asked.ask("GET", "/api/find?pageSize=5").body == {"page_size": 5}, "any JSON is the app's own"


def test_a_refusal_names_fields_as_the_caller_knows_them() -> None:
    details = (Detail("items.2.page_count", "Must be a number"), Detail("created_at[gte]", "Is after created_at[lt]"))
    asked = stage(answer=Failure("invalid", "Send user_id", details))
    told = envelope(asked.ask("GET", "/api/posts"), 400, "VALIDATION_ERROR")
    assert told.error["message"] == "Send userId"
    assert told.details == {"items.2.pageCount": "Must be a number", "createdAt[gte]": "Is after createdAt[lt]"}
    asked.answer = Failure("conflict", "The words user_id are ours", (Detail("page_count", "page_count"),), code="OWN")
    told = envelope(asked.ask("GET", "/api/posts"), 409, "OWN")
    assert (told.error["message"], told.details) == ("The words user_id are ours", {"pageCount": "page_count"})


def test_what_the_app_says_of_a_failure_is_spelled_by_its_type() -> None:
    style = Style(naming="camelCase", error="errors", told=Object("Told", (Member("error_code", Text()),)))
    asked = Stage(contract(style=style), errors={"errors": lambda failure: Reply({"error_code": failure.code})})
    assert asked.ask("GET", "/nowhere").body == {"errorCode": "NOT_FOUND"}


def test_an_operation_may_be_spelled_otherwise_than_the_app() -> None:
    own = Operation(
        "own", code="own", path="/own", input=(Member("page_count", Integer()),), style=Style(), output=OfRow("posts")
    )
    asked = stage(own, answer=Result(value={"page_count": 5}))
    assert asked.ask("POST", "/api/own", b'{"page_count": 5}', JSON).body == {"page_count": 5}
    assert asked.call.input == {"page_count": 5}
    asked = Stage(
        contract(SEND.__class__("own", code="own", path="/own", input=own.input, style=CAMEL, output=own.output)), asked.answer
    )
    assert asked.ask("POST", "/api/own", b'{"pageCount": 5}', JSON).body == {"pageCount": 5}
    assert asked.call.input == {"page_count": 5}


def test_names_as_declared_are_left_alone() -> None:
    asked = stage(SEND, answer=Result(ROW, (STORED,), key=1), style=Style())
    asked.ask("POST", "/api/posts", b'{"page_count": 5, "createdAt": 1}', JSON)
    assert asked.call.input == {"page_count": 5, "createdAt": 1}
    assert set(asked.ask("GET", "/api/posts/1").body) == {"page_count", "raw_data", "the_user"}
    assert asked.rest.manners.naming is None


# --------------------------------------------------------------------------------------------------------------- document


def test_the_document_says_every_name_as_it_is_spelled() -> None:
    asked = stage(SEND, FIND)
    found = json.loads(asked.ask("GET", "/openapi.json").text)
    schemas = found["components"]["schemas"]
    assert set(schemas["Post"]["properties"]) == {"id", "userId", "title", "pageCount", "rawData", "createdAt", "theUser"}
    assert set(schemas["PostCreate"]["properties"]) == {"userId", "title", "pageCount", "rawData"}
    assert set(schemas["PostCreate"]["required"]) == {"userId", "title"}
    assert set(schemas["Order"]["properties"]) == {"orderLines", "byName"}
    assert "requestId" in schemas["Error"]["properties"]["error"]["properties"]
    assert "/api/send/{userId}" in found["paths"]
    names = {each["name"] for each in found["components"]["parameters"].values()}
    assert {"userId", "createdAt[gte]", "fields"} <= names and "user_id" not in names
    text = json.dumps(found)
    for name in (
        "user_id",
        "page_count",
        "raw_data",
        "created_at",
        "the_user",
        "the_order",
        "order_lines",
        "if_match",
        "full_name",
    ):
        assert f'"{name}' not in text and f"`{name}" not in text, name


def test_the_document_of_an_operation_in_another_spelling_has_schemas_of_its_own() -> None:
    own = Operation("own", code="own", path="/own/{user_id}", method="GET", output=OfRow("posts"), style=Style(),
                    input=(Member("user_id", Integer(), place="path"),))  # fmt: skip
    found = json.loads(stage(own).ask("GET", "/openapi.json").text)
    schema = found["paths"]["/api/own/{user_id}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/PostRespelled"}
    assert "page_count" in found["components"]["schemas"]["PostRespelled"]["properties"]
    assert "pageCount" in found["components"]["schemas"]["Post"]["properties"]
