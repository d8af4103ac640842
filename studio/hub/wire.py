"""The shapes on the wire: what clients send (strict) and what they get. Money is ``_fen``, times are ``_ms`` since the epoch."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Fen = Annotated[int, Field(ge=0, le=10**12)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
TimeMs = Annotated[int, Field(ge=0, le=10**14)]


class Wish(BaseModel):
    """Something a client sends: unknown fields and wrong types are refused."""

    model_config = ConfigDict(strict=True, extra="forbid")


class ErrorDetail(BaseModel):
    """Why the hub refused; programs read ``code``."""

    code: str
    message: str


class ErrorAnswer(BaseModel):
    """Every answer that is not 2xx."""

    error: ErrorDetail


class HealthAnswer(BaseModel):
    ok: bool


class InfoAnswer(BaseModel):
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


class SkuWish(Wish):
    id: Name
    name: Name
    price_fen: Fen
    stock: Annotated[int, Field(ge=0)]


class ProductWish(Wish):
    """A merchant's listing, whole."""

    title: Name
    shop: Name
    category: Name
    price_fen: Fen
    list_price_fen: Fen
    commission_bp: Annotated[int, Field(ge=0, le=10_000)] = 0
    sales: Annotated[int, Field(ge=0)] = 0
    stock: Annotated[int, Field(ge=0)] = 0
    return_rate_bp: Annotated[int, Field(ge=0, le=10_000)] | None = None
    selling_points: list[Name] = []
    guarantees: list[Name] = []
    skus: list[SkuWish] = []
    description: Annotated[str, Field(max_length=10_000)] = ""


class PoolPage(BaseModel):
    """A page of the listing; replay the change feed from the first page's ``version`` afterwards."""

    items: list[Product]
    next_cursor: str | None
    version: int


class PoolChange(BaseModel):
    version: int
    op: Literal["upsert", "delete"]
    id: str
    product: Product | None


class PoolChanges(BaseModel):
    items: list[PoolChange]
    next_since: int
    has_more: bool
    version: int


class SearchPage(BaseModel):
    items: list[Product]
    next_cursor: str | None
    total: int


class RoomWish(Wish):
    session_id: Name
    title: Annotated[str, Field(max_length=200)]


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


class WitnessWish(Wish):
    """The head of the as-run log's hash chain."""

    seq: Annotated[int, Field(ge=0)]
    head: Annotated[str, Field(min_length=1, max_length=200)]


class Witness(BaseModel):
    seq: int
    head: str
    at_ms: int


class Witnesses(BaseModel):
    items: list[Witness]


class FeatureWish(Wish):
    product_id: Name | None


class Featured(BaseModel):
    featured_at_ms: int


class CouponWish(Wish):
    """A coupon to be created (优惠券)."""

    name: Name
    product_id: Name | None
    threshold_fen: Fen
    amount_fen: Annotated[int, Field(ge=1, le=10**9)]
    total: Annotated[int, Field(ge=1, le=1_000_000)]
    per_buyer: Annotated[int, Field(ge=1, le=1000)]
    valid_s: Annotated[int, Field(ge=1, le=31 * 86_400)]
    not_after_ms: TimeMs


class RedEnvelopeWish(Wish):
    """A red envelope to be created (红包)."""

    name: Name
    total_fen: Annotated[int, Field(ge=1, le=10**9)]
    count: Annotated[int, Field(ge=1, le=10_000)]
    mode: Literal["random", "equal"]
    valid_s: Annotated[int, Field(ge=1, le=31 * 86_400)]
    not_after_ms: TimeMs

    @model_validator(mode="after")
    def _has_a_fen_for_each(self) -> RedEnvelopeWish:
        if self.total_fen < self.count:
            raise ValueError("a red envelope needs at least one fen for each part")
        return self


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
    items: list[Promotion]


class Claim(BaseModel):
    """What a buyer got (领取)."""

    promotion_id: str
    buyer_id: str
    position: int
    amount_fen: int
    at_ms: int


class BuyerWish(Wish):
    """Who does it, as the room sees the buyer."""

    nick: Annotated[str, Field(max_length=50)] = ""


class EnterWish(BuyerWish):
    pass


class Viewers(BaseModel):
    viewers: int


class CommentWish(BuyerWish):
    text: Annotated[str, Field(min_length=1, max_length=500)]


class CommentAnswer(BaseModel):
    comment_id: str
    seq: int


class OrderWish(Wish):
    """What a buyer orders; ``promotion_id`` names a coupon that the buyer claimed."""

    product_id: Name
    sku_id: Name | None = None
    quantity: Annotated[int, Field(ge=1, le=999)] = 1
    promotion_id: Name | None = None


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


class FaultWish(Wish):
    """A fault to happen on matching requests (rehearsals and tests only)."""

    path: Annotated[str, Field(min_length=1, max_length=500)]
    method: Annotated[str, Field(max_length=10)] = "*"
    mode: Literal["hold_before", "hold_after", "status_500", "garbage", "slow", "drop"]
    times: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    hold_s: Annotated[float, Field(ge=0, le=3600, strict=False)] = 60.0


class PushFaultWish(Wish):
    mode: Literal["cut", "hang", "refuse"]


class HeldRequest(BaseModel):
    path: str
    mode: str


class Faults(BaseModel):
    held: list[HeldRequest]
    armed: int
