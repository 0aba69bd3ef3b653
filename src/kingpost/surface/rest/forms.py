"""Reads forms as browsers send them, with files or without.

Takes a body in `application/x-www-form-urlencoded` or `multipart/form-data`, gives values in their wire form by name; what can
not be read as its type stays a text, so that it is refused like any other value. Stands on the ground.
"""

from collections.abc import Iterator
from typing import TypeAlias
from urllib.parse import parse_qsl

from multipart import (  # type: ignore[import-untyped]  # it is one file without a mark that its types are to be read
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from kingpost.contract import json
from kingpost.contract.model import Operation
from kingpost.contract.scalars import Boolean, Integer, Invalid, Json, Scalar, Text, TextList
from kingpost.contract.types import Anything, File, Items, Member, Named, Object, Type
from kingpost.surface.rest.naming import Naming
from kingpost.surface.rest.query import MOST_NAMES, Unclear
from kingpost.values import Upload

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MOST_BYTES = 1_048_576
MOST_PARTS = 100
MOST_FILES = 10
"""How many files of the largest size a list of them may hold."""
LONGEST_HEADER = 1_024
MOST_HEADERS = 8
LONGEST_BOUNDARY = 70
LONGEST = 255

Sent: TypeAlias = list[tuple[str, str | Upload]]


def kinds(operation: Operation) -> tuple[str, ...]:
    """Give the media types that the body of an operation's code may have."""
    if any(files(member.type) for member in operation.input):
        return (MULTIPART,)
    return (FORM, MULTIPART) if operation.form else ("application/json",)


def forms(operation: Operation) -> bool:
    """Whether an operation takes a form."""
    return MULTIPART in kinds(operation)


def most(operation: Operation) -> int:
    """Give how many bytes a body may have: each file its most, and all else together what any body may have."""
    return MOST_BYTES + sum(files(member.type) for member in operation.input)


def files(type_: Type) -> int:
    """Give how many bytes of files a type may hold."""
    if isinstance(type_, Items):
        return MOST_FILES * files(type_.of)
    return type_.max if isinstance(type_, File) else 0


def filled(operation: Operation, content_type: str, body: bytes, naming: Naming | None = None) -> dict[str, object]:
    """Read a form.

    Args:
        operation: What it is sent to.
        content_type: Which kind of form it is.
        body: The form.
        naming: How names are spelled; None where they are as declared.

    Returns:
        Wire values by name.

    Raises:
        Unclear: A name is there twice and is no list, or is a file and should be none.
        Malformed: It is no such form, or one of too many parts.
    """
    kind, options = parse_options_header(content_type)
    pairs = list(parts(options.get("boundary", ""), body)) if kind == MULTIPART else texts(body)
    given: dict[str, list[str | Upload]] = {}
    for name, value in pairs:
        given.setdefault(name if naming is None else naming.name(name), []).append(value)
    taken = members(operation)
    found: dict[str, object] = {}
    for name, values in given.items():
        member = taken.get(name)
        several = member is not None and isinstance(member.type, Items | TextList)
        if len(values) > 1 and not several:
            raise Unclear(name[:MOST_NAMES], "Is given twice")
        if any(isinstance(value, Upload) for value in values) and not (member is not None and files(member.type)):
            raise Unclear(name[:MOST_NAMES], "Is not a file")
        found[name] = values[0] if member is None else wire(member, values)
    for member in taken.values():  # a box that is not ticked is not sent
        if member.name not in found and member.required and isinstance(member.type, Boolean):
            found[member.name] = False
    return found


def members(operation: Operation) -> dict[str, Member]:
    """Give what a form may hold, by name: what the body holds, or what the one object that is the body holds."""
    whole = next((member.type for member in operation.input if member.place == "whole"), None)
    inside = whole.members if isinstance(whole, Object) else operation.input
    return {member.name: member for member in inside if member.place == "body"}


def wire(member: Member, values: list[str | Upload]) -> object:
    """Give what a form says of one member in its wire form."""
    match member.type:
        case TextList():
            return values
        case Items(of):
            return [one(of, value) for value in values]
        case type_:
            empty = values[0] == "" and member.optional and not isinstance(type_, Text)
            return None if empty else one(type_, values[0])


def one(type_: Type, value: str | Upload) -> object:
    """Give one text, or one file, in its wire form; a text that is none of its type stays as it is."""
    if isinstance(value, Upload):
        return value
    if isinstance(type_, Boolean) and value == "on":
        return True
    try:
        if isinstance(type_, Object | Named | Anything | Json):
            return json.read(value.encode())
        if isinstance(type_, Integer | Boolean) and isinstance(type_, Scalar):
            return type_.write(type_.parse(value))
    except (Invalid, json.Malformed):
        return value
    return value


def texts(body: bytes) -> Sent:
    """Read a form of texts (URL Standard, section 5.1); raises `Malformed`."""
    try:
        text = body.decode("ascii")
        return list(parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MOST_PARTS))
    except UnicodeDecodeError as error:
        raise json.Malformed("The form is not UTF-8, or has signs that are not percent-encoded") from error
    except ValueError as error:
        raise json.Malformed(f"The form has more than {MOST_PARTS} parts") from error


def parts(boundary: str, body: bytes) -> Iterator[tuple[str, str | Upload]]:
    """Read a form of parts (RFC 7578); raises `Malformed`."""
    if not 1 <= len(boundary) <= LONGEST_BOUNDARY:
        raise json.Malformed(f"The form names no boundary of 1 to {LONGEST_BOUNDARY} characters")
    content: list[bytes] = []
    segment = MultipartSegment([])
    try:
        with PushMultipartParser(
            boundary.encode(),
            max_header_size=LONGEST_HEADER,
            max_header_count=MOST_HEADERS,
            max_segment_count=MOST_PARTS,
            strict=True,
        ) as parser:
            for event in parser.parse(body):
                if event is None:
                    whole = b"".join(content)
                    if segment.filename is None:
                        yield segment.name, whole.decode()
                    elif whole or segment.filename:  # what is neither is a file that nobody chose
                        yield segment.name, Upload(plain(segment.filename), media(segment.content_type), whole)
                elif isinstance(event, bytes):
                    content.append(event)
                else:
                    segment, content = event, []
    except MultipartError as error:
        raise json.Malformed(f"The form can not be read: {error.args[0]}") from error
    except UnicodeError as error:
        raise json.Malformed("The form is not UTF-8") from error


def plain(name: str) -> str:
    """Give the last part of a file's name, without what can not be seen, so that it leads nowhere."""
    last = "".join(sign for sign in name.replace("\\", "/").rpartition("/")[2] if sign.isprintable()).strip()[:LONGEST]
    return "" if last in (".", "..") else last


def media(kind: str | None) -> str:
    """Give the media type that a file is said to have; that of any bytes, where it is none."""
    return (
        kind
        if kind and kind.isascii() and kind.isprintable() and "/" in kind and len(kind) <= LONGEST
        else "application/octet-stream"
    )
