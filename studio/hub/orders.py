"""Orders: unpaid, paid, received, settled; void or clawback when they come back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from studio.core.clock import Clock
from studio.core.ids import new_id
from studio.hub import promotions, shelf
from studio.hub.database import Database
from studio.hub.errors import conflict, not_found
from studio.hub.happenings import Happenings, record
from studio.hub.rooms import find_room, open_room
from studio.hub.tables import orders
from studio.hub.wishes import OrderWish

Json = dict[str, Any]

NEXT_STATUS = {
    "pay": {"unpaid": "paid"},
    "receive": {"paid": "received"},
    "settle": {"received": "settled"},
    "return": {"unpaid": "void", "paid": "void", "received": "void", "settled": "clawback"},
}


class Orders:
    """The book of orders; its feed is by version, so that a later change is told too."""

    def __init__(self, database: Database, happenings: Happenings, clock: Clock) -> None:
        self._database = database
        self._happenings = happenings
        self._clock = clock

    def create(self, room_id: str, buyer_id: str, wish: OrderWish) -> Json:
        """Order at the pool's price, less a claimed coupon; raises 404, 409 ``out_of_stock`` or why the coupon does not fit."""
        with self._database.writing() as connection:
            open_room(connection, room_id)
            product = shelf.detail(connection, wish.product_id)
            price_fen = _price_with_stock(product, wish)
            total_fen, now_ms, order_id = price_fen * wish.quantity, self._clock.now_ms(), f"o{new_id()}"
            discount_fen = 0
            if wish.promotion_id is not None:
                goods = (wish.product_id, total_fen)
                discount_fen = promotions.use_coupon(connection, wish.promotion_id, buyer_id, goods, order_id, now_ms)
            shelf.take_stock(connection, wish.product_id, wish.sku_id, wish.quantity)
            connection.execute(
                insert(orders).values(
                    **wish.model_dump(),
                    order_id=order_id,
                    room_id=room_id,
                    buyer_id=buyer_id,
                    status="unpaid",
                    total_fen=total_fen,
                    paid_fen=0,
                    discount_fen=discount_fen,
                    created_at_ms=now_ms,
                    updated_at_ms=now_ms,
                    version=_next_version(connection, room_id),
                )
            )
            told = _told(connection, order_id, now_ms)
        self._happenings.bell.ring(room_id)
        return told

    def move(self, order_id: str, step: str, buyer_id: str | None) -> Json:
        """Pay, receive, settle or return; repeating a step that was done changes nothing, an impossible one is 409."""
        with self._database.writing() as connection:
            row = _find(connection, order_id)
            if buyer_id is not None and row.buyer_id != buyer_id:
                raise not_found("order of this buyer", order_id)
            steps = NEXT_STATUS[step]
            if row.status in steps.values():
                return _json(row)
            if row.status not in steps:
                raise conflict("wrong_status", f"an order that is {row.status} cannot {step}")
            now_ms = self._clock.now_ms()
            values = {"status": steps[row.status], "updated_at_ms": now_ms}
            values["version"] = _next_version(connection, row.room_id)
            if step == "pay":
                values["paid_fen"] = row.total_fen - row.discount_fen
            _act(connection, row, step)
            connection.execute(orders.update().where(orders.c.order_id == order_id).values(**values))
            told = _told(connection, order_id, now_ms)
        self._happenings.bell.ring(row.room_id)
        return told

    def get(self, order_id: str) -> Json:
        """One order; raises 404."""
        with self._database.reading() as connection:
            return _json(_find(connection, order_id))

    def page(self, room_id: str, since: int, limit: int) -> Json:
        """Orders changed after version ``since``, each once with its newest state."""
        with self._database.reading() as connection:
            find_room(connection, room_id)
            statement = select(orders).where(orders.c.room_id == room_id, orders.c.version > since)
            rows = connection.execute(statement.order_by(orders.c.version).limit(limit + 1)).all()
        items = [_json(row) for row in rows[:limit]]
        next_since = items[-1]["version"] if items else since
        return {"items": items, "next_since": next_since, "has_more": len(rows) > limit}


def _price_with_stock(product: Json, wish: OrderWish) -> int:
    offered: Json = product
    if wish.sku_id is not None:
        chosen = [sku for sku in product["skus"] if sku["id"] == wish.sku_id]
        if not chosen:
            raise not_found("sku", wish.sku_id)
        offered = chosen[0]
    if min(offered["stock"], product["stock"]) < wish.quantity:
        raise conflict("out_of_stock", "there is not enough of it left")
    return int(offered["price_fen"])


def _act(connection: Connection, row: Row[Any], step: str) -> None:
    if step == "pay" and row.promotion_id is not None:
        promotions.redeem(connection, row.promotion_id, row.discount_fen)
    if step == "return" and row.status == "unpaid":
        if row.promotion_id is not None:
            promotions.free_coupon(connection, row.promotion_id, row.order_id)
        shelf.put_back_stock(connection, row.product_id, row.sku_id, row.quantity)


def _find(connection: Connection, order_id: str) -> Row[Any]:
    row = connection.execute(select(orders).where(orders.c.order_id == order_id)).one_or_none()
    if row is None:
        raise not_found("order", order_id)
    return row


def _told(connection: Connection, order_id: str, now_ms: int) -> Json:
    order = _json(_find(connection, order_id))
    record(connection, order["room_id"], now_ms, "order", order=order)
    return order


def _json(row: Row[Any]) -> Json:
    return dict(row._mapping)


def _next_version(connection: Connection, room_id: str) -> int:
    last = connection.execute(select(func.max(orders.c.version)).where(orders.c.room_id == room_id)).scalar()
    return (last or 0) + 1
