"""What the desk asks of a platform: one Protocol per ability, and the parsed wire as frozen values.

Calls block and run in worker threads. They raise ``PlatformError`` only: ``is_unknown`` tells whether the platform may
have acted all the same (a timeout after the request left), which for money means *look it up, never repeat blindly*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, runtime_checkable

from studio.core.errors import UserError
from studio.core.goods import Product
from studio.core.money import Money


class PlatformError(UserError):
    """A platform that refused, failed or could not be understood; ``code`` is its own word for it."""

    def __init__(self, key: str, *, code: str = "", is_unknown: bool = False, **args: object) -> None:
        super().__init__(key, **args)
        self.code = code
        self.is_unknown = is_unknown


@dataclass(frozen=True, kw_only=True)
class PoolPage:
    """One page of the pool's listing; ``next_cursor`` is None on the last one."""

    items: tuple[Product, ...]
    next_cursor: str | None
    version: int


@dataclass(frozen=True, kw_only=True)
class PoolChange:
    """One entry of the change feed; a deleted product comes as a tombstone (``product`` is None)."""

    version: int
    id: str
    product: Product | None


@dataclass(frozen=True, kw_only=True)
class PoolChanges:
    """A page of the change feed."""

    items: tuple[PoolChange, ...]
    next_since: int
    has_more: bool
    version: int


@dataclass(frozen=True, kw_only=True)
class Room:
    """An open live room; the push key is a secret: never log it, never store it in show.sqlite.

    ``closes_after_s`` is how long the platform keeps a room that gets no picture."""

    room_id: str
    state: str
    push_url: str
    push_key: str
    closes_after_s: int = 60

    def __repr__(self) -> str:
        return f"Room(room_id={self.room_id!r}, state={self.state!r}, push_url={self.push_url!r}, push_key='••••')"


@dataclass(frozen=True, kw_only=True)
class CouponWish:
    """A coupon to be created (优惠券); nothing may be created after ``not_after_ms``."""

    name: str
    product_id: str | None
    threshold: Money
    amount: Money
    total: int
    per_buyer: int
    valid_s: int
    not_after_ms: int


@dataclass(frozen=True, kw_only=True)
class RedEnvelopeWish:
    """A red envelope to be created (红包); ``mode`` is ``random`` or ``equal``."""

    name: str
    amount: Money
    count: int
    mode: str
    valid_s: int
    not_after_ms: int


@dataclass(frozen=True, kw_only=True)
class PromotionReceipt:
    """What the platform says of a promotion."""

    promotion_id: str
    key: str
    kind: str
    state: str
    total: int
    claimed: int
    redeemed: int
    cost: Money
    created_at_ms: int
    ends_at_ms: int
    was_replayed: bool


class OrderStatus(Enum):
    """The canonical life of an order (notes: platforms, 2.8)."""

    UNPAID = "unpaid"
    PAID = "paid"
    RECEIVED = "received"
    SETTLED = "settled"
    VOID = "void"
    CLAWBACK = "clawback"


@dataclass(frozen=True, kw_only=True)
class OrderState:
    """An order as the platform's feed tells it."""

    order_id: str
    room_id: str
    product_id: str
    sku_id: str | None
    quantity: int
    buyer_id: str
    status: OrderStatus
    total: Money
    paid: Money
    discount: Money
    promotion_id: str | None
    created_at_ms: int
    updated_at_ms: int
    version: int


@dataclass(frozen=True, kw_only=True)
class OrderPage:
    """A page of the order feed."""

    items: tuple[OrderState, ...]
    next_since: int
    has_more: bool


@dataclass(frozen=True, kw_only=True)
class RoomEvent:
    """One thing that happened in the room; ``type`` is comment, enter, viewers or claim; unknown types are dropped by the
    adapter (orders come by their own feed, which also tells later changes)."""

    seq: int
    at_ms: int
    type: str
    buyer_id: str = ""
    nick: str = ""
    text: str = ""
    count: int = 0
    promotion_id: str = ""
    amount: Money = Money(0)


@dataclass(frozen=True, kw_only=True)
class RoomEvents:
    """A batch of the room's events."""

    items: tuple[RoomEvent, ...]
    last_seq: int


@runtime_checkable
class CanListPool(Protocol):
    """Gives out its product pool."""

    def list_pool(self, cursor: str | None, limit: int) -> PoolPage: ...

    def pool_changes(self, since: int, limit: int) -> PoolChanges:
        """Raises PlatformError with code ``horizon`` when ``since`` is too old: list again."""
        ...

    def picture(self, product_id: str) -> bytes: ...


@runtime_checkable
class CanOpenRoom(Protocol):
    """Opens and closes a live room; all calls may be repeated."""

    def open_room(self, session_id: str, title: str) -> Room: ...

    def witness(self, room_id: str, seq: int, head: str) -> None: ...

    def witnesses(self, room_id: str) -> Sequence[tuple[int, str]]: ...

    def close_room(self, room_id: str, seq: int, head: str) -> None: ...

    def ingest(self, room_id: str) -> dict[str, Any]: ...


@runtime_checkable
class CanFeature(Protocol):
    """Pins a product in the room (讲解)."""

    def feature(self, room_id: str, product_id: str | None) -> int: ...


@runtime_checkable
class CanPromote(Protocol):
    """Creates promotions; a create is sent once by this call and never retried inside it."""

    def create_coupon(self, room_id: str, key: str, wish: CouponWish) -> PromotionReceipt: ...

    def create_red_envelope(self, room_id: str, key: str, wish: RedEnvelopeWish) -> PromotionReceipt: ...

    def close_promotion(self, promotion_id: str) -> PromotionReceipt: ...

    def find_promotion(self, key: str) -> PromotionReceipt | None:
        """What became of a create with this idempotency key; None: the platform has never acted on it."""
        ...

    def promotion(self, promotion_id: str) -> PromotionReceipt: ...


@runtime_checkable
class CanFollowRoom(Protocol):
    """Tells what happens in the room."""

    def events(self, room_id: str, after: int, wait_s: float) -> RoomEvents: ...

    def orders(self, room_id: str, since: int, limit: int) -> OrderPage: ...
