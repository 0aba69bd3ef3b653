"""A shop: merchants offer products, anyone fills a cart and buys, and the last one is sold once. This file is all of it."""

import csv
import io
import json as notation
import secrets
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from kingpost import (
    Access,
    Account,
    App,
    Budget,
    Context,
    Cookie,
    Data,
    Detail,
    Lists,
    Page,
    PasswordPolicy,
    Refused,
    Reply,
    Resource,
    Style,
    Unique,
    Upload,
    actor,
    anyone,
    before,
    created,
    decimal,
    email,
    json,
    key,
    number,
    operation,
    owner,
    ref,
    signed_in,
    text,
    upload,
)

SELL: Final = "UPDATE products SET stock = stock - :quantity WHERE id = :product AND stock >= :quantity RETURNING id"
MONTH = 30 * 24 * 3_600
MOST_PICKS = 50
MOST_PRODUCTS, MOST_STOCK, MOST_TOLD = 500, 1_000_000, 100
COLUMNS = ["code", "name", "price", "stock"]


# ------------------------------------------------------------------------------------------------------- what is kept


class Merchant(Account, table="merchants"):
    """Someone who sells."""

    id: UUID = key()
    name: str = text(min=1, max=100)

    password = PasswordPolicy(min=8)
    access = Access(create=anyone, read=anyone.fields("id", "name") | owner())


class Product(Resource, table="products"):
    """Something to buy, for as long as there is any."""

    id: UUID = key()
    merchant: Merchant = ref(default=actor)
    code: str = text(min=1, max=40)
    name: str = text(min=1, max=200)
    price: Decimal = decimal(precision=10, scale=2)
    stock: int = number(min=0, max=MOST_STOCK)

    access = Access(read=anyone, create=signed_in & owner("merchant"), update=owner("merchant"), delete=owner("merchant"))
    lists = Lists("name", "merchant_id name", search=("name",))
    unique = Unique("merchant", "code")

    @before("create", "update")
    @staticmethod
    async def priced(context: Context, values: dict[str, Any]) -> dict[str, Any]:
        """Let nobody be paid for buying."""
        if values.get("price", 0) < 0:
            raise Refused("invalid", "Must be at least 0", field="price")
        return values


class Cart(Resource, table="carts", served=False):
    """What somebody may buy, found by its token alone: no address but /cart leads to it."""

    id: UUID = key()
    token: str = text(max=22, unique=True)

    access = Access(create=anyone, read=anyone, delete=anyone)


class Pick(Resource, table="picks", served=False):
    """So many of a product, in a cart."""

    id: UUID = key()
    cart: Cart = ref(on_delete="cascade")
    product: Product = ref(on_delete="cascade")
    quantity: int = number(min=1, max=1_000)

    access = Access(create=anyone, read=anyone, update=anyone, delete=anyone)
    lists = Lists("cart_id id", "cart_id product_id id", most=MOST_PICKS)
    unique = Unique("cart", "product")


class Order(Resource, table="orders", served=False):
    """What was bought of one merchant, at the prices of that moment; nobody may change it."""

    id: UUID = key()
    token: str = text(max=22, unique=True)
    merchant: Merchant = ref()
    email: str = email()
    lines: Any = json()
    cost: Decimal = decimal()
    at: datetime = created()

    access = Access(create=anyone, read=owner("merchant"))
    lists = Lists("-at")


class Line(Data):
    """So many of a product, and what one of them costs."""

    product: UUID
    name: str
    price: Decimal
    quantity: int


class Basket(Data):
    """What is in a cart, and what it costs."""

    lines: list[Line]
    total: Decimal


class Receipt(Data):
    """What a buyer keeps of an order: its link is /receipts/{token}."""

    token: str
    lines: list[Line]
    total: Decimal


# ---------------------------------------------------------------------------------------------------- merchants


@operation(access=anyone, path="/sign-in")
async def enter(context: Context, email: str, password: str) -> Reply[None]:
    """Sign in, for as long as a token lasts."""
    token = await context.sign_in(email, password)
    return Reply(None, cookies=(Cookie("session", token["access_token"], age=token["expires_in"]),))


@operation(access=anyone, path="/sign-out")
async def leave() -> Reply[None]:
    """Sign out."""
    return Reply(None, cookies=(Cookie("session", age=0),))


def lines(file: Upload) -> Iterator[tuple[int, list[str]]]:
    """Give what stands in the lines of a file of comma-separated values (RFC 4180), below the names of the columns."""
    try:
        reader = csv.reader(io.StringIO(file.content.decode("utf-8-sig"), newline=""), strict=True)
        if next(reader, None) != COLUMNS:
            raise Refused("invalid", f"The first line must be {','.join(COLUMNS)}", field="file")
        yield from ((reader.line_num, cells) for cells in reader if cells)
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refused("invalid", f"Can not be read: {error}", field="file") from error


@operation(access=signed_in, path="/products/import", transaction=True)
async def take(context: Context, file: Upload = upload(max=1_000_000)) -> int:
    """Add the products in a file: all of them or, where any line has mistakes, none; every mistake is told with its line."""
    wrong: list[Detail] = []
    added = 0
    for line, cells in lines(file):
        try:
            if len(cells) != len(COLUMNS):
                raise Refused("invalid", f"Must have {len(COLUMNS)} values")
            code, name, price, stock = cells
            known = int(stock) if stock.isdecimal() and len(stock) <= len(str(MOST_STOCK)) else stock
            await context[Product].create(code=code, name=name, price=price, stock=known)
            added += 1
        except Refused as refused:
            failure = refused.failure
            told = failure.details if failure.kind == "invalid" and failure.details else [Detail("", failure.message)]
            wrong += [Detail(f"line {line}.{each.field}".strip("."), each.message) for each in told]
        if added > MOST_PRODUCTS or len(wrong) > MOST_TOLD:
            raise Refused("invalid", f"Send {MOST_PRODUCTS} products at most, and look at these lines first", *wrong)
    if wrong:
        raise Refused("invalid", "Nothing was added", *wrong)
    return added


@operation(access=signed_in, method="GET", path="/orders")
async def orders(context: Context, limit: int = number(min=1, max=100, default=20), after: str = "") -> Page[Order]:
    """Give a merchant's own orders, the latest first: the rule of orders shows no others."""
    return await context[Order].list(sort="-at", limit=limit, after=after)


# ------------------------------------------------------------------------------------------------------- buyers


async def shown(context: Context) -> Cart | None:
    """Give the cart whose token the caller shows."""
    return await context[Cart].find(token=context.cookies.get("cart", ""))


async def picked(context: Context, cart: Cart | None) -> list[Pick]:
    """Give what is in a cart."""
    include = ("product", "product.merchant")
    return (await context[Pick].list(cart_id=cart.id, sort="id", limit=MOST_PICKS, include=include)).items if cart else []


def counted(picks: list[Pick]) -> Basket:
    """Say what these picks cost."""
    lines = [
        Line(product=each.product.id, name=each.product.name, price=each.product.price, quantity=each.quantity)
        for each in picks
    ]
    return Basket(lines=lines, total=sum((line.price * line.quantity for line in lines), Decimal("0.00")))


@operation(access=anyone, method="GET", path="/cart")
async def look(context: Context) -> Basket:
    """Show what is in the caller's cart."""
    return counted(await picked(context, await shown(context)))


@operation(access=anyone, method="PUT", path="/cart/{product}", transaction=True)
async def pick(context: Context, product: UUID, quantity: int = number(min=0, max=1_000)) -> Reply[Basket]:
    """Put so many of a product into the caller's cart, or take it out with none."""
    cart = await shown(context) or await context[Cart].create(token=secrets.token_urlsafe(16))
    found = (await context[Pick].list(cart_id=cart.id, product_id=product, sort="id")).items
    if found and quantity:
        await context[Pick].update(found[0].id, quantity=quantity)
    elif found:
        await context[Pick].delete(found[0].id)
    elif quantity:
        await context[Pick].create(cart=cart, product=await context[Product].get(product), quantity=quantity)
    picks = await picked(context, cart)
    if len(picks) == MOST_PICKS:
        raise Refused("CART_FULL", f"A cart holds fewer than {MOST_PICKS} products")
    return Reply(counted(picks), cookies=(Cookie("cart", cart.token, age=MONTH),))


@operation(access=anyone, path="/checkout", status=201, transaction=True)
async def checkout(context: Context, total: Decimal, email: str = email()) -> Reply[list[Receipt]]:
    """Buy what is in the caller's cart, at the price that the caller has seen: all of it or, if anything is gone, nothing."""
    cart = await shown(context)
    picks = await picked(context, cart)
    basket = counted(picks)
    if not cart or not picks:
        raise Refused("CART_EMPTY", "There is nothing in the cart")
    if basket.total != total:
        raise Refused("PRICE_CHANGED", f"It is {basket.total} now", field="total")
    for each in picks:
        sold = await context.sql(SELL, product=each.product.id, quantity=each.quantity)
        if not sold:
            raise Refused("OUT_OF_STOCK", f"There are not {each.quantity} left of {each.product.name}", field="lines")
    receipts: list[Receipt] = []
    for merchant, bought in groupby(sorted(picks, key=by_merchant), by_merchant):
        part = counted(list(bought))
        kept = [
            {"product": str(each.product), "name": each.name, "price": str(each.price), "quantity": each.quantity}
            for each in part.lines
        ]
        token = secrets.token_urlsafe(16)
        await context[Order].create(token=token, merchant=merchant, email=email, lines=kept, cost=part.total)
        receipts.append(Receipt(token=token, lines=part.lines, total=part.total))
    await context[Cart].delete(cart.id)
    return Reply(receipts, cookies=(Cookie("cart", age=0),))


def by_merchant(pick: Pick) -> UUID:
    """Give whose product was picked."""
    return pick.product.merchant.id


@operation(access=anyone, method="GET", path="/receipts/{token}")
async def receipt(context: Context, token: str) -> Receipt:
    """Show an order to whoever has its link; no rule does, as the buyer is no one in particular."""
    found = await context.sql("SELECT lines, cost FROM orders WHERE token = :token", token=token)
    if not found:
        raise Refused("not_found", "There is no such receipt")
    bought = [Line(**each) for each in notation.loads(str(found[0]["lines"]))]
    return Receipt(token=token, lines=bought, total=Decimal(str(found[0]["cost"])).scaleb(-2))


app = App(
    Merchant, Product, Cart, Pick, Order, enter, leave, take, orders, look, pick, checkout, receipt,
    title="Shop", base="", budget=Budget(1_000), style=Style(cookie="session"),
)  # fmt: skip
