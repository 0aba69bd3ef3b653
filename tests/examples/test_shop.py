"""However many buy at once, what there is is sold once; and nobody finds what is not theirs."""

import json
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from examples.shop.app import MOST_PICKS, MOST_PRODUCTS, MOST_TOLD, app
from examples.shop.test_app import imported, merchant, offer
from kingpost.testing import Client
from tests.examples.at_once import at_once

JSON = "application/json"
BUYERS = 50


def filled(client: Client, product: str, quantity: int = 1) -> Client:
    """Give a buyer with so many of a product in the cart."""
    buyer = client.as_(None)
    answer = buyer.put(f"/cart/{product}", {"quantity": quantity})
    assert answer.status == 200, answer
    return buyer


def paying(buyer: Client, total: str) -> tuple[Client, str, bytes, str]:
    """Say what a buyer sends in the end."""
    return buyer, "/checkout", json.dumps({"email": "buyer@example.com", "total": total}).encode(), JSON


def left(client: Client) -> dict[str, int]:
    """Say what is left of everything."""
    return {each["name"]: each["stock"] for each in client.get("/products").body["items"]}


def test_of_fifty_who_buy_the_last_three_at_once_three_have_them() -> None:
    with Client(app) as client:
        seller = merchant(client, "Ada")
        saw = offer(seller, "saw", "19.99", 3)
        buyers = [filled(client, saw) for _ in range(BUYERS)]
        answers = at_once(client, [paying(each, "19.99") for each in buyers])
        assert sorted(each.status for each in answers) == [201] * 3 + [409] * (BUYERS - 3)
        assert {each.error["code"] for each in answers if each.status == 409} == {"OUT_OF_STOCK"}
        assert left(client) == {"saw": 0}
        orders = seller.get("/orders?limit=100").body["items"]
        assert sorted(each["token"] for each in orders) == sorted(
            each.body[0]["token"] for each in answers if each.status == 201
        )
        for buyer, answer in zip(buyers, answers, strict=True):
            assert len(buyer.get("/cart").body["lines"]) == (0 if answer.status == 201 else 1)


def test_who_sends_the_same_order_many_times_at_once_buys_once() -> None:
    with Client(app) as client:
        seller = merchant(client, "Ada")
        buyer = filled(client, offer(seller, "saw", "19.99", 30), 2)
        answers = at_once(client, [paying(buyer, "39.98")] * 10)
        assert sorted(each.status for each in answers) == [201] + [409] * 9
        assert {each.error["code"] for each in answers if each.status == 409} == {"CART_EMPTY"}
        assert left(client) == {"saw": 28}
        assert len(seller.get("/orders").body["items"]) == 1


def test_an_order_that_is_sent_again_under_its_name_is_answered_as_it_was() -> None:
    with Client(app) as client:
        buyer = filled(client, offer(merchant(client, "Ada"), "saw", "19.99", 3))
        named = {"idempotency-key": "order-1", "cookie": buyer.cookies.header()["cookie"]}
        first = buyer.post("/checkout", {"email": "buyer@example.com", "total": "19.99"}, named)
        second = buyer.post("/checkout", {"email": "buyer@example.com", "total": "19.99"}, named)
        assert (first.status, second.status, second.body) == (201, 201, first.body)
        assert second.headers["idempotency-replayed"] == "true"
        assert left(client) == {"saw": 2}


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.decimals("0.00", "9999999.99", places=2), st.integers(1, 1_000)), min_size=1, max_size=6))
def test_what_is_paid_is_exactly_the_sum(picks: list[tuple[Decimal, int]]) -> None:
    with Client(app) as client:
        seller, buyer = merchant(client, "Ada"), client.as_(None)
        for at, (price, quantity) in enumerate(picks):
            assert buyer.put(f"/cart/{offer(seller, str(at), str(price), quantity)}", {"quantity": quantity}).status == 200
        total = sum((price * quantity for price, quantity in picks), Decimal())
        assert buyer.get("/cart").body["total"] == str(total)
        wrong = buyer.post("/checkout", {"email": "buyer@example.com", "total": str(total + Decimal("0.01"))})
        assert (wrong.status, wrong.error["code"]) == (409, "PRICE_CHANGED")
        (receipt,) = buyer.post("/checkout", {"email": "buyer@example.com", "total": str(total)}).body
        assert receipt["total"] == str(total)
        assert client.get(f"/receipts/{receipt['token']}").body == receipt
        assert set(left(client).values()) == {0}


def test_no_address_leads_to_carts_or_to_the_orders_of_others() -> None:
    with Client(app) as client:
        seller, other = merchant(client, "Ada"), merchant(client, "Bob")
        buyer = filled(client, offer(seller, "saw", "19.99", 3))
        (receipt,) = buyer.post("/checkout", {"email": "buyer@example.com", "total": "19.99"}).body
        (order,) = seller.get("/orders").body["items"]
        with client.unchanged():
            for browser in (client, buyer, other, seller):
                for path in ("/carts", "/picks", f"/orders/{order['id']}", f"/carts/{order['id']}", "/orders/batch"):
                    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                        assert browser.request(method, path, {"cost": "0.00"}).status in (401, 404, 405), (method, path)
            assert other.get("/orders").body == {"items": [], "next": None}
            assert client.get(f"/receipts/{order['id']}").status == 404
            assert client.get("/receipts/%25").status == client.get("/receipts/x").status == 404
        assert len(receipt["token"]) == 22  # 128 bits
        assert receipt["token"] not in client.get("/openapi.json").text


@pytest.mark.parametrize("token", ["", "x", "x" * 4_000, "'; DROP TABLE carts; --", "%00", "\xff", '"', "a=b"])
def test_a_token_that_is_none_leads_to_an_empty_cart(token: str) -> None:
    with Client(app) as client, client.unchanged():
        answer = client.get("/cart", {"cookie": f"cart={token}"})
        assert (answer.status, answer.body) == (200, {"lines": [], "total": "0.00"})


def test_a_cart_is_full_at_some_point() -> None:
    with Client(app) as client:
        seller, buyer = merchant(client, "Ada"), client.as_(None)
        assert imported(seller, *(f"{at},Product {at},1.00,5" for at in range(MOST_PICKS))).body == MOST_PICKS
        products = [each["id"] for each in client.get("/products?limit=100").body["items"]]
        answers = [buyer.put(f"/cart/{each}", {"quantity": 1}) for each in products]
        assert [each.status for each in answers] == [200] * (MOST_PICKS - 1) + [409]
        assert answers[-1].error["code"] == "CART_FULL"
        assert len(buyer.get("/cart").body["lines"]) == MOST_PICKS - 1


def test_nobody_sells_or_asks_for_less_than_nothing() -> None:
    with Client(app) as client:
        seller = merchant(client, "Ada")
        saw = offer(seller, "saw", "19.99", 3)
        with client.unchanged():
            assert seller.patch(f"/products/{saw}", {"price": "-1.00"}).details == {"price": "Must be at least 0"}
            assert seller.patch(f"/products/{saw}", {"stock": -1}).status == 400
            for quantity in (-1, 1_001, "1", 1.5, None):
                assert client.put(f"/cart/{saw}", {"quantity": quantity}).status == 400
            assert client.post("/checkout", {"email": "buyer@example.com", "total": "0.00"}).error["code"] == "CART_EMPTY"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The first line must be code,name,price,stock"),
        (b"name,code\n", "The first line must be code,name,price,stock"),
        (b"code,name,price,stock\n\xff,a,1,1\n", "Can not be read: "),
        (b'code,name,price,stock\na,"b,1,1\n', "Can not be read: unexpected end of data"),
        (b"code,name,price,stock\na," + b"x" * 140_000 + b",1,1\n", "Can not be read: field larger than field limit (131072)"),
    ],
)
def test_a_file_that_is_none_is_refused(content: bytes, message: str) -> None:
    with Client(app) as client:
        seller = merchant(client, "Ada")
        with client.unchanged():
            answer = seller.post("/products/import", files={"file": ("a.csv", content, "text/csv")})
        assert answer.status == 400
        assert answer.details["file"].startswith(message)


def test_a_file_may_have_a_mark_at_its_start_and_empty_lines_and_lines_in_its_texts() -> None:
    with Client(app) as client:
        seller = merchant(client, "Ada")
        content = '\ufeffcode,name,price,stock\n\na,"Two\nlines",1,1\n\nb,B,x,1\n'.encode()
        answer = seller.post("/products/import", files={"file": ("a.csv", content, "text/csv")})
        assert list(answer.details) == ["line 6.price"]
        answer = seller.post("/products/import", files={"file": ("a.csv", content.replace(b"x", b"2"), "text/csv")})
        assert answer.body == 2
        assert left(client) == {"B": 1, "Two\nlines": 1}


def test_the_largest_file_is_taken_in_time_and_a_larger_one_told_so() -> None:
    with Client(app) as client:
        seller = merchant(client, "Ada")
        rows = [f"{at},Product {at},1.00,5" for at in range(MOST_PRODUCTS + 1)]
        with client.unchanged():
            assert imported(seller, *rows).message.startswith(f"Send {MOST_PRODUCTS} products at most")
            assert len(imported(seller, *(["x,y,z"] * 5_000)).details) == MOST_TOLD + 1
        began = time.perf_counter()
        assert imported(seller, *rows[:-1]).body == MOST_PRODUCTS
        assert time.perf_counter() - began < 2


def test_only_a_merchant_adds_products_and_no_page_of_another_site_does_it_for_one() -> None:
    with Client(app) as client:
        seller = merchant(client, "Ada")
        sent: dict[str, Any] = {"file": ("a.csv", b"code,name,price,stock\na,A,1,1\n", "text/csv")}
        with client.unchanged():
            assert client.post("/products/import", files=sent).status == 401
            assert (
                seller.request("POST", "/products/import", files=sent, headers={"sec-fetch-site": "cross-site"}).status == 403
            )
            assert seller.post("/products", {"code": "a"}, {"origin": "https://evil.example"}).status == 403
