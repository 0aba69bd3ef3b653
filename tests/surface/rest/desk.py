"""An app whose operations take and give everything that operations can."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from kingpost import (
    Access,
    Account,
    App,
    Budget,
    Context,
    Cookie,
    Data,
    Failure,
    Html,
    Lists,
    Page,
    PasswordPolicy,
    Reply,
    Resource,
    Style,
    Upload,
    admin,
    anyone,
    created,
    html,
    number,
    operation,
    owner,
    ref,
    serial,
    signed_in,
    text,
    texts,
    upload,
)

PICTURE = upload(max=10_000)


class Clerk(Account, table="clerks"):
    """Someone at the desk."""

    id: int = serial()
    full_name: str = text(min=1, max=50)

    password = PasswordPolicy(min=8)
    access = Access(create=anyone, read=signed_in, update=owner(), delete=admin)


class Address(Data):
    """Where something goes."""

    street_name: str = text(min=1, max=80)
    post_code: str | None = text(max=10, default=None)


class Order(Data):
    """What someone wants."""

    item_count: int = number(min=1, max=100)
    kind: Literal["parcel", "letter"] = "parcel"
    addresses: list[Address]
    labels: dict[str, str]
    weight: Decimal | None = None


class Receipt(Data):
    """What became of an order."""

    order_id: UUID
    placed_at: datetime
    first_address: Address | None = None


class Parcel(Resource, table="parcels"):
    """Something that is sent."""

    id: int = serial()
    clerk: Clerk = ref(on_delete="cascade")
    slug: str = text(min=1, max=40, unique=True)
    note_text: str | None = text(max=200)
    tags: list[str] = texts(default=[])
    created_at: datetime = created()

    access = Access(create=owner("clerk"), read=anyone, update=owner("clerk"), delete=owner("clerk"))
    lists = Lists("-created_at")

    @operation(access=anyone, method="GET", path="/named/{slug}")
    async def show(self, context: Context) -> "Parcel":
        """Show one parcel by its name."""
        return self

    @operation(access=owner("clerk"), transaction=True)
    async def note(self, context: Context, note_text: str = text(min=1, max=200)) -> "Parcel":
        """Write something on a parcel."""
        return await context[Parcel].update(self.id, note_text=note_text)

    @operation(access=signed_in, form=True, transaction=True)
    @staticmethod
    async def remark(context: Context, subject: str = text(min=1, max=50), urgent: bool = False) -> Reply[None]:
        """Send a remark from a page."""
        return Reply.to("/remarks", Cookie("seen", "1"))

    @operation(access=signed_in)
    @staticmethod
    async def picture(context: Context, file: Upload = PICTURE, caption_text: str = text(max=20, default="")) -> int:
        """Take a picture and say how large it is."""
        return len(file.content)


@operation(access=anyone, path="/orders/{order_id}", status=202)
async def place(context: Context, order_id: UUID, body: Order) -> Receipt:
    """Place an order."""
    return Receipt(order_id=order_id, placed_at=context.now, first_address=next(iter(body.addresses), None))


@operation(access=anyone, method="GET", path="/latest")
async def latest(context: Context, page_size: int = number(min=1, max=50, default=10)) -> Page[Parcel]:
    """Give what came last."""
    return await context[Parcel].list(sort="-created_at", limit=page_size)


@operation(access=anyone, method="GET", path="/counts")
async def counts(context: Context) -> dict[str, int]:
    """Count what there is."""
    return {"parcels": 1}


@operation(access=anyone, method="GET", path="/remarks")
async def remarks(context: Context) -> Html:
    """Show a page."""
    return html("<p>{name}</p>", name="<remark>")


@operation(access=admin, method="DELETE", path="/everything")
async def clear(context: Context, sure: bool) -> None:
    """Do nothing, if one is sure."""


def told(failure: Failure) -> Reply[dict[str, list[str]]]:
    """Say a failure in an older way."""
    return Reply({each.field or "body": [each.message] for each in failure.details} or {"body": [failure.message]})


OPERATIONS: tuple[Any, ...] = (place, latest, counts, remarks, clear)
DRESS = Style(scheme="Token", cookie="desk_session", envelope="data", naming="camelCase", error=told)


def desk(style: Style | None = None, budget: Budget | None = None) -> App:
    """Give the app, made anew."""
    return App(Clerk, Parcel, *OPERATIONS, title="Desk", description="What is sent to whom.", style=style, budget=budget)
