"""A shop as its merchants and buyers see it, with pytest or unittest. Beside your own app.py: `from app import app`."""

import unittest
from typing import Any

from examples.shop.app import app
from kingpost.testing import Answer, Client


def merchant(client: Client, name: str) -> Client:
    """Give the browser of a merchant who has signed in."""
    account = {"email": f"{name.lower()}@example.com", "password": "SecurePass123!"}
    client.post("/merchants", account | {"name": name})
    browser = client.as_(None)
    answer = browser.post("/sign-in", account)
    assert answer.status == 204, answer
    return browser


def offer(seller: Client, name: str, price: str, stock: int) -> str:
    """Offer a product and give its id."""
    answer = seller.post("/products", {"code": name, "name": name, "price": price, "stock": stock})
    assert answer.status == 201, answer
    return str(answer.body["id"])


def imported(seller: Client, *lines: str) -> Answer:
    """Send a file of products."""
    content = "\r\n".join(["code,name,price,stock", *lines]).encode()
    return seller.post("/products/import", files={"file": ("products.csv", content, "text/csv")})


class Shop(unittest.TestCase):
    """A merchant who sells nails and saws, and a buyer."""

    def setUp(self) -> None:
        self.client = Client(app)
        self.addCleanup(self.client.close)
        self.seller, self.buyer = merchant(self.client, "Ada"), self.client.as_(None)
        self.nail, self.saw = offer(self.seller, "nail", "0.10", 100), offer(self.seller, "saw", "19.99", 3)

    def stock(self) -> dict[str, int]:
        """Say what is left of everything."""
        return {each["name"]: each["stock"] for each in self.client.get("/products").body["items"]}

    def fill(self, nails: int, saws: int) -> Any:
        """Fill the buyer's cart and give what is in it."""
        self.buyer.put(f"/cart/{self.nail}", {"quantity": nails})
        return self.buyer.put(f"/cart/{self.saw}", {"quantity": saws}).body

    def test_a_cart_is_filled_and_changed_and_sums_up_exactly(self) -> None:
        self.assertEqual(self.buyer.get("/cart").body, {"lines": [], "total": "0.00"})
        self.assertEqual(self.fill(nails=3, saws=2)["total"], "40.28")
        self.assertEqual(self.fill(nails=7, saws=0)["total"], "0.70")
        nail = {"product": self.nail, "name": "nail", "price": "0.10", "quantity": 7}
        self.assertEqual(self.buyer.get("/cart").body, {"lines": [nail], "total": "0.70"})
        self.assertEqual(self.client.get("/cart").body["lines"], [])  # that of anyone else

    def test_who_buys_has_a_receipt_and_the_merchant_an_order(self) -> None:
        basket = self.fill(nails=10, saws=1)
        answer = self.buyer.post("/checkout", {"email": "buyer@example.com", "total": "20.99"})
        self.assertEqual(answer.status, 201)
        (receipt,) = answer.body
        self.assertEqual((receipt["lines"], receipt["total"]), (basket["lines"], "20.99"))
        self.assertEqual(self.client.get(f"/receipts/{receipt['token']}").body, receipt)
        self.assertEqual(self.stock(), {"nail": 90, "saw": 2})
        self.assertEqual(self.buyer.get("/cart").body["lines"], [])
        (order,) = self.seller.get("/orders").body["items"]
        self.assertEqual((order["email"], order["cost"]), ("buyer@example.com", "20.99"))

    def test_what_is_gone_is_not_sold_and_nothing_else_is_either(self) -> None:
        self.fill(nails=10, saws=4)
        with self.client.unchanged():
            answer = self.buyer.post("/checkout", {"email": "buyer@example.com", "total": "80.96"})
        self.assertEqual((answer.status, answer.error["code"]), (409, "OUT_OF_STOCK"))
        self.assertEqual(answer.message, "There are not 4 left of saw")

    def test_nobody_pays_another_price_than_the_one_they_saw(self) -> None:
        self.fill(nails=10, saws=0)
        self.seller.patch(f"/products/{self.nail}", {"price": "0.11"})
        with self.client.unchanged():
            answer = self.buyer.post("/checkout", {"email": "buyer@example.com", "total": "1.00"})
        self.assertEqual((answer.status, answer.error["code"], answer.message), (409, "PRICE_CHANGED", "It is 1.10 now"))

    def test_a_merchant_sees_only_the_orders_that_are_theirs(self) -> None:
        other = merchant(self.client, "Bob")
        hammer = offer(other, "hammer", "12.50", 1)
        self.fill(nails=1, saws=0)
        self.buyer.put(f"/cart/{hammer}", {"quantity": 1})
        receipts = self.buyer.post("/checkout", {"email": "buyer@example.com", "total": "12.60"}).body
        self.assertEqual(sorted(each["total"] for each in receipts), ["0.10", "12.50"])
        self.assertEqual([each["cost"] for each in self.seller.get("/orders").body["items"]], ["0.10"])
        self.assertEqual([each["cost"] for each in other.get("/orders").body["items"]], ["12.50"])
        self.assertEqual(self.buyer.get("/orders").status, 401)
        self.assertEqual(other.patch(f"/products/{self.nail}", {"price": "0.00"}).status, 403)

    def test_a_file_of_products_is_taken_whole(self) -> None:
        self.assertEqual(imported(self.seller, "h,Hammer,12.50,5", 'd,"Drill, ""big""",99.00,1').body, 2)
        self.assertEqual(self.stock(), {'Drill, "big"': 1, "Hammer": 5, "nail": 100, "saw": 3})

    def test_of_a_file_with_mistakes_nothing_is_taken_and_each_is_told_with_its_line(self) -> None:
        with self.client.unchanged():
            answer = imported(
                self.seller, "h,Hammer,12.50,5", "d,Drill,9.999,many", ",None,1,1", "h,Again,1,1", "x,y", "n,Nail,-1,1"
            )
        self.assertEqual(answer.status, 400)
        self.assertEqual(
            answer.details,
            {
                "line 3.price": "Must have at most 2 digits after the point",
                "line 3.stock": "Must be a whole number",
                "line 4.code": "Must have at least 1 character",
                "line 5": "Another product has this merchant_id and code",
                "line 6": "Must have 4 values",
                "line 7.price": "Must be at least 0",
            },
        )


if __name__ == "__main__":
    unittest.main()
