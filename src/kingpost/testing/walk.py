"""Asks everything once as nobody in particular: one line in a user's tests that finds what falls over or stands open.

Takes a client, gives nothing. Stands on the document that the app tells of itself.
"""

from collections import defaultdict

from kingpost.contract.model import Operation
from kingpost.testing.client import Client


def walk(client: Client) -> None:
    """Ask every operation as no one, and assert that none breaks and that those which need signing in say so.

    Args:
        client: Whose app; an account or a row more or less makes no difference.

    Raises:
        AssertionError: An answer was 500 or more, or something that only accounts may do was not refused with 401.
    """
    stranger, wrong = client.as_(None), []
    document = stranger.get("/openapi.json").body
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method not in ("get", "post", "put", "patch", "delete"):
                continue
            given = [*item.get("parameters", ()), *operation.get("parameters", ())]
            examples = {each["name"]: str(each.get("example", 1)) for each in given if each.get("in") == "path"}
            url = path.format_map(defaultdict(lambda: "1", examples))
            answer = stranger.request(method.upper(), url, {} if method in ("post", "put", "patch") else None)
            security = operation.get("security", document.get("security", []))
            closed = bool(security) and {} not in security
            if answer.status >= 500 or (closed and answer.status not in earlier(client, operation["operationId"])):
                wrong.append(f"  {method.upper()} {url}: {'401' if closed else 'below 500'} was expected, not {answer!r}")
    if wrong:
        raise AssertionError("\n".join(["Asked by no one in particular:", *wrong]))


def earlier(client: Client, name: str) -> set[int]:
    """Give the statuses that an operation may refuse no one in particular with: 401, and what it chose to say before that."""
    operation = client.app.contract.operation.get(name, Operation(name))
    before = operation.order[: operation.order.index("access")]
    return {401, *({400} if "input" in before else ()), *({404} if "row" in before else ())}
