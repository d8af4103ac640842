"""The hub (选品中台) as a platform."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from studio.core.goods import Product
from studio.desk.ports import (
    CouponWish,
    OrderPage,
    PlatformError,
    PoolChanges,
    PoolPage,
    PromotionReceipt,
    RedEnvelopeWish,
    Room,
    RoomEvents,
)
from studio.platforms import hub_wire
from studio.platforms.client import Call, HttpClient, segment
from studio.platforms.reading import Garbage, Reader
from studio.platforms.refusals import garbage

T = TypeVar("T")


class HubPlatform:
    """Every ability of ``desk.ports`` over the hub's HTTP wire; thread-safe, blocking, raises PlatformError only.

    A call lasts ``timeout_s`` at most (a long poll: its wait more).
    """

    def __init__(self, base_url: str, token: str, timeout_s: float = 8.0) -> None:
        self._client = HttpClient(base_url, token, timeout_s)

    def __repr__(self) -> str:
        return f"HubPlatform({self._client.base_url!r})"

    @property
    def pool_name(self) -> str:
        """What this hub's pool is called: another address is another pool, as far as anyone can tell."""
        return self._client.base_url

    def close(self) -> None:
        """Close the idle connections."""
        self._client.close()

    def list_pool(self, cursor: str | None, limit: int) -> PoolPage:
        """A page of at most 1,000 products; unreadable rows are in ``bad`` of the page (``hub_wire.ReadPage``)."""
        query: dict[str, str | int | float] = {"limit": limit} if cursor is None else {"limit": limit, "cursor": cursor}
        return self._read("/v1/pool/products", hub_wire.pool_page, query)

    def pool_changes(self, since: int, limit: int) -> PoolChanges:
        """What changed after ``since``; raises PlatformError with code ``horizon`` when that is too long ago."""
        return self._read("/v1/pool/changes", hub_wire.pool_changes, {"since": since, "limit": limit})

    def pool_size(self) -> int:
        """How many products the pool has now."""
        return self._read("/v1/info", lambda answer: Reader(answer).integer("products"))

    def product(self, product_id: str) -> Product:
        """One product with its choices."""
        path = f"/v1/pool/products/{segment(product_id)}"
        return self._read(path, lambda answer: hub_wire.product(Reader(answer)))

    def picture(self, product_id: str) -> bytes:
        """The product's picture as the platform sends it, unchecked."""
        return self._client.content(Call(method="GET", path=f"/v1/pool/products/{segment(product_id)}/picture"))

    def open_room(self, session_id: str, title: str) -> Room:
        """Open the session's room, or get the one it has with its newest push address."""
        call = Call(method="POST", path="/v1/rooms", body={"session_id": session_id, "title": title}, key=session_id)
        return self._parsed(call, hub_wire.room)

    def witness(self, room_id: str, seq: int, head: str) -> None:
        """Leave the head of the as-run chain with the hub."""
        self._post_head(f"/v1/rooms/{segment(room_id)}/witness", seq, head)

    def witnesses(self, room_id: str) -> Sequence[tuple[int, str]]:
        """The heads that were left, oldest first."""
        return self._read(f"/v1/rooms/{segment(room_id)}/witness", hub_wire.witnesses)

    def close_room(self, room_id: str, seq: int, head: str) -> None:
        """Close the room; closing again changes nothing."""
        self._post_head(f"/v1/rooms/{segment(room_id)}/close", seq, head)

    def ingest(self, room_id: str) -> dict[str, Any]:
        """What the hub received of the push."""
        return self._read(f"/v1/rooms/{segment(room_id)}/ingest", hub_wire.ingest)

    def feature(self, room_id: str, product_id: str | None) -> int:
        """Pin a product, or none; returns when, in ms."""
        call = Call(method="POST", path=f"/v1/rooms/{segment(room_id)}/feature", body={"product_id": product_id})
        return self._parsed(call, lambda answer: Reader(answer).integer("featured_at_ms"))

    def create_coupon(self, room_id: str, key: str, wish: CouponWish) -> PromotionReceipt:
        """Create a coupon; sent once, never repeated here."""
        body = {
            "name": wish.name,
            "product_id": wish.product_id,
            "threshold_fen": wish.threshold.fen,
            "amount_fen": wish.amount.fen,
            "total": wish.total,
            "per_buyer": wish.per_buyer,
            "valid_s": wish.valid_s,
            "not_after_ms": wish.not_after_ms,
        }
        return self._create(f"/v1/rooms/{segment(room_id)}/coupons", key, body)

    def create_red_envelope(self, room_id: str, key: str, wish: RedEnvelopeWish) -> PromotionReceipt:
        """Create a red envelope; sent once, never repeated here."""
        body = {
            "name": wish.name,
            "total_fen": wish.amount.fen,
            "count": wish.count,
            "mode": wish.mode,
            "valid_s": wish.valid_s,
            "not_after_ms": wish.not_after_ms,
        }
        return self._create(f"/v1/rooms/{segment(room_id)}/red_envelopes", key, body)

    def close_promotion(self, promotion_id: str) -> PromotionReceipt:
        """Close a promotion; closing again changes nothing."""
        call = Call(method="POST", path=f"/v1/promotions/{segment(promotion_id)}/close", is_repeatable=True)
        return self._parsed(call, hub_wire.receipt)

    def find_promotion(self, key: str) -> PromotionReceipt | None:
        """What became of a create; None only when the hub itself says, in its own words, that it knows no such key."""
        path = f"/v1/promotions/by_key/{segment(key)}"
        try:
            found = self._read(path, hub_wire.receipt)
        except PlatformError as error:
            if error.code == "not_found":
                return None
            raise
        return self._of_key(found, key, path, is_unknown=False)

    def promotion(self, promotion_id: str) -> PromotionReceipt:
        """A promotion as it is now."""
        return self._read(f"/v1/promotions/{segment(promotion_id)}", hub_wire.receipt)

    def events(self, room_id: str, after: int, wait_s: float) -> RoomEvents:
        """What happened after ``after``; waits up to ``wait_s`` (20 at most) for something to happen."""
        waited_s = min(max(wait_s, 0.0), 20.0)
        call = Call(
            method="GET",
            path=f"/v1/rooms/{segment(room_id)}/events",
            query={"after": after, "wait_s": waited_s},
            extra_wait_s=waited_s,
        )
        return self._parsed(call, hub_wire.events)

    def orders(self, room_id: str, since: int, limit: int) -> OrderPage:
        """Orders that were made or changed after version ``since``."""
        path = f"/v1/rooms/{segment(room_id)}/orders"
        return self._read(path, hub_wire.order_page, {"since": since, "limit": limit})

    def _create(self, path: str, key: str, body: dict[str, Any]) -> PromotionReceipt:
        made = self._parsed(Call(method="POST", path=path, body=body, key=key), hub_wire.receipt)
        return self._of_key(made, key, path, is_unknown=True)

    def _of_key(self, found: PromotionReceipt, key: str, path: str, *, is_unknown: bool) -> PromotionReceipt:
        if found.key != key:
            raise garbage(self._client.base_url, path, "key", "another promotion's", is_unknown=is_unknown)
        return found

    def _post_head(self, path: str, seq: int, head: str) -> None:
        self._client.content(Call(method="POST", path=path, body={"seq": seq, "head": head}, is_repeatable=True))

    def _read(self, path: str, parse: Callable[[Any], T], query: dict[str, str | int | float] | None = None) -> T:
        return self._parsed(Call(method="GET", path=path, query=query or {}), parse)

    def _parsed(self, call: Call, parse: Callable[[Any], T]) -> T:
        try:
            return parse(self._client.json(call))
        except Garbage as error:
            is_unknown = not call.is_read
            url = self._client.base_url
            raise garbage(url, call.path, error.field, error.reason, is_unknown=is_unknown) from error
