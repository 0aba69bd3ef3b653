"""Forms as browsers send them: texts become values, files become uploads, and what is no form is a clear refusal."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from kingpost.call import Result
from kingpost.contract import types
from kingpost.contract.model import Operation
from kingpost.contract.scalars import Boolean, Datetime, Integer, Json, Text, TextList
from kingpost.contract.types import File, Items, Member, Object
from kingpost.surface.rest.forms import MOST_BYTES, MOST_PARTS
from kingpost.values import Upload
from tests.surface.rest.scene import envelope
from tests.surface.rest.stage import Stage, contract

FORM = {"content-type": "application/x-www-form-urlencoded"}
FILES = {"content-type": "multipart/form-data; boundary=line"}
INPUT = (
    Member("title", Text()), Member("count", Integer(), required=False), Member("open", Boolean()),
    Member("tags", TextList(), required=False), Member("numbers", Items(Integer()), required=False),
    Member("at", Datetime(), optional=True, required=False), Member("more", Json(), required=False),
)  # fmt: skip
SAVE = Operation("save", code="save", path="/save", input=INPUT, form=True)
FILE = File(max=1_000)
KEEP = Operation("keep", code="keep", path="/keep", input=(Member("title", Text()), Member("file", FILE)))
MANY = Operation("many", code="many", path="/many", input=(Member("files", Items(FILE)),))


def part(name: str, content: bytes, filename: str | None = None, kind: str = "") -> bytes:
    place = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename is not None else "")
    typed = f"\r\nContent-Type: {kind}" if kind else ""
    return f"--line\r\nContent-Disposition: {place}{typed}\r\n\r\n".encode() + content + b"\r\n"


def parts(*each: bytes) -> bytes:
    return b"".join(each) + b"--line--\r\n"


def send(body: bytes, headers: dict[str, str], operation: Operation = SAVE) -> Any:
    """Give the input that came with the call."""
    stage = Stage(contract(operation), Result())
    answer = stage.ask("POST", f"/api{operation.path}", body, headers)
    assert answer.status == 204, answer
    return stage.call.input


def refused(body: bytes, headers: dict[str, str], code: str, operation: Operation = SAVE, status: int = 400) -> dict[str, str]:
    stage = Stage(contract(operation), Result())
    return envelope(stage.ask("POST", f"/api{operation.path}", body, headers), status, code).details


def test_texts_become_values_by_the_type_of_their_name() -> None:
    sent = [("title", "a + b & \u00e9"), ("count", "5"), ("open", "on"), ("tags", "x"), ("tags", "y"), ("numbers", "7")]
    body = urlencode([*sent, ("at", ""), ("more", '{"a": [1]}')]).encode()
    wanted = {
        "title": "a + b & \u00e9", "count": 5, "open": True, "tags": ["x", "y"], "numbers": [7], "at": None, "more": {"a": [1]},
    }  # fmt: skip
    assert send(body, FORM) == wanted
    pairs = [*sent, ("at", ""), ("more", '{"a": [1]}')]
    assert send(parts(*(part(name, text.encode()) for name, text in pairs)), FILES) == wanted


def test_a_box_that_is_not_ticked_is_false_and_what_can_not_be_read_stays_a_text() -> None:
    found = send(b"title=&count=many&more=%7B&odd=1&open=true&at=soon", FORM)
    assert found == {"title": "", "count": "many", "more": "{", "odd": "1", "open": True, "at": "soon"}
    assert send(b"title=a", FORM) == {"title": "a", "open": False}
    problems: types.Problems = []
    types.inputs(INPUT, found, problems)
    assert {problem[0] for problem in problems} == {"count", "odd", "at"}


def test_a_form_may_be_one_object() -> None:
    whole = Operation("put", code="put", path="/put", input=(Member("body", Object("Save", INPUT), place="whole"),), form=True)
    assert send(b"title=a&count=1", FORM, whole) == {"title": "a", "count": 1, "open": False}


@pytest.mark.parametrize("name", ["title", "count", "open", "odd"])
def test_a_name_that_is_no_list_is_there_once(name: str) -> None:
    assert refused(f"title=a&{name}=1&{name}=2".encode(), FORM, "VALIDATION_ERROR") == {name: "Is given twice"}


def test_an_operation_takes_the_kinds_of_body_that_it_says() -> None:
    for headers in ({"content-type": "application/json"}, {"content-type": "text/plain"}):
        refused(b"{}", headers, "UNSUPPORTED_MEDIA_TYPE", SAVE, 415)
        refused(b"{}", headers, "UNSUPPORTED_MEDIA_TYPE", KEEP, 415)
    refused(b"title=a", FORM, "UNSUPPORTED_MEDIA_TYPE", KEEP, 415)


# ------------------------------------------------------------------------------------------------------------------ files


def test_a_file_has_a_name_a_media_type_and_its_bytes() -> None:
    content = bytes(range(256)) + b"\r\n--lin"
    found = send(parts(part("title", b"a"), part("file", content, "a b.png", "image/png")), FILES, KEEP)
    assert found == {"title": "a", "file": Upload("a b.png", "image/png", content)}
    found = send(parts(part("files", b"1", "1"), part("files", b"", "2")), FILES, MANY)
    assert found == {"files": [Upload("1", "application/octet-stream", b"1"), Upload("2", "application/octet-stream", b"")]}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\\\windows\\\\system.ini", "system.ini"),
        ("/", ""),
        ("..", ""),
        (".", ""),
        ("a\x00b.txt", "ab.txt"),
        ("a\x7f\x1b[31m.txt", "a[31m.txt"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("%22.txt", '".txt'),
        ("a%0D%0Ab", "ab"),
        ("x" * 600, "x" * 255),
        ("\u00e9.txt", "\u00e9.txt"),
    ],
)
def test_the_name_of_a_file_leads_nowhere(said: str, kept: str) -> None:
    assert send(parts(part("title", b"a"), part("file", b"1", said)), FILES, KEEP)["file"].name == kept


@pytest.mark.parametrize("kind", ["", "nothing", "text/html\x01", "a/" + "b" * 300, "\u00e9/x"])
def test_a_media_type_that_is_none_is_that_of_any_bytes(kind: str) -> None:
    found = send(parts(part("title", b"a"), part("file", b"1", "f", kind)), FILES, KEEP)
    assert found["file"].media == "application/octet-stream"


def test_a_file_that_nobody_chose_was_not_sent() -> None:
    assert send(parts(part("title", b"a"), part("file", b"", "")), FILES, KEEP) == {"title": "a"}


def test_a_file_stands_only_where_one_is_wanted() -> None:
    assert refused(parts(part("title", b"a", "f")), FILES, "VALIDATION_ERROR", KEEP) == {"title": "Is not a file"}
    assert refused(parts(part("odd", b"a", "f")), FILES, "VALIDATION_ERROR", KEEP) == {"odd": "Is not a file"}
    two = parts(part("file", b"a", "f"), part("file", b"a", "f"))
    assert refused(two, FILES, "VALIDATION_ERROR", KEEP) == {"file": "Is given twice"}
    assert send(parts(part("file", b"a")), FILES, KEEP) == {"file": "a"}


def test_a_body_is_bounded_by_the_files_that_it_may_hold() -> None:
    most = MOST_BYTES + FILE.max
    fits = parts(part("file", b"x" * (most - len(parts(part("file", b"", "f")))), "f"))
    assert len(fits) == most and len(send(fits, FILES, KEEP)["file"].content) > FILE.max
    refused(fits + b" ", FILES, "PAYLOAD_TOO_LARGE", KEEP, 413)
    refused(fits, FILES, "PAYLOAD_TOO_LARGE", SAVE, 413)


# ---------------------------------------------------------------------------------------------------------------- hostile


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (parts(*[part("title", b"a")] * 10_000), FILES["content-type"]),
        (parts(*[part("title", b"a")] * (MOST_PARTS + 1)), FILES["content-type"]),
        (parts(part("title", b"a")), "multipart/form-data"),
        (parts(part("title", b"a")), "multipart/form-data; boundary="),
        (parts(part("title", b"a")), 'multipart/form-data; boundary=""'),
        (parts(part("title", b"a")), "multipart/form-data; boundary=" + "x" * 71),
        (parts(part("title", b"a")), "multipart/form-data; boundary=other"),
        (b"", FILES["content-type"]),
        (b"--line", FILES["content-type"]),
        (part("title", b"a"), FILES["content-type"]),
        (part("title", b"a") + b"--line", FILES["content-type"]),
        (b"junk" + parts(part("title", b"a")), FILES["content-type"]),
        (parts(part("title", b"a")).replace(b"\r\n", b"\n"), FILES["content-type"]),
        (b"--line\r\n\r\na\r\n--line--\r\n", FILES["content-type"]),
        (b"--line\r\nContent-Disposition: attachment; name=title\r\n\r\na\r\n--line--\r\n", FILES["content-type"]),
        (b"--line\r\nContent-Disposition: form-data\r\n\r\na\r\n--line--\r\n", FILES["content-type"]),
        (b"--line\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\na\r\n--line--\r\n", FILES["content-type"]),
        (b"--line\r\n" + b"X: y\r\n" * 1_000 + b"\r\na\r\n--line--\r\n", FILES["content-type"]),
        (b"--line\r\n" + b"x" * 100_000, FILES["content-type"]),
        (parts(part("title", b"\xff")), FILES["content-type"]),
        (b'--line\r\nContent-Disposition: form-data; name="t\xff"\r\n\r\na\r\n--line--\r\n', FILES["content-type"]),
        (b"title=%ff", FORM["content-type"]),
        (b"title=\xff", FORM["content-type"]),
        (b"&".join(b"a%d=" % number for number in range(10_000)), FORM["content-type"]),
    ],
)  # fmt: skip
def test_what_is_no_form_or_too_much_of_one_is_a_clear_refusal(body: bytes, kind: str) -> None:
    assert refused(body, {"content-type": kind}, "MALFORMED_REQUEST") == {}


def test_names_that_pretend_to_be_nested_are_unknown_names() -> None:
    names = ["title[a][b]", "title.a", "__proto__", "constructor[prototype]", "", "\0"]
    found = send(parts(*(part(name, b"1") for name in names)), FILES)
    assert found == {**dict.fromkeys(names, "1"), "open": False}
    problems: types.Problems = []
    types.inputs(INPUT, found, problems)
    assert {problem[0] for problem in problems} >= set(names)


def test_deep_JSON_in_a_part_is_no_value() -> None:
    deep = "[" * 100_000
    assert send(parts(part("more", deep.encode())), FILES)["more"] == deep
    assert json.loads(json.dumps(send(b"more=1e999", FORM)))["more"] == "1e999"
