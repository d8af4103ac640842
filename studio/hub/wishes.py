"""What clients send: wrong types and unknown fields are refused. Money is ``_fen``, times are ``_ms`` since the epoch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Fen = Annotated[int, Field(ge=0, le=10**12)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
TimeMs = Annotated[int, Field(ge=0, le=10**14)]


class Wish(BaseModel):
    """Something a client sends: unknown fields and wrong types are refused."""

    model_config = ConfigDict(strict=True, extra="forbid")


class SkuWish(Wish):
    """One choice of a product (规格)."""

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


class RoomWish(Wish):
    """A room for a session; Idempotency-Key is the session_id."""

    session_id: Name
    title: Annotated[str, Field(max_length=200)]


class WitnessWish(Wish):
    """The head of the as-run log's hash chain."""

    seq: Annotated[int, Field(ge=0)]
    head: Annotated[str, Field(min_length=1, max_length=200)]


class FeatureWish(Wish):
    """Which product to pin (讲解); null: none."""

    product_id: Name | None


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


class BuyerWish(Wish):
    """Who does it, as the room sees the buyer."""

    nick: Annotated[str, Field(max_length=50)] = ""


class CommentWish(BuyerWish):
    """What a buyer says."""

    text: Annotated[str, Field(min_length=1, max_length=500)]


class OrderWish(Wish):
    """What a buyer orders; ``promotion_id`` names a coupon that the buyer claimed."""

    product_id: Name
    sku_id: Name | None = None
    quantity: Annotated[int, Field(ge=1, le=999)] = 1
    promotion_id: Name | None = None


class FaultWish(Wish):
    """A fault to happen on matching requests (rehearsals and tests only)."""

    path: Annotated[str, Field(min_length=1, max_length=500)]
    method: Annotated[str, Field(max_length=10)] = "*"
    mode: Literal["hold_before", "hold_after", "status_500", "garbage", "slow", "drop"]
    times: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    hold_s: Annotated[float, Field(ge=0, le=3600, strict=False)] = 60.0


class PushFaultWish(Wish):
    """``cut`` every push now, let every push ``hang``, or ``refuse`` every new one until the faults are released."""

    mode: Literal["cut", "hang", "refuse"]
