"""The hub's JSON as the frozen values of ``desk.ports``; the shapes are those of its OpenAPI document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from studio.core.goods import Product, Sku
from studio.desk.ports import (
    OrderPage,
    OrderState,
    OrderStatus,
    PoolChange,
    PoolChanges,
    PoolPage,
    PromotionReceipt,
    Room,
    RoomEvent,
    RoomEvents,
)
from studio.platforms.reading import Garbage, Reader
from studio.pool.sync import BadRow


@dataclass(frozen=True, kw_only=True)
class ReadPage(PoolPage):
    """A page of the listing and the rows of it that could not be read."""

    bad: tuple[BadRow, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReadChanges(PoolChanges):
    """A page of the change feed and the rows of it that could not be read."""

    bad: tuple[BadRow, ...] = ()


def product(reader: Reader) -> Product:
    """A product, with its choices where the answer has them."""
    return Product(
        id=reader.text("id", is_empty_ok=False),
        title=reader.text("title", is_empty_ok=False),
        shop=reader.text("shop"),
        category=reader.text("category"),
        price=reader.money("price_fen"),
        list_price=reader.money("list_price_fen"),
        commission_bp=reader.integer("commission_bp"),
        sales=reader.integer("sales"),
        stock=reader.integer("stock"),
        return_rate_bp=reader.integer_or_none("return_rate_bp"),
        selling_points=reader.texts("selling_points"),
        guarantees=reader.texts("guarantees"),
        skus=reader.objects("skus", _sku) if reader.has("skus") else (),
        version=reader.integer("version"),
    )


def _sku(reader: Reader) -> Sku:
    return Sku(
        id=reader.text("id", is_empty_ok=False),
        name=reader.text("name"),
        price=reader.money("price_fen"),
        stock=reader.integer("stock"),
    )


def pool_page(answer: Any) -> ReadPage:
    """A page of the listing; a row that cannot be read is told apart, the page's own fields must be right."""
    reader = Reader(answer)
    items, bad = [], []
    for path, value in reader.raw_list("items"):
        try:
            items.append(product(Reader(value, path)))
        except Garbage as error:
            bad.append(BadRow(id=_id_of(value), reason=str(error)))
    return ReadPage(
        items=tuple(items),
        bad=tuple(bad),
        next_cursor=reader.text_or_none("next_cursor"),
        version=reader.integer("version"),
    )


def pool_changes(answer: Any) -> ReadChanges:
    """A page of the change feed; a row that cannot be read is told apart."""
    reader = Reader(answer)
    items, bad = [], []
    for path, value in reader.raw_list("items"):
        try:
            items.append(_change(Reader(value, path)))
        except Garbage as error:
            bad.append(BadRow(id=_id_of(value), reason=str(error)))
    return ReadChanges(
        items=tuple(items),
        bad=tuple(bad),
        next_since=reader.integer("next_since"),
        has_more=reader.flag("has_more"),
        version=reader.integer("version"),
    )


def _change(reader: Reader) -> PoolChange:
    is_delete = reader.one_of("op", "upsert", "delete") == "delete"
    changed = None if is_delete else product(reader.child("product"))
    name = reader.text("id", is_empty_ok=False)
    if changed is not None and changed.id != name:
        raise Garbage("product.id", f"{changed.id[:40]!r} is not {name[:40]!r}")
    return PoolChange(version=reader.integer("version"), id=name, product=changed)


def _id_of(value: Any) -> str | None:
    name = value.get("id") if isinstance(value, dict) else None
    return name if isinstance(name, str) and name else None


def room(answer: Any) -> Room:
    """A room that was opened, with its push address and key."""
    reader = Reader(answer)
    return Room(
        room_id=reader.text("room_id", is_empty_ok=False),
        state=reader.one_of("state", "open", "live", "closed"),
        push_url=reader.text("push_url", is_empty_ok=False),
        push_key=reader.text("push_key", is_empty_ok=False),
    )


def witnesses(answer: Any) -> tuple[tuple[int, str], ...]:
    """The heads of the as-run chain that the hub keeps, oldest first."""
    return Reader(answer).objects("items", lambda one: (one.integer("seq"), one.text("head", is_empty_ok=False)))


def receipt(answer: Any) -> PromotionReceipt:
    """What the hub says of a promotion."""
    reader = Reader(answer)
    return PromotionReceipt(
        promotion_id=reader.text("promotion_id", is_empty_ok=False),
        key=reader.text("key", is_empty_ok=False),
        kind=reader.one_of("kind", "coupon", "red_envelope"),
        state=reader.one_of("state", "live", "closed", "ended"),
        total=reader.integer("total"),
        claimed=reader.integer("claimed"),
        redeemed=reader.integer("redeemed"),
        cost=reader.money("cost_fen"),
        created_at_ms=reader.integer("created_at_ms"),
        ends_at_ms=reader.integer("ends_at_ms"),
        was_replayed=reader.flag("replayed"),
    )


def events(answer: Any) -> RoomEvents:
    """A batch of the room's events; types that the desk does not follow are left out."""
    reader = Reader(answer)
    read = reader.objects("items", _event)
    return RoomEvents(items=tuple(one for one in read if one is not None), last_seq=reader.integer("last_seq"))


def _event(reader: Reader) -> RoomEvent | None:
    kind, seq, at_ms = reader.text("type"), reader.integer("seq"), reader.integer("at_ms")
    if kind == "viewers":
        return RoomEvent(seq=seq, at_ms=at_ms, type=kind, count=reader.integer("count"))
    if kind not in {"comment", "enter", "claim"}:
        return None
    buyer_id, nick = reader.text("buyer_id"), reader.text("nick")
    if kind == "enter":
        return RoomEvent(seq=seq, at_ms=at_ms, type=kind, buyer_id=buyer_id, nick=nick)
    if kind == "comment":
        return RoomEvent(seq=seq, at_ms=at_ms, type=kind, buyer_id=buyer_id, nick=nick, text=reader.text("text"))
    return RoomEvent(
        seq=seq,
        at_ms=at_ms,
        type=kind,
        buyer_id=buyer_id,
        nick=nick,
        promotion_id=reader.text("promotion_id", is_empty_ok=False),
        amount=reader.money("amount_fen"),
    )


def order_page(answer: Any) -> OrderPage:
    """A page of the order feed; one order that cannot be read spoils the page: money is not skipped."""
    reader = Reader(answer)
    return OrderPage(
        items=reader.objects("items", _order),
        next_since=reader.integer("next_since"),
        has_more=reader.flag("has_more"),
    )


def _order(reader: Reader) -> OrderState:
    return OrderState(
        order_id=reader.text("order_id", is_empty_ok=False),
        room_id=reader.text("room_id", is_empty_ok=False),
        product_id=reader.text("product_id", is_empty_ok=False),
        sku_id=reader.text_or_none("sku_id"),
        quantity=reader.integer("quantity", least=1),
        buyer_id=reader.text("buyer_id", is_empty_ok=False),
        status=OrderStatus(reader.one_of("status", *(status.value for status in OrderStatus))),
        total=reader.money("total_fen"),
        paid=reader.money("paid_fen"),
        discount=reader.money("discount_fen"),
        promotion_id=reader.text_or_none("promotion_id"),
        created_at_ms=reader.integer("created_at_ms"),
        updated_at_ms=reader.integer("updated_at_ms"),
        version=reader.integer("version"),
    )


def ingest(answer: Any) -> dict[str, Any]:
    """What the hub received of the push: counters checked, other fields as they came."""
    reader = Reader(answer)
    reader.one_of("state", "idle", "publishing")
    for name in ("connects", "refused", "frames_received", "frames_decoded", "decode_errors", "audio_frames", "bytes"):
        reader.integer(name)
    for name in ("bitrate_bps", "width", "height"):
        reader.integer(name)
    reader.integer_or_none("last_frame_at_ms")
    return dict(answer)
