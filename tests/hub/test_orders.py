"""Orders: coupons, stock, steps, and the feed that tells every change."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.hub.stage import Client, at_once


def put_product(hub: Client, product_id: str, **changes: Any) -> None:
    skus = [
        {"id": "1", "name": "5斤装", "price_fen": 2990, "stock": 6},
        {"id": "2", "name": "9斤装", "price_fen": 4990, "stock": 4},
    ]
    wish = {
        "title": "橙",
        "shop": "果园",
        "category": "水果/脐橙",
        "price_fen": 2990,
        "list_price_fen": 3990,
        "stock": 10,
    }
    assert hub.http.put(f"/v1/pool/products/{product_id}", json={**wish, "skus": skus, **changes}).status_code == 200


def order(hub: Client, room_id: str, buyer: str, status: int = 200, **wish: Any) -> Any:
    return hub.post(f"/v1/rooms/{room_id}/orders", {"product_id": room_id, **wish}, status, buyer=buyer)


def test_an_order_goes_its_way_and_the_feed_tells_each_change(hub: Client, room_id: str) -> None:
    put_product(hub, room_id)
    made = order(hub, room_id, "b", sku_id="2", quantity=2)
    assert (made["status"], made["total_fen"], made["paid_fen"], made["version"]) == ("unpaid", 9980, 0, 1)
    path = f"/v1/orders/{made['order_id']}"
    assert hub.post(f"{path}/receive", None, 409, buyer="b") == "wrong_status"
    assert hub.post(f"{path}/pay", None, 404, buyer="somebody") == "not_found"
    steps = [hub.post(f"{path}/{step}", None, buyer="b") for step in ("pay", "pay", "receive", "settle", "return")]
    assert [step["status"] for step in steps] == ["paid", "paid", "received", "settled", "clawback"]
    assert [step["version"] for step in steps] == [2, 2, 3, 4, 5]
    assert steps[0]["paid_fen"] == 9980
    assert hub.get(f"/v1/rooms/{room_id}/orders", since=0)["items"] == [steps[-1]] == [hub.get(path)]
    assert hub.get(f"/v1/rooms/{room_id}/orders", since=5) == {"items": [], "next_since": 5, "has_more": False}
    told = [event["order"]["status"] for event in hub.events(room_id) if event["type"] == "order"]
    assert told == ["unpaid", "paid", "received", "settled", "clawback"]


def test_the_feed_pages_by_version(hub: Client, room_id: str) -> None:
    put_product(hub, room_id)
    made = [order(hub, room_id, f"b{n}")["order_id"] for n in range(5)]
    hub.post(f"/v1/orders/{made[0]}/pay", None, buyer="b0")
    seen, since = [], 0
    while True:
        page = hub.get(f"/v1/rooms/{room_id}/orders", since=since, limit=2)
        seen += [item["order_id"] for item in page["items"]]
        since = page["next_since"]
        if not page["has_more"]:
            break
    assert seen == [*made[1:], made[0]]


def test_a_coupon_pays_once_and_only_where_it_fits(hub: Client, room_id: str) -> None:
    put_product(hub, room_id)
    put_product(hub, f"{room_id}-other")
    coupon = hub.coupon(room_id, f"{room_id}-k", product_id=room_id, threshold_fen=4000, amount_fen=500)["promotion_id"]
    envelope = hub.envelope(room_id, f"{room_id}-e")["promotion_id"]
    assert order(hub, room_id, "b", 409, quantity=2, promotion_id=coupon) == "not_claimed"
    hub.claim(coupon, "b")
    assert order(hub, room_id, "b", 409, promotion_id=coupon) == "below_threshold"
    assert (
        order(hub, room_id, "b", 409, product_id=f"{room_id}-other", quantity=2, promotion_id=coupon) == "other_product"
    )
    assert order(hub, room_id, "b", 409, quantity=2, promotion_id=envelope) == "not_a_coupon"
    assert order(hub, room_id, "b", 404, promotion_id="nothing") == "not_found"
    made = order(hub, room_id, "b", quantity=2, promotion_id=coupon)
    assert (made["total_fen"], made["discount_fen"]) == (5980, 500)
    assert order(hub, room_id, "b", 409, quantity=2, promotion_id=coupon) == "not_claimed"
    assert hub.get(f"/v1/promotions/{coupon}")["redeemed"] == 0
    assert hub.post(f"/v1/orders/{made['order_id']}/pay", None, buyer="b")["paid_fen"] == 5480
    told = hub.get(f"/v1/promotions/{coupon}")
    assert (told["redeemed"], told["cost_fen"]) == (1, 500)


def test_an_order_let_go_gives_coupon_and_goods_back(hub: Client, room_id: str) -> None:
    put_product(hub, room_id)
    coupon = hub.coupon(room_id, f"{room_id}-k")["promotion_id"]
    hub.claim(coupon, "b")
    made = order(hub, room_id, "b", sku_id="1", promotion_id=coupon)
    assert hub.get(f"/v1/pool/products/{room_id}")["stock"] == 9
    assert hub.post(f"/v1/orders/{made['order_id']}/return", None, buyer="b")["status"] == "void"
    product = hub.get(f"/v1/pool/products/{room_id}")
    assert (product["stock"], product["skus"][0]["stock"], product["sales"]) == (10, 6, 0)
    assert order(hub, room_id, "b", promotion_id=coupon)["discount_fen"] == 300


def test_an_order_may_be_let_go_after_its_product_was_delisted(hub: Client, room_id: str) -> None:
    put_product(hub, room_id)
    made = order(hub, room_id, "b")
    hub.http.delete(f"/v1/pool/products/{room_id}")
    assert hub.post(f"/v1/orders/{made['order_id']}/return", None, buyer="b")["status"] == "void"
    assert order(hub, room_id, "b", 404) == "not_found"


def test_nobody_gets_what_is_not_there(hub: Client, room_id: str) -> None:
    put_product(hub, room_id)

    def buy(n: int) -> int:
        wish = {"product_id": room_id, "sku_id": "2"}
        return hub.http.post(f"/v1/rooms/{room_id}/orders", json=wish, headers={"X-Buyer": f"b{n}"}).status_code

    assert Counter(at_once(20, buy)) == {200: 4, 409: 16}
    assert order(hub, room_id, "b", 409, sku_id="2") == "out_of_stock"
    assert order(hub, room_id, "b", 409, sku_id="1", quantity=7) == "out_of_stock"
    assert order(hub, room_id, "b", 404, sku_id="9") == "not_found"
    assert order(hub, room_id, "b", 422, quantity=0) == "invalid"
    assert hub.get(f"/v1/pool/products/{room_id}")["stock"] == 6
