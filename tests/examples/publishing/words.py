"""The words of the contract: its table of routes, and the answers that it gives to whoever asks wrongly."""

import re

from tests.cli.process import ROOT
from tests.examples.publishing.client import Articles, Profile

EXAMPLE = ROOT / "examples" / "publishing"
LINE = re.compile(r"^\| `(GET|POST|PUT|DELETE) /api(/[^ ?`]*)[^|]*\| (none|optional|required)", re.MULTILINE)
TABLE = [(f"{method} {path}", sign_in) for method, path, sign_in in LINE.findall((EXAMPLE / "CONTRACT.md").read_text())]

BLANK, SHORT, LONG, INVALID, UNKNOWN = "can't be blank", "is too short", "is too long", "is invalid", "is unknown"
TAKEN, FORBIDDEN, NOT_FOUND = "has already been taken", "forbidden", "not found"
SOMETHING: dict[str, object] = {"title": "x", "description": "x", "body": "x"}
WRITE, EDIT, COMMENT = "POST /articles", "PUT /articles/{slug}", "POST /articles/{slug}/comments"
UNCOMMENT = "DELETE /articles/{slug}/comments/{id}"

Cases = tuple[tuple[dict[str, object], dict[str, str]], ...]  # what is sent, and which problems it has


def refused(status: int, **errors: str) -> tuple[int, object]:
    """Give the whole answer that names these problems."""
    return status, {"errors": {name: [words] for name, words in errors.items()}}


MISSING, NOT_BELIEVED = refused(401, token="is missing"), refused(401, token="is invalid")
MALFORMED, NO_PATH, NO_METHOD = (
    refused(400, body="is malformed"),
    refused(404, path=NOT_FOUND),
    refused(405, method="not allowed"),
)
NO_PROFILE, NO_ARTICLE, NO_COMMENT = (refused(404, **{name: NOT_FOUND}) for name in ("profile", "article", "comment"))
NOT_MY_ARTICLE, NOT_MY_COMMENT = refused(403, article=FORBIDDEN), refused(403, comment=FORBIDDEN)
NO_CREDENTIALS = refused(401, credentials="invalid")
NONE = Articles(articles=[], articles_count=0)


def known(username: str, following: bool = False) -> Profile:
    """Give the profile of somebody who has said nothing of themselves."""
    return Profile(username=username, bio=None, image=None, following=following)


def person(username: str, **more: object) -> dict[str, object]:
    """Give what an account is made of."""
    return {"username": username, "email": f"{username}@example.com", "password": "long enough"} | more
