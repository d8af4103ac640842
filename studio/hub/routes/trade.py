"""Promotions, claims and orders."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from studio.hub.hub import Hub
from studio.hub.routes.headers import REFUSALS, Buyer, Key
from studio.hub.wire import Claim, Order, OrderPage, Promotion, Promotions
from studio.hub.wishes import BuyerWish, CouponWish, OrderWish, RedEnvelopeWish


def routes(hub: Hub) -> APIRouter:
    """All paths that concern money."""
    router = APIRouter(prefix="/v1", responses=REFUSALS)
    _add_promotions(router, hub)
    _add_orders(router, hub)
    _add_steps(router, hub)
    return router


def _add_promotions(router: APIRouter, hub: Hub) -> None:
    @router.post("/rooms/{room_id}/coupons", response_model=Promotion, tags=["promotions"])
    def create_coupon(room_id: str, wish: CouponWish, key: Key) -> Any:
        return hub.promotions.create(room_id, key, wish)

    @router.post("/rooms/{room_id}/red_envelopes", response_model=Promotion, tags=["promotions"])
    def create_red_envelope(room_id: str, wish: RedEnvelopeWish, key: Key) -> Any:
        return hub.promotions.create(room_id, key, wish)

    @router.get("/rooms/{room_id}/promotions", response_model=Promotions, tags=["promotions"])
    def list_promotions(room_id: str) -> Any:
        hub.rooms.get(room_id)
        return {"items": hub.promotions.in_room(room_id)}

    @router.get("/promotions/by_key/{key:path}", response_model=Promotion, tags=["promotions"])
    def find_promotion(key: str) -> Any:
        return hub.promotions.by_key(key)

    @router.get("/promotions/{promotion_id}", response_model=Promotion, tags=["promotions"])
    def get_promotion(promotion_id: str) -> Any:
        return hub.promotions.get(promotion_id)

    @router.post("/promotions/{promotion_id}/close", response_model=Promotion, tags=["promotions"])
    def close_promotion(promotion_id: str) -> Any:
        return hub.promotions.close(promotion_id)

    @router.post("/promotions/{promotion_id}/claim", response_model=Claim, tags=["promotions"])
    def claim(promotion_id: str, wish: BuyerWish, buyer: Buyer) -> Any:
        return hub.promotions.claim(promotion_id, buyer, wish.nick)


def _add_orders(router: APIRouter, hub: Hub) -> None:
    @router.post("/rooms/{room_id}/orders", response_model=Order, tags=["orders"])
    def create_order(room_id: str, wish: OrderWish, buyer: Buyer) -> Any:
        return hub.orders.create(room_id, buyer, wish)

    @router.get("/rooms/{room_id}/orders", response_model=OrderPage, tags=["orders"])
    def list_orders(
        room_id: str,
        since: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> Any:
        return hub.orders.page(room_id, since, limit)

    @router.get("/orders/{order_id}", response_model=Order, tags=["orders"])
    def get_order(order_id: str) -> Any:
        return hub.orders.get(order_id)


def _add_steps(router: APIRouter, hub: Hub) -> None:
    @router.post("/orders/{order_id}/pay", response_model=Order, tags=["orders"])
    def pay(order_id: str, buyer: Buyer) -> Any:
        return hub.orders.move(order_id, "pay", buyer)

    @router.post("/orders/{order_id}/receive", response_model=Order, tags=["orders"])
    def receive(order_id: str, buyer: Buyer) -> Any:
        return hub.orders.move(order_id, "receive", buyer)

    @router.post("/orders/{order_id}/return", response_model=Order, tags=["orders"])
    def return_order(order_id: str, buyer: Buyer) -> Any:
        return hub.orders.move(order_id, "return", buyer)

    @router.post("/orders/{order_id}/settle", response_model=Order, tags=["orders"])
    def settle(order_id: str) -> Any:
        return hub.orders.move(order_id, "settle", None)
