"""A REST surface without an engine: it hands its calls to the test, which says what comes back."""

import asyncio
from collections.abc import Mapping, Sequence

from kingpost.call import Call, Failure, Result
from kingpost.contract.expr import ALWAYS
from kingpost.contract.model import Back, Contract, Field, Grant, Operation, Ref, Resource, Style
from kingpost.contract.scalars import Datetime, Integer, Json, Text
from kingpost.surface.rest.refusals import Say
from kingpost.surface.rest.serve import Edge, Message, Rest
from kingpost.surface.rest.watch import Watch
from kingpost.testing import Answer

ANYONE = (Grant(ALWAYS),)
RIGHTS: dict[str, tuple[Grant, ...]] = dict.fromkeys(("create", "read", "update", "delete"), ANYONE)
VERBS = ("list", "get", "create", "replace", "merge", "delete")

USERS = Resource(
    "users",
    "User",
    (Field("id", Integer(), origin="serial"), Field("full_name", Text())),
    RIGHTS,
    backs=(Back("top_posts", "posts", "user_id"),),
)
POSTS = Resource(
    "posts",
    "Post",
    (
        Field("id", Integer(), origin="serial"),
        Field("user_id", Integer()),
        Field("title", Text()),
        Field("page_count", Integer(), optional=True),
        Field("raw_data", Json(), optional=True),
        Field("created_at", Datetime(), origin="created"),
    ),
    RIGHTS,
    refs=(Ref("the_user", "user_id", "users"),),
)


def verbs(*resources: Resource) -> tuple[Operation, ...]:
    """Give every verb of some resources."""
    return tuple(Operation(f"{each.name}.{verb}", each.name, verb) for each in resources for verb in VERBS)  # type: ignore[arg-type]  # of VERBS


def contract(*operations: Operation, resources: Sequence[Resource] = (USERS, POSTS), style: Style | None = None) -> Contract:
    """Give a contract of some operations with code, beside the verbs of the resources."""
    return Contract("Stage", "1.0.0", tuple(resources), (*verbs(*resources), *operations), style=style or Style())


class Stage:
    """A surface, what it was told to answer, and the calls that came through."""

    def __init__(
        self,
        contract: Contract,
        answer: Result | Failure | None = None,
        *,
        base: str = "/api",
        edge: Edge | None = None,
        errors: Mapping[str, Say] | None = None,
    ) -> None:
        """Lay out a surface whose every call is answered alike."""
        self.answer: Result | Failure = answer or Result(value={})
        self.calls: list[Call] = []
        self.statuses: list[int] = []
        self.rest = Rest(
            contract, self.run, base, edge or Edge(), watch=Watch(ready, numbers, self.statuses.append), errors=errors or {}
        )

    async def run(self, call: Call) -> Result | Failure:
        """Stand for the engine: what is wrong with a call's words is refused, all else answered."""
        self.calls.append(call)
        return call.fault or self.answer

    @property
    def call(self) -> Call:
        """The last call that came through."""
        return self.calls[-1]

    def ask(
        self,
        method: str,
        url: str,
        body: bytes = b"",
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        scheme: str = "http",
    ) -> Answer:
        """Make one request; of a header that comes twice the answer holds both, with a new line between."""
        path, _, query = url.partition("?")
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        told = [("host", "here.example"), *pairs]
        scope: Message = {
            "type": "http", "method": method, "scheme": scheme, "path": path, "raw_path": path.encode(),
            "client": ("192.0.2.1", 1), "query_string": query.encode(),
            "headers": [(name.encode(), text.encode("latin-1")) for name, text in told],
        }  # fmt: skip
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        asyncio.run(self.rest.serve(scope, receive, send))
        found: dict[str, str] = {}
        for name, text in sent[0]["headers"]:
            key, said = name.decode(), text.decode("latin-1")
            found[key] = f"{found[key]}\n{said}" if key in found else said
        return Answer(sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:]))


async def ready() -> bool:
    """Be ready."""
    return True


async def numbers() -> str:
    """Have counted nothing."""
    return ""


JSON = {"content-type": "application/json"}
