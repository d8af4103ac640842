"""The rehearsal world: lively, honest with what there is, and not confused by a restart."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

from studio.hub.world.people import CROWD, GANG_SIZE, GANGS, REGULARS, gang_of, make_buyer, say
from tests.hub.stage import Client, served, wait_until


def orders_of(hub: Client, room_id: str) -> list[dict[str, Any]]:
    return list(hub.get(f"/v1/rooms/{room_id}/orders", limit=1000)["items"])


def feature(hub: Client, room_id: str, n: int) -> str:
    product_id = f"p{n:08d}"
    hub.post(f"/v1/rooms/{room_id}/feature", {"product_id": product_id})
    return product_id


def all_events(hub: Client, room_id: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    while page := hub.get(f"/v1/rooms/{room_id}/events", after=len(events), limit=1000)["items"]:
        events += page
    return events


def test_a_show_has_its_buyers(tmp_path: Path) -> None:
    with served(tmp_path, products=50, world_seed=7, speed=30.0) as hub:
        room_id = hub.open_room("s")["room_id"]
        path = f"/v1/rooms/{room_id}"
        wait_until(lambda: hub.get(path)["viewers"] >= 30, 20, "30 viewers")
        for n in range(1, 5):
            feature(hub, room_id, n)
            wait_until(lambda n=n: len(orders_of(hub, room_id)) >= 3 * n, 20, f"orders of product {n}")
        coupon = hub.coupon(room_id, "c", threshold_fen=0, total=12)["promotion_id"]
        wait_until(lambda: hub.get(f"/v1/promotions/{coupon}")["redeemed"] >= 2, 30, "redeemed coupons")
        envelope = hub.envelope(room_id, "e", total_fen=9999, count=90)["promotion_id"]
        wait_until(lambda: hub.get(f"/v1/promotions/{envelope}")["state"] == "ended", 20, "the emptied envelope")
        steps = {"paid", "received", "void", "settled"}
        wait_until(lambda: steps <= {event["order"]["status"] for event in told(hub, room_id, "order")}, 40, str(steps))
        events = all_events(hub, room_id)
        hub.post(f"{path}/close", {"seq": 1, "head": "h"})
        promotions = {one["promotion_id"]: one for one in hub.get(f"{path}/promotions")["items"]}
        orders = orders_of(hub, room_id)
    claims = [event for event in events if event["type"] == "claim"]
    grabbed = [claim["amount_fen"] for claim in claims if claim["promotion_id"] == envelope]
    assert (len(grabbed), sum(grabbed)) == (90, 9999)
    assert max(Counter((claim["promotion_id"], claim["buyer_id"]) for claim in claims).values()) == 1
    assert promotions[coupon]["claimed"] <= 12
    comments = [event["text"] for event in events if event["type"] == "comment"]
    assert len(comments) >= 20 and len(set(comments)) >= 10
    assert promotions[coupon]["cost_fen"] == sum(
        order["discount_fen"] for order in orders if order["paid_fen"] or order["status"] == "paid"
    )
    truth = json.loads((tmp_path / "world_truth.json").read_text())
    gangsters = {buyer for gang in truth["gangs"].values() for buyer in gang}
    brushed = {order["order_id"] for order in orders if order["buyer_id"] in gangsters}
    assert set(truth["brushed_orders"][room_id]) <= brushed and len(gangsters) == GANGS * GANG_SIZE
    assert not any("gang" in json.dumps(event) or "brush" in json.dumps(event) for event in events)


def told(hub: Client, room_id: str, kind: str) -> list[dict[str, Any]]:
    return [event for event in all_events(hub, room_id) if event["type"] == kind]


def test_after_a_restart_nobody_orders_the_same_product_again(tmp_path: Path) -> None:
    with served(tmp_path, products=20, world_seed=3, speed=30.0) as hub:
        room_id = hub.open_room("s")["room_id"]
        product_id = feature(hub, room_id, 1)
        wait_until(lambda: len(orders_of(hub, room_id)) >= 5, 20, "orders")
    with served(tmp_path, world_seed=3, speed=30.0) as hub:
        wait_until(lambda: hub.get(f"/v1/rooms/{room_id}")["viewers"] >= 30, 20, "the audience")
        wait_until(lambda: len(told(hub, room_id, "comment")) >= 40, 30, "40 comments")
        honest = [
            order["buyer_id"]
            for order in orders_of(hub, room_id)
            if order["product_id"] == product_id and gang_of(int(order["buyer_id"].partition("x")[2])) is None
        ]
        assert len(honest) == len(set(honest))
        feature(hub, room_id, 2)
        wait_until(
            lambda: any(o["product_id"] != product_id for o in orders_of(hub, room_id)), 20, "orders of the next"
        )


def test_the_parcels_of_a_closed_room_are_brought_to_their_end(tmp_path: Path) -> None:
    with served(tmp_path, products=20, world_seed=5, speed=200.0) as hub:
        room_id = hub.open_room("s")["room_id"]
        feature(hub, room_id, 3)
        wait_until(lambda: len(orders_of(hub, room_id)) >= 5, 20, "orders")
        hub.post(f"/v1/rooms/{room_id}/close", {"seq": 1, "head": "h"})
        ends = {"settled", "void"}
        wait_until(
            lambda: {order["status"] for order in orders_of(hub, room_id)} <= ends, 30, "all orders at their end"
        )


def test_a_fault_for_the_studio_is_not_used_up_by_buyers(tmp_path: Path) -> None:
    with served(tmp_path, products=5, world_seed=5, speed=20.0, has_faults=True) as hub:
        hub.post("/v1/faults", {"path": "/comments$", "mode": "status_500"})
        room_id = hub.open_room("s")["room_id"]
        wait_until(lambda: told(hub, room_id, "comment"), 20, "a comment")
        assert hub.get("/v1/faults")["armed"] == 1


def test_buyers_follow_from_the_seed() -> None:
    buyers = [make_buyer(7, index) for index in range(CROWD)]
    assert buyers == [make_buyer(7, index) for index in range(CROWD)]
    assert len({buyer.buyer_id for buyer in buyers}) == CROWD
    assert sum(buyer.gang is not None for buyer in buyers) == GANGS * GANG_SIZE
    assert all(buyer.gang is None for buyer in buyers[REGULARS:])
    assert make_buyer(8, 0) != buyers[0]


def test_buyers_ask_for_what_there_is() -> None:
    lipstick = {"skus": [{"name": "1号色正红"}, {"name": "2号色豆沙"}], "category": "美妆/口红"}
    asked = {say(random.Random(n), "choice", lipstick) for n in range(60)}
    assert "想看1号色" in asked and all(re.search("[12]号色", text) for text in asked)
    assert all("{" not in say(random.Random(n), None, product) for n in range(200) for product in (lipstick, None))
    assert not {say(random.Random(n), "quality", lipstick) for n in range(60)} & {"甜不甜", "孩子能吃吗"}
