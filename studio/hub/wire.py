"""What clients get. Money is ``_fen``, times are ``_ms`` since the epoch."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel


class ErrorDetail(BaseModel):
    """Why the hub refused; programs read ``code``."""

    code: str
    message: str


class ErrorAnswer(BaseModel):
    """Every answer that is not 2xx."""

    error: ErrorDetail


class HealthAnswer(BaseModel):
    """The hub answers."""

    ok: bool


class InfoAnswer(BaseModel):
    """What this hub is, its clock and its world."""

    name: str
    version: str
    now_ms: int
    world_speed: float
    products: int


class Product(BaseModel):
    """A product of the pool (商品)."""

    id: str
    title: str
    shop: str
    category: str
    price_fen: int
    list_price_fen: int
    commission_bp: int
    sales: int
    stock: int
    return_rate_bp: int | None
    selling_points: list[str]
    guarantees: list[str]
    version: int


class Sku(BaseModel):
    """One choice of a product (规格)."""

    id: str
    name: str
    price_fen: int
    stock: int


class ProductDetail(Product):
    """A product with its choices."""

    skus: list[Sku]
    description: str


class PoolPage(BaseModel):
    """A page of the listing; replay the change feed from the first page's ``version`` afterwards."""

    items: list[Product]
    next_cursor: str | None
    version: int


class PoolChange(BaseModel):
    """One change of the pool; a deleted product comes as a tombstone (``product`` is null)."""

    version: int
    op: Literal["upsert", "delete"]
    id: str
    product: Product | None


class PoolChanges(BaseModel):
    """A page of the change feed; go on from ``next_since``."""

    items: list[PoolChange]
    next_since: int
    has_more: bool
    version: int


class SearchPage(BaseModel):
    """A page of what was found, best first; ``strict``: every word is in the title, ``relaxed``: no title had them all."""

    items: list[Product]
    next_cursor: str | None
    total: int
    match: Literal["strict", "relaxed"]


class OpenedRoom(BaseModel):
    """An open room with its push address; the push key is a secret."""

    room_id: str
    state: Literal["open", "live", "closed"]
    push_url: str
    push_key: str
    opened_at_ms: int


class Room(BaseModel):
    """A live room (直播间)."""

    room_id: str
    session_id: str
    title: str
    state: Literal["open", "live", "closed"]
    viewers: int
    push_url: str
    featured_product_id: str | None
    featured_at_ms: int | None
    opened_at_ms: int
    closed_at_ms: int | None


class Witness(BaseModel):
    """A head of the as-run log as it was witnessed."""

    seq: int
    head: str
    at_ms: int


class Witnesses(BaseModel):
    """Everything witnessed, in the order it came."""

    items: list[Witness]


class Featured(BaseModel):
    """When the product was pinned (讲解)."""

    featured_at_ms: int


class Promotion(BaseModel):
    """A promotion (营销活动); ``live`` means that it can still be claimed."""

    promotion_id: str
    key: str
    kind: Literal["coupon", "red_envelope"]
    state: Literal["live", "closed", "ended"]
    name: str
    total: int
    claimed: int
    redeemed: int
    cost_fen: int
    budget_fen: int
    created_at_ms: int
    ends_at_ms: int
    replayed: bool


class Promotions(BaseModel):
    """All promotions of a room, oldest first."""

    items: list[Promotion]


class Claim(BaseModel):
    """What a buyer got (领取)."""

    promotion_id: str
    buyer_id: str
    position: int
    amount_fen: int
    at_ms: int


class Viewers(BaseModel):
    """How many buyers are in the room now."""

    viewers: int


class CommentAnswer(BaseModel):
    """A comment as it stands in the room's events."""

    comment_id: str
    seq: int


class Order(BaseModel):
    """An order (订单); ``version`` grows within its room with each change of an order."""

    order_id: str
    room_id: str
    product_id: str
    sku_id: str | None
    quantity: int
    buyer_id: str
    status: Literal["unpaid", "paid", "received", "settled", "void", "clawback"]
    total_fen: int
    paid_fen: int
    discount_fen: int
    promotion_id: str | None
    created_at_ms: int
    updated_at_ms: int
    version: int


class OrderPage(BaseModel):
    """A page of the order feed; go on from ``next_since``."""

    items: list[Order]
    next_since: int
    has_more: bool


class EventPage(BaseModel):
    """Events of a room; besides ``seq``, ``at_ms`` and ``type`` each type has its own fields."""

    items: list[dict[str, Any]]
    last_seq: int


class Ingest(BaseModel):
    """What arrived by RTMP; ``frames_decoded`` are pictures that were really decoded."""

    state: Literal["idle", "publishing"]
    connects: int
    refused: int
    frames_received: int
    frames_decoded: int
    frames_skipped: int
    decode_errors: int
    audio_frames: int
    bytes: int
    bitrate_bps: int
    width: int
    height: int
    last_frame_at_ms: int | None


class HeldRequest(BaseModel):
    """A request that is held by a fault."""

    path: str
    mode: str


class Faults(BaseModel):
    """What is held now, and how many faults are still to come."""

    held: list[HeldRequest]
    armed: int
