"""What a request of a test brought back, and how its body was packed.

Takes bytes, gives values, and the other way round. Stands on nothing.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import urlencode

MOST_SHOWN = 2_000
File: TypeAlias = bytes | tuple[str, bytes] | tuple[str, bytes, str]
"""What is in a file; with its name; with its media type."""
Form: TypeAlias = Mapping[str, str | Sequence[str]]
Files: TypeAlias = Mapping[str, File | Sequence[File]]


class Answer:
    """What came back: `status`, `headers` in lower case, `text`, and `body` as parsed from JSON (None where there is none).

    `content` is the very bytes of the body, and `cookies` are those that were set, by name.
    """

    def __init__(self, status: int, headers: dict[str, str], raw: bytes, cookies: Mapping[str, str] | None = None) -> None:
        """Read a response."""
        self.status, self.headers, self.content, self.text = status, headers, raw, raw.decode(errors="replace")
        self.cookies = dict(cookies or {})
        media = headers.get("content-type", "").partition(";")[0]
        self.body: Any = json.loads(raw) if raw and (media == "application/json" or media.endswith("+json")) else None

    def __repr__(self) -> str:
        """Say it as a failed assertion should show it."""
        shown = self.text if len(self.text) <= MOST_SHOWN else f"{self.text[:MOST_SHOWN]}..."
        return f"<{self.status} {shown}>" if shown else f"<{self.status}>"

    @property
    def error(self) -> Mapping[str, Any]:
        """The error that came back; empty where there is none."""
        found = self.body.get("error") if self.status >= 400 and isinstance(self.body, dict) else None
        return found if isinstance(found, dict) else {}

    @property
    def message(self) -> str:
        """The message of an error; empty where there is none."""
        return str(self.error.get("message", ""))

    @property
    def details(self) -> dict[str, str]:
        """The messages of an error by field."""
        return {detail["field"]: detail["message"] for detail in self.error.get("details", [])}


def packed(body: object, form: Form | None, files: Files | None) -> tuple[str, bytes]:
    """Pack what is to be sent.

    Args:
        body: Bytes as they are, anything else as JSON; None for no body.
        form: The fields of a form, as a browser would send them.
        files: The files of a form, which goes as multipart/form-data (RFC 7578) then.

    Returns:
        The media type, empty for no body, and the bytes.
    """
    if (body is not None) + (form is not None or files is not None) > 1:
        raise AssertionError("Send either a body or a form with its files, not both")
    if files is not None:
        return multipart(form or {}, files)
    if form is not None:
        return "application/x-www-form-urlencoded", urlencode(form, doseq=True).encode()
    if isinstance(body, bytes):
        return "application/json" if body else "", body
    return ("", b"") if body is None else ("application/json", json.dumps(body).encode())


def multipart(form: Form, files: Files) -> tuple[str, bytes]:
    """Pack a form with files (RFC 7578), names as browsers write them (HTML standard, multipart/form-data encoding)."""
    parts = [(disposed(name), text.encode()) for name, texts in form.items() for text in several(texts)]
    for name, given in files.items():
        for file in [given] if isinstance(given, bytes | tuple) else given:
            title, content, media = (*file, "application/octet-stream")[:3] if isinstance(file, tuple) else ("file", file, "")
            kind = f"\r\nContent-Type: {media or 'application/octet-stream'}"
            parts.append((f'{disposed(name)}; filename="{quoted(title)}"{kind}', content))
    boundary = next(each for each in boundaries() if not any(each.encode() in content for _, content in parts))
    lines = [f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n" for head, content in parts]
    return f"multipart/form-data; boundary={boundary}", b"".join(lines) + f"--{boundary}--\r\n".encode()


def several(texts: str | Sequence[str]) -> Sequence[str]:
    """Give the values of a field, which may be one."""
    return [texts] if isinstance(texts, str) else texts


def disposed(name: str) -> str:
    """Begin the part of a field."""
    return f'Content-Disposition: form-data; name="{quoted(name)}"'


def quoted(name: str) -> str:
    """Write a name so that it ends where it ends."""
    return name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def boundaries() -> Iterator[str]:
    """Give lines that may stand between the parts, until one is in none of them."""
    number = 0
    while True:
        yield f"kingpost-boundary-{number}"
        number += 1
