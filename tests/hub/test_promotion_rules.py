"""Invariants of the promotion book under any order of claims, orders, closings and time."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.clock import ManualClock
from studio.hub.errors import HubError
from studio.hub.hub import Hub, HubOptions
from studio.hub.wishes import CouponWish, OrderWish, ProductWish, RedEnvelopeWish, RoomWish
from tests.hub.stage import coupon_wish, envelope_wish

BUYERS = ("a", "b", "c", "d")
DEEDS = st.lists(
    st.tuples(st.sampled_from(("claim", "order", "pay", "void", "wait")), st.sampled_from(BUYERS)), max_size=40
)


@settings(max_examples=25, deadline=None)
@given(total=st.integers(1, 6), per_buyer=st.integers(1, 3), amount_fen=st.integers(1, 5000), deeds=DEEDS)
def test_a_coupon_never_costs_more_than_its_budget(
    total: int, per_buyer: int, amount_fen: int, deeds: list[tuple[str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        clock = ManualClock()
        hub = Hub(HubOptions(folder=Path(folder)), clock)
        try:
            hub.shelf.put(
                "p", ProductWish(title="米", shop="店", category="粮油", price_fen=2000, list_price_fen=2000, stock=5)
            )
            room = hub.rooms.open(RoomWish(session_id="s", title="t")).room_id
            wish = CouponWish(**coupon_wish(total=total, per_buyer=per_buyer, amount_fen=amount_fen, valid_s=60))
            made = hub.promotions.create(room, "k", wish)
            claimed: Counter[str] = Counter()
            orders: list[tuple[str, str]] = []
            for deed, buyer in deeds:
                try:
                    if deed == "claim":
                        hub.promotions.claim(made["promotion_id"], buyer, "")
                        claimed[buyer] += 1
                    elif deed == "order":
                        order = OrderWish(product_id="p", promotion_id=made["promotion_id"])
                        orders.append((hub.orders.create(room, buyer, order)["order_id"], buyer))
                    elif deed == "wait":
                        clock.advance(7)
                    elif orders:
                        hub.orders.move(orders[-1][0], "pay" if deed == "pay" else "return", orders[-1][1])
                except HubError as refusal:
                    assert refusal.status in (409, 410)
            told = hub.promotions.get(made["promotion_id"])
            feed = hub.orders.page(room, 0, 100)["items"]
            assert told["claimed"] == sum(claimed.values()) <= total
            assert max(claimed.values(), default=0) <= per_buyer
            assert told["redeemed"] <= told["claimed"] and told["cost_fen"] <= told["budget_fen"]
            assert told["cost_fen"] == sum(
                order["discount_fen"] for order in feed if order["paid_fen"] or order["status"] == "paid"
            )
            held = [order for order in feed if order["status"] in ("unpaid", "paid")]
            assert hub.shelf.detail("p")["stock"] == 5 - len([o for o in feed if not _came_back(o)])
            assert len(held) <= 5
            assert all(0 <= order["discount_fen"] <= order["total_fen"] for order in feed)
        finally:
            hub.close()


def _came_back(order: dict[str, object]) -> bool:
    """Only an order that was never paid puts its goods back on the shelf at once."""
    return order["status"] == "void" and order["paid_fen"] == 0


@settings(max_examples=25, deadline=None)
@given(
    total_fen=st.integers(1, 10_000),
    share=st.integers(1, 40),
    mode=st.sampled_from(("random", "equal")),
    grabs=st.integers(0, 60),
)
def test_an_envelope_gives_exactly_what_is_in_it(total_fen: int, share: int, mode: str, grabs: int) -> None:
    count = min(total_fen, share)
    with tempfile.TemporaryDirectory() as folder:
        hub = Hub(HubOptions(folder=Path(folder)), ManualClock())
        try:
            room = hub.rooms.open(RoomWish(session_id="s", title="t")).room_id
            wish = RedEnvelopeWish(**envelope_wish(total_fen=total_fen, count=count, mode=mode))
            made = hub.promotions.create(room, "k", wish)
            amounts = []
            for n in range(grabs):
                try:
                    amounts.append(hub.promotions.claim(made["promotion_id"], f"b{n}", "")["amount_fen"])
                except HubError as refusal:
                    assert refusal.code == "sold_out"
            assert len(amounts) == min(grabs, count)
            told = hub.promotions.get(made["promotion_id"])
            assert told["cost_fen"] == sum(amounts) <= total_fen
            assert (sum(amounts) == total_fen) == (grabs >= count) or count > grabs
            assert (told["state"] == "ended") == (grabs >= count)
        finally:
            hub.close()
